"""Locks, in one fixed order: cars, then docks, then the subscriber, then booking rows; each kind by id.

Whoever makes something less available holds its lock first. A pick among several skips what others hold, so it never
waits; where it finds nothing it may wait once, and only while no other lock of the same kind is held.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import (
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
)

from bookings.models import OPEN, Booking, Command, DockHold, State, is_endless, upper
from bookings.recording import record_dock
from stations import clock, events
from stations.closing import ahead
from stations.models import Dock, DockReport, PlannedClosure
from stations.rows import rows
from vehicles.models import Vehicle

SYSTEM = "system"


def live_bookings() -> QuerySet[Booking]:
    """Bookings whose claim has not run out by the clock, swept or not."""
    claims = Booking.objects.alias(claim_ends_at=upper("during"), is_endless_claim=is_endless("during"))
    return claims.filter(Q(is_endless_claim=True) | Q(claim_ends_at__gt=clock.instant()), state__in=OPEN)


def live_holds() -> QuerySet[DockHold]:
    return DockHold.objects.alias(claim_ends_at=upper("during")).filter(
        claim_ends_at__gt=clock.instant(), state=DockHold.State.HELD
    )


def overlong_trips() -> QuerySet[Booking]:
    """Trips beyond what the network's rules allow, and beyond what an operator has allowed."""
    allowed = ExpressionWrapper(F("network__maximum_trip_seconds") * Value(timedelta(seconds=1)), DurationField())
    since = ExpressionWrapper(clock.instant() - allowed, DateTimeField())
    is_due = Q(may_last_until=None) | Q(may_last_until__lte=clock.instant())
    return Booking.objects.filter(is_due, state=State.ON_TRIP, started_at__lt=since)


def rentable_vehicles() -> QuerySet[Vehicle]:
    """Cars that could be reserved now: in service, docked at a renting station, charged enough, claimed by nobody."""
    return Vehicle.objects.filter(
        ~Exists(live_bookings().filter(vehicle=OuterRef("pk"))),
        is_in_service=True,
        dock__station__is_renting=True,
        network__is_open=True,
        report__charge_percent__gte=F("network__minimum_charge_percent"),
    )


def closing_soon() -> QuerySet[PlannedClosure]:
    """Closures to cars that come back, beginning before the end of a hold that began now."""
    held = ExpressionWrapper(
        F("station__network__dock_hold_seconds") * Value(timedelta(seconds=1)), output_field=DurationField()
    )
    until = ExpressionWrapper(clock.instant() + held, output_field=DateTimeField())
    return ahead().filter(is_returning=False, from_at__lt=until)


def free_docks() -> QuerySet[Dock]:
    """Docks that could be held now: in service, empty, sound, held by nobody, at a station that takes cars back and
    does not close while the dock would be held.
    """
    return Dock.objects.filter(
        ~Exists(closing_soon().filter(station=OuterRef("station"))),
        ~Exists(live_holds().filter(dock=OuterRef("pk"))),
        ~Exists(Vehicle.objects.filter(dock=OuterRef("pk"))),
        ~Exists(DockReport.objects.filter(dock=OuterRef("pk"), status__in=DockReport.UNUSABLE)),
        is_in_service=True,
        station__is_returning=True,
    )


def lock_docks(ids: Iterable[int]) -> dict[int, Dock]:
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    rows = Dock.objects.filter(pk__in=wanted).select_related("station__network").order_by("pk")
    return {dock.pk: dock for dock in rows.select_for_update(of=("self",), no_key=True)}


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
    overdue = (
        "SELECT vehicle_id FROM bookings_booking "
        "WHERE subscriber_id = %(subscriber)s AND state = 'reserved' AND held_until <= {now}"
    )
    return [row[0] for row in rows(overdue, subscriber=subscriber_id)]


def open_hold(booking_id: UUID) -> DockHold | None:
    return DockHold.objects.filter(booking_id=booking_id, state=DockHold.State.HELD).first()
