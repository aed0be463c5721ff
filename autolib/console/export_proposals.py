"""Files that tell of many people: one person asks, another one approves, and then the first may take the file once.

What is approved is a question to a list, not its rows: they are chosen when the file is taken, in the one network of
the proposal. That it was taken is known by its trace.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from autolib.console.export_choice import Chosen, NotExported, filters_said, kept_query
from autolib.console.trouble_rows import ago
from stations import clock, four_eyes, rights
from stations.four_eyes import Change, Kind
from stations.models import Network, Proposal, Trace
from stations.network_admin import NetworkScopedAdmin
from stations.rights import Right

OPEN_HOURS = 24
MOST_GROWTH_PERCENT = 10


def check(request: HttpRequest, chosen: Chosen) -> None:
    """Whether it may be asked for: what is kept until somebody approves names nobody, and is one network's."""
    if request.GET.get("q"):
        raise NotExported(
            _(
                "What is searched for may name somebody and is not kept until somebody approves: "
                "filter the list instead of searching."
            )
        )
    if None in chosen.by_network:
        raise NotExported(_("Some of these people are of no network: nobody could approve it. Filter or tick rows."))
    if len(chosen.by_network) > 1:
        raise NotExported(
            _("They are of several networks, and somebody of each has to approve it. Choose one network.")
        )


def propose(
    model_admin: NetworkScopedAdmin,
    request: HttpRequest,
    chosen: Chosen,
    *,
    ids: Sequence[Any],
    format: str,
    reason: str,
) -> Proposal:
    """Raises NotExported, also where the same person's same question is still open. Lock: the network."""
    check(request, chosen)
    [network_id] = chosen.by_network
    arguments = {
        "model": model_admin.opts.label_lower,
        "query": kept_query(request.GET),
        "ids": sorted(str(each) for each in ids),
        "format": format,
        "rows": len(chosen.keys),
        "people": chosen.people,
        "together": chosen.together,
        "columns": list(model_admin.columns()),
    }
    proposals: Any = admin.site._registry[Proposal]
    with transaction.atomic():
        network = Network.objects.select_for_update(no_key=True).get(pk=network_id)
        actor = f"operator:{request.user.pk}"
        own = Proposal.objects.filter(network=network, what=EXPORT.name, proposed_by=actor)
        still_open = own.filter(decision="", expires_at__gt=clock.instant()).values_list("arguments", flat=True)
        if any({**asked, "together": chosen.together} == arguments for asked in still_open):
            raise NotExported(_("You have asked for this already, and nobody has decided yet."))
        row = four_eyes.propose(network=network, what=EXPORT.name, arguments=arguments, reason=reason, actor=actor)
        proposals.trace_proposal(request, row, row)
    return row


def own(request: HttpRequest) -> QuerySet[Proposal]:
    """What this person asked for, in networks where he may still export."""
    rows = Proposal.objects.filter(what=EXPORT.name, proposed_by=f"operator:{request.user.pk}")
    networks = [network.pk for network in rights.networks_with(request.user, Right.EXPORT)]
    return rows.filter(network__in=networks).select_related("network").order_by("-id")


def ready(rows: QuerySet[Proposal]) -> list[Proposal]:
    """Those of one person of which the file may be taken now: approved not long ago, and not taken yet."""
    since = ago(timedelta(hours=OPEN_HOURS))
    approved = list(rows.filter(decision=Proposal.Decision.APPROVED, decided_at__gt=since))
    taken = _taken(approved)
    return [row for row in approved if row.pk not in taken]


def _taken(rows: Sequence[Proposal]) -> set[int]:
    """Of these approved proposals of one person, those whose file has left."""
    if not rows:
        return set()
    since = min(row.decided_at for row in rows if row.decided_at)
    exports = Trace.objects.filter(actor=rows[0].proposed_by, act="export", at__gte=since)
    found = exports.filter(data__proposal__in=[row.pk for row in rows])
    return set(found.values_list("data__proposal", flat=True))


def obstacle(row: Proposal) -> str:
    """Why the file cannot be taken now; empty where it can."""
    at = clock.now()
    if row.decision == Proposal.Decision.DECLINED:
        return _("This was declined: %(why)s") % {"why": row.decision_note}
    if row.decision == Proposal.Decision.WITHDRAWN:
        return _("You took this back. Ask again if it is still wanted.")
    if not row.decided_at:
        if row.expires_at <= at:
            return _("Nobody approved this in time. Ask again if it is still wanted.")
        return _("Nobody has decided on this yet.")
    if _taken([row]):
        return _("This file was taken already: an approval is good for one. Ask again.")
    if row.decided_at + timedelta(hours=OPEN_HOURS) <= at:
        return _("This was approved more than %(hours)s hours ago. Ask again.") % {"hours": OPEN_HOURS}
    return ""


def check_approved(model_admin: NetworkScopedAdmin, row: Proposal, chosen: Chosen) -> None:
    """Whether this is still what somebody approved: no other columns, and hardly more people."""
    if not set(model_admin.columns()) <= set(row.arguments["columns"]):
        raise NotExported(_("The list has other columns now than those that were approved. Ask again."))
    approved = row.arguments["people"]
    if chosen.people * 100 > approved * (100 + MOST_GROWTH_PERCENT):
        told = {"people": chosen.people, "approved": approved}
        raise NotExported(_("This names %(people)s people now; %(approved)s were approved. Ask again.") % told)


def take(row: Proposal, note: Callable[[], None]) -> None:
    """Call `note`, which leaves the trace that the file left: once. Raises NotExported. Lock: the proposal."""
    with transaction.atomic():
        if why := obstacle(_locked(row)):
            raise NotExported(why)
        note()


def _locked(row: Proposal) -> Proposal:
    return Proposal.objects.select_for_update(no_key=True).get(pk=row.pk)


def admin_of(row: Proposal) -> NetworkScopedAdmin | None:
    """The list that was asked; None where there is no such list any more."""
    try:
        found = admin.site._registry.get(apps.get_model(row.arguments["model"]))
    except LookupError:
        return None
    return found if isinstance(found, NetworkScopedAdmin) else None


def _nothing(proposal: Proposal, actor: str) -> None:
    """Approving moves nothing: whoever asked takes the file."""


def _would_leave(proposal: Proposal) -> list[Change]:
    """The words are in the labels; names and numbers are the same in every language."""
    asked, model_admin = proposal.arguments, admin_of(proposal)
    if model_admin is None:
        return []
    ticked = _("ticked one by one") if asked["ids"] else ""
    filters = ", ".join(filter(None, (filters_said(model_admin, asked["query"]), ticked)))
    told = {"list": capfirst(str(model_admin.opts.verbose_name_plural)), "filters": filters or _("all of the network")}
    columns = [name for name in asked["columns"] if name in model_admin.columns()]
    headings = {"headings": ", ".join(model_admin.headings(columns))}
    return [
        Change(f"{asked['model']}?{asked['query']}", _("Rows of “%(list)s” (%(filters)s)") % told, None, asked["rows"]),
        Change("people", _("People named in it"), None, asked["people"]),
        Change(
            "together",
            _("With the files that the same person took within 24 hours"),
            None,
            asked.get("together", asked["people"]),
        ),
        Change("columns", _("Columns (%(headings)s)") % headings, None, len(columns)),
        Change("format", _("Format"), None, asked["format"].upper()),
    ]


EXPORT = Kind("export", gettext_lazy("Export of many people"), _nothing, _would_leave, Right.EXPORT, is_traced=True)
four_eyes.register(EXPORT)
