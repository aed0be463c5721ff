"""An operator lengthens a hold at the moment at which it ends, while a rival takes the car. With its control."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection

from accounts.models import Subscriber
from bookings import operations, picking
from bookings.models import Booking, Command, State
from stations import clock
from tests import factories
from tests.concurrency.rivals import at_once
from tests.concurrency.test_races import outcome, patient
from vehicles.models import Vehicle

pytestmark = pytest.mark.django_db(transaction=True)

PAIRS = 6


@pytest.fixture
def holders(transactional_db: None) -> list[Subscriber]:
    paris = factories.network()
    factories.station(paris, "Bastille", cars=[90] * PAIRS)
    return [factories.subscriber(paris, f"Holder{number}") for number in range(PAIRS)]


def race(holders: list[Subscriber]) -> list[tuple[str, str]]:
    """How each lengthening and the rival's reservation of the same car came out.

    Every operator has looked while the hold stood; then it runs out, and the rivals come before the operators write.
    """
    network, enter = holders[0].network, Booking.enter
    rivals = [factories.subscriber(network, f"Rival{number}") for number in range(PAIRS)]
    held = [
        operations.reserve(subscriber=who, vehicle=car, actor="test")
        for who, car in zip(holders, Vehicle.objects.order_by("pk"), strict=True)
    ]
    meanwhile = Barrier(2 * PAIRS, action=lambda: clock.shift(timedelta(hours=1)), timeout=30)

    def slowly(booking: Booking, command: Command, **given: Any) -> None:
        if command == Command.EXTEND:
            meanwhile.wait()
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_sleep(0.4)")
        enter(booking, command, **given)

    def rival(who: Subscriber, car: Vehicle) -> object:
        meanwhile.wait()
        return patient(partial(operations.reserve, subscriber=who, vehicle=car, actor="test"))

    given = {"minutes": 45, "actor": "operator:7", "reason": "Stuck in the lift"}
    calls: list[Callable[[], object]] = [
        *(partial(operations.lengthen, booking=booking, **given) for booking in held),
        *(partial(rival, who, booking.vehicle) for who, booking in zip(rivals, held, strict=True)),
    ]
    with patch.object(clock, "_offset", timedelta(0)), patch.object(Booking, "enter", slowly):
        came = [outcome(one) for one in at_once(calls)]
    return list(zip(came[:PAIRS], came[PAIRS:], strict=True))


def test_who_is_given_more_minutes_keeps_the_car(holders: list[Subscriber]) -> None:
    results = race(holders)

    assert set(results) == {("won", "car_unavailable")}
    assert set(Booking.objects.values_list("state", "subscriber")) == {(State.RESERVED, who.pk) for who in holders}


def test_control_without_the_lock_of_the_car_the_operator_meets_an_error(
    holders: list[Subscriber],
) -> None:
    def unlocked(ids: Any) -> dict[int, Vehicle]:
        return {vehicle.pk: vehicle for vehicle, _is_free in picking.look_at_cars(sorted(set(ids)))}

    with patch.object(picking, "lock_cars", unlocked):
        results = race(holders)

    assert set(results) == {("RuntimeError", "won")}
