"""Both measurements, inside Django."""

import os
import sys
import time
from datetime import timedelta
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from autolib.demo.cities import seed_city  # noqa: E402
from bookings import figures  # noqa: E402
from bookings.models import NetworkDay, StationDay  # noqa: E402
from stations import clock  # noqa: E402
from stations.models import Event, Network, Station  # noqa: E402
from tests.data.history import FILE, load, published_days  # noqa: E402

SNAPSHOT, CAPACITIES = "stations_snapshot_2018-05-18.csv", "stations_capacity_c2014.csv"
DAYS, TRIPS = 40, 5_000

# Six events a trip, by cars in turn, from one dock drawn by lot to another: not a city, but as much work as one.
TRAFFIC = """
WITH cars AS (SELECT id, row_number() OVER (ORDER BY id) AS place FROM vehicles_vehicle WHERE network_id = %(network)s),
docks AS (SELECT dock.id, row_number() OVER (ORDER BY dock.id) - 1 AS place FROM stations_dock AS dock
          JOIN stations_station AS station ON station.id = dock.station_id WHERE station.network_id = %(network)s),
trips AS (SELECT number, cars.id AS car, gen_random_uuid() AS ref,
                 %(begins)s + number * interval '1 day' / %(trips)s AS at,
                 (hashint8(number * 7 + %(day)s) & 2147483647) %% (SELECT count(*) FROM docks) AS origin,
                 (hashint8(number * 11 + %(day)s) & 2147483647) %% (SELECT count(*) FROM docks) AS target
          FROM generate_series(0, %(trips)s - 1) AS number
          JOIN cars ON cars.place = 1 + number %% (SELECT count(*) FROM cars)),
steps AS (
    SELECT at, 'vehicle' AS aggregate, car AS id, 'reservation_start' AS type, ref,
           jsonb_build_object('dock', docks.id, 'is_in_service', true, 'booking', ref) AS state
    FROM trips JOIN docks ON docks.place = origin
    UNION ALL SELECT at + interval '5 min', 'vehicle', car, 'trip_start', ref,
           jsonb_build_object('dock', docks.id, 'is_in_service', true, 'booking', ref)
    FROM trips JOIN docks ON docks.place = origin
    UNION ALL SELECT at + interval '6 min', 'vehicle', car, 'unplugged', ref,
           jsonb_build_object('dock', NULL, 'is_in_service', true, 'booking', ref) FROM trips
    UNION ALL SELECT at + interval '6 min', 'dock', docks.id, 'unplugged', ref,
           jsonb_build_object('vehicle', NULL, 'hold', NULL) FROM trips JOIN docks ON docks.place = origin
    UNION ALL SELECT at + interval '40 min', 'vehicle', car, 'trip_end', ref,
           jsonb_build_object('dock', docks.id, 'is_in_service', true, 'booking', NULL)
    FROM trips JOIN docks ON docks.place = target
    UNION ALL SELECT at + interval '40 min', 'dock', docks.id, 'plugged', ref,
           jsonb_build_object('vehicle', car, 'hold', NULL) FROM trips JOIN docks ON docks.place = target)
INSERT INTO stations_event
    (network_id, aggregate, aggregate_id, version, type, ref, actor, occurred_at, recorded_at, data, delivered_at)
SELECT %(network)s, aggregate, id,
       %(day)s * 1000 + row_number() OVER (PARTITION BY aggregate, id ORDER BY at), type, ref, 'bench', at, at,
       jsonb_build_object('state', state), at
FROM steps ORDER BY at
"""


def main() -> None:
    data = Path(os.environ.get("AUTOLIB_DATA") or settings.BASE_DIR.parent / "shared/data")
    if not (data / FILE).is_file():
        sys.exit(f"The published files are not in {data}: set AUTOLIB_DATA to the folder that holds them.")
    with open(os.devnull, "w") as nowhere:
        call_command("migrate", verbosity=0)
        whole_year(data)
        paris = seed_city("paris", has_stations=False)
        call_command("import_stations", str(data / SNAPSHOT), network="paris", capacities=data / CAPACITIES,
                     place_cars=True, stdout=nowhere, stderr=nowhere)  # fmt: skip
    a_day(paris)


def whole_year(data: Path) -> None:
    network = Network.objects.create(slug="published", name="2018", latitude=48.86, longitude=2.35)
    published = published_days(data)
    began = time.monotonic()
    events = load(network, published.values())
    settle()
    print(f"2018: {len(published)} days, {events} events loaded in {time.monotonic() - began:.0f} s", flush=True)
    began = time.monotonic()
    first, last = min(published), max(published)
    days = [row.date for row in figures.compute_days(network=network, first=first, last=last)]
    print(f"2018: {len(days)} days computed in {time.monotonic() - began:.0f} s", flush=True)
    wrong = 0
    for day, rows in published.items():
        found = StationDay.objects.filter(network=network, date=day).values_list(
            "station__code", "departures", "arrivals"
        )
        told = {code: counts for code, *counts in found if any(counts)}
        wrong += told != {row.postcode: [row.taken, row.returned] for row in rows if row.taken or row.returned}
        wrong += NetworkDay.objects.get(network=network, date=day).trips != sum(row.returned for row in rows)
    print(f"2018: {wrong} of {len(published)} published days differ from what was published", flush=True)
    if wrong:
        sys.exit(1)


def a_day(paris: Network) -> None:
    today = figures.date_at(paris, clock.now())
    with connection.cursor() as cursor:
        for number in range(DAYS):
            day = figures.day_of(paris, today - timedelta(days=DAYS - number))
            asked = {"network": paris.pk, "day": number, "trips": TRIPS, "begins": day.begins_at}
            cursor.execute(TRAFFIC, asked)
    settle()
    of_log = f"{Event.objects.count()} events in the log"
    for days in (1, DAYS):
        began = time.monotonic()
        row = figures.compute_day(network=paris, date=today - timedelta(days=days))
        print(
            f"Paris, {days} days ago: {row.events} events, {row.cars} cars, {Station.objects.count()} stations "
            f"in {time.monotonic() - began:.2f} s ({of_log})"
        )
    began = time.monotonic()
    figures.due_days()
    print(f"what is due: {time.monotonic() - began:.3f} s")
    began = time.monotonic()
    station = Station.objects.filter(network=paris, docks__isnull=False).select_related("network").first()
    figures.course_of(station=station, date=today - timedelta(days=1))
    print(f"the course of a station: {time.monotonic() - began:.2f} s")


def settle() -> None:
    """What autovacuum does within minutes."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("VACUUM ANALYZE stations_event")
        cursor.execute("RESET statement_timeout")


main()
