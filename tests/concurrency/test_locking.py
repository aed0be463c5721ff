"""Who locks a booking, rolls back and locks it again in one transaction, as for another dock, deadlocks with nobody."""

from collections.abc import Callable
from threading import Event

import pytest
from django.db import transaction

from bookings import operations, picking
from bookings.locking import lock_booking
from bookings.models import Booking
from tests import factories
from tests.concurrency.rivals import at_once, pid, wait_until_somebody_waits
from tests.concurrency.test_races import outcome

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def booking(transactional_db: None) -> Booking:
    paris = factories.network()
    bastille = factories.station(paris, "Bastille", cars=[90])
    return operations.reserve(subscriber=factories.subscriber(paris), station=bastille, actor="test")


def lock_twice(booking: Booking, lock: Callable[[Booking], object]) -> set[str]:
    """One locks the booking twice, one waits for its car from the first time on, one takes the car in between."""
    locked, rolled_back, taken = Event(), Event(), Event()
    pids: list[int] = []

    def twice() -> None:
        pids.append(pid())
        with transaction.atomic():
            savepoint = transaction.savepoint()
            lock(booking)
            locked.set()
            wait_until_somebody_waits()
            transaction.savepoint_rollback(savepoint)
            rolled_back.set()
            taken.wait(timeout=30)
            lock(booking)

    def waits() -> None:
        locked.wait(timeout=30)
        with transaction.atomic():
            picking.lock_cars([booking.vehicle_id])

    def comes_between() -> None:
        rolled_back.wait(timeout=30)
        with transaction.atomic():
            picking.lock_cars([booking.vehicle_id])
            taken.set()
            wait_until_somebody_waits(*pids)

    return {outcome(one) for one in at_once([twice, waits, comes_between])}


def test_a_booking_that_is_locked_again_deadlocks_with_nobody(booking: Booking) -> None:
    assert lock_twice(booking, lambda row: lock_booking(row.pk)) == {"won"}


def test_control_with_its_savepoint_released_it_deadlocks(booking: Booking) -> None:
    def released(row: Booking) -> None:
        with transaction.atomic():
            lock_booking(row.pk)

    assert lock_twice(booking, released) == {"won", "OperationalError"}
