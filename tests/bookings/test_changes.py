"""What a subscriber may change: longer, elsewhere, not at all."""

from datetime import timedelta

import pytest

from accounts.models import Subscriber
from bookings import operations
from bookings.models import Booking, DockHold, State
from bookings.refusals import AlreadyExtended, DockUnavailable, NoDestination, NotLive, NotNow, SameDestination
from stations.models import Event, Network, Station
from tests import factories


@pytest.fixture
def booking(bastille: Station, nation: Station, anne: Subscriber) -> Booking:
    return operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test")


def held(booking: Booking) -> DockHold:
    return booking.dock_holds.get(state=DockHold.State.HELD)


def test_a_car_hold_is_extended_once_by_the_holding_time(booking: Booking) -> None:
    longer = operations.extend(booking=booking, actor="test")

    assert longer.held_until - longer.reserved_at == timedelta(minutes=60)
    assert held(booking).during.upper == longer.held_until
    with pytest.raises(AlreadyExtended):
        operations.extend(booking=booking, actor="test")


def test_a_dock_hold_is_extended_once_by_its_holding_time(booking: Booking) -> None:
    operations.extend_destination(booking=booking, actor="test")

    assert held(booking).held_until - booking.reserved_at == timedelta(hours=3)
    with pytest.raises(AlreadyExtended):
        operations.extend_destination(booking=booking, actor="test")


def test_a_booking_nobody_came_for_keeps_no_dock_longer_than_its_car(booking: Booking) -> None:
    assert held(booking).during.upper == booking.held_until

    operations.start_trip(booking=booking, actor="test")

    assert held(booking).during.upper == held(booking).held_until


def test_moving_wins_the_new_dock_and_frees_the_old_one(booking: Booking, paris: Network, nation: Station) -> None:
    place = factories.station(paris, "Opéra", free_docks=1)

    operations.move_destination(booking=booking, station=place, actor="test")

    assert held(booking).dock.station == place
    assert list(booking.dock_holds.order_by("id").values_list("state", flat=True)) == ["released", "held"]
    with pytest.raises(SameDestination):
        operations.move_destination(booking=booking, station=place, actor="test")


def test_moving_to_a_full_station_keeps_the_old_dock(booking: Booking, paris: Network, nation: Station) -> None:
    full = factories.station(paris, "Pigalle", cars=[80])

    with pytest.raises(DockUnavailable):
        operations.move_destination(booking=booking, station=full, actor="test")

    assert held(booking).dock.station == nation
    assert booking.dock_holds.count() == 1


def test_a_destination_may_be_added_and_dropped(bastille: Station, nation: Station, anne: Subscriber) -> None:
    booking = operations.reserve(subscriber=anne, station=bastille, actor="test")
    with pytest.raises(NoDestination):
        operations.drop_destination(booking=booking, actor="test")

    operations.move_destination(booking=booking, station=nation, actor="test")
    operations.drop_destination(booking=booking, actor="test")

    assert booking.dock_holds.get().state == DockHold.State.RELEASED


def test_cancelling_frees_car_and_dock_at_once(
    booking: Booking, anne: Subscriber, bastille: Station, nation: Station
) -> None:
    cancelled = operations.cancel(booking=booking, actor="test")

    assert (cancelled.state, cancelled.end_cause) == (State.CANCELLED, Booking.EndCause.CUSTOMER)
    assert not DockHold.objects.filter(state=DockHold.State.HELD).exists()
    again = operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test")
    assert again.vehicle == booking.vehicle


def test_a_trip_is_not_cancelled(booking: Booking) -> None:
    operations.start_trip(booking=booking, actor="test")

    with pytest.raises(NotNow):
        operations.cancel(booking=booking, actor="test")


@pytest.mark.parametrize(
    "command",
    [
        operations.extend,
        operations.extend_destination,
        operations.drop_destination,
        operations.cancel,
        operations.start_trip,
    ],
)
def test_from_the_end_of_the_hold_on_it_is_refused_unswept(booking: Booking, time, command) -> None:
    time.jump_to(booking.held_until)

    with pytest.raises(NotLive):
        command(booking=booking, actor="test")

    booking.refresh_from_db()
    assert booking.state == State.RESERVED
    assert Event.objects.filter(ref=booking.pk).count() == 2
