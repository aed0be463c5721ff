"""Closing stations and docks: what is touched is said first, and nobody is left on what is closed."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bookings.availability import counts, nearest_with_dock
from bookings.models import Booking, DockHold
from bookings.operations import rehouse
from bookings.operations.rehousing import Rehoused, alternatives_of_closing, touched_by_closing
from stations import closing, equipment, operations
from stations.acts import Act, ReasonForm
from stations.models import Dock, PlannedClosure, Station

MOST_NAMED = 20


class CloseForm(ReasonForm):
    is_returning = forms.BooleanField(label=gettext_lazy("Cars may still be brought back"), required=False)


class NetworkTimeField(forms.SplitDateTimeField):
    """A date and a time as the clocks of the network say it; `zone` is set by who knows the network."""

    widget = AdminSplitDateTime
    zone: ZoneInfo = ZoneInfo("UTC")

    def compress(self, data_list: Any) -> datetime | None:
        if not data_list or None in data_list or "" in data_list:
            return None
        local = datetime.combine(*data_list, tzinfo=self.zone)
        if local.astimezone(UTC).astimezone(self.zone).replace(fold=0) != local:
            raise forms.ValidationError(_("The clocks skip this time: choose another one."), code="skipped")
        return local


class PlanForm(ReasonForm):
    from_at = NetworkTimeField(label=gettext_lazy("Closed from"))
    until_at = NetworkTimeField(label=gettext_lazy("Open again at"))
    is_returning = forms.BooleanField(label=gettext_lazy("Cars may still be brought back"), required=False)
    field_order = ("from_at", "until_at", "is_returning", "reason")

    def at_the_network(self, zone: str) -> None:
        for name in ("from_at", "until_at"):
            self.fields[name].zone = ZoneInfo(zone)
            self.fields[name].help_text = _("Local time of the network (%(zone)s).") % {"zone": zone}

    def told(self) -> str:
        times = [date_format(localtime(self.cleaned_data[n], self.fields[n].zone), "Y-m-d H:i")
                 for n in ("from_at", "until_at")]  # fmt: skip
        return f"{' → '.join(times)}. {super().told()}"


def close_station(*, station: Station, reason: str, is_returning: bool, actor: str) -> Station:
    """What is not there stays not there."""
    return operations.close_station(
        station=station, reason=reason, is_returning=is_returning, is_installed=station.is_installed, actor=actor
    )


def open_station(*, station: Station, reason: str, actor: str) -> Station:
    return operations.open_station(station=station, actor=actor)


def touched(stations: Iterable[Station]) -> list[str]:
    """Every booking and hold that has to move, and where whoever has it would be sent as it looks now."""
    lines = []
    for station in stations:
        bookings, holds = touched_by_closing(station)
        near = alternatives_of_closing(station, is_returning=False)
        known = bookings.select_related("subscriber__user", "vehicle")[: MOST_NAMED + 1]
        lines += [_car_line(booking, near["cars"]) for booking in known]
        held = holds.select_related("subscriber__user", "dock__station")[: MOST_NAMED + 1]
        lines += [_dock_line(hold, near["docks"]) for hold in held]
    return lines


def _car_line(booking: Booking, near: list[dict[str, Any]]) -> str:
    values = {"person": booking.subscriber, "car": booking.vehicle, "where": _where(near, "cars_available")}
    return _("%(person)s has reserved car %(car)s. Next cars: %(where)s.") % values


def _dock_line(hold: DockHold, near: list[dict[str, Any]]) -> str:
    values = {"person": hold.subscriber, "dock": hold.dock, "where": _where(near, "docks_available")}
    return _("%(person)s drives to dock %(dock)s. Next docks: %(where)s.") % values


def _where(near: list[dict[str, Any]], count: str) -> str:
    places = [f"{place['name']} ({place[count]}, {place['walking_minutes']} min)" for place in near]
    return ", ".join(places) or _("none within reach")


def touched_docks(docks: Iterable[Dock]) -> list[str]:
    holds = DockHold.objects.filter(dock__in=[dock.pk for dock in docks], state=DockHold.State.HELD)
    rows = holds.select_related("subscriber__user", "dock__station__network")[: MOST_NAMED + 1]
    return [_dock_line(hold, [*_here(hold.dock.station), *nearest_with_dock(hold.dock.station)]) for hold in rows]


def _here(station: Station) -> list[dict[str, Any]]:
    free = counts([station.pk])[station.pk].docks
    return [{"name": station.name, "docks_available": free, "walking_minutes": 0}] if free else []


def leave_nobody_at(station: Station, actor: str) -> str:
    return told_of(rehouse(station=station, actor=actor))


def leave_nobody_at_dock(dock: Dock, actor: str) -> str:
    return leave_nobody_at(dock.station, actor)


def told_of(moved: list[Rehoused]) -> str:
    """How many were moved, and who could not be: an operator may have to call them."""
    if not moved:
        return ""
    helped = sum(1 for one in moved if one.car or one.dock)
    said = ngettext(
        "%(count)s booking was moved and its subscriber told",
        "%(count)s bookings were moved and their subscribers told",
        helped,
    ) % {"count": helped}
    lost = [str(one.booking.subscriber) for one in moved if not (one.car or one.dock)]
    if lost:
        said += ". " + _("Nothing was near for %(people)s: they are told, and may have to be called.") % {
            "people": ", ".join(lost)
        }
    return said


STATION_ACTS = (
    Act(
        "close",
        gettext_lazy("Close the station"),
        close_station,
        "station",
        gettext_lazy(
            "No car is rented out here any more. Whoever has reserved one gets the next best car, whoever drives here "
            "the next best dock, and both are told at once. A car that comes back all the same is taken."
        ),
        form=CloseForm,
        concerns=lambda station: station.is_renting or station.is_returning,
        preview=touched,
        afterwards=leave_nobody_at,
    ),
    Act(
        "plan_closure",
        gettext_lazy("Plan a closure"),
        closing.plan_closure,
        "station",
        gettext_lazy("The station closes and opens by itself. Whoever is on it when it closes is moved and told."),
        form=PlanForm,
        concerns=lambda station: station.is_renting or station.is_returning,
        preview=touched,
    ),
    Act(
        "open",
        gettext_lazy("Open the station"),
        open_station,
        "station",
        gettext_lazy("Cars can be reserved here and brought back again."),
        concerns=lambda station: not (station.is_renting and station.is_returning),
    ),
)
DOCK_ACTS = (
    Act(
        "withdraw",
        gettext_lazy("Take the dock out of service"),
        equipment.withdraw_dock,
        "dock",
        gettext_lazy("No car is expected in it any more. Whoever drives to it gets the next best dock, and is told."),
        concerns=lambda dock: dock.is_in_service,
        preview=touched_docks,
        afterwards=leave_nobody_at_dock,
    ),
    Act(
        "return",
        gettext_lazy("Return the dock to service"),
        equipment.return_dock,
        "dock",
        gettext_lazy("Cars can be brought back to it again."),
        concerns=lambda dock: not dock.is_in_service,
    ),
)


def call_off(*, closure: PlannedClosure, reason: str, actor: str) -> PlannedClosure:
    return closing.call_off_closure(closure=closure, reason=reason, actor=actor)


CLOSURE_ACTS = (
    Act(
        "call_off",
        gettext_lazy("Call the closure off"),
        call_off,
        "closure",
        gettext_lazy("It does not begin. If it has begun, the station opens now."),
        concerns=lambda closure: closure.ended_at is None and closure.called_off_at is None,
    ),
)
