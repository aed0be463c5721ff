"""Nobody is left on something closed: whoever holds a car or a dock there gets the next best one, and is told.

Found by what the rows say now, not by who closed what: so a claim that slipped in while the station was being closed
is found by the next round of the sweeper.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet
from psycopg2.extras import DateTimeTZRange

from accounts.operations import current_subscription
from bookings import claims, picking
from bookings.availability import nearest_with_car
from bookings.constraints import as_refusals
from bookings.locking import Locked, lock_booking
from bookings.models import Booking, Command, DockHold, State
from bookings.operations.displacing import displace, free_dock_near
from bookings.operations.reserving import Terms, new_booking, usual_terms
from bookings.operations.running import release_hold
from stations import clock, events
from stations.models import Dock, Station
from stations.refusals import Busy, Refusal
from vehicles.models import Vehicle

log = structlog.get_logger(__name__)

BATCH = 100


@dataclass(frozen=True)
class Rehoused:
    """What became of one claim: `car` or `dock` is the new one, None where none was near."""

    booking: Booking
    car: Vehicle | None = None
    dock: Dock | None = None


def stranded_bookings() -> QuerySet[Booking]:
    """Live reservations of cars that stand where no car is rented out any more."""
    return claims.live_bookings().filter(state=State.RESERVED, vehicle__dock__station__is_renting=False)


def stranded_holds() -> QuerySet[DockHold]:
    """Live holds of docks to which no car is brought back any more."""
    return claims.live_holds().filter(Q(dock__is_in_service=False) | Q(dock__station__is_returning=False))


def touched_by_closing(station: Station, *, is_returning: bool = False) -> tuple[QuerySet[Booking], QuerySet[DockHold]]:
    """What would be moved if the station closed now."""
    bookings = claims.live_bookings().filter(state=State.RESERVED, vehicle__dock__station=station)
    holds = claims.live_holds().filter(dock__station=station)
    return bookings, holds.none() if is_returning else holds


def touched_by_withdrawing(vehicles: Iterable[Vehicle]) -> QuerySet[Booking]:
    """Whose reservation would be moved if these cars were withdrawn now."""
    return claims.live_bookings().filter(state=State.RESERVED, vehicle__in=[vehicle.pk for vehicle in vehicles])


def rehouse(*, actor: str = claims.SYSTEM, station: Station | None = None, limit: int = BATCH) -> list[Rehoused]:
    """Move every claim that stands on something closed, each in a transaction of its own; what could be done.

    One that is locked by others just now, or was settled meanwhile, is left to the next round.
    """
    bookings, holds = stranded_bookings(), stranded_holds()
    if station is not None:
        bookings, holds = bookings.filter(vehicle__dock__station=station), holds.filter(dock__station=station)
    done = []
    for pk in bookings.order_by("held_until").values_list("pk", flat=True)[:limit]:
        done.append(_tried(move_reservation, pk, actor))
    for pk in holds.order_by("held_until").values_list("booking_id", flat=True)[:limit]:
        done.append(_tried(move_hold, pk, actor))
    return [one for one in done if one is not None]


def _tried(move: Callable[..., Rehoused | None], pk: UUID, actor: str) -> Rehoused | None:
    try:
        with transaction.atomic(), as_refusals():
            locked = lock_booking(pk)
            return move(locked, actor=actor)
    except Refusal:
        return None
    except DatabaseError:
        # Whatever one claim comes to grief on must not leave the others where they are; the next round tries again.
        log.exception("claim not moved", booking=str(pk))
        return None


def move_reservation(locked: Locked, *, actor: str) -> Rehoused | None:
    """The booking gives way to a new one of the next best car, held for as long as if it was reserved now.

    The caller is in the transaction that locked it. Its dock comes along, or the next best one.
    """
    booking, station = locked.booking, locked.vehicle.dock.station if locked.vehicle.dock else None
    is_stranded = (station is not None and not station.is_renting) or not locked.vehicle.is_in_service
    if booking.state != State.RESERVED or claims.is_overdue(booking, locked.at) or not is_stranded:
        return None
    reason = station.closure_reason if station is not None and locked.vehicle.is_in_service else ""
    return give_up_car(locked, reason=reason, actor=actor)


def give_up_car(locked: Locked, *, reason: str, actor: str) -> Rehoused:
    """Cancel the reservation of a car that can no longer be had, and reserve the next best one near by."""
    booking, kept = locked.booking, locked.hold
    is_kept = kept is not None and not claims.is_overdue(kept, locked.at)
    release_hold(locked, actor=actor)
    car = _free_car_near(locked.vehicle.dock.station if locked.vehicle.dock else booking.origin_station)
    dock = _dock_again(locked, kept) if car is not None and kept is not None and is_kept else None
    subscriber = picking.lock_subscriber(booking.subscriber)
    at = clock.now()
    subscription = current_subscription(subscriber)
    is_barred = subscriber.is_blocked or subscription is None or not subscriber.network.is_open
    if is_barred or car == locked.vehicle:  # the hold ran out meanwhile, so that its own car looks free
        car = None
    booking.enter(
        Command.WITHDRAW,
        vehicle=locked.vehicle,
        at=locked.at,
        actor=actor,
        event=events.Type.PROVIDER_CANCELLATION,
        data={"reason": reason, "replacement": car.plate if car else None},
        during=DateTimeTZRange(booking.during.lower, locked.at),
        ended_at=locked.at,
        end_cause=Booking.EndCause.MOVED if car else Booking.EndCause.WITHDRAWN,
        end_note=reason[:300],
    )
    if car is None:
        return Rehoused(booking)
    _settle(car, dock, at=at)
    usual = usual_terms(subscriber.network, at)
    terms = Terms(usual.held_until, usual.dock_held_until, data={"replaces": str(booking.pk)}, replaces=booking)
    new_booking(subscriber, subscription.pk, car, dock, at, actor, terms)  # type: ignore[union-attr]
    return Rehoused(booking, car=car, dock=dock)


def _settle(car: Vehicle, dock: Dock | None, *, at: datetime) -> None:
    """What ran out on them is closed before they are claimed anew: its end must not be the last that the log tells."""
    docks = {dock.pk: dock} if dock is not None else {}
    claims.settle_overdue(at=at, vehicles={car.pk: car}, docks=docks, subscriber_id=None)


def _free_car_near(station: Station) -> Vehicle | None:
    """Never waits for a lock: another car is locked already, whatever its id.

    Refuses Busy where cars are free and others hold them all just now: nobody loses a car to a lock that soon ends.
    """
    here = picking.pick_car(station, may_wait=False)
    if here is not None:
        return here
    offered = nearest_with_car(station)
    for near in offered:
        found = picking.pick_car(Station.objects.select_related("network").get(pk=near["station"]), may_wait=False)
        if found is not None:
            return found
    if offered:
        raise Busy
    return None


def _dock_again(locked: Locked, kept: DockHold) -> Dock | None:
    """The same dock, which is locked and was just let go; or the next best one."""
    dock = locked.docks[kept.dock_id]
    if picking.is_dock_free(dock.pk, at=clock.now()):
        return dock
    return free_dock_near(dock.station)


def move_hold(locked: Locked, *, actor: str) -> Rehoused | None:
    """The dock held by this booking is no longer one to drive to: the hold moves to the next best dock."""
    hold = locked.hold
    if hold is None or claims.is_overdue(hold, locked.at):
        return None
    dock = locked.docks[hold.dock_id]
    if dock.is_in_service and dock.station.is_returning:
        return None
    standing = Vehicle.objects.filter(dock=dock).values_list("pk", flat=True).first()
    moved = displace(dock, at=locked.at, actor=actor, vehicle_id=standing, cause="closed")
    return Rehoused(locked.booking, dock=moved)
