"""What an operator does to a booking for whoever is on the phone: the forms, and the one call of each."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from bookings import operations
from bookings.availability import nearest
from bookings.models import OPEN, Booking, CreditPromise, DockHold, State
from bookings.operations.lengthening import LEAST_MINUTES, MOST_MINUTES, MOST_OF_A_TRIP
from stations.acts import Act, ReasonForm
from stations.models import Proposal, Station
from stations.rights import Right

DOCKS_OFFERED = 10
OFFERED_WITHIN_METERS = 5_000


class MinutesForm(ReasonForm):
    minutes = forms.IntegerField(label=_("Minutes more"), min_value=LEAST_MINUTES, max_value=MOST_MINUTES, initial=15)
    field_order = ("minutes", "reason")

    def told(self) -> str:
        return f"+{self.cleaned_data['minutes']} min. {super().told()}"


class TripMinutesForm(MinutesForm):
    minutes = forms.IntegerField(
        label=_("Minutes from now"), min_value=LEAST_MINUTES, max_value=MOST_OF_A_TRIP, initial=60
    )


class MoveForm(ReasonForm):
    station = forms.ModelChoiceField(Station.objects.none(), label=_("New station"), empty_label=None)
    field_order = ("station", "reason")

    def offer(self, rows: QuerySet[Booking]) -> None:
        """Stations with a free dock near where the first of the bookings is going, else near where it began."""
        booking = rows.select_related("origin_station__network").first()
        if booking is None:
            return
        held = DockHold.objects.filter(booking=booking, state=DockHold.State.HELD).select_related("dock__station")
        last = held.order_by("-pk").first()
        around = last.dock.station if last else booking.origin_station
        found = nearest(
            network=booking.origin_station.network,
            latitude=around.latitude,
            longitude=around.longitude,
            need="dock",
            limit=DOCKS_OFFERED,
            within_meters=OFFERED_WITHIN_METERS,
            without=last.dock.station_id if last else 0,
        )
        field: Any = self.fields["station"]
        field.queryset = Station.objects.filter(pk__in=[near.station.pk for near in found])
        field.choices = [(near.station.pk, _offer(near)) for near in found]
        if not found:
            field.help_text = _("No station near has a free dock at the moment.")

    def told(self) -> str:
        return f"{self.cleaned_data['station']}. {super().told()}"


def _offer(near: Any) -> str:
    docks = ngettext("%(count)s free dock", "%(count)s free docks", near.counts.docks) % {"count": near.counts.docks}
    return f"{near.station.title} · {near.meters} m · {docks}"


class PromiseForm(ReasonForm):
    amount = forms.DecimalField(
        label=_("Amount"),
        max_digits=8,
        decimal_places=2,
        min_value=Decimal("0.01"),
        help_text=_("In the currency of the network."),
    )
    field_order = ("amount", "reason")

    def told(self) -> str:
        return f"{self.cleaned_data['amount']}. {super().told()}"


def move(*, booking: Booking, station: Station, actor: str, reason: str) -> Booking:
    return operations.move_destination(booking=booking, station=station, actor=actor)


def drop(*, booking: Booking, actor: str, reason: str) -> Booking:
    return operations.drop_destination(booking=booking, actor=actor)


def promise_for_booking(*, booking: Booking, amount: Decimal, actor: str, reason: str) -> CreditPromise | Proposal:
    return operations.promise_credit(
        subscriber=booking.subscriber, booking=booking, amount=amount, actor=actor, reason=reason
    )


def has_dock(booking: Any) -> bool:
    return booking.state in OPEN and booking.is_dock_held


END_TRIP = Act(
    "end_trip",
    _("End the trip"),
    operations.end_trip,
    "booking",
    _(
        "For a subscriber who cannot: the trip ends now and its dock is released. A car that is plugged in "
        "nowhere is then unaccounted for, until a post reports it."
    ),
    concerns=lambda booking: booking.state == State.ON_TRIP,
)
LENGTHEN = Act(
    "lengthen",
    _("Hold the car longer"),
    operations.lengthen,
    "booking",
    _("The car stays reserved for so many more minutes. What the subscriber may still lengthen stays as it is."),
    form=MinutesForm,
    concerns=lambda booking: booking.state == State.RESERVED,
)
PROLONG = Act(
    "prolong",
    _("Let the trip last longer"),
    operations.prolong_trip,
    "booking",
    _("Somebody knows why it lasts: nobody is asked to look into it for so many minutes from now."),
    form=TripMinutesForm,
    concerns=lambda booking: booking.state == State.ON_TRIP,
)
LENGTHEN_DOCK = Act(
    "lengthen_dock",
    _("Hold the dock longer"),
    operations.lengthen_destination,
    "booking",
    _("The dock is kept for so many more minutes; before the trip no longer than the car."),
    form=MinutesForm,
    concerns=has_dock,
)
MOVE = Act(
    "move_dock",
    _("Move the dock"),
    move,
    "booking",
    _("A dock is held at another station. The one held now is kept unless the new one is won."),
    form=MoveForm,
    concerns=lambda booking: booking.state in OPEN,
)
DROP = Act(
    "drop_dock",
    _("Let the dock go"),
    drop,
    "booking",
    _("The dock is free for others. The car stays with the subscriber."),
    concerns=has_dock,
)
CANCEL = Act(
    "cancel",
    _("Cancel for the subscriber"),
    operations.cancel,
    "booking",
    _("The car and the dock are given back. The subscriber cannot undo it."),
    concerns=lambda booking: booking.state == State.RESERVED,
)
PROMISE_EXPLAINED = _("The promise is kept, and seen by the subscriber in their data. The money follows with the bill.")
PROMISE = Act(
    "promise_credit",
    _("Promise a credit"),
    promise_for_booking,
    "booking",
    PROMISE_EXPLAINED,
    form=PromiseForm,
    needs=Right.CARE_FOR_PEOPLE,
)
ACTS = (END_TRIP, PROLONG, LENGTHEN, LENGTHEN_DOCK, MOVE, DROP, CANCEL, PROMISE)
