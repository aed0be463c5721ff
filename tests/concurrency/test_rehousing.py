"""A station closes in a rush: nobody is left there, nobody is moved twice, nobody holds two cars or a withdrawn one."""

from functools import partial
from threading import Event
from unittest.mock import patch

import pytest
from django.db import transaction

from bookings import operations
from bookings.models import Booking, State
from bookings.operations import servicing
from bookings.operations.rehousing import stranded_bookings
from stations.operations import close_station
from tests import factories
from tests.concurrency.rivals import at_once, wait_until_somebody_waits
from tests.concurrency.test_races import outcome
from vehicles.models import Vehicle

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 24


def test_a_station_closes_while_people_reserve_there() -> None:
    """Those who reserved before are moved by two sweepers at once; those who slipped in, by the next round."""
    paris = factories.network()
    flooded = factories.station(paris, "Flooded", cars=[90] * PEOPLE)
    near = factories.station(paris, "Near", cars=[80] * PEOPLE)
    people = [factories.subscriber(paris, f"Rival{number}") for number in range(PEOPLE)]
    early, late = people[: PEOPLE // 2], people[PEOPLE // 2 :]
    for who in early:
        operations.reserve(subscriber=who, station=flooded, actor="test")

    at_once(
        [
            partial(close_station, station=flooded, reason="Flood", actor="test"),
            *[partial(operations.rehouse, station=flooded)] * 2,
            *[partial(operations.reserve, subscriber=who, station=flooded, actor="test") for who in late],
        ]
    )
    at_once([operations.rehouse] * 3)

    assert not stranded_bookings().exists()
    standing = Booking.objects.filter(state=State.RESERVED)
    assert set(standing.values_list("origin_station", flat=True)) == {near.pk}
    assert set(early) <= {booking.subscriber for booking in standing.select_related("subscriber")}
    assert standing.count() == len(set(standing.values_list("subscriber", flat=True)))
    replaced = Booking.objects.filter(replaces__isnull=False)
    assert replaced.count() == len(set(replaced.values_list("replaces", flat=True)))
    assert replaced.count() == Booking.objects.filter(end_cause=Booking.EndCause.MOVED).count()


def test_nobody_loses_a_car_to_a_lock_that_soon_ends() -> None:
    paris = factories.network()
    flooded, near = (factories.station(paris, name, cars=[90]) for name in ("Flooded", "Near"))
    waiting = operations.reserve(subscriber=factories.subscriber(paris), station=flooded, actor="test")
    close_station(station=flooded, reason="Flood", actor="test")
    is_held, may_go = Event(), Event()

    def hold_it() -> None:
        with transaction.atomic():
            Vehicle.objects.select_for_update().get(dock__station=near)
            is_held.set()
            may_go.wait(timeout=20)

    def move_then_let_go() -> list[object]:
        is_held.wait(timeout=20)
        try:
            return list(operations.rehouse())
        finally:
            may_go.set()

    assert at_once([hold_it, move_then_let_go]) == [None, []]
    waiting.refresh_from_db()
    assert waiting.state == State.RESERVED

    operations.rehouse()
    assert Booking.objects.get(replaces=waiting).origin_station == near


def withdraw_while_it_changes_hands() -> list[str]:
    """How it came out for an operator who waits for a car that one person gives back and another one reserves."""
    paris = factories.network()
    factories.station(paris, "Bastille", cars=[90])
    car = Vehicle.objects.get()
    anne, bruno = factories.subscriber(paris, "Anne"), factories.subscriber(paris, "Bruno")
    held = operations.reserve(subscriber=anne, vehicle=car, actor="test")
    locked, waits = Event(), partial(operations.withdraw_vehicle, vehicle=car, cause="damage", note="x", actor="test")

    def change_hands() -> None:
        with transaction.atomic():
            operations.cancel(booking=held, actor="test")
            locked.set()
            wait_until_somebody_waits()
            operations.reserve(subscriber=bruno, vehicle=car, actor="test")

    def withdraw() -> None:
        locked.wait(timeout=30)
        waits()

    return [outcome(one) for one in at_once([change_hands, withdraw])]


def test_a_car_that_changes_hands_is_not_withdrawn_under_whoever_has_it() -> None:
    assert withdraw_while_it_changes_hands() == ["won", "busy"]
    assert Booking.objects.get(state=State.RESERVED).vehicle.is_in_service


def test_control_without_the_second_look_somebody_holds_a_withdrawn_car() -> None:
    with patch.object(servicing, "OPEN", ()):
        assert withdraw_while_it_changes_hands() == ["won", "won"]
    assert not Booking.objects.get(state=State.RESERVED).vehicle.is_in_service
