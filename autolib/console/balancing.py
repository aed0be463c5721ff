"""Cars to where there are none, from where there are too many: asked of the crews in one press."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bookings import balancing
from bookings.availability import Near
from stations.acts import Act, ReasonForm
from stations.models import Station
from stations.rights import Right
from vehicles.models import FieldTask, Vehicle

GONE = {"invalid_choice": gettext_lazy("Something changed meanwhile: this cannot be chosen any more. Choose again.")}


EXPLAINED = gettext_lazy(
    "The crews see it on their phones at once. A car stays free for subscribers until a crew begins; one that "
    "is reserved by then stays where it is."
)


class MoveForm(ReasonForm):
    cars = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Cars"), coerce=int, widget=forms.CheckboxSelectMultiple, error_messages=GONE
    )
    urgency = forms.TypedChoiceField(
        label=gettext_lazy("Urgency"), choices=FieldTask.Urgency.choices, coerce=int, initial=FieldTask.Urgency.NOW
    )

    def _offer(self, name: str, choices: list[tuple[int, str]], *, nothing: str, first: Any) -> None:
        self.fields[name].choices = choices
        self.fields[name].initial = first
        if not choices:
            self.fields[name].help_text = nothing

    def _suggest(self, reason: str) -> None:
        """In a rush the reason is that of the page; whoever knows a better one writes it."""
        self.fields["reason"].initial = reason


class BringForm(MoveForm):
    field_order = ("cars", "urgency", "reason")

    def offer(self, rows: QuerySet) -> None:
        station = rows[0]
        spare = balancing.spare_cars(station)
        choices = [(one.vehicle.pk, f"{_car(one.vehicle)} · {_place(one.near)}") for one in spare]
        nothing = _("No station near by can spare a car.")
        self._offer("cars", choices, nothing=nothing, first=[pk for pk, _label in choices[:1]])
        self._suggest(_("No car at %(station)s.") % {"station": station})


class TakeAwayForm(MoveForm):
    target = forms.TypedChoiceField(label=gettext_lazy("Where to"), coerce=int, error_messages=GONE)
    field_order = ("cars", "target", "urgency", "reason")

    def offer(self, rows: QuerySet) -> None:
        station = rows[0]
        choices = [(car.pk, _car(car)) for car in balancing.surplus_cars(station)]
        nothing = _("No car here is free to be moved.")
        self._offer("cars", choices, nothing=nothing, first=[pk for pk, _label in choices[:1]])
        targets = [(near.station.pk, _place(near)) for near in balancing.stations_with_room(station)]
        self._offer("target", targets, nothing=_("No station near by has room."), first=None)
        self._suggest(_("No free dock at %(station)s.") % {"station": station})


def _car(vehicle: Vehicle) -> str:
    return f"{vehicle} · {round(vehicle.report.charge_percent)} %"


def _place(near: Near) -> str:
    cars = ngettext("%(count)s car", "%(count)s cars", near.counts.cars) % {"count": near.counts.cars}
    docks = ngettext("%(count)s free dock", "%(count)s free docks", near.counts.docks) % {"count": near.counts.docks}
    return f"{near.station} ({cars}, {docks}, {number_format(near.meters / 1000, 1)} km)"


def bring(*, station: Station, cars: list[int], urgency: int, reason: str, actor: str) -> list[FieldTask]:
    return _ask(cars, station, urgency, reason, actor)


def take_away(
    *, station: Station, cars: list[int], target: int, urgency: int, reason: str, actor: str
) -> list[FieldTask]:
    goal = Station.objects.select_related("network").get(network=station.network_id, pk=target)
    return _ask(cars, goal, urgency, reason, actor)


def _ask(cars: list[int], target: Station, urgency: int, reason: str, actor: str) -> list[FieldTask]:
    vehicles = list(Vehicle.objects.filter(network=target.network_id, pk__in=cars).order_by("pk"))
    return balancing.ask_to_move(
        vehicles=vehicles, target=target, urgency=FieldTask.Urgency(urgency), reason=reason, actor=actor
    )


def told_of(tasks: list[FieldTask], _user: Any) -> str:
    """Which cars, and that nobody has them yet."""
    return _("asked of the crews: %(tasks)s") % {"tasks": ", ".join(map(str, tasks))}


BALANCING_ACTS = (
    Act(
        "bring",
        gettext_lazy("Bring cars here"),
        bring,
        "station",
        EXPLAINED,
        form=BringForm,
        concerns=lambda station: station.is_returning,
        outcome=told_of,
        is_for_one=True,
        needs=Right.GIVE_TASKS,
    ),
    Act(
        "take_away",
        gettext_lazy("Take cars away"),
        take_away,
        "station",
        EXPLAINED,
        form=TakeAwayForm,
        concerns=lambda station: station.is_installed,
        outcome=told_of,
        is_for_one=True,
        needs=Right.GIVE_TASKS,
    ),
)
