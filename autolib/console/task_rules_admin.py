"""The rules by which a network asks its crews for work, as whoever sets its rules sees them."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from stations.admin_lists import NOTHING
from stations.network_admin import NetworkFilter, NetworkScopedAdmin, SameNetworkForm
from stations.rights import Right
from vehicles.models import FieldTask, TaskRule

UNITS = {
    FieldTask.Origin.LOW_CHARGE: pgettext_lazy("unit", "%"),
    FieldTask.Origin.FAULTED_DOCK: pgettext_lazy("unit", "min"),
    FieldTask.Origin.SILENT_CAR: pgettext_lazy("unit", "h"),
    FieldTask.Origin.UNMOVED_CAR: pgettext_lazy("unit", "days"),
    FieldTask.Origin.UNACCOUNTED_CAR: pgettext_lazy("unit", "h"),
    FieldTask.Origin.LOST_CAR: pgettext_lazy("unit", "h"),
    FieldTask.Origin.RATED_DIRTY: pgettext_lazy("unit", "pers."),
    FieldTask.Origin.RATED_FAULTY: pgettext_lazy("unit", "pers."),
}


class RuleForm(SameNetworkForm):
    class Meta:
        model = TaskRule
        fields = "__all__"

    def clean_threshold(self) -> int:
        threshold: int = self.cleaned_data["threshold"]
        if self.instance.code == FieldTask.Origin.LOW_CHARGE and threshold > 100:
            raise forms.ValidationError(_("A charge is 100 % at most."))
        return threshold


@admin.register(TaskRule)
class TaskRuleAdmin(NetworkScopedAdmin):
    """Each network has all rules; they are made by the first round and switched off, never deleted."""

    form = RuleForm
    needs: ClassVar = {"view": Right.SEE_NETWORK, "change": Right.SET_RULES}
    list_display = ("code", "network", "kind", "urgency", "threshold_with_unit", "is_active")
    list_select_related = ("network",)
    list_filter = (NetworkFilter, "is_active", "kind")
    search_fields = ("code",)
    ordering = ("network__name", "id")
    readonly_fields = ("network", "code", "unit")
    fields = ("network", "code", "kind", "urgency", "threshold", "unit", "rest_hours", "most_open", "is_active")

    @admin.display(description=_("unit of the threshold"))
    def unit(self, rule: TaskRule) -> Any:
        return UNITS.get(rule.code, _("none: the cause says it"))

    @admin.display(description=_("threshold"), ordering="threshold")
    def threshold_with_unit(self, rule: TaskRule) -> str:
        unit = UNITS.get(rule.code)
        return f"{rule.threshold} {unit}" if unit else NOTHING
