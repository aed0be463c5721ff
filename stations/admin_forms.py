"""The forms of the admin where a field needs more than its type says."""

from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from stations.models import Dock, Network
from stations.network_admin import SameNetworkForm

MOST_POINTS_OF_AN_AREA = 2_000


RULE_HELP = {
    "car_hold_seconds": _("Seconds from the reservation until the car is free again: 1800 is half an hour."),
    "dock_hold_seconds": _("Seconds for which a dock is kept at the destination: 5400 is an hour and a half."),
    "car_hold_extensions": _("How often a subscriber may add the same time again. 0: never."),
    "dock_hold_extensions": _("How often a subscriber may add the same time again. 0: never."),
    "reminder_lead_seconds": _("Seconds before the end; a hold shorter than twice this is not reminded of."),
    "cancel_undo_seconds": _("How long a subscriber may take a cancellation back. 0: never."),
    "post_silence_seconds": _(
        "A post that has not spoken for so long is silent: what is shown of its station is marked as uncertain."
    ),
    "minimum_charge_percent": _("A car below this charge is not offered."),
    "maximum_trip_seconds": _("Seconds after which a trip is shown as overlong: 43200 is twelve hours."),
    "clock_tolerance_seconds": _("A report dated further ahead than this changes nothing."),
    "four_eyes_rule_change_percent": _("Measured against the rules in force, and against those of a day ago."),
    "four_eyes_block_people": _("Whom the same operator blocked alone within 24 hours counts too."),
    "four_eyes_credit_amount": _("What the same operator promised the same subscriber within 24 hours counts too."),
}


class NetworkForm(SameNetworkForm):
    class Meta:
        model = Network
        fields = "__all__"
        help_texts = {
            "is_open": _("Closed, the network takes no new reservation; cars can still be returned."),
            "currency": _("Three letters of ISO 4217: EUR."),
            "time_zone": _("A name of the IANA list: Europe/Paris."),
            **RULE_HELP,
        }

    def clean_time_zone(self) -> str:
        name = self.cleaned_data["time_zone"]
        if name not in available_timezones():
            raise forms.ValidationError(_("There is no such time zone. Take a name of the IANA list: Europe/Paris."))
        return str(ZoneInfo(name))

    def clean_languages(self) -> list[str]:
        languages: list[str] = self.cleaned_data["languages"]
        known = dict(settings.LANGUAGES)
        if not languages or set(languages) - set(known):
            raise forms.ValidationError(_("Choose among %(known)s."), params={"known": ", ".join(known)})
        return languages

    def clean_area(self) -> list[Any]:
        area = self.cleaned_data["area"] or []
        if not isinstance(area, list) or not all(_is_point(point) for point in area):
            raise forms.ValidationError(_("Give a list of [longitude, latitude] points, in degrees."))
        if area and not 3 <= len(area) <= MOST_POINTS_OF_AN_AREA:
            message = _("An area has 3 points at least and %(most)s at most.")
            raise forms.ValidationError(message, params={"most": MOST_POINTS_OF_AN_AREA})
        return area


def _is_point(point: Any) -> bool:
    if not isinstance(point, list) or len(point) != 2:
        return False
    numbers = [number for number in point if isinstance(number, int | float) and not isinstance(number, bool)]
    return len(numbers) == 2 and -180 <= point[0] <= 180 and -90 <= point[1] <= 90


class DockForm(SameNetworkForm):
    class Meta:
        model = Dock
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        station = self.instance.station if self.instance.pk else cleaned.get("station")
        post = cleaned.get("charge_point")
        if station is not None and post is not None and post.station_id != station.pk:
            self.add_error("charge_point", _("This post stands at another station. Choose one of this station."))
        return cleaned
