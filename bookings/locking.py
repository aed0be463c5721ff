"""Lock everything that a command on a booking touches, in the fixed order, and read it again under the locks."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from bookings import claims, picking
from bookings.models import Booking, DockHold
from bookings.refusals import NotFound
from stations import clock
from stations.models import Dock
from stations.refusals import Busy
from vehicles.models import Vehicle

ATTEMPTS = 5


@dataclass
class Locked:
    """A booking as it stands under its locks, at the instant `at`."""

    booking: Booking
    vehicle: Vehicle
    docks: dict[int, Dock]
    hold: DockHold | None
    at: datetime


def lock_booking(booking_id: UUID, *, extra_docks: Collection[int] = ()) -> Locked:
    """The caller is in an atomic block. Which dock is held may change until it is locked: then look again.

    The last savepoint stays open: once it is released, who waits for these locks waits for the end of the transaction,
    even where the caller rolls back and locks again; and that would be a deadlock.
    """
    for _ in range(ATTEMPTS):
        vehicle_id = Booking.objects.filter(pk=booking_id).values_list("vehicle_id", flat=True).first()
        if vehicle_id is None:
            raise NotFound
        expected = claims.open_hold(booking_id)
        savepoint = transaction.savepoint()
        vehicle = picking.lock_cars([vehicle_id])[vehicle_id]
        docks = claims.lock_docks([*extra_docks, *([expected.dock_id] if expected else [])])
        at = clock.now()
        booking = Booking.objects.select_related("network", "subscriber").get(pk=booking_id)
        hold = claims.open_hold(booking_id)
        if hold is None or hold.dock_id in docks:
            return Locked(booking, vehicle, docks, hold, at)
        transaction.savepoint_rollback(savepoint)
    raise Busy
