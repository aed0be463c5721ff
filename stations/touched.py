"""Whom an act touches, said before it is done: by name to those who may see people, in numbers to others."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import ngettext

from stations import rights
from stations.rights import Right
from stations.traced_admin import trace_shown

MOST_SAID = 20


@dataclass(frozen=True)
class Touched:
    """`told` names the person of `row`, a booking or a hold."""

    row: Model
    network_id: int
    told: str


def said(everything: Iterable[Touched], request: HttpRequest) -> list[str]:
    """The lines for this operator. To name somebody is to show a trip: it leaves a trace, one a network and model."""
    named: list[Touched] = []
    unnamed = 0
    for one in everything:
        if len(named) < MOST_SAID and may_name(request.user, one.network_id):
            named.append(one)
        else:
            unnamed += 1
    _trace(named, request)
    lines = [one.told for one in named]
    if unnamed and named:
        lines.append(ngettext("and %(count)s more", "and %(count)s more", unnamed) % {"count": unnamed})
    elif unnamed:
        sentence = ngettext("A reservation that runs.", "%(count)s reservations that run.", unnamed)
        lines.append(sentence % {"count": unnamed})
    return lines


def may_name(user: Any, network_id: int) -> bool:
    return rights.has_in(user, Right.SEE_PEOPLE, network_id)


def _trace(named: list[Touched], request: HttpRequest) -> None:
    shown: dict[tuple[int, str], list[str]] = defaultdict(list)
    for one in named:
        shown[one.network_id, one.row._meta.label_lower].append(str(one.row.pk))
    for (network_id, model), keys in shown.items():
        trace_shown(request, network_id, model, keys)
