"""The world of the measurement, and the statements of one reservation as the product sends them, for pgbench."""

import hashlib
import json
import re
import sys

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

STATIONS, DOCKS, CARS, HOT, SUBSCRIBERS = 1000, 10, 8, 600, 2000
TARGETS, TARGET_DOCKS = 200, 40  # stations with docks and no cars
# Far from every other number, so that they can be found again in the statements.
MARK = 900_000_000


def stations(first: int, name: str, *, count: int, longitude: float) -> str:
    """Stations in rows of 32, a hundredth of a degree apart."""
    return f"""
INSERT INTO stations_station (id, network_id, code, name, address, postal_code, city, latitude, longitude, kind,
    is_installed, is_renting, is_returning, closure_reason, access_note, search_text, sort_name, published, version)
SELECT {MARK + first} + n, {MARK + 1}, '{name}-' || n, '{name} ' || n, '', '', '', 48.7 + (n % 32) * 0.01,
    {longitude} + (n / 32) * 0.01, 'street', true, true, true, '', '', '{name}', '{name}', '{{}}', 0
FROM generate_series(0, {count - 1}) n;"""


WORLD = f"""
INSERT INTO stations_network (id, slug, name, currency, time_zone, languages, latitude, longitude, area, is_open,
    contact_email, car_hold_seconds, dock_hold_seconds, car_hold_extensions, dock_hold_extensions,
    reminder_lead_seconds, minimum_charge_percent, maximum_trip_seconds, clock_tolerance_seconds)
VALUES ({MARK + 1}, 'bench', 'Bench', 'EUR', 'Europe/Paris', '{{en}}', 48.85, 2.35, '[]', true, '', 1800, 5400, 1, 1,
    600, 55, 43200, 120);
INSERT INTO vehicles_vehicletype (id, code, name, seats, boot_liters, battery_kwh, max_range_km, length_meters)
VALUES (1, 'bluecar', 'Bluecar', 4, 350, 30, 200, 3.65);
{stations(1000, "bench", count=STATIONS + 1, longitude=2.1)}
INSERT INTO stations_dock (id, station_id, number, connector, is_in_service, out_of_service_reason, version)
SELECT {MARK + 10000} + n * {DOCKS} + d, {MARK + 1000} + n, d, 1, true, '', 0
FROM generate_series(1, {STATIONS}) n, generate_series(1, {DOCKS}) d;
INSERT INTO stations_dock (id, station_id, number, connector, is_in_service, out_of_service_reason, version)
SELECT {MARK + 50000} + d, {MARK + 1000}, d, 1, true, '', 0 FROM generate_series(1, {HOT}) d;
{stations(5001, "target", count=TARGETS, longitude=2.4)}
INSERT INTO stations_dock (id, station_id, number, connector, is_in_service, out_of_service_reason, version)
SELECT {MARK + 60000} + n * {TARGET_DOCKS} + d, {MARK + 5000} + n, d, 1, true, '', 0
FROM generate_series(1, {TARGETS}) n, generate_series(1, {TARGET_DOCKS}) d;
INSERT INTO vehicles_vehicle (id, network_id, vehicle_type_id, plate, dock_id, is_in_service, out_of_service_cause,
    out_of_service_note, version)
SELECT id, {MARK + 1}, 1, 'B-' || id, id, true, '', '', 0 FROM stations_dock
WHERE station_id = {MARK + 1000} OR station_id < {MARK + 5000} AND number <= {CARS};
INSERT INTO vehicles_vehiclereport (vehicle_id, charge_percent, event_time, source_seq, received_at)
SELECT id, 60 + id % 40, now(), 0, now() FROM vehicles_vehicle;
INSERT INTO accounts_user (id, password, is_superuser, email, full_name, phone, language, is_active, is_staff,
    date_joined) SELECT n, '', false, n || '@bench.example', '', '', 'en', true, false, now()
FROM generate_series(1, {SUBSCRIBERS}) n;
INSERT INTO accounts_subscriber (id, user_id, network_id, reference, is_blocked, blocked_reason)
SELECT {MARK + 100000} + n, n, {MARK + 1}, gen_random_uuid(), false, '' FROM generate_series(1, {SUBSCRIBERS}) n;
INSERT INTO accounts_apitoken (user_id, digest, label, scopes, created_at)
SELECT n, encode(sha256(('bench-' || n)::bytea), 'hex'), '', '{{booking}}', now()
FROM generate_series(1, {SUBSCRIBERS}) n;
INSERT INTO accounts_plan (id, network_id, code, name, is_open) VALUES (1, {MARK + 1}, 'bench', 'Bench', true);
INSERT INTO accounts_subscription (id, subscriber_id, plan_id, during)
SELECT {MARK + 200000} + n, {MARK + 100000} + n, 1, tstzrange(now() - interval '1 day', NULL)
FROM generate_series(1, {SUBSCRIBERS}) n;
ANALYZE
"""
CLEAR = "bookings_booking, bookings_dockhold, bookings_notification, stations_event, accounts_idempotencyrecord"


def prepare() -> dict[str, object]:
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(WORLD)
    statements = recorded()
    hot, spread = [MARK + 1000], [MARK + 1000 + n for n in range(1, STATIONS + 1)]
    choices = {"hot": f"{MARK + 1000}", "spread": f"random({spread[0]}, {spread[-1]})"}
    return {
        "stations": {"hot": hot, "spread": spread},
        "targets": [MARK + 5000 + n for n in range(1, TARGETS + 1)],
        "scripts": {layout: script(statements, choice) for layout, choice in choices.items()},
    }


def clear() -> dict[str, object]:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(f"TRUNCATE {CLEAR} RESTART IDENTITY CASCADE")
        cursor.execute("VACUUM (ANALYZE) vehicles_vehicle")
    return {}


def recorded() -> list[str]:
    """What one reservation over HTTP sends to PostgreSQL, statement by statement."""
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="localhost")

    def reserve(key: str) -> int:
        headers = {"authorization": "Bearer bench-1", "idempotency-key": key}
        body = json.dumps({"station": MARK + 1001})
        return client.post("/api/v1/bookings", body, content_type="application/json", headers=headers).status_code

    with CaptureQueriesContext(connection) as first:
        reserve("warm-up")
    clear()
    with CaptureQueriesContext(connection) as second:
        if reserve("bench-key") != 201:
            sys.exit("the reservation was refused")
    # The first request prepared its hot statements on this connection, the second only executes them: pgbench has the
    # text of each here and prepares it by itself (--protocol=prepared).
    known = dict(
        re.match(r"PREPARE (\w+) AS (.*)", query["sql"], re.S).groups()
        for query in first.captured_queries
        if query["sql"].startswith("PREPARE")
    )
    return [in_full(query["sql"], known) for query in second.captured_queries]


def in_full(statement: str, known: dict[str, str]) -> str:
    """An EXECUTE as the statement that it stands for."""
    executed = re.match(r"EXECUTE (\w+)(?: \((.*)\))?$", statement, re.S)
    if executed is None:
        return statement
    text = known[executed[1]]
    for place, value in reversed(list(enumerate(values_of(executed[2] or ""), start=1))):
        text = text.replace(f"${place}", value)
    return text


def values_of(arguments: str) -> list[str]:
    """The literals between the commas that are neither quoted nor inside brackets."""
    values, depth = [""], 0
    for part in re.split(r"('(?:[^']|'')*'|[(),\[\]])", arguments):
        depth += (part in {"(", "["}) - (part in {")", "]"})
        if part == "," and depth == 0:
            values.append("")
        else:
            values[-1] += part
    return [value.strip() for value in values]


def script(statements: list[str], station: str) -> str:
    """The same statements with the person, the station and what was found as pgbench's variables."""
    from bookings.models import Booking

    booking = Booking.objects.get()
    digest = hashlib.sha256(b"bench-1").hexdigest()
    lines = [
        "\\set turn :turn + 1",
        "\\set person :client_id * :each + :turn",
        f"\\set station {station}",
        f"\\set subscriber {MARK + 100000} + :person",
        f"\\set subscription {MARK + 200000} + :person",
    ]
    for statement in statements:
        text = with_variables(
            re.sub(r"\s+", " ", statement),
            literals={
                f"'{digest}'": "encode(sha256(('bench-' || :person::int)::bytea), 'hex')",
                "'bench-key'": "gen_random_uuid()::text",
                f"'{booking.pk}'": ":booking::uuid",
            },
            numbers={
                str(booking.subscriber_id): ":subscriber::bigint",
                str(booking.subscription_id): ":subscription::bigint",
                str(MARK + 1001): ":station::bigint",
                str(booking.vehicle_id): ":car::bigint",
            },
        )
        if "SKIP LOCKED" in text:
            # Somebody may have been faster: then nothing is found, or what was found is no longer free.
            lines += ["\\set picked_id 0", text + " \\aset picked_", "\\set car :picked_id"]
            lines += ["SELECT gen_random_uuid() AS booking \\gset"]
        elif "coalesce(" in text and "AS is_free" in text:
            lines += ["\\set look_is_free false", text + " \\aset look_", "\\if :look_is_free"]
        else:
            lines.append(text + ";")
    return "\n".join([*lines, "\\else", "ROLLBACK;", "\\endif"]) + "\n"


def with_variables(statement: str, *, literals: dict[str, str], numbers: dict[str, str]) -> str:
    """What is quoted stays as it is, unless it is one of the literals: pgbench knows no quotes when it prepares."""
    parts = re.split(r"('(?:[^']|'')*')", statement)
    for place, part in enumerate(parts):
        if part.startswith("'"):
            # A colon before a letter or a digit would be taken for a variable, whatever quotes stand around it.
            at = re.fullmatch(r"'(\d+)-(\d+)-(\d+)T(\d+):(\d+):([\d.]+)\+00:00'", part)
            plain = "'{}{}{} {}{}{}+00'".format(*at.groups()) if at else re.sub(r":(?=\w)", ".", part)
            parts[place] = literals.get(part, plain)
            continue
        for found, variable in numbers.items():
            part = part.replace(found, variable)
        parts[place] = re.sub(r"\"user_id\" = 1\b", '"user_id" = :person::bigint', part)
    return "".join(parts)


print(json.dumps({"prepare": prepare, "clear": clear}[sys.argv[1]]()))
