"""Minutes that an operator gives on the phone, and a cancellation for somebody: the states stay those of the table."""

from datetime import timedelta

import pytest

from accounts.models import Subscriber
from bookings import claims, operations
from bookings.models import Booking, DockHold, State
from bookings.operations.undoing import undo_until
from bookings.refusals import AlreadyExtended, MinutesOutOfRange, NoDestination, NotLive, NotNow
from stations.events import Type
from stations.models import Event, Station
from stations.refusals import ReasonRequired
from tests.conftest import Clock

BY = {"actor": "operator:7", "reason": "Stuck in the lift"}


def test_the_car_is_held_longer_beyond_the_own_extensions(booking: Booking, time: Clock) -> None:
    until, hold = booking.held_until, booking.dock_holds.get()
    operations.extend(booking=booking, actor="test")

    for _ in range(2):
        booking = operations.lengthen(booking=booking, minutes=15, **BY)

    assert booking.held_until == until + timedelta(minutes=30 + 30)
    assert (booking.state, booking.extensions, booking.during.upper) == (State.RESERVED, 1, booking.held_until)
    event = Event.objects.filter(ref=booking.pk, type=Type.RESERVATION_EXTENDED).latest("id")
    assert (event.actor, event.data["reason"]) == ("operator:7", "Stuck in the lift")
    hold.refresh_from_db()
    assert hold.during.upper == min(hold.held_until, booking.held_until)
    assert booking.remind_at == booking.held_until - timedelta(minutes=10)
    with pytest.raises(AlreadyExtended):
        operations.extend(booking=booking, actor="test")
    time.jump_to(booking.held_until - timedelta(seconds=5))
    assert operations.start_trip(booking=booking, actor="test").state == State.ON_TRIP


def test_a_trip_may_last_longer_and_is_not_called_overlong_until_then(booking: Booking, time: Clock) -> None:
    trip = operations.start_trip(booking=booking, actor="test")
    time.forward(hours=13)
    assert list(claims.overlong_trips()) == [trip]

    operations.prolong_trip(booking=trip, minutes=90, **BY)
    time.forward(minutes=89)
    assert not claims.overlong_trips().exists()
    time.forward(minutes=2)

    assert list(claims.overlong_trips()) == [trip]
    event = Event.objects.get(ref=trip.pk, type=Type.TRIP_PROLONGED)
    assert (event.actor, event.data["reason"]) == ("operator:7", "Stuck in the lift")
    with pytest.raises(MinutesOutOfRange):
        operations.prolong_trip(booking=trip, minutes=24 * 60 + 1, **BY)


def test_the_dock_is_held_longer_before_and_during_the_trip(booking: Booking) -> None:
    until = booking.dock_holds.get().held_until

    operations.lengthen_destination(booking=booking, minutes=10, **BY)
    hold = booking.dock_holds.get()
    assert (hold.held_until, hold.during.upper) == (until + timedelta(minutes=10), booking.held_until)
    operations.start_trip(booking=booking, actor="test")
    operations.lengthen_destination(booking=booking, minutes=60, **BY)

    hold = booking.dock_holds.get()
    assert (hold.held_until, hold.extensions) == (until + timedelta(minutes=70), 0)
    assert hold.during.upper == hold.held_until


def test_what_is_over_is_not_made_longer(booking: Booking, time: Clock) -> None:
    with pytest.raises(ReasonRequired):
        operations.lengthen(booking=booking, minutes=15, actor="operator:7", reason=" ")
    for minutes in (4, 61, -15):
        with pytest.raises(MinutesOutOfRange):
            operations.lengthen(booking=booking, minutes=minutes, **BY)
    time.jump_to(booking.held_until)
    with pytest.raises(NotLive):
        operations.lengthen(booking=booking, minutes=15, **BY)
    with pytest.raises(NotLive):
        operations.lengthen_destination(booking=booking, minutes=15, **BY)


def test_a_trip_has_no_hold_of_its_car(anne: Subscriber, bastille: Station) -> None:
    trip = operations.take_now(subscriber=anne, station=bastille, actor="test")

    with pytest.raises(NotNow):
        operations.lengthen(booking=trip, minutes=15, **BY)
    with pytest.raises(NoDestination):
        operations.lengthen_destination(booking=trip, minutes=15, **BY)


def test_an_operator_cancels_for_somebody_with_a_cause_of_its_own(booking: Booking) -> None:
    cancelled = operations.cancel(booking=booking, **BY)

    assert (cancelled.state, cancelled.end_cause, cancelled.end_note) == (
        State.CANCELLED,
        Booking.EndCause.OPERATOR,
        "Stuck in the lift",
    )
    assert undo_until(cancelled) is None
    assert booking.dock_holds.get().state == DockHold.State.RELEASED
    assert Event.objects.get(ref=booking.pk, type=Type.CUSTOMER_CANCELLATION).actor == "operator:7"
