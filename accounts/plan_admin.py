"""Plans and their versions: what changes, from when and why, after a look at what it would have meant yesterday."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from accounts import plan_preview, plan_versions
from accounts.models import Plan, PlanVersion
from stations.acts import Act, ActsAdmin, ReasonForm
from stations.admin_lists import instant_column
from stations.decisions_admin import DecisionsAdmin, PlannedFilter, shown_changes, wall_day, wall_time
from stations.local_fields import NetworkTimeField
from stations.network_admin import NetworkFilter
from stations.rights import Right


class ChangePlanForm(ReasonForm):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    duration_days = forms.IntegerField(
        label=gettext_lazy("Lasts (days)"), min_value=1, required=False, help_text=gettext_lazy("Empty: without end.")
    )
    is_open = forms.BooleanField(label=gettext_lazy("Open to new subscribers"), required=False)
    valid_from = NetworkTimeField(label=gettext_lazy("From"), required=False)
    field_order = ("name", "duration_days", "is_open", "valid_from", "reason")

    def offer(self, rows: QuerySet) -> None:
        plan = rows[0]
        for name in plan_versions.FIELDS:
            self.fields[name].initial = getattr(plan, name)
        self.fields["valid_from"].at(plan.network)  # type: ignore[attr-defined]


def asked(values: dict[str, Any]) -> dict[str, Any]:
    return {
        "values": {name: values[name] for name in plan_versions.FIELDS},
        "valid_from": values["valid_from"],
    }


def change_plan(*, plan: Plan, actor: str, reason: str, **values: Any) -> PlanVersion:
    return plan_versions.change(plan=plan, reason=reason, actor=actor, **asked(values))


def look_at(plan: Plan, values: dict[str, Any]) -> list[str]:
    changes = plan_versions.look(plan=plan, **asked(values))
    preview = plan_preview.yesterday(plan=plan, values={each.name: each.after for each in changes})
    sentence = ngettext(
        "Yesterday (%(day)s) %(count)s person subscribed to it.",
        "Yesterday (%(day)s) %(count)s people subscribed to it.",
        preview.subscriptions,
    )
    counted = sentence % {"count": preview.subscriptions, "day": wall_day(preview.begins_at, plan.network)}
    kept = _("Subscriptions that run keep what they began with.")
    return [shown_changes(changes), counted, *preview.findings, kept]


@admin.register(Plan)
class PlanAdmin(ActsAdmin):
    needs: ClassVar = {"view": Right.SEE_NETWORK, "add": Right.SELL_PLANS, "act": Right.SELL_PLANS}
    list_display = ("name", "code", "network", "duration_days", "is_open")
    list_select_related = ("network",)
    list_filter = (NetworkFilter, "is_open")
    search_fields = ("name", "code")
    ordering = ("name", "id")
    fixed_fields = ("network", "code", *plan_versions.FIELDS)
    fields = ("network", "code", "name", "duration_days", "is_open")
    acts = (
        Act(
            "change",
            gettext_lazy("Change the plan"),
            change_plan,
            "plan",
            gettext_lazy(
                "Another duration is for subscriptions that start from then on; the others keep theirs. The next page "
                "shows what it would have meant yesterday, and nothing changes before you confirm it there."
            ),
            form=ChangePlanForm,
            look=look_at,
            beside=lambda plan: {"planned": plan_versions.planned(plan)},
            is_for_one=True,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        return super().get_queryset(request).select_related("network")


@admin.register(PlanVersion)
class PlanVersionAdmin(DecisionsAdmin):
    network_path = "plan__network"
    needs: ClassVar = {"view": Right.SEE_NETWORK, "act": Right.SELL_PLANS}
    people = ("decided_by",)
    list_select_related = ("plan__network",)
    list_display = ("begins", "plan", "what", "stands", "why", "by")
    list_filter = (NetworkFilter, PlannedFilter)
    ordering = ("-valid_from", "-id")
    fields = readonly_fields = ("plan", "begins", "what", "stands", "why", "by", "decided")
    decided = instant_column("decided_at", gettext_lazy("decided"), has_seconds=True)
    acts = (
        Act(
            "withdraw",
            gettext_lazy("Withdraw this change"),
            plan_versions.withdraw,
            "version",
            gettext_lazy("It will not come into force; the plan stays as it is."),
            concerns=lambda version: version.is_planned,
        ),
    )

    @admin.display(description=gettext_lazy("valid from"))
    def begins(self, version: PlanVersion) -> str:
        return wall_time(version.valid_from, version.plan.network)

    @admin.display(description=gettext_lazy("what changes"))
    def what(self, version: PlanVersion) -> str:
        return shown_changes(plan_versions.differences(version.replaced, version.values))

    @admin.display(description=gettext_lazy("state"))
    def stands(self, version: PlanVersion) -> str:
        if version.withdrawn_at is not None:
            return pgettext("rules", "withdrawn")
        return pgettext("rules", "planned") if version.applied_at is None else pgettext("rules", "came into force")

    @admin.display(description=gettext_lazy("reason"))
    def why(self, version: PlanVersion) -> str:
        return version.reason

    @admin.display(description=gettext_lazy("by"))
    def by(self, version: Any) -> str:
        return version.names["decided_by"]
