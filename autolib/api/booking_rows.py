"""Bookings as answers need them, each with its car, its stations and its last dock hold, in one statement.

Written by hand because every command ends with it: Django would build these joins anew each time.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from stations.rows import named_rows

Row = dict[str, Any]

BOOKINGS = """
SELECT booking.id, network.slug AS network, booking.state, booking.reserved_at, booking.held_until, booking.started_at,
       booking.ended_at, booking.end_cause, booking.extensions, {now} AS read_at,
       origin.id AS origin_id, origin.code AS origin_code, origin.name AS origin_name,
       target.id AS end_id, target.code AS end_code, target.name AS end_name,
       vehicle.id AS vehicle_id, vehicle.plate, type.code AS vehicle_type, vehicle.version AS vehicle_version,
       report.charge_percent, report.range_km, report.event_time AS reported_at, stand.number AS stand_number,
       hold.state AS hold_state, hold.created_at AS hold_created_at, hold.held_until AS hold_held_until,
       upper(hold.during) AS hold_ends_at, hold.extensions AS hold_extensions,
       dock.id AS dock_id, dock.number AS dock_number, dock.version AS dock_version,
       there.id AS there_id, there.code AS there_code, there.name AS there_name,
       rating.cleanliness, rating.is_faulty, rating.rated_at
FROM bookings_booking AS booking
JOIN stations_network AS network ON network.id = booking.network_id
JOIN stations_station AS origin ON origin.id = booking.origin_station_id
JOIN vehicles_vehicle AS vehicle ON vehicle.id = booking.vehicle_id
JOIN vehicles_vehicletype AS type ON type.id = vehicle.vehicle_type_id
LEFT JOIN stations_station AS target ON target.id = booking.end_station_id
LEFT JOIN vehicles_vehiclereport AS report ON report.vehicle_id = vehicle.id
LEFT JOIN stations_dock AS stand ON stand.id = vehicle.dock_id
LEFT JOIN LATERAL (
    SELECT * FROM bookings_dockhold WHERE booking_id = booking.id ORDER BY id DESC LIMIT 1
) AS hold ON true
LEFT JOIN stations_dock AS dock ON dock.id = hold.dock_id
LEFT JOIN stations_station AS there ON there.id = dock.station_id
LEFT JOIN bookings_rating AS rating ON rating.booking_id = booking.id
WHERE booking.subscriber_id = %(subscriber)s
"""
ONE = BOOKINGS + "AND booking.id = %(id)s"
OPEN = BOOKINGS + (
    "AND booking.state IN ('reserved', 'on_trip') AND (upper_inf(booking.during) OR upper(booking.during) > {now})"
)
NEWEST_FIRST = "ORDER BY booking.reserved_at DESC, booking.id LIMIT %(limit)s"
FIRST_PAGE = BOOKINGS + NEWEST_FIRST
NEXT_PAGE = BOOKINGS + (
    "AND (booking.reserved_at < %(reserved_at)s OR booking.reserved_at = %(reserved_at)s AND booking.id > %(id)s) "
    + NEWEST_FIRST
)


def one(*, subscriber: int, id: UUID) -> Row | None:
    """The subscriber's booking of this id."""
    return next(iter(named_rows(ONE, subscriber=subscriber, id=id)), None)


def open_one(*, subscriber: int) -> Row | None:
    """The subscriber's booking whose claim still stands by the clock, swept or not."""
    return next(iter(named_rows(OPEN, subscriber=subscriber)), None)


def newest(*, subscriber: int, limit: int, after: tuple[datetime, UUID] | None = None) -> list[Row]:
    """The subscriber's bookings, newest first, from behind the given place on."""
    if after is None:
        return named_rows(FIRST_PAGE, subscriber=subscriber, limit=limit)
    reserved_at, id = after
    return named_rows(NEXT_PAGE, subscriber=subscriber, limit=limit, reserved_at=reserved_at, id=id)
