"""Cars out of service and back, and staff who drive one elsewhere."""

from datetime import datetime

from django.db import transaction

from bookings import claims, picking
from bookings.constraints import as_refusals
from bookings.locking import Locked, lock_booking
from bookings.models import OPEN, Booking, State
from bookings.operations.rehousing import Rehoused, give_up_car
from bookings.recording import record_vehicle
from bookings.refusals import CarInService, CarOnTrip, CarReserved, CarWithdrawn, NotFound
from stations import clock, events
from stations.refusals import Busy, require_reason
from vehicles.models import Vehicle


def withdraw_vehicle(*, vehicle: Vehicle, cause: Vehicle.Cause, note: str, actor: str) -> Rehoused | None:
    """Take a car out of service; what became of its reservation.

    Locks as every command on a booking. Refuses CarOnTrip, CarWithdrawn, and Busy where somebody reserves it meanwhile.
    """
    note = require_reason(note)
    moved = None
    with transaction.atomic(), as_refusals():
        held = Booking.objects.filter(vehicle=vehicle, state__in=OPEN).first()
        if held is None:
            row = _locked(vehicle)
            at = clock.now()
        else:
            locked = lock_booking(held.pk)
            row, at = locked.vehicle, locked.at
            moved = _give_up(locked, note=note, actor=actor)
        if Booking.objects.filter(vehicle=row, state__in=OPEN).exists():
            raise Busy  # the car changed hands while we waited for it
        if not row.is_in_service:
            raise CarWithdrawn
        _out_of_service(row, cause=cause, note=note, at=at, actor=actor)
        return moved


def _locked(vehicle: Vehicle) -> Vehicle:
    row = picking.lock_cars([vehicle.pk]).get(vehicle.pk)
    if row is None:
        raise NotFound  # an import that made it was undone at this instant
    return row


def _out_of_service(row: Vehicle, *, cause: Vehicle.Cause, note: str, at: datetime, actor: str) -> None:
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


def _give_up(locked: Locked, *, note: str, actor: str) -> Rehoused | None:
    if locked.booking.state == State.ON_TRIP:
        raise CarOnTrip
    if not locked.booking.is_open:
        return None
    if claims.is_overdue(locked.booking, locked.at):
        claims.expire(locked.booking, vehicle=locked.vehicle, at=locked.at)
        return None
    return give_up_car(locked, reason=note, actor=actor)


def return_to_service(*, vehicle: Vehicle, actor: str) -> Vehicle:
    with transaction.atomic(), as_refusals():
        row = _locked(vehicle)
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


def move_vehicle(*, vehicle: Vehicle, reason: str, actor: str) -> Rehoused | None:
    """Staff drives the car elsewhere: not a trip of anybody, and no alarm when it is unplugged.

    It is out of service until a post reports it plugged in, wherever that is; then it serves again by itself.
    Answers and refuses as `withdraw_vehicle` does.
    """
    return withdraw_vehicle(vehicle=vehicle, cause=Vehicle.Cause.RELOCATION, note=reason, actor=actor)


def take_out_to_move(*, vehicle: Vehicle, reason: str, actor: str) -> None:
    """The crew begins to move a car that nobody has. One that is out of service already is left as it is.

    Refuses CarReserved and CarOnTrip: a shortage elsewhere takes no car from whoever was promised it.
    """
    with transaction.atomic(), as_refusals():
        row = _locked(vehicle)
        at = clock.now()
        for booking in claims.settle_overdue(at=at, vehicles={row.pk: row}, docks={}, subscriber_id=None):
            raise CarOnTrip if booking.state == State.ON_TRIP else CarReserved
        if row.is_in_service:
            _out_of_service(row, cause=Vehicle.Cause.RELOCATION, note=reason, at=at, actor=actor)


def serve_again_where_it_stands(*, vehicle: Vehicle, actor: str) -> None:
    """A car that was to be moved and stands in a dock serves again; one that is under way, once it is plugged in."""
    with transaction.atomic(), as_refusals():
        row = _locked(vehicle)
        if row.out_of_service_cause == Vehicle.Cause.RELOCATION and row.dock_id is not None:
            back_in_service(row, at=clock.now(), actor=actor)
