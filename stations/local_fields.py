"""Form fields that say an instant as the clocks of a network show it."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.utils.translation import gettext as _


class NetworkTimeField(forms.SplitDateTimeField):
    """A date and a time as the clocks of the network say it; `zone` is set by who knows the network."""

    widget = AdminSplitDateTime
    zone: ZoneInfo = ZoneInfo("UTC")

    def compress(self, data_list: Any) -> datetime | None:
        given = [value for value in data_list or () if value not in self.empty_values]
        if not given:
            return None
        if len(given) == 1:
            raise forms.ValidationError(_("Give the day and the time, or leave both empty."), code="incomplete")
        local = datetime.combine(data_list[0], data_list[1], tzinfo=self.zone)
        if local.astimezone(UTC).astimezone(self.zone).replace(fold=0) != local:
            raise forms.ValidationError(_("The clocks skip this time: choose another one."), code="skipped")
        return local
