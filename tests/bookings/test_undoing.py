"""A cancellation may be taken back for a short while: the same car, the same deadlines, nothing gained."""

import pytest

from accounts.models import Subscriber
from bookings import operations
from bookings.models import Booking, DockHold, Notification, State
from bookings.notifications import deliver_events
from bookings.refusals import AlreadyHolding, CarUnavailable, NothingToUndo
from stations import clock
from stations.models import Event, Station
from tests import factories
from tests.conftest import Clock
from tests.factories import subscriber
from vehicles.models import Vehicle


def booked(anne: Subscriber, bastille: Station, **more: Station) -> Booking:
    return operations.reserve(subscriber=anne, station=bastille, actor="test", **more)


def cancelled(booking: Booking) -> Booking:
    return operations.cancel(booking=booking, actor="test")


def undone(booking: Booking) -> Booking:
    return operations.undo_cancel(booking=booking, actor="test")


def test_car_and_dock_are_back_until_the_same_time(
    anne: Subscriber, bastille: Station, nation: Station, time: Clock
) -> None:
    first = booked(anne, bastille, destination=nation)
    promised = first.dock_holds.get().held_until
    time.forward(minutes=5)

    again = undone(cancelled(first))

    hold = DockHold.objects.get(booking=again)
    assert (again.state, again.vehicle, again.held_until) == (State.RESERVED, first.vehicle, first.held_until)
    assert (hold.state, hold.dock.station, hold.held_until) == (DockHold.State.HELD, nation, promised)
    assert Booking.objects.get(pk=first.pk).state == State.CANCELLED
    assert Event.objects.filter(data__undoes=str(first.pk)).count() == 1


def test_an_extension_that_was_used_stays_used(anne: Subscriber, bastille: Station) -> None:
    first = operations.extend(booking=booked(anne, bastille), actor="test")

    again = undone(cancelled(first))

    assert (again.extensions, again.held_until) == (1, first.held_until)


def test_a_dock_that_was_dropped_before_does_not_come_back(
    anne: Subscriber, bastille: Station, nation: Station, time: Clock
) -> None:
    first = booked(anne, bastille, destination=nation)
    operations.drop_destination(booking=first, actor="test")
    time.forward(seconds=1)

    again = undone(cancelled(first))

    assert not again.dock_holds.exists()


def test_a_dock_that_is_gone_does_not_cost_the_car(anne: Subscriber, bastille: Station, nation: Station) -> None:
    first = cancelled(booked(anne, bastille, destination=nation))
    another = Vehicle.objects.exclude(pk=first.vehicle_id).get()
    operations.reserve(subscriber=subscriber(anne.network), vehicle=another, destination=nation, actor="test")

    again = undone(first)

    assert again.vehicle == first.vehicle
    assert not again.dock_holds.exists()


def test_a_car_that_is_gone_is_gone(anne: Subscriber, bastille: Station) -> None:
    first = cancelled(booked(anne, bastille))
    operations.reserve(subscriber=subscriber(anne.network), vehicle=first.vehicle, actor="test")

    with pytest.raises(CarUnavailable):
        undone(first)


def test_too_late_is_said_whoever_has_the_car_now(anne: Subscriber, bastille: Station, time: Clock) -> None:
    first = cancelled(booked(anne, bastille))
    operations.reserve(subscriber=subscriber(anne.network), vehicle=first.vehicle, actor="test")
    time.forward(hours=5)

    with pytest.raises(NothingToUndo):
        undone(first)


@pytest.mark.parametrize("late", ["after the minute", "after the hold"])
def test_it_is_for_a_short_while_only(anne: Subscriber, bastille: Station, time: Clock, late: str) -> None:
    booking = booked(anne, bastille)
    if late == "after the hold":
        time.forward(seconds=anne.network.car_hold_seconds - 30)
    first = cancelled(booking)

    time.forward(seconds=30 if late == "after the hold" else anne.network.cancel_undo_seconds)

    with pytest.raises(NothingToUndo):
        undone(first)


def test_only_what_oneself_cancelled_can_be_undone(anne: Subscriber, bastille: Station) -> None:
    booking = booked(anne, bastille)
    with pytest.raises(NothingToUndo):
        undone(booking)

    operations.withdraw_vehicle(vehicle=booking.vehicle, cause="repair", note="brakes", actor="test")

    with pytest.raises(NothingToUndo):
        undone(Booking.objects.get(pk=booking.pk))


def test_undoing_twice_books_once(anne: Subscriber, bastille: Station) -> None:
    first = cancelled(booked(anne, bastille))
    undone(first)

    with pytest.raises(AlreadyHolding):
        undone(first)

    assert Booking.objects.filter(state=State.RESERVED).count() == 1


@pytest.mark.parametrize("is_told_before", [True, False])
def test_a_booking_is_confirmed_once_however_often_it_is_undone(
    anne: Subscriber, bastille: Station, is_told_before: bool
) -> None:
    first = booked(anne, bastille)
    if is_told_before:
        deliver_events()
    again = undone(cancelled(first))
    deliver_events()

    told = Notification.objects.get()
    assert (told.kind, told.booking) == ("confirmation", first if is_told_before else again)


def test_a_dock_hold_that_has_run_out_meanwhile_is_not_kept_anew(paris, time: Clock) -> None:
    rules = factories.network("lyon", dock_hold_seconds=60, car_hold_seconds=600, cancel_undo_seconds=300)
    here, there = factories.station(rules, "Perrache", cars=[90]), factories.station(rules, "Bellecour", free_docks=1)
    first = booked(factories.subscriber(rules), here, destination=there)
    time.forward(seconds=59)
    cancelled(first)
    time.forward(seconds=2)

    assert not undone(Booking.objects.get(pk=first.pk)).dock_holds.exists()


def test_a_car_that_stands_elsewhere_now_is_not_the_same(anne: Subscriber, bastille: Station, nation: Station) -> None:
    first = cancelled(booked(anne, bastille))
    car = first.vehicle
    quick = operations.take_now(subscriber=subscriber(anne.network), vehicle=car, actor="test")
    operations.unplugged(dock=car.dock, vehicle=car, event_time=clock.now(), actor="test")
    operations.plugged(dock=nation.docks.get(), vehicle=car, event_time=clock.now(), actor="test")
    assert Booking.objects.get(pk=quick.pk).state == State.COMPLETED

    with pytest.raises(CarUnavailable):
        undone(first)

    assert not Booking.objects.filter(subscriber=anne, state=State.RESERVED).exists()


def test_the_reminder_that_was_due_is_due_again(anne: Subscriber, bastille: Station, time: Clock) -> None:
    first = booked(anne, bastille)
    time.forward(minutes=15)

    assert undone(cancelled(first)).remind_at == first.remind_at
