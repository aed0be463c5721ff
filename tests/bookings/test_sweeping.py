"""The sweeper tidies: events at the deadline, in bulk, once; reminders once."""

from datetime import timedelta

from accounts.models import Subscriber
from bookings import operations, tasks
from bookings.models import Booking, DockHold, Notification, State
from stations.models import Event, Network, Pulse, Station
from tests import factories


def test_what_ran_out_is_closed_with_the_deadline_as_its_time(
    bastille: Station, nation: Station, anne: Subscriber, time
) -> None:
    booking = operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test")
    time.forward(minutes=30, seconds=5)

    tasks.sweep()

    booking.refresh_from_db()
    hold = booking.dock_holds.get()
    assert (booking.state, booking.ended_at) == (State.EXPIRED, booking.held_until)
    assert (hold.state, hold.closed_at) == (DockHold.State.EXPIRED, booking.held_until)
    told = Event.objects.filter(type__endswith="expired").values_list("type", "occurred_at")
    assert set(told) == {("reservation_expired", booking.held_until), ("dock_hold_expired", booking.held_until)}
    assert Pulse.objects.get(name="sweep").detail["closed"] == 2


def test_a_dock_hold_may_run_out_during_the_trip(bastille: Station, nation: Station, anne: Subscriber, time) -> None:
    booking = operations.take_now(subscriber=anne, station=bastille, destination=nation, actor="test")
    time.forward(minutes=91)

    tasks.sweep()

    booking.refresh_from_db()
    assert booking.state == State.ON_TRIP
    assert booking.dock_holds.get().state == DockHold.State.EXPIRED


def test_sweeping_twice_changes_nothing_more(bastille: Station, anne: Subscriber, time) -> None:
    operations.reserve(subscriber=anne, station=bastille, actor="test")
    time.forward(minutes=31)
    tasks.sweep()
    events = Event.objects.count()

    tasks.sweep()

    assert Event.objects.count() == events


def test_a_full_batch_is_closed_in_a_handful_of_statements(paris: Network, time, django_assert_max_num_queries) -> None:
    place = factories.station(paris, "Bastille", cars=[90] * 12)
    for number in range(12):
        operations.reserve(subscriber=factories.subscriber(paris, f"Rider{number}"), station=place, actor="test")
    time.forward(minutes=31)

    with django_assert_max_num_queries(6):
        closed = operations.expire_due_bookings()

    assert closed == 12


def test_one_reminder_ten_minutes_before_the_end(bastille: Station, anne: Subscriber, time) -> None:
    booking = operations.reserve(subscriber=anne, station=bastille, actor="test")
    time.forward(minutes=19, seconds=55)
    tasks.sweep()
    assert not Notification.objects.exists()
    time.forward(seconds=10)

    tasks.sweep()
    tasks.sweep()

    assert Notification.objects.get().kind == Notification.Kind.REMINDER
    longer = operations.extend(booking=booking, actor="test")
    time.jump_to(longer.held_until - timedelta(minutes=9))
    tasks.sweep()
    assert Notification.objects.count() == 2


def test_the_dock_is_reminded_of_during_the_trip(bastille: Station, nation: Station, anne: Subscriber, time) -> None:
    operations.take_now(subscriber=anne, station=bastille, destination=nation, actor="test")
    time.forward(minutes=81)

    tasks.sweep()

    assert Notification.objects.get().kind == Notification.Kind.DOCK_REMINDER


def test_a_hold_of_one_second_is_possible(bastille: Station, paris: Network, anne: Subscriber, time) -> None:
    Network.objects.update(car_hold_seconds=1)
    booking = operations.reserve(subscriber=anne, station=bastille, actor="test")
    time.forward(seconds=1)

    tasks.sweep()

    assert Booking.objects.get(pk=booking.pk).state == State.EXPIRED
