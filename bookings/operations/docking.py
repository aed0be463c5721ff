"""Physical facts: a car was plugged in or unplugged. A fact is never refused; it is applied, stale or disputed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from bookings import claims, picking
from bookings.constraints import as_refusals
from bookings.models import Booking, DockHold, State
from bookings.operations.displacing import displace, hold_of
from bookings.operations.running import finish
from bookings.operations.servicing import back_in_service
from bookings.recording import record_dock, record_vehicle
from stations import clock, events
from stations.models import Dock
from stations.refusals import Busy
from vehicles.models import Vehicle

ATTEMPTS = 5


@dataclass(frozen=True)
class Fact:
    """What became of a reported fact. `outcome`: applied, stale or quarantined; `reason` says why not applied."""

    outcome: str
    reason: str = ""
    booking: Booking | None = None


APPLIED, STALE, QUARANTINED = "applied", "stale", "quarantined"


@dataclass
class Arrival:
    """A plug-in under its locks: `docks` are all that are locked; `booking` is the open one of the car."""

    car: Vehicle
    dock: Dock
    docks: dict[int, Dock]
    booking: Booking | None
    hold: DockHold | None
    event_time: datetime
    at: datetime
    actor: str

    @property
    def is_return(self) -> bool:
        return self.booking is not None and self.booking.state == State.ON_TRIP

    @property
    def is_end_of_a_move(self) -> bool:
        return self.car.out_of_service_cause == Vehicle.Cause.RELOCATION


def plugged(*, dock: Dock, vehicle: Vehicle, event_time: datetime, actor: str) -> Fact:
    """The car stands in the dock since `event_time` (device clock). Ends its trip, wherever the dock; never refused.

    A dock kept for somebody else is taken all the same: that hold is displaced and moved to the next best dock.
    Locks: the car, then the docks by id.
    """
    with transaction.atomic(), as_refusals():
        for _ in range(ATTEMPTS):
            savepoint = transaction.savepoint()
            arrival = _locked_arrival(dock, vehicle, event_time, actor)
            if arrival is not None:
                transaction.savepoint_commit(savepoint)
                return _plug(arrival)
            transaction.savepoint_rollback(savepoint)
        raise Busy


def _locked_arrival(dock: Dock, vehicle: Vehicle, event_time: datetime, actor: str) -> Arrival | None:
    """Everything that the fact touches, locked in order; None when it changed while we waited."""
    expected = claims.live_bookings().filter(vehicle=vehicle).first()
    expected_hold = claims.open_hold(expected.pk) if expected else None
    before = Vehicle.objects.filter(pk=vehicle.pk).values_list("dock_id", flat=True).first()
    car = picking.lock_cars([vehicle.pk]).get(vehicle.pk)
    docks = claims.lock_docks({dock.pk, *filter(None, (expected_hold.dock_id if expected_hold else None, before))})
    if car is None or dock.pk not in docks:
        raise Busy  # taken out of the records meanwhile: told again, it is of something unknown
    at = clock.now()
    standing = claims.settle_overdue(at=at, vehicles={car.pk: car}, docks={}, subscriber_id=None)
    booking = standing[0] if standing else None
    hold = claims.open_hold(booking.pk) if booking else None
    if car.dock_id not in {None, *docks} or (hold is not None and hold.dock_id not in docks):
        return None
    return Arrival(car, docks[dock.pk], docks, booking, hold, event_time, at, actor)


def _plug(arrival: Arrival) -> Fact:
    car, dock = arrival.car, arrival.dock
    if car.network_id != dock.station.network_id:
        return Fact(QUARANTINED, "other_network")
    if car.docked_at is not None and arrival.event_time <= car.docked_at:
        # A return must never vanish: a late plug of a car that is out is looked at by a person.
        is_out = arrival.is_return and car.dock is None
        return Fact(QUARANTINED, "older_than_departure") if is_out else Fact(STALE, "older")
    if car.dock_id == dock.pk and not arrival.is_return:
        return Fact(STALE, "already_there")
    occupant = Vehicle.objects.filter(dock=dock).exclude(pk=car.pk).exists()
    if car.dock_id is not None and car.dock_id != dock.pk:
        _leave(arrival, arrival.docks[car.dock_id])
    was_kept = _arrive(arrival, None if occupant else dock)
    if occupant:
        # Two cars cannot stand in one dock: the trip is over all the same, where the car is a person finds out.
        return Fact(QUARANTINED, "dock_taken", arrival.booking)
    if not was_kept:
        displace(arrival.dock, at=arrival.at, actor=arrival.actor)
    record_dock(
        dock,
        events.Type.PLUGGED,
        at=arrival.at,
        actor=arrival.actor,
        occurred_at=arrival.event_time,
        vehicle_id=car.pk,
        hold=None,
        booking_id=arrival.booking.pk if arrival.booking else None,
    )
    return Fact(APPLIED, booking=arrival.booking)


def _arrive(arrival: Arrival, standing_in: Dock | None) -> bool:
    """Write where the car stands now, and end its trip; whether the dock was kept for it."""
    booking = arrival.booking
    changes: dict[str, Any] = {
        "docked_at": arrival.event_time,
        "dock": standing_in,
        "disputed_dock": None if standing_in else arrival.dock,
    }
    if booking is None or not arrival.is_return:
        record_vehicle(
            arrival.car,
            events.Type.PLUGGED,
            booking=booking,
            at=arrival.at,
            actor=arrival.actor,
            occurred_at=arrival.event_time,
            **changes,
        )
        if arrival.is_end_of_a_move and standing_in is not None:
            back_in_service(arrival.car, at=arrival.at, actor=arrival.actor)
        return False
    was_kept = _close_own_hold(arrival)
    finish(
        booking,
        vehicle=arrival.car,
        at=arrival.at,
        ended_at=min(max(arrival.event_time, booking.started_at or arrival.event_time), arrival.at),
        actor=arrival.actor,
        station=arrival.dock.station,
        cause=Booking.EndCause.RETURNED,
        **changes,
    )
    return was_kept


def _leave(arrival: Arrival, old: Dock) -> None:
    """The records put the car elsewhere: its unplugging was missed, so the old dock is freed now."""
    record_dock(
        old,
        events.Type.UNPLUGGED,
        at=arrival.at,
        actor=arrival.actor,
        occurred_at=arrival.event_time,
        vehicle_id=None,
        hold=hold_of(old),
        data={"inferred": True},
    )


def _close_own_hold(arrival: Arrival) -> bool:
    """Close the trip's own dock hold; whether it was for this dock."""
    hold, at, actor = arrival.hold, arrival.at, arrival.actor
    if hold is None:
        return False
    kept = arrival.docks[hold.dock_id]
    if kept.pk == arrival.dock.pk and not claims.is_overdue(hold, at):
        claims.close_hold(hold, DockHold.State.USED, dock=kept, at=at, actor=actor, event=None)
        return True
    if claims.is_overdue(hold, at):
        claims.expire_hold(hold, dock=kept, at=at)
    else:
        claims.close_hold(
            hold,
            DockHold.State.RELEASED,
            dock=kept,
            at=at,
            actor=actor,
            event=events.Type.DOCK_HOLD_RELEASED,
            vehicle_id=Vehicle.objects.filter(dock=kept).values_list("pk", flat=True).first(),
        )
    return False


def unplugged(*, dock: Dock, vehicle: Vehicle | None, event_time: datetime, actor: str) -> Fact:
    """The dock's car left at `event_time`. Without a trip the car is unaccounted for, and an operator is told."""
    with transaction.atomic(), as_refusals():
        standing = Vehicle.objects.filter(dock=dock).first()
        if standing is None:
            return _unplug_of_nothing(vehicle, event_time)
        if vehicle is not None and vehicle.pk != standing.pk:
            return Fact(QUARANTINED, "another_car_stands_here")
        waiting_id = _waiting_for(dock)
        cars = picking.lock_cars([standing.pk, *([waiting_id] if waiting_id else [])])
        car = cars[standing.pk]
        row = claims.lock_docks([dock.pk])[dock.pk]
        at = clock.now()
        if car.dock_id != row.pk:
            return _unplug_of_nothing(vehicle, event_time)
        if car.docked_at is not None and event_time <= car.docked_at:
            return Fact(STALE, "older")
        claims_of_car = claims.settle_overdue(at=at, vehicles={car.pk: car}, docks={}, subscriber_id=None)
        booking = claims_of_car[0] if claims_of_car else None
        is_accounted_for = booking is not None and booking.state == State.ON_TRIP
        record_vehicle(
            car,
            events.Type.UNPLUGGED,
            booking=booking,
            at=at,
            actor=actor,
            occurred_at=event_time,
            data={
                "unaccounted": not is_accounted_for and car.out_of_service_cause != Vehicle.Cause.RELOCATION,
                "left": row.pk,
            },
            dock=None,
            disputed_dock=None,
            docked_at=event_time,
        )
        record_dock(
            row,
            events.Type.UNPLUGGED,
            at=at,
            actor=actor,
            occurred_at=event_time,
            vehicle_id=None,
            hold=hold_of(row),
            booking_id=booking.pk if booking else None,
        )
        if waiting_id is not None:
            _settle_dispute(cars[waiting_id], row, left_at=event_time, at=at, actor=actor)
        return Fact(APPLIED, booking=booking)


def _waiting_for(dock: Dock) -> int | None:
    """The car that reported last to stand in the dock while our records show another one there."""
    return Vehicle.objects.filter(disputed_dock=dock).order_by("-docked_at").values_list("pk", flat=True).first()


def _settle_dispute(car: Vehicle, dock: Dock, *, left_at: datetime, at: datetime, actor: str) -> None:
    """The other car turns out to have left before this one came: so this one stands here, as it said."""
    if car.disputed_dock_id != dock.pk or car.docked_at is None or car.docked_at < left_at:
        return
    record_vehicle(
        car,
        events.Type.PLUGGED,
        booking=None,
        at=at,
        actor=actor,
        occurred_at=car.docked_at,
        dock=dock,
        disputed_dock=None,
    )
    record_dock(
        dock,
        events.Type.PLUGGED,
        at=at,
        actor=actor,
        occurred_at=car.docked_at,
        vehicle_id=car.pk,
        hold=hold_of(dock),
    )


def _unplug_of_nothing(vehicle: Vehicle | None, event_time: datetime) -> Fact:
    """Nothing stands in the dock by our records: told before, or a contradiction."""
    if vehicle is not None and vehicle.docked_at is not None and event_time <= vehicle.docked_at:
        return Fact(STALE, "older")
    return Fact(QUARANTINED, "dock_is_empty")
