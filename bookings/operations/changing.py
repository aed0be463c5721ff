"""What a subscriber may still change: a longer hold, another destination, none at all, or no booking."""

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from psycopg2.extras import DateTimeTZRange

from bookings import claims, picking, refused
from bookings.constraints import as_refusals
from bookings.locking import Locked, lock_booking
from bookings.models import TRANSITIONS, Booking, Command, DockHold, State
from bookings.operations.reserving import blocked_until, closing, hold_dock, no_dock, reminder
from bookings.operations.running import release_hold, require_live
from bookings.recording import record_dock
from bookings.refusals import AlreadyExtended, DockCloses, NoDestination, NotFound, NotNow, SameDestination
from stations import events
from stations.closing import ahead
from stations.models import Station

DOCK_ATTEMPTS = 8


@refused.asked
def extend(*, booking: Booking, actor: str) -> Booking:
    """Hold the car for another holding time of the network; as often as its rules say."""

    def lengthen(locked: Locked) -> None:
        row, network = locked.booking, locked.booking.network
        if row.extensions >= network.car_hold_extensions:
            raise AlreadyExtended
        held_until = row.held_until + timedelta(seconds=network.car_hold_seconds)
        row.enter(
            Command.EXTEND,
            vehicle=locked.vehicle,
            at=locked.at,
            actor=actor,
            event=events.Type.RESERVATION_EXTENDED,
            data={"held_until": held_until.isoformat()},
            during=DateTimeTZRange(row.during.lower, held_until),
            held_until=held_until,
            extensions=row.extensions + 1,
            remind_at=reminder(network, locked.at, held_until),
        )
        if locked.hold is not None and not claims.is_overdue(locked.hold, locked.at):
            block_longer(locked)

    return carry_out(booking, Command.EXTEND, lengthen)


@refused.asked
def extend_destination(*, booking: Booking, actor: str) -> Booking:
    """Hold the dock for another holding time of the network."""

    def lengthen(locked: Locked) -> None:
        hold, network = live_hold(locked), locked.booking.network
        if hold.extensions >= network.dock_hold_extensions:
            raise AlreadyExtended
        hold.held_until += timedelta(seconds=network.dock_hold_seconds)
        require_open_until(hold)
        hold.extensions += 1
        hold.remind_at = reminder(network, locked.at, hold.held_until)
        block_longer(locked)
        record_dock(
            locked.docks[hold.dock_id],
            events.Type.DOCK_HOLD_EXTENDED,
            at=locked.at,
            actor=actor,
            vehicle_id=None,
            hold=hold,
            data={"held_until": hold.held_until.isoformat()},
        )

    return carry_out(booking, Command.EXTEND_DESTINATION, lengthen)


@refused.asked
def move_destination(*, booking: Booking, station: Station, actor: str) -> Booking:
    """Hold a dock at another station; the old dock is kept unless the new one is won. Also adds a first destination.

    Locks the old and the new dock together, by id: the new one is chosen first, without a lock, and looked at again.
    """
    if station.network_id != booking.network_id:
        raise NotFound
    with transaction.atomic(), as_refusals():
        for _ in range(DOCK_ATTEMPTS):
            candidate = claims.free_docks().filter(station=station).order_by("number").values_list("pk", flat=True)
            wanted = candidate.first()
            savepoint = transaction.savepoint()
            locked = lock_booking(booking.pk, extra_docks=[wanted] if wanted else [])
            _require(locked, Command.MOVE_DESTINATION)
            if locked.hold is not None and _is_at(locked, station):
                raise SameDestination
            if wanted is None:
                raise no_dock(station)
            if picking.is_dock_free(wanted, at=locked.at):
                claims.settle_overdue(at=locked.at, vehicles={}, docks=locked.docks, subscriber_id=None)
                locked.hold = claims.open_hold(booking.pk)
                release_hold(locked, actor=actor)
                hold_dock(locked.booking, locked.docks[wanted], at=locked.at, actor=actor)
                return locked.booking
            transaction.savepoint_rollback(savepoint)
        raise no_dock(station)


@refused.asked
def drop_destination(*, booking: Booking, actor: str) -> Booking:
    """Let the dock go; the car stays reserved."""

    def drop(locked: Locked) -> None:
        live_hold(locked)
        release_hold(locked, actor=actor)

    return carry_out(booking, Command.DROP_DESTINATION, drop)


@refused.asked
def cancel(*, booking: Booking, actor: str, reason: str = "") -> Booking:
    """Give the car, and the dock, back before the hold has run out. An operator who does it for somebody says why."""
    cause = Booking.EndCause.OPERATOR if reason else Booking.EndCause.CUSTOMER

    def give_back(locked: Locked) -> None:
        release_hold(locked, actor=actor)
        locked.booking.enter(
            Command.CANCEL,
            vehicle=locked.vehicle,
            at=locked.at,
            actor=actor,
            event=events.Type.CUSTOMER_CANCELLATION,
            data={"reason": reason} if reason else None,
            during=DateTimeTZRange(locked.booking.during.lower, locked.at),
            ended_at=locked.at,
            end_cause=cause,
            end_note=reason,
        )

    return carry_out(booking, Command.CANCEL, give_back)


def carry_out(booking: Booking, command: Command, change: Callable[[Locked], None]) -> Booking:
    with transaction.atomic(), as_refusals():
        locked = lock_booking(booking.pk)
        _require(locked, command)
        change(locked)
        return locked.booking


def _require(locked: Locked, command: Command) -> None:
    require_live(locked)
    if (State(locked.booking.state), command) not in TRANSITIONS:
        raise NotNow(state=locked.booking.get_state_display())


def require_open_until(hold: DockHold) -> None:
    """A dock is not promised beyond the hour at which its station closes."""
    soon = ahead().filter(station=hold.dock.station_id, is_returning=False, from_at__lt=hold.held_until)
    if closure := soon.select_related("station__network").first():
        raise DockCloses(**closing(closure))


def live_hold(locked: Locked) -> DockHold:
    if locked.hold is None or claims.is_overdue(locked.hold, locked.at):
        raise NoDestination
    return locked.hold


def _is_at(locked: Locked, station: Station) -> bool:
    hold = locked.hold
    return (
        hold is not None
        and not claims.is_overdue(hold, locked.at)
        and locked.docks[hold.dock_id].station_id == station.pk
    )


def block_longer(locked: Locked) -> None:
    hold = locked.hold
    if hold is None:
        return
    hold.during = DateTimeTZRange(hold.during.lower, blocked_until(locked.booking, hold.held_until))
    hold.save(update_fields=["during", "held_until", "extensions", "remind_at"])
