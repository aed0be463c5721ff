"""A hundred at once: exactly one wins, nobody gets half, nobody sees a deadlock. Each race has its control."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from unittest.mock import patch

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from accounts.models import Subscriber
from bookings import operations
from bookings.models import Booking, DockHold, State
from stations import clock
from stations.refusals import Refusal
from tests import factories
from tests.concurrency.rivals import at_once
from vehicles.models import Vehicle

pytestmark = pytest.mark.django_db(transaction=True)

RIVALS = 100


@pytest.fixture
def crowd(transactional_db: None) -> list[Subscriber]:
    paris = factories.network()
    return [factories.subscriber(paris, f"Rival{number}") for number in range(RIVALS)]


def outcome(result: object) -> str:
    """`won`, a refusal's code, or the name of an error that no subscriber should see."""
    if isinstance(result, Refusal):
        return result.code
    return type(result).__name__ if isinstance(result, Exception) else "won"


def patient(call: Callable[[], object]) -> object:
    """What the command runner does: `busy` is asked again."""
    for _ in range(20):
        try:
            return call()
        except Refusal as refusal:
            if refusal.code != "busy":
                raise
    raise AssertionError("busy for ever")


def race(calls: list[Callable[[], object]]) -> Counter[str]:
    return Counter(outcome(result) for result in at_once([partial(patient, call) for call in calls]))


def reserving(subscriber: Subscriber, **asked: object) -> Callable[[], object]:
    return partial(operations.reserve, subscriber=subscriber, actor="test", **asked)


def test_a_hundred_for_one_car(crowd: list[Subscriber]) -> None:
    station = factories.station(crowd[0].network, "Bastille", cars=[90])
    car = Vehicle.objects.get()

    results = race(
        [
            reserving(who, **({"vehicle": car} if number % 2 else {"station": station}))
            for number, who in enumerate(crowd)
        ]
    )

    assert results == {"won": 1, "car_unavailable": RIVALS - 1}
    assert Booking.objects.count() == 1


def test_a_rush_on_one_station_refuses_nobody_while_cars_are_left(crowd: list[Subscriber]) -> None:
    station = factories.station(crowd[0].network, "Bastille", cars=[90] * (RIVALS + 20))

    results = race([reserving(who, station=station) for who in crowd])

    assert results == {"won": RIVALS}


def test_a_hundred_for_one_dock_leave_no_half_reservation(crowd: list[Subscriber]) -> None:
    network = crowd[0].network
    start = factories.station(network, "Bastille", cars=[90] * RIVALS)
    target = factories.station(network, "Nation", free_docks=1)

    results = race([reserving(who, station=start, destination=target) for who in crowd])

    assert results == {"won": 1, "dock_unavailable": RIVALS - 1}
    assert Booking.objects.count() == DockHold.objects.count() == 1


def test_a_hundred_crosswise_for_car_and_dock(crowd: list[Subscriber]) -> None:
    network = crowd[0].network
    here = factories.station(network, "Bastille", cars=[90], free_docks=1)
    there = factories.station(network, "Nation", cars=[90], free_docks=1)
    ways = [(here, there), (there, here)]

    results = race([reserving(who, station=ways[n % 2][0], destination=ways[n % 2][1]) for n, who in enumerate(crowd)])

    assert results["won"] == 2
    assert set(results) <= {"won", "car_unavailable", "dock_unavailable"}
    assert Booking.objects.count() == DockHold.objects.count() == 2


def test_a_hundred_by_one_subscriber(crowd: list[Subscriber]) -> None:
    station = factories.station(crowd[0].network, "Bastille", cars=[90] * RIVALS)

    results = race([reserving(crowd[0], station=station) for _ in range(RIVALS)])

    assert results == {"won": 1, "already_holding": RIVALS - 1}
    assert Booking.objects.count() == 1


def test_moving_destinations_crosswise_keeps_one_dock_each(crowd: list[Subscriber]) -> None:
    network = crowd[0].network
    start = factories.station(network, "Bastille", cars=[90] * 8)
    targets = [factories.station(network, name, free_docks=4) for name in ("Nation", "Opéra")]
    bookings = [
        operations.reserve(subscriber=who, station=start, destination=targets[n % 2], actor="test")
        for n, who in enumerate(crowd[:8])
    ]

    calls = [
        partial(operations.move_destination, booking=booking, station=targets[(n + 1) % 2], actor="test")
        for n, booking in enumerate(bookings)
    ]
    results = race(calls)  # type: ignore[arg-type]

    assert set(results) <= {"won", "dock_unavailable"}
    assert DockHold.objects.filter(state=DockHold.State.HELD).count() == len(bookings)


def test_a_return_and_a_cancellation_never_both_decide(crowd: list[Subscriber]) -> None:
    station = factories.station(crowd[0].network, "Bastille", cars=[90])
    booking = operations.reserve(subscriber=crowd[0], station=station, actor="test")

    start = [partial(operations.start_trip, booking=booking, actor="test")] * 10
    cancel = [partial(operations.cancel, booking=booking, actor="test")] * 10
    results = race([*start, *cancel])  # type: ignore[list-item]

    booking.refresh_from_db()
    assert results["won"] == 1
    assert booking.state in {State.ON_TRIP, State.CANCELLED}


def test_many_sweepers_close_each_hold_once(crowd: list[Subscriber]) -> None:
    station = factories.station(crowd[0].network, "Bastille", cars=[90] * 30)
    for who in crowd[:30]:
        operations.reserve(subscriber=who, station=station, actor="test")
    network = crowd[0].network
    with patch.object(clock, "_offset", timedelta(seconds=network.car_hold_seconds)):
        closed = at_once([operations.expire_due_bookings] * 6)

    assert sum(closed) == 30
    assert Booking.objects.filter(state=State.EXPIRED).count() == 30


# -- controls: the same races with the guard taken away ---------------------------------------------------------------


def without_constraints() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE bookings_booking DROP CONSTRAINT no_car_is_claimed_twice")


def with_constraints() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM bookings_booking")
        cursor.execute(
            "ALTER TABLE bookings_booking ADD CONSTRAINT no_car_is_claimed_twice EXCLUDE USING gist "
            "(vehicle_id WITH =, during WITH &&) WHERE (state IN ('reserved', 'on_trip'))"
        )


def check_then_write(subscriber: Subscriber, car: Vehicle) -> bool:
    with transaction.atomic():
        if Booking.objects.filter(vehicle=car, state__in=["reserved", "on_trip"]).exists():
            return False
        at = clock.now()
        booking = Booking(
            network=subscriber.network,
            subscriber=subscriber,
            subscription=subscriber.subscriptions.get(),
            vehicle=car,
            state=State.RESERVED,
            during=(at, at + timedelta(minutes=30)),
            origin_station=car.dock.station,
            reserved_at=at,
            held_until=at + timedelta(minutes=30),
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.05)")
        booking.save(force_insert=True)
        return True


def test_control_without_lock_and_constraint_a_car_is_promised_twice(crowd: list[Subscriber]) -> None:
    factories.station(crowd[0].network, "Bastille", cars=[90])
    car = Vehicle.objects.select_related("dock__station").get()
    without_constraints()
    try:
        results = at_once([partial(check_then_write, who, car) for who in crowd[:10]])
        assert results.count(True) > 1
    finally:
        with_constraints()


def test_control_with_the_constraint_alone_nobody_wins_twice_but_errors_escape(crowd: list[Subscriber]) -> None:
    factories.station(crowd[0].network, "Bastille", cars=[90])
    car = Vehicle.objects.select_related("dock__station").get()

    results = at_once([partial(check_then_write, who, car) for who in crowd[:10]])

    assert results.count(True) == 1
    assert any(isinstance(result, IntegrityError | OperationalError) for result in results)


def test_undoing_a_cancellation_against_a_crowd(crowd: list[Subscriber]) -> None:
    station = factories.station(crowd[0].network, "Bastille", cars=[90])
    first = reserving(crowd[0], station=station)()
    operations.cancel(booking=first, actor="test")
    undo = partial(operations.undo_cancel, booking=first, actor="test")

    results = race([undo, undo, *(reserving(who, station=station) for who in crowd[1:])])

    assert results["won"] == 1
    assert set(results) <= {"won", "car_unavailable", "already_holding"}
    assert Booking.objects.filter(state=State.RESERVED).count() == 1
