"""Locks, in one fixed order: cars, then docks, then the subscriber, then booking rows; each kind by id.

Whoever makes something less available holds its lock first. A pick among several skips what others hold, so it never
waits; where it finds nothing it may wait once, and only while no other lock of the same kind is held.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from accounts.models import Subscriber
from bookings.models import OPEN, Booking, Command, DockHold, State, is_endless, upper
from bookings.recording import record_dock
from bookings.refusals import NotFound
from stations import clock, events
from stations.models import Dock, DockReport, Station
from vehicles.models import Vehicle

SYSTEM = "system"
PICKS = 8


def live_bookings() -> QuerySet[Booking]:
    """Bookings whose claim has not run out by the clock, swept or not."""
    claims = Booking.objects.alias(claim_ends_at=upper("during"), is_endless_claim=is_endless("during"))
    return claims.filter(Q(is_endless_claim=True) | Q(claim_ends_at__gt=clock.instant()), state__in=OPEN)


def live_holds() -> QuerySet[DockHold]:
    return DockHold.objects.alias(claim_ends_at=upper("during")).filter(
        claim_ends_at__gt=clock.instant(), state=DockHold.State.HELD
    )


def rentable_vehicles() -> QuerySet[Vehicle]:
    """Cars that could be reserved now: in service, docked at a renting station, charged enough, claimed by nobody."""
    return Vehicle.objects.filter(
        ~Exists(live_bookings().filter(vehicle=OuterRef("pk"))),
        is_in_service=True,
        dock__station__is_renting=True,
        network__is_open=True,
        report__charge_percent__gte=F("network__minimum_charge_percent"),
    )


def free_docks() -> QuerySet[Dock]:
    """Docks that could be held now: in service at a station that takes cars back, empty, sound, held by nobody."""
    return Dock.objects.filter(
        ~Exists(live_holds().filter(dock=OuterRef("pk"))),
        ~Exists(Vehicle.objects.filter(dock=OuterRef("pk"))),
        ~Exists(DockReport.objects.filter(dock=OuterRef("pk"), status__in=DockReport.UNUSABLE)),
        is_in_service=True,
        station__is_returning=True,
    )


def lock_vehicles(ids: Iterable[int]) -> dict[int, Vehicle]:
    """Lock, then read: a row that changed while we waited would otherwise come back joined to what it was before."""
    rows = Vehicle.objects.filter(pk__in=sorted(set(ids))).order_by("pk")
    locked = list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
    fresh = Vehicle.objects.filter(pk__in=locked).select_related("network", "dock__station__network", "report")
    return {vehicle.pk: vehicle for vehicle in fresh}


def lock_docks(ids: Iterable[int]) -> dict[int, Dock]:
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = Dock.objects.filter(pk__in=wanted).select_related("station__network").order_by("pk")
    return {dock.pk: dock for dock in rows.select_for_update(of=("self",), no_key=True)}


def pick_vehicle(station: Station, *, may_wait: bool) -> Vehicle | None:
    """Lock the best free car of the station: most charge first."""
    free = rentable_vehicles().filter(dock__station=station)
    best = free.order_by("-report__charge_percent", "pk")
    picked = _pick(best, free.select_related("network", "dock__station__network", "report"), may_wait)
    return picked if isinstance(picked, Vehicle) else None


def pick_dock(station: Station, *, may_wait: bool) -> Dock | None:
    """Lock a free dock of the station."""
    free = free_docks().filter(station=station)
    picked = _pick(free.order_by("number"), free.select_related("station__network"), may_wait)
    return picked if isinstance(picked, Dock) else None


def _pick(candidates: QuerySet[Any], free: QuerySet[Any], may_wait: bool) -> Vehicle | Dock | None:
    """Lock one candidate and look again: the pick saw claims as they stood before it had the lock."""
    seen: list[int] = []
    for skip_locked in (True, False) if may_wait else (True,):
        for _ in range(PICKS):
            rows = candidates.exclude(pk__in=seen).select_for_update(of=("self",), no_key=True, skip_locked=skip_locked)
            pk = rows.values_list("pk", flat=True).first()
            if pk is None:
                break
            row: Vehicle | Dock | None = free.filter(pk=pk).first()
            if row is not None:
                return row
            seen.append(pk)
    return None


def lock_subscriber(subscriber_id: int) -> Subscriber:
    row = (
        Subscriber.objects.select_related("network")
        .select_for_update(of=("self",), no_key=True)
        .filter(pk=subscriber_id)
        .first()
    )
    if row is None:
        raise NotFound
    return row


def is_overdue(claim: Booking | DockHold, at: datetime) -> bool:
    return claim.during.upper is not None and claim.during.upper <= at


def expire(booking: Booking, *, vehicle: Vehicle, at: datetime) -> None:
    """Close a reservation that ran out. Its dock hold ran out with it and is closed by whoever holds the dock."""
    booking.enter(
        Command.EXPIRE,
        vehicle=vehicle,
        at=at,
        actor=SYSTEM,
        event=events.Type.RESERVATION_EXPIRED,
        occurred_at=booking.held_until,
        ended_at=booking.held_until,
        end_cause=Booking.EndCause.EXPIRED,
    )


def close_hold(
    hold: DockHold,
    state: DockHold.State,
    *,
    dock: Dock,
    at: datetime,
    actor: str,
    event: events.Type | None,
    occurred_at: datetime | None = None,
    vehicle_id: int | None = None,
) -> None:
    """End a dock hold under the dock's lock. `event` is None where the caller writes the dock's event itself."""
    end = occurred_at or at
    hold.state = state
    hold.closed_at = end
    hold.during = type(hold.during)(hold.during.lower, max(hold.during.lower, min(end, hold.during.upper or end)))
    hold.remind_at = None
    hold.save(update_fields=["state", "closed_at", "during", "remind_at"])
    if event is not None:
        record_dock(dock, event, at=at, actor=actor, occurred_at=occurred_at, vehicle_id=vehicle_id, hold=hold)


def settle_overdue(
    *, at: datetime, vehicles: dict[int, Vehicle], docks: dict[int, Dock], subscriber_id: int | None
) -> list[Booking]:
    """Close what ran out among the cars and docks whose locks we hold; answer the claims that still stand.

    Claims that ran out elsewhere block nobody by themselves: the sweeper tidies them.
    """
    concerned = Q(vehicle_id__in=list(vehicles))
    if subscriber_id is not None:
        concerned |= Q(subscriber_id=subscriber_id)
    standing = []
    for booking in Booking.objects.filter(concerned, state__in=OPEN):
        if not is_overdue(booking, at):
            standing.append(booking)
        elif booking.vehicle_id in vehicles:
            expire(booking, vehicle=vehicles[booking.vehicle_id], at=at)
    for hold in DockHold.objects.filter(dock_id__in=list(docks), state=DockHold.State.HELD) if docks else ():
        if is_overdue(hold, at):
            expire_hold(hold, dock=docks[hold.dock_id], at=at)
    return standing


def expire_hold(hold: DockHold, *, dock: Dock, at: datetime) -> None:
    standing_vehicle = Vehicle.objects.filter(dock=dock).values_list("pk", flat=True).first()
    close_hold(
        hold,
        DockHold.State.EXPIRED,
        dock=dock,
        at=at,
        actor=SYSTEM,
        event=events.Type.DOCK_HOLD_EXPIRED,
        occurred_at=hold.during.upper,
        vehicle_id=standing_vehicle,
    )


def overdue_vehicle_ids(subscriber_id: int) -> list[int]:
    """Cars of the subscriber's own reservations that ran out and were not swept yet (a hint: read without locks)."""
    rows = Booking.objects.filter(subscriber_id=subscriber_id, state=State.RESERVED, held_until__lte=clock.instant())
    return list(rows.values_list("vehicle_id", flat=True))


def open_hold(booking_id: UUID) -> DockHold | None:
    return DockHold.objects.filter(booking_id=booking_id, state=DockHold.State.HELD).first()
