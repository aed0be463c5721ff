"""The invariants as SQL: each statement finds the rows that break it. All empty is the only good answer."""

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from stations import clock, traces

GRACE_SECONDS = 30
SHOWN = 20


@dataclass(frozen=True)
class Invariant:
    """`code` as in our list of invariants, a sentence that must be true, and what finds the rows that break it."""

    code: str
    sentence: str
    statement: str

    def broken_by(self, cursor: Any) -> list[tuple[Any, ...]]:
        now, parameters = clock.sql()
        cursor.execute(self.statement.replace("{now}", now), parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


INVARIANTS = [
    Invariant(
        "I1",
        "No car is claimed twice, over all history.",
        "SELECT a.id, b.id, a.vehicle_id FROM bookings_booking a JOIN bookings_booking b "
        "ON a.vehicle_id = b.vehicle_id AND a.id < b.id AND a.during && b.during",
    ),
    Invariant(
        "I2",
        "No dock is held twice, over all history.",
        "SELECT a.id, b.id, a.dock_id FROM bookings_dockhold a JOIN bookings_dockhold b ON a.dock_id = b.dock_id "
        "AND a.id < b.id AND a.during && b.during",
    ),
    Invariant(
        "I2",
        "No live dock hold stands on an occupied dock for longer than the car took to arrive.",
        "SELECT hold.id, hold.dock_id, vehicle.id FROM bookings_dockhold hold "
        "JOIN vehicles_vehicle vehicle ON vehicle.dock_id = hold.dock_id "
        "WHERE hold.state = 'held' AND upper(hold.during) > {now}",
    ),
    Invariant(
        "I3",
        "No subscriber has two bookings at once, over all history.",
        "SELECT a.id, b.id, a.subscriber_id FROM bookings_booking a JOIN bookings_booking b "
        "ON a.subscriber_id = b.subscriber_id AND a.id < b.id AND a.during && b.during",
    ),
    Invariant(
        "I3",
        "No subscriber holds two docks at once, over all history.",
        "SELECT a.id, b.id, a.subscriber_id FROM bookings_dockhold a JOIN bookings_dockhold b "
        "ON a.subscriber_id = b.subscriber_id AND a.id < b.id AND a.during && b.during",
    ),
    Invariant(
        "I2",
        "A dock is held for an open booking only.",
        "SELECT hold.id, booking.id, booking.state FROM bookings_dockhold hold JOIN bookings_booking booking "
        "ON booking.id = hold.booking_id WHERE hold.state = 'held' AND upper(hold.during) > {now} "
        "AND booking.state NOT IN ('reserved', 'on_trip')",
    ),
    Invariant(
        "I2",
        "Nobody is left for longer than a minute on a station that is closed.",
        "SELECT booking.id, station.code FROM bookings_booking booking "
        "JOIN vehicles_vehicle vehicle ON vehicle.id = booking.vehicle_id "
        "JOIN stations_dock dock ON dock.id = vehicle.dock_id "
        "JOIN stations_station station ON station.id = dock.station_id "
        "WHERE booking.state = 'reserved' AND upper(booking.during) > {now} AND NOT station.is_renting "
        "AND booking.reserved_at < {now} - interval '1 minute' AND NOT EXISTS ("
        "SELECT FROM stations_event e WHERE e.aggregate = 'station' AND e.aggregate_id = station.id "
        "AND e.recorded_at > {now} - interval '1 minute')",
    ),
    Invariant(
        "I4",
        "Every idempotency key has its answer.",
        "SELECT id, principal FROM accounts_idempotencyrecord WHERE status IS NULL",
    ),
    Invariant(
        "I8",
        "Versions are dense: as many events as the version says, and the last is the version.",
        "SELECT a.aggregate, a.id, a.version, count(e.id), max(e.version) FROM ("
        "SELECT 'vehicle' AS aggregate, id, version FROM vehicles_vehicle "
        "UNION ALL SELECT 'dock', id, version FROM stations_dock "
        "UNION ALL SELECT 'station', id, version FROM stations_station "
        "UNION ALL SELECT 'field_task', id, version FROM vehicles_fieldtask) a "
        "LEFT JOIN stations_event e ON e.aggregate = a.aggregate AND e.aggregate_id = a.id "
        "GROUP BY 1, 2, 3 HAVING count(e.id) <> a.version OR coalesce(max(e.version), 0) <> a.version",
    ),
    Invariant(
        "I8",
        "The last event of a car tells where it stands, whether it is in service and who has it.",
        "SELECT vehicle.id, last.id FROM vehicles_vehicle vehicle JOIN LATERAL (SELECT id, data->'state' AS state "
        "FROM stations_event WHERE aggregate = 'vehicle' AND aggregate_id = vehicle.id ORDER BY version DESC LIMIT 1) "
        "last ON true LEFT JOIN bookings_booking booking ON booking.vehicle_id = vehicle.id "
        "AND booking.state IN ('reserved', 'on_trip') "
        "WHERE (last.state->>'dock')::bigint IS DISTINCT FROM vehicle.dock_id "
        "OR (last.state->>'is_in_service')::boolean IS DISTINCT FROM vehicle.is_in_service "
        "OR last.state->>'booking' IS DISTINCT FROM booking.id::text "
        "OR last.state->>'phase' IS DISTINCT FROM booking.state",
    ),
    Invariant(
        "I8",
        "Events of an aggregate were recorded in the order of its versions.",
        "SELECT id, aggregate, aggregate_id FROM (SELECT id, aggregate, aggregate_id, id > lag(id) OVER w AS grows, "
        "position < lag(position) OVER w AS is_early FROM stations_event "
        "WINDOW w AS (PARTITION BY aggregate, aggregate_id ORDER BY version)) e WHERE grows = false OR is_early",
    ),
    Invariant(
        "I9",
        "Positions of the feed have no gap.",
        "SELECT count(position), max(position) FROM stations_event "
        "HAVING count(position) <> coalesce(max(position), 0)",
    ),
    Invariant(
        "I7",
        f"No hold outlives its time by more than {GRACE_SECONDS} seconds without being tidied.",
        "SELECT id, held_until FROM bookings_booking WHERE state = 'reserved' "
        f"AND upper(during) < {{now}} - interval '{GRACE_SECONDS} seconds' "
        "UNION ALL SELECT booking_id, upper(during) FROM bookings_dockhold WHERE state = 'held' "
        f"AND upper(during) < {{now}} - interval '{GRACE_SECONDS} seconds'",
    ),
    Invariant(
        "I7",
        "An expired reservation ended exactly when it was promised to end.",
        "SELECT id FROM bookings_booking WHERE state = 'expired' AND (ended_at <> held_until "
        "OR NOT isempty(during) AND upper(during) <> held_until)",
    ),
    Invariant(
        "C1",
        "No report comes from a car or a dock that heard something newer in its inbox and applied it.",
        "SELECT report.vehicle_id, message.msg_id FROM vehicles_vehiclereport report "
        "JOIN vehicles_vehicle vehicle ON vehicle.id = report.vehicle_id "
        "JOIN stations_devicemessage message ON message.device_id = vehicle.device_id "
        "WHERE message.kind = 'vehicle_status' AND message.outcome = 'applied' "
        "AND message.event_time > report.event_time",
    ),
    Invariant(
        "C2",
        "No accepted report is dated further ahead of its receipt than the network tolerates.",
        "SELECT report.vehicle_id FROM vehicles_vehiclereport report JOIN vehicles_vehicle vehicle "
        "ON vehicle.id = report.vehicle_id JOIN stations_network network ON network.id = vehicle.network_id "
        "WHERE report.event_time > report.received_at + network.clock_tolerance_seconds * interval '1 second'",
    ),
    Invariant("A1", "No trace was changed or taken out of the chain.", traces.BROKEN),
    Invariant(
        "A1",
        "Every trace is sealed soon.",
        "SELECT trace.id, trace.at FROM stations_trace trace WHERE trace.at < {now} - interval '1 hour' "
        "AND NOT EXISTS (SELECT FROM stations_traceseal seal WHERE seal.trace_id = trace.id)",
    ),
    Invariant(
        "A1",
        "The rules in force are what the newest of their versions say.",
        "SELECT newest.network_id, newest.rule FROM (SELECT DISTINCT ON (version.network_id, said.key) "
        "version.network_id, said.key AS rule, said.value FROM stations_ruleversion version, "
        "jsonb_each(version.values) said WHERE version.applied_at IS NOT NULL "
        "ORDER BY version.network_id, said.key, version.valid_from DESC) newest "
        "JOIN stations_network network ON network.id = newest.network_id "
        "WHERE to_jsonb(network) -> newest.rule IS DISTINCT FROM newest.value",
    ),
    Invariant(
        "A1",
        f"No planned rules wait more than {GRACE_SECONDS} seconds beyond their time.",
        "SELECT id, valid_from FROM stations_ruleversion WHERE applied_at IS NULL AND withdrawn_at IS NULL "
        f"AND valid_from < {{now}} - interval '{GRACE_SECONDS} seconds'",
    ),
    Invariant(
        "P1",
        "No position is kept: neither a column nor a message names one.",
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
        "AND table_name ~ '^(vehicles|bookings|accounts)_' "
        "AND column_name ~* '(^|_)(lat|lon|lng|latitude|longitude|position|gps)($|_)' "
        "UNION ALL SELECT 'stations_devicemessage', id::text FROM stations_devicemessage "
        "WHERE payload ?| ARRAY['lat','lon','lng','latitude','longitude','position','gps','location','coordinates']",
    ),
]


def audit() -> list[dict[str, Any]]:
    """Each invariant with the number of rows that break it and the first of them; read-only, one snapshot."""
    findings = []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = 0")
        for invariant in INVARIANTS:
            rows = invariant.broken_by(cursor)
            findings.append(
                {
                    "code": invariant.code,
                    "sentence": invariant.sentence,
                    "violations": len(rows),
                    "examples": [[str(value) for value in row] for row in rows[:SHOWN]],
                }
            )
    return findings
