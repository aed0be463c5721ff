"""Form fields that say an instant as the clocks of a network show it."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.utils.translation import gettext as _

from stations.local_times import instant_of
from stations.models import Network
from stations.refusals import Refusal


class NetworkTimeField(forms.SplitDateTimeField):
    """A date and a time as the clocks of a network say it; `at` says of which one."""

    widget = AdminSplitDateTime
    network: Network

    def at(self, network: Network) -> None:
        self.network = network
        required = _("Local time of the network (%(zone)s).")
        free = _("Local time of the network (%(zone)s). Empty: from now.")
        self.help_text = (required if self.required else free) % {"zone": network.time_zone}

    def compress(self, data_list: Any) -> datetime | None:
        given = [value for value in data_list or () if value not in self.empty_values]
        if not given:
            return None
        if len(given) == 1:
            raise forms.ValidationError(_("Give the day and the time, or leave both empty."), code="incomplete")
        try:
            return instant_of(datetime.combine(data_list[0], data_list[1]), network=self.network, field="")
        except Refusal as refusal:
            raise forms.ValidationError(refusal.message, code=refusal.code) from refusal
