"""Which rows of a list are to leave as a file, how many people they tell of, and whether there are too many."""

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.views.main import ERROR_FLAG, IGNORED_PARAMS, PAGE_VAR
from django.db.models import F, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from stations import clock, four_eyes
from stations.models import Trace
from stations.network_admin import NetworkFilter, NetworkScopedAdmin
from stations.rights import Right

Person = tuple[str, Any]  # as what a list knows him (“user”; the log: “ref”), and the key

NOT_FILTERS = {*IGNORED_PARAMS, PAGE_VAR, ERROR_FLAG}


class NotExported(ValueError):
    """Nothing left the console. `str()` says why and what to do."""


@dataclass(frozen=True)
class Chosen:
    """The rows that are to leave, in the order of the list: the keys of each network's rows, and whom they tell of.

    Of whom the same person took files within a day without an approval, he `knows`: many in portions are many.
    """

    rows: QuerySet
    keys: list[Any]
    by_network: dict[int | None, list[str]]
    told_of: set[Person]
    knows: set[Person]

    @property
    def people(self) -> int:
        return len(self.told_of)

    @property
    def together(self) -> int:
        return len(self.told_of | self.knows)

    @property
    def takes_four_eyes(self) -> bool:
        return bool(self.told_of) and self.together > settings.EXPORT_MOST_PEOPLE


def shown(model_admin: NetworkScopedAdmin, request: HttpRequest, ids: Sequence[Any]) -> QuerySet:
    """What the list shows under the query of the request, ticked rows only where there are any.

    Raises IncorrectLookupParameters.
    """
    rows: QuerySet = model_admin.get_changelist_instance(request).queryset
    return rows.filter(pk__in=ids) if ids else rows


def shown_under(
    model_admin: NetworkScopedAdmin, request: HttpRequest, query: str, ids: Sequence[Any], network_id: int
) -> QuerySet:
    """The same under a query that was kept, in one network."""
    asked = copy(request)
    asked.GET = QueryDict(query)
    return shown(model_admin, asked, ids).filter(**{model_admin.network_path: network_id})


def choose(model_admin: NetworkScopedAdmin, request: HttpRequest, shown: QuerySet) -> Chosen:
    """One row more than may leave, so that too many can be told from just enough."""
    rows = model_admin.in_scope(shown, request, Right.EXPORT)
    people = {"whose": F(model_admin.people_path)} if model_admin.people_path else {}
    told = rows.annotate(where=F(model_admin.network_path), **people).values_list("pk", "where", *people)
    found = list(told[: settings.EXPORT_MOST_ROWS + 1])
    by_network: dict[int | None, list[str]] = {}
    for key, network_id, *_whose in found:
        by_network.setdefault(network_id, []).append(str(key))
    told_of = _people(model_admin, [row[2] for row in found]) if people else set()
    knows = people_taken(model_admin.admin_site, request) if told_of else set()
    return Chosen(rows, [row[0] for row in found], by_network, told_of, knows)


def people_taken(site: AdminSite, request: HttpRequest) -> set[Person]:
    """Of whom the files told that this person took within a day and nobody approved. One query a list that he took."""
    own = Trace.objects.filter(actor=f"operator:{request.user.pk}", act="export", data__has_key="rows")
    alone = own.filter(at__gt=clock.now() - four_eyes.COUNTED_TOGETHER).exclude(data__has_key="proposal")
    keys: dict[str, set[str]] = {}
    for label, rows in alone.values_list("model", "data__rows"):
        keys.setdefault(label, set()).update(rows)
    people: set[Person] = set()
    for model_admin in site._registry.values():
        taken = keys.get(model_admin.opts.label_lower)
        if taken and isinstance(model_admin, NetworkScopedAdmin) and model_admin.people_path:
            rows = model_admin.model._base_manager.filter(pk__in=taken)
            people |= _people(model_admin, rows.values_list(model_admin.people_path, flat=True))
    return people


def _people(model_admin: NetworkScopedAdmin, keys: Iterable[Any]) -> set[Person]:
    *_way, last = str(model_admin.people_path).split("__")
    known_as = str(model_admin.opts.model_name) if last == "pk" else last
    return {(known_as, key) for key in keys if key is not None}


def check(chosen: Chosen) -> None:
    if not chosen.keys:
        raise NotExported(_("There is nothing to export: no row of a network where you may export."))
    if len(chosen.keys) > settings.EXPORT_MOST_ROWS:
        most = settings.EXPORT_MOST_ROWS
        raise NotExported(_("A file holds %(most)s rows at most. Search or filter the list first.") % {"most": most})


def kept_query(query: QueryDict) -> str:
    """The filters of a list, in one order, to be asked again in one network. What was searched for is left out."""
    kept = QueryDict(mutable=True)
    for name, values in sorted(query.lists()):
        if name not in NOT_FILTERS and name != NetworkFilter.parameter_name:
            kept.setlist(name, values)
    return kept.urlencode()


def filters_said(model_admin: NetworkScopedAdmin, query: str) -> str:
    """The filters in words as far as they are simple, else as the address says them."""
    said = [_filter_said(model_admin, name, value) for name, value in QueryDict(query).items()]
    return ", ".join(said)


def _filter_said(model_admin: NetworkScopedAdmin, name: str, value: Any) -> str:
    for offered in model_admin.list_filter:
        if isinstance(offered, type) and getattr(offered, "parameter_name", None) == name:
            answers: dict[str, Any] = getattr(offered, "answers", {})
            return _said(offered.title, answers[value][0] if value in answers else value)  # type: ignore[attr-defined]
    path, _joint, ending = name.partition("__")
    field = {field.name: field for field in model_admin.opts.concrete_fields}.get(path)
    if field is None or ending != "exact":
        return _said(name, value)
    words = {"1": _("Yes"), "0": _("No")} if field.get_internal_type() == "BooleanField" else dict(field.flatchoices)
    return _said(field.verbose_name, words.get(value, value))


def _said(what: Any, value: Any) -> str:
    """A colon as the language has it."""
    return f"{_('%(what)s:') % {'what': what}} {value}"
