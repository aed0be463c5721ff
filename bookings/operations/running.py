"""Trips: how they start, and how an operator ends them."""

from datetime import datetime
from typing import Any

from django.db import transaction
from psycopg2.extras import DateTimeTZRange

from bookings import claims, refused
from bookings.constraints import as_refusals
from bookings.locking import Locked, lock_booking
from bookings.models import Booking, Command, DockHold, State
from bookings.refusals import (
    CarUnavailable,
    NotLive,
    NotNow,
    SubscriberBlocked,
)
from stations import events
from stations.models import Station
from stations.refusals import require_reason
from vehicles.models import Vehicle


@refused.asked
def start_trip(*, booking: Booking, actor: str) -> Booking:
    """The car unlocks and the claim becomes open-ended. Refuses NotLive once the hold has run out, by our clock."""
    with transaction.atomic(), as_refusals():
        locked = lock_booking(booking.pk)
        require_live(locked)
        if locked.booking.subscriber.is_blocked:
            raise SubscriberBlocked
        if not locked.vehicle.is_in_service:
            raise CarUnavailable
        begin(locked.booking, vehicle=locked.vehicle, at=locked.at, actor=actor, hold=locked.hold)
        return locked.booking


def begin(booking: Booking, *, vehicle: Vehicle, at: datetime, actor: str, hold: DockHold | None = None) -> None:
    """Turn the reservation into a trip, under its locks; the dock is now blocked for all that was promised."""
    booking.enter(
        Command.START_TRIP,
        vehicle=vehicle,
        at=at,
        actor=actor,
        event=events.Type.TRIP_START,
        during=DateTimeTZRange(booking.during.lower, None),
        started_at=at,
        remind_at=None,
    )
    hold = hold or claims.open_hold(booking.pk)
    if hold is not None and at < hold.held_until:
        hold.during = DateTimeTZRange(hold.during.lower, hold.held_until)
        hold.save(update_fields=["during"])


def require_live(locked: Locked) -> None:
    """Refuse what has ended, swept or not."""
    if not locked.booking.is_open or claims.is_overdue(locked.booking, locked.at):
        raise NotLive


def end_trip(*, booking: Booking, actor: str, reason: str) -> Booking:
    """End a trip for a subscriber without the car being plugged in: an operator's act, with a reason.

    The car stays where the records say; undocked, it is unaccounted for until a post reports it.
    """
    reason = require_reason(reason)
    with transaction.atomic(), as_refusals():
        locked = lock_booking(booking.pk)
        if not locked.booking.is_open:
            raise NotLive
        if locked.booking.state != State.ON_TRIP:
            raise NotNow(state=locked.booking.get_state_display())
        release_hold(locked, actor=actor)
        station = locked.vehicle.dock.station if locked.vehicle.dock else None
        finish(
            locked.booking,
            vehicle=locked.vehicle,
            at=locked.at,
            ended_at=locked.at,
            actor=actor,
            station=station,
            cause=Booking.EndCause.OPERATOR,
            note=reason,
        )
        return locked.booking


def finish(
    booking: Booking,
    *,
    vehicle: Vehicle,
    at: datetime,
    ended_at: datetime,
    actor: str,
    station: Station | None,
    cause: Booking.EndCause,
    note: str = "",
    **vehicle_changes: Any,
) -> None:
    """Complete the trip at its true end; the caller holds the locks."""
    booking.enter(
        Command.END_TRIP,
        vehicle=vehicle,
        at=at,
        actor=actor,
        event=events.Type.TRIP_END,
        occurred_at=ended_at,
        data={"station": station.code if station else None, "reason": note},
        vehicle_changes=vehicle_changes,
        during=DateTimeTZRange(booking.during.lower, max(ended_at, booking.during.lower)),
        ended_at=ended_at,
        end_station=station,
        end_cause=cause,
        end_note=note,
    )


def release_hold(locked: Locked, *, actor: str) -> None:
    if locked.hold is None:
        return
    dock = locked.docks[locked.hold.dock_id]
    if claims.is_overdue(locked.hold, locked.at):
        claims.expire_hold(locked.hold, dock=dock, at=locked.at)
        return
    claims.close_hold(
        locked.hold,
        DockHold.State.RELEASED,
        dock=dock,
        at=locked.at,
        actor=actor,
        event=events.Type.DOCK_HOLD_RELEASED,
        vehicle_id=Vehicle.objects.filter(dock=dock).values_list("pk", flat=True).first(),
    )
