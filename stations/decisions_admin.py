"""Versions of the rules, and proposals that wait for somebody else: who decided what, and what would change."""

from collections.abc import Iterator
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from stations import clock, four_eyes, rules
from stations.acts import Act, ActsAdmin, ReasonForm
from stations.admin_lists import NOTHING, QuestionFilter, instant_column
from stations.four_eyes import Change
from stations.models import Network, Proposal, RuleVersion
from stations.network_admin import NetworkFilter
from stations.rights import Right
from stations.story_words import names_of


def wall_time(instant: Any, network: Network) -> str:
    """The instant as a clock on a wall of the network shows it."""
    local = instant.astimezone(ZoneInfo(network.time_zone))
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), f"{local:%Y-%m-%d %H:%M}")


def wall_day(instant: Any, network: Network) -> str:
    return f"{instant.astimezone(ZoneInfo(network.time_zone)):%Y-%m-%d}"


def shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return NOTHING if value is None else str(value)


def shown_changes(changes: list[Change]) -> str:
    told = [(_("%(what)s:") % {"what": each.label}, _shown_change(each)) for each in changes]
    lines = format_html_join("", "<li>{} {}</li>", told)
    return format_html('<ul class="changes">{}</ul>', lines) if changes else NOTHING


def _shown_change(change: Change) -> str:
    """What is planned says what it will be: what it will have been before is known only then."""
    if change.before is None:
        return shown(change.after)
    return format_html("<del>{}</del> → <ins>{}</ins>", shown(change.before), shown(change.after))


class DecisionsAdmin(ActsAdmin):
    """Rows that are written by operations only; whoever decided is shown by name, asked for once a page."""

    list_select_related = ("network",)
    people: ClassVar[tuple[str, ...]] = ()
    ordering = ("-id",)
    sortable_by = ()

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        page = super().get_changelist_instance(request)
        page.result_list = list(page.result_list)
        self.prepare(page.result_list)
        return page

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            self.prepare([row])
        return row

    def prepare(self, rows: list[Any]) -> None:
        names = names_of(getattr(row, column) for row in rows for column in self.people if getattr(row, column))
        for row in rows:
            row.names = {column: names.get(getattr(row, column), "") for column in self.people}


class PlannedFilter(QuestionFilter):
    title = gettext_lazy("state")
    parameter_name = "state"
    answers: ClassVar = {
        "planned": (gettext_lazy("planned"), lambda rows: rows.filter(applied_at=None, withdrawn_at=None)),
        "applied": (gettext_lazy("in force or replaced"), lambda rows: rows.exclude(applied_at=None)),
        "withdrawn": (gettext_lazy("withdrawn"), lambda rows: rows.exclude(withdrawn_at=None)),
    }


@admin.register(RuleVersion)
class RuleVersionAdmin(DecisionsAdmin):
    needs: ClassVar = {"view": Right.SEE_NETWORK, "act": Right.SET_RULES}
    people = ("proposed_by", "approved_by")
    list_display = ("begins", "network", "what", "stands", "why", "decided_by", "approver")
    list_filter = (NetworkFilter, PlannedFilter)
    ordering = ("-valid_from", "-id")
    fields = readonly_fields = ("network", "begins", "what", "stands", "why", "decided_by", "decided", "approver")
    decided = instant_column("proposed_at", gettext_lazy("decided"), has_seconds=True)
    acts = (
        Act(
            "withdraw",
            gettext_lazy("Withdraw these rules"),
            rules.withdraw,
            "version",
            gettext_lazy("They will not come into force; the rules before them stay."),
            concerns=lambda version: version.is_planned,
        ),
    )

    def prepare(self, rows: list[Any]) -> None:
        super().prepare(rows)
        holding = rules.in_force(sorted({row.network_id for row in rows}))
        for row in rows:
            row.is_in_force = row.pk in holding

    @admin.display(description=gettext_lazy("valid from"))
    def begins(self, version: RuleVersion) -> str:
        return wall_time(version.valid_from, version.network)

    @admin.display(description=gettext_lazy("what changes"))
    def what(self, version: RuleVersion) -> str:
        return shown_changes(rules.differences(version.replaced, version.values))

    @admin.display(description=gettext_lazy("state"))
    def stands(self, version: Any) -> str:
        if version.withdrawn_at is not None:
            return pgettext("rules", "withdrawn")
        if version.applied_at is None:
            return pgettext("rules", "planned")
        return pgettext("rules", "in force") if version.is_in_force else pgettext("rules", "replaced since")

    @admin.display(description=gettext_lazy("reason"))
    def why(self, version: RuleVersion) -> str:
        return version.reason

    @admin.display(description=gettext_lazy("by"))
    def decided_by(self, version: Any) -> str:
        return version.names["proposed_by"]

    @admin.display(description=gettext_lazy("approved by"))
    def approver(self, version: Any) -> str:
        return version.names["approved_by"] or NOTHING


class DecisionFilter(QuestionFilter):
    """What is still open, unless somebody asks for the rest."""

    title = gettext_lazy("state")
    parameter_name = "state"
    answers: ClassVar = {
        "open": (gettext_lazy("open"), lambda rows: rows.filter(decision="", is_late=False)),
        "expired": (gettext_lazy("not decided in time"), lambda rows: rows.filter(decision="", is_late=True)),
        **{
            str(decision): (decision.label, lambda rows, one=decision: rows.filter(decision=one))
            for decision in Proposal.Decision
        },
        "all": (gettext_lazy("all"), lambda rows: rows),
    }

    def value(self) -> str | None:
        return super().value() or "open"

    def choices(self, changelist: Any) -> Iterator[Any]:
        own = super().choices(changelist)
        next(own)  # “all” is an answer here
        yield from own


class ApproveForm(ReasonForm):
    seen = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = False
        self.fields["reason"].label = gettext_lazy("Note")


class ProposalAdmin(DecisionsAdmin):
    """Registered by the console, which also tells what rules would have meant yesterday."""

    needs: ClassVar = {"view": Right.APPROVE, "act": Right.APPROVE}
    people = ("proposed_by", "decided_by")
    list_display = ("act", "network", "why", "by", "until", "stands", "decider")
    list_filter = (NetworkFilter, DecisionFilter)
    fields = readonly_fields = ("act", "network", "what_changes", "when", "why", "by", "proposed", "until", "stands")
    fields = readonly_fields = (*fields, "decider", "decision_note")
    act_template = "admin/act_proposal.html"
    proposed = instant_column("proposed_at", gettext_lazy("proposed"), has_seconds=True)
    until = instant_column("expires_at", gettext_lazy("open until"))
    acts = (
        Act(
            "approve",
            gettext_lazy("Approve and carry out"),
            four_eyes.approve,
            "proposal",
            gettext_lazy("It is carried out at once, or at the instant that it names, and both your names are kept."),
            form=ApproveForm,
            concerns=lambda proposal: proposal.is_open,
            is_grave=True,
        ),
        Act(
            "decline",
            gettext_lazy("Decline"),
            four_eyes.decline,
            "proposal",
            gettext_lazy("Nothing changes. Whoever proposed it finds your reason in the list."),
            concerns=lambda proposal: proposal.is_open,
        ),
        Act(
            "take_back",
            gettext_lazy("Take back"),
            four_eyes.take_back,
            "proposal",
            gettext_lazy("Nothing changes, and nobody needs to decide any more."),
            concerns=lambda proposal: proposal.is_open,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Proposal]:
        is_late = ExpressionWrapper(Q(expires_at__lte=clock.instant()), output_field=BooleanField())
        return super().get_queryset(request).select_related("network").annotate(is_late=is_late)

    def prepare(self, rows: list[Any]) -> None:
        super().prepare(rows)
        for row in rows:
            row.is_open = not row.decision and not row.is_late

    def acts_for(self, request: HttpRequest, obj: Any = None) -> dict[str, Act]:
        """On the page of a proposal: who proposed it may take it back, everybody else may decide."""
        acts = super().acts_for(request, obj)
        if obj is None:
            return acts
        is_own = obj.proposed_by == f"operator:{request.user.pk}"
        return {name: act for name, act in acts.items() if (name == "take_back") == is_own}

    def act_form(self, request: HttpRequest, act: Act, rows: QuerySet, data: Any = None) -> ReasonForm:
        form = super().act_form(request, act, rows, data)
        if isinstance(form, ApproveForm) and data is None:
            form.fields["seen"].initial = " ".join(four_eyes.fingerprint(row) for row in rows)
        return form

    def act_page(self, request: HttpRequest, act: Act, rows: QuerySet, form: ReasonForm) -> HttpResponse:
        page: Any = super().act_page(request, act, rows, form)
        for row in getattr(page, "context_data", {}).get("rows", ()):
            row.told = self.told(row)
        return page

    def told(self, proposal: Proposal) -> list[str]:
        """What whoever decides is told of it, a paragraph each."""
        return [self.act(proposal), self.when(proposal), self.what_changes(proposal), self.why(proposal)]

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        response: Any = super().change_view(request, object_id, form_url, extra_context)
        row = getattr(response, "context_data", {}).get("original")
        if row is not None and row.is_open and row.proposed_by == f"operator:{request.user.pk}":
            self.tell_if_alone(request, row.network_id)
        return response

    @admin.display(description=gettext_lazy("act"))
    def act(self, proposal: Proposal) -> str:
        return four_eyes.label(proposal)

    @admin.display(description=gettext_lazy("what changes"))
    def what_changes(self, proposal: Proposal) -> str:
        return shown_changes(four_eyes.changes(proposal))

    @admin.display(description=gettext_lazy("when"))
    def when(self, proposal: Proposal) -> str:
        begins_at = rules.begins(proposal) if proposal.what == rules.CHANGE.name else None
        return wall_time(begins_at, proposal.network) if begins_at else _("as soon as it is approved")

    @admin.display(description=gettext_lazy("reason"))
    def why(self, proposal: Proposal) -> str:
        return proposal.reason

    @admin.display(description=gettext_lazy("proposed by"))
    def by(self, proposal: Any) -> str:
        return proposal.names["proposed_by"]

    @admin.display(description=gettext_lazy("state"))
    def stands(self, proposal: Any) -> str:
        if proposal.decision:
            return proposal.get_decision_display()
        return pgettext("proposal", "not decided in time") if proposal.is_late else pgettext("proposal", "open")

    @admin.display(description=gettext_lazy("decided by"))
    def decider(self, proposal: Any) -> str:
        return proposal.names["decided_by"] or NOTHING
