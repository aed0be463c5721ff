"""What an operator may give somebody on the phone: minutes, beyond what the subscriber can take without help."""

from datetime import timedelta

from psycopg2.extras import DateTimeTZRange

from bookings import claims
from bookings.locking import Locked
from bookings.models import Booking, Command
from bookings.operations.changing import block_longer, carry_out, live_hold, require_open_until
from bookings.operations.reserving import reminder
from bookings.recording import record_dock
from bookings.refusals import MinutesOutOfRange
from stations import events
from stations.refusals import require_reason

LEAST_MINUTES, MOST_MINUTES = 5, 60
MOST_OF_A_TRIP = 24 * 60


def lengthen(*, booking: Booking, minutes: int, actor: str, reason: str) -> Booking:
    """Hold the reserved car for so many more minutes; the subscriber's own extensions stay as many as they were.

    Locks as every command on a booking. Refuses MinutesOutOfRange, NotLive once the hold has run out, and NotNow during
    a trip. A claim of somebody else on the car would be refused by `no_car_is_claimed_twice`.
    """
    more, reason = _checked(minutes), require_reason(reason)

    def change(locked: Locked) -> None:
        row = locked.booking
        held_until = row.held_until + more
        row.enter(
            Command.EXTEND,
            vehicle=locked.vehicle,
            at=locked.at,
            actor=actor,
            event=events.Type.RESERVATION_EXTENDED,
            data={"held_until": held_until.isoformat(), "reason": reason},
            during=DateTimeTZRange(row.during.lower, held_until),
            held_until=held_until,
            remind_at=reminder(row.network, locked.at, held_until),
        )
        if locked.hold is not None and not claims.is_overdue(locked.hold, locked.at):
            block_longer(locked)

    return carry_out(booking, Command.EXTEND, change)


def lengthen_destination(*, booking: Booking, minutes: int, actor: str, reason: str) -> Booking:
    """Hold the dock for so many more minutes, before the trip or during it. Refuses NoDestination besides."""
    more, reason = _checked(minutes), require_reason(reason)

    def change(locked: Locked) -> None:
        hold = live_hold(locked)
        hold.held_until += more
        require_open_until(hold)
        hold.remind_at = reminder(locked.booking.network, locked.at, hold.held_until)
        block_longer(locked)
        record_dock(
            locked.docks[hold.dock_id],
            events.Type.DOCK_HOLD_EXTENDED,
            at=locked.at,
            actor=actor,
            vehicle_id=None,
            hold=hold,
            data={"held_until": hold.held_until.isoformat(), "reason": reason},
        )

    return carry_out(booking, Command.EXTEND_DESTINATION, change)


def prolong_trip(*, booking: Booking, minutes: int, actor: str, reason: str) -> Booking:
    """The trip is not overlong for so many minutes from now, whatever the rules say: somebody knows why it lasts.

    Locks as every command on a booking. Refuses MinutesOutOfRange, and NotNow when there is no trip.
    """
    more, reason = _checked(minutes, most=MOST_OF_A_TRIP), require_reason(reason)

    def change(locked: Locked) -> None:
        until = locked.at + more
        locked.booking.enter(
            Command.PROLONG,
            vehicle=locked.vehicle,
            at=locked.at,
            actor=actor,
            event=events.Type.TRIP_PROLONGED,
            data={"may_last_until": until.isoformat(), "reason": reason},
            may_last_until=until,
        )

    return carry_out(booking, Command.PROLONG, change)


def _checked(minutes: int, *, most: int = MOST_MINUTES) -> timedelta:
    if not LEAST_MINUTES <= minutes <= most:
        raise MinutesOutOfRange(field="minutes", least=LEAST_MINUTES, most=most)
    return timedelta(minutes=minutes)
