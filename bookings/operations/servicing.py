"""Cars out of service and back, and staff who drive one elsewhere."""

from datetime import datetime

from django.db import transaction

from bookings import claims, picking
from bookings.constraints import as_refusals
from bookings.locking import Locked, lock_booking
from bookings.models import OPEN, Booking, State
from bookings.operations.rehousing import give_up_car
from bookings.recording import record_vehicle
from bookings.refusals import CarInService, CarOnTrip, CarWithdrawn
from stations import clock, events
from stations.refusals import Busy, require_reason
from vehicles.models import Vehicle


def withdraw_vehicle(*, vehicle: Vehicle, cause: Vehicle.Cause, note: str, actor: str) -> Vehicle:
    """Take a car out of service. Who has reserved it gets the next best one; a car on a trip is refused.

    Locks as every command on a booking. Refuses CarOnTrip, CarWithdrawn, and Busy where somebody reserves it meanwhile.
    """
    note = require_reason(note)
    with transaction.atomic(), as_refusals():
        held = Booking.objects.filter(vehicle=vehicle, state__in=OPEN).first()
        if held is None:
            row = picking.lock_cars([vehicle.pk])[vehicle.pk]
            at = clock.now()
        else:
            locked = lock_booking(held.pk)
            row, at = locked.vehicle, locked.at
            _give_up(locked, note=note, actor=actor)
        if Booking.objects.filter(vehicle=row, state__in=OPEN).exists():
            raise Busy  # the car changed hands while we waited for it
        if not row.is_in_service:
            raise CarWithdrawn
        record_vehicle(
            row,
            events.Type.SERVICE_END,
            booking=None,
            at=at,
            actor=actor,
            data={"cause": str(cause), "note": note},
            is_in_service=False,
            out_of_service_cause=cause,
            out_of_service_note=note,
        )
        return row


def _give_up(locked: Locked, *, note: str, actor: str) -> None:
    if locked.booking.state == State.ON_TRIP:
        raise CarOnTrip
    if not locked.booking.is_open:
        return
    if claims.is_overdue(locked.booking, locked.at):
        claims.expire(locked.booking, vehicle=locked.vehicle, at=locked.at)
        return
    give_up_car(locked, reason=note, actor=actor)


def return_to_service(*, vehicle: Vehicle, actor: str) -> Vehicle:
    with transaction.atomic(), as_refusals():
        row = picking.lock_cars([vehicle.pk])[vehicle.pk]
        if row.is_in_service:
            raise CarInService
        back_in_service(row, at=clock.now(), actor=actor)
        return row


def back_in_service(vehicle: Vehicle, *, at: datetime, actor: str) -> None:
    """The caller holds the car's lock."""
    record_vehicle(
        vehicle,
        events.Type.SERVICE_START,
        booking=None,
        at=at,
        actor=actor,
        is_in_service=True,
        out_of_service_cause="",
        out_of_service_note="",
    )


def move_vehicle(*, vehicle: Vehicle, reason: str, actor: str) -> Vehicle:
    """Staff drives the car elsewhere: not a trip of anybody, and no alarm when it is unplugged.

    It is out of service until a post reports it plugged in, wherever that is; then it serves again by itself.
    Refuses as `withdraw_vehicle` does.
    """
    return withdraw_vehicle(vehicle=vehicle, cause=Vehicle.Cause.RELOCATION, note=reason, actor=actor)
