"""Tidying what ran out, in bulk. Nothing waits for it: an overdue claim blocks nobody by itself.

Due rows are found without locks; then the cars (or docks) are locked, skipping what others hold, and looked at again.
Any number of sweepers at once is harmless.
"""

from datetime import datetime

from django.db import connection, transaction

from bookings import debts
from bookings.models import Booking, DockHold, Notification, State, upper
from stations import clock
from stations.models import Dock
from vehicles.models import Vehicle

BATCH = 500

# One row a car (or dock) and round: two overdue claims of one car would otherwise share a version.
EXPIRE_BOOKINGS = """
WITH expired AS (
    UPDATE bookings_booking
    SET state = 'expired', ended_at = held_until, end_cause = 'expired', remind_at = NULL
    WHERE id IN (SELECT DISTINCT ON (vehicle_id) id FROM bookings_booking
                 WHERE vehicle_id = ANY(%(locked)s) AND state = 'reserved' AND upper(during) <= %(at)s
                 ORDER BY vehicle_id, held_until)
    RETURNING id, network_id, vehicle_id, held_until
), changed AS (
    UPDATE vehicles_vehicle AS vehicle SET version = version + 1 FROM expired WHERE vehicle.id = expired.vehicle_id
    RETURNING vehicle.id, vehicle.version, vehicle.dock_id, vehicle.is_in_service
)
INSERT INTO stations_event
    (network_id, aggregate, aggregate_id, version, type, ref, actor, occurred_at, recorded_at, data)
SELECT expired.network_id, 'vehicle', changed.id, changed.version, 'reservation_expired', expired.id, 'system',
       expired.held_until, %(at)s,
       jsonb_build_object('state', jsonb_build_object('dock', changed.dock_id, 'is_in_service', changed.is_in_service,
                                                      'booking', NULL, 'phase', NULL))
FROM expired JOIN changed ON changed.id = expired.vehicle_id
"""

EXPIRE_HOLDS = """
WITH expired AS (
    UPDATE bookings_dockhold SET state = 'expired', closed_at = upper(during), remind_at = NULL
    WHERE id IN (SELECT DISTINCT ON (dock_id) id FROM bookings_dockhold
                 WHERE dock_id = ANY(%(locked)s) AND state = 'held' AND upper(during) <= %(at)s
                 ORDER BY dock_id, upper(during))
    RETURNING booking_id, dock_id, closed_at
), changed AS (
    UPDATE stations_dock AS dock SET version = version + 1 FROM expired WHERE dock.id = expired.dock_id
    RETURNING dock.id, dock.version, dock.station_id
)
INSERT INTO stations_event
    (network_id, aggregate, aggregate_id, version, type, ref, actor, occurred_at, recorded_at, data)
SELECT station.network_id, 'dock', changed.id, changed.version, 'dock_hold_expired', expired.booking_id, 'system',
       expired.closed_at, %(at)s,
       jsonb_build_object('state', jsonb_build_object(
           'vehicle', (SELECT id FROM vehicles_vehicle WHERE dock_id = changed.id),
           'hold', (SELECT live.booking_id FROM bookings_dockhold AS live
                    WHERE live.dock_id = changed.id AND live.state = 'held' AND upper(live.during) > %(at)s)))
FROM expired JOIN changed ON changed.id = expired.dock_id
JOIN stations_station AS station ON station.id = changed.station_id
"""


def expire_due_bookings(*, limit: int = BATCH) -> int:
    """Close reservations that ran out; how many."""
    with transaction.atomic():
        due = (
            Booking.objects.filter(state=State.RESERVED, held_until__lte=clock.instant())
            .order_by("held_until")
            .values_list("vehicle_id", flat=True)[:limit]
        )
        cars = Vehicle.objects.filter(pk__in=list(due)).order_by("pk")
        return _close(
            EXPIRE_BOOKINGS, list(cars.select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True))
        )


def expire_due_holds(*, limit: int = BATCH) -> int:
    """Close dock holds that ran out; how many."""
    with transaction.atomic():
        overdue = DockHold.objects.alias(claim_ends_at=upper("during")).filter(
            state=DockHold.State.HELD, claim_ends_at__lte=clock.instant()
        )
        due = overdue.order_by("claim_ends_at").values_list("dock_id", flat=True)[:limit]
        docks = Dock.objects.filter(pk__in=list(due)).order_by("pk")
        return _close(
            EXPIRE_HOLDS, list(docks.select_for_update(no_key=True, skip_locked=True).values_list("pk", flat=True))
        )


def _close(statement: str, locked: list[int]) -> int:
    if not locked:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(statement, {"locked": locked, "at": clock.now()})
        return cursor.rowcount


def owe_reminders(*, limit: int = BATCH) -> int:
    """Owe each subscriber whose hold ends soon one reminder; how many were owed now."""
    with transaction.atomic():
        at = clock.now()
        rows = Booking.objects.filter(remind_at__lte=at, state=State.RESERVED).order_by("remind_at")[:limit]
        bookings = list(rows.select_for_update(no_key=True, skip_locked=True))
        if bookings:
            Booking.objects.filter(pk__in=[booking.pk for booking in bookings]).update(remind_at=None)
            debts.owe([_debt(booking, Notification.Kind.REMINDER, booking.held_until, at) for booking in bookings])
    with transaction.atomic():
        of_trips = DockHold.objects.filter(
            remind_at__lte=at, state=DockHold.State.HELD, booking__state=State.ON_TRIP
        ).select_related("booking")
        holds = list(
            of_trips.order_by("remind_at")[:limit].select_for_update(of=("self",), no_key=True, skip_locked=True)
        )
        if holds:
            DockHold.objects.filter(pk__in=[hold.pk for hold in holds]).update(remind_at=None)
            debts.owe([_debt(hold.booking, Notification.Kind.DOCK_REMINDER, hold.held_until, at) for hold in holds])
    return len(bookings) + len(holds)


def _debt(booking: Booking, kind: Notification.Kind, held_until: datetime, at: datetime) -> Notification:
    key = held_until.isoformat()
    return Notification(booking=booking, kind=kind, key=key, data={"held_until": key}, created_at=at)
