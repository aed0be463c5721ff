"""Closing stations and docks: what is touched is said first, and nobody is left on what is closed."""

from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy

from autolib.console.rehousing import leave_nobody_at, leave_nobody_at_dock, touched, touched_docks, touched_posts
from stations import closing, equipment, operations
from stations.acts import Act, ReasonForm
from stations.local_fields import NetworkTimeField
from stations.models import PlannedClosure, Station


class CloseForm(ReasonForm):
    is_returning = forms.BooleanField(label=gettext_lazy("Cars may still be brought back"), required=False)


class PlanForm(ReasonForm):
    from_at = NetworkTimeField(label=gettext_lazy("Closed from"))
    until_at = NetworkTimeField(label=gettext_lazy("Open again at"))
    is_returning = forms.BooleanField(label=gettext_lazy("Cars may still be brought back"), required=False)
    field_order = ("from_at", "until_at", "is_returning", "reason")

    def offer(self, rows: QuerySet) -> None:
        self.network = rows[0].network
        for name in ("from_at", "until_at"):
            self.fields[name].at(self.network)

    def told(self) -> str:
        zone = ZoneInfo(self.network.time_zone)
        times = [date_format(localtime(self.cleaned_data[n], zone), "Y-m-d H:i") for n in ("from_at", "until_at")]
        return f"{' → '.join(times)}. {super().told()}"


def close_station(*, station: Station, reason: str, is_returning: bool, actor: str) -> Station:
    """What is not there stays not there."""
    return operations.close_station(
        station=station, reason=reason, is_returning=is_returning, is_installed=station.is_installed, actor=actor
    )


def open_station(*, station: Station, reason: str, actor: str) -> Station:
    return operations.open_station(station=station, actor=actor)


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
POST_ACTS = (
    Act(
        "withdraw",
        gettext_lazy("Take the post out of service"),
        equipment.withdraw_post,
        "post",
        gettext_lazy("All its docks at once. Whoever drives to one of them gets the next best dock, and is told."),
        concerns=lambda post: post.serving_docks > 0,
        preview=touched_posts,
        afterwards=leave_nobody_at_dock,
    ),
    Act(
        "return",
        gettext_lazy("Return the post to service"),
        equipment.return_post,
        "post",
        gettext_lazy("Cars can be brought back to all its docks again."),
        concerns=lambda post: post.serving_docks < post.all_docks,
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
