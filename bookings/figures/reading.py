"""What the fold needs, read from the log: how a network stood at midnight, and the changes of its day.

Before its first event a car, dock or station stood as that event implies; without any event as its row says now.
"""

from typing import Any

from django.db import connection

from bookings.figures.days import Day
from bookings.figures.folding import Car, Change, DockPlace, Standing, StationTally
from stations.models import Network

LAST = """
    LEFT JOIN LATERAL (
        SELECT event.version, event.type, event.data->'state' AS state FROM stations_event AS event
        WHERE event.aggregate = '{aggregate}' AND event.aggregate_id = {row}.id AND event.occurred_at < %(at)s {only}
        ORDER BY event.version DESC LIMIT 1) AS {name} ON true
"""
FIRST = """
    LEFT JOIN LATERAL (
        SELECT event.version, event.type, event.data->'state' AS state FROM stations_event AS event
        WHERE {last}.version IS NULL AND event.aggregate = '{aggregate}' AND event.aggregate_id = {row}.id {only}
        ORDER BY event.version LIMIT 1) AS {name} ON true
"""


def _told(aggregate: str, row: str, *, last: str = "last", first: str = "", only: str = "") -> str:
    names = {"aggregate": aggregate, "row": row, "only": only}
    return LAST.format(name=last, **names) + (FIRST.format(name=first, last=last, **names) if first else "")


CARS = f"""
SELECT vehicle.id, coalesce(last.version, 0),
       CASE WHEN last.version IS NOT NULL THEN (last.state->>'dock')::bigint
            WHEN first.type IN ('plugged', 'unplugged', 'trip_end') THEN NULL
            WHEN first.version IS NOT NULL THEN (first.state->>'dock')::bigint
            ELSE vehicle.dock_id END,
       CASE WHEN last.version IS NOT NULL THEN (last.state->>'is_in_service')::boolean
            WHEN first.type IN ('service_start', 'service_end') THEN first.type = 'service_end'
            WHEN first.version IS NOT NULL THEN (first.state->>'is_in_service')::boolean
            ELSE vehicle.is_in_service END,
       last.version IS NOT NULL AND last.state->>'booking' IS NOT NULL
FROM vehicles_vehicle AS vehicle {_told("vehicle", "vehicle", first="first")}
WHERE vehicle.network_id = %(network)s
"""  # noqa: S608
DOCKS = f"""
SELECT dock.id, dock.station_id,
       CASE WHEN service.version IS NOT NULL THEN (service.state->>'is_in_service')::boolean
            WHEN later.version IS NOT NULL THEN later.type = 'service_end'
            ELSE dock.is_in_service END,
       hold.version IS NOT NULL AND hold.state->>'hold' IS NOT NULL,
       coalesce(hold.version, 0), coalesce(service.version, 0)
FROM stations_dock AS dock JOIN stations_station AS station ON station.id = dock.station_id
{_told("dock", "dock", last="hold", only="AND event.data->'state' ? 'hold'")}
{_told("dock", "dock", last="service", first="later", only="AND event.type IN ('service_start', 'service_end')")}
WHERE station.network_id = %(network)s
"""  # noqa: S608
STATIONS = f"""
SELECT station.id,
       CASE WHEN last.version IS NOT NULL THEN (last.state->>'is_renting')::boolean
            WHEN first.version IS NOT NULL THEN first.type = 'station_closed'
            ELSE station.is_renting END,
       CASE WHEN last.version IS NOT NULL THEN (last.state->>'is_returning')::boolean
            WHEN first.version IS NOT NULL THEN first.type = 'station_closed'
            ELSE station.is_returning END,
       coalesce(last.version, 0)
FROM stations_station AS station {_told("station", "station", first="first")}
WHERE station.network_id = %(network)s
  AND EXISTS (SELECT FROM stations_dock AS dock WHERE dock.station_id = station.id)
"""  # noqa: S608
CHANGES = """
SELECT floor(extract(epoch FROM event.occurred_at - %(begins)s))::integer,
       event.aggregate, event.aggregate_id, event.version, event.type, event.id, told.dock, told.is_in_service,
       CASE WHEN event.aggregate = 'vehicle' THEN event.data->'state'->>'booking' IS NOT NULL END,
       CASE WHEN event.data->'state' ? 'hold' THEN event.data->'state'->>'hold' IS NOT NULL END,
       (event.data->'state'->>'is_renting')::boolean, (event.data->'state'->>'is_returning')::boolean,
       CASE event.type WHEN 'trip_start' THEN coalesce(booking.origin_station_id, dock.station_id)
                       WHEN 'trip_end' THEN coalesce(booking.end_station_id, dock.station_id) END,
       round(extract(epoch FROM CASE event.type
           WHEN 'trip_end' THEN booking.ended_at - booking.started_at
           WHEN 'service_start' THEN event.occurred_at - (
               SELECT before.occurred_at FROM stations_event AS before
               WHERE before.aggregate = event.aggregate AND before.aggregate_id = event.aggregate_id
                 AND before.version < event.version AND before.type = 'service_end'
               ORDER BY before.version DESC LIMIT 1) END))::integer,
       event.type IN ('trip_end', 'customer_cancellation', 'reservation_expired') AND EXISTS (
           SELECT FROM bookings_dockhold AS hold WHERE hold.booking_id = event.ref AND hold.state = 'displaced')
FROM stations_event AS event
CROSS JOIN LATERAL (SELECT (event.data->'state'->>'dock')::bigint AS dock,
                           (event.data->'state'->>'is_in_service')::boolean AS is_in_service) AS told
LEFT JOIN stations_dock AS dock ON dock.id = told.dock AND event.type IN ('trip_start', 'trip_end')
LEFT JOIN bookings_booking AS booking ON booking.id = event.ref AND event.type IN ('trip_start', 'trip_end')
WHERE event.network_id = %(network)s AND event.occurred_at >= %(begins)s AND event.occurred_at < %(ends)s
  AND event.aggregate IN ('vehicle', 'dock', 'station')
"""


def standing_at_midnight(network: Network, day: Day) -> Standing:
    asked: dict[str, Any] = {"network": network.pk, "at": day.begins_at}
    return Standing(
        cars={row[0]: Car(*row[1:]) for row in _rows(CARS, **asked)},
        stations={row[0]: StationTally(day.hours, *row[1:]) for row in _rows(STATIONS, **asked)},
        docks={row[0]: DockPlace(*row[1:]) for row in _rows(DOCKS, **asked)},
    )


def changes_of(network: Network, day: Day) -> list[Change]:
    found = _rows(CHANGES, network=network.pk, begins=day.begins_at, ends=day.ends_at)
    return [Change(*row) for row in found]


def _rows(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchall()
