"""The published days of 2018 as history: so many cars taken and brought back a day and postcode, spread over the day.

Each postcode is a station with one dock and one car, which all its events are about: what is checked are counts.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.db import connection

from bookings.figures import day_of
from stations.models import Dock, Network, Station
from vehicles.models import Vehicle
from vehicles.placing import vehicle_types

FILE = "daily_events_by_postcode_2018-01-01_06-19.csv"


@dataclass(frozen=True)
class Published:
    postcode: str
    date: date
    taken: int
    returned: int


def published_days(folder: Path) -> dict[date, list[Published]]:
    days: dict[date, list[Published]] = defaultdict(list)
    with (folder / FILE).open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            day = datetime.strptime(row["date"], "%m/%d/%Y").date()  # noqa: DTZ007
            taken, returned = int(row["BlueCars_taken_sum"]), int(row["BlueCars_returned_sum"])
            days[day].append(Published(row["Postal code"], day, taken, returned))
    return dict(sorted(days.items()))


INSERT = """
INSERT INTO stations_event
    (network_id, aggregate, aggregate_id, version, type, ref, actor, occurred_at, recorded_at, data, position,
     delivered_at)
SELECT %(network)s, 'vehicle', car, before + row_number() OVER (PARTITION BY car ORDER BY at, type), type,
       gen_random_uuid(), 'history', at, at,
       jsonb_build_object('state', jsonb_build_object('dock', dock, 'is_in_service', true, 'booking', NULL)),
       %(position)s + row_number() OVER (ORDER BY at, car), at
FROM (SELECT car, dock, before, type, %(begins)s + (number - 0.5) / total * (%(ends)s - %(begins)s) AS at
      FROM unnest(%(cars)s::bigint[], %(docks)s::bigint[], %(versions)s::bigint[], %(types)s::text[],
                  %(totals)s::integer[]) AS told (car, dock, before, type, total),
           generate_series(1, total) AS number) AS spread
ORDER BY at, car
"""


def load(network: Network, days: Iterable[list[Published]]) -> int:
    """Write the history of a network without any; how many events."""
    days = list(days)
    totals: dict[str, int] = defaultdict(int)
    for row in (row for day in days for row in day):
        totals[row.postcode] += row.taken + row.returned
    cars = {postcode: _car(network, postcode, version) for postcode, version in totals.items()}
    versions = dict.fromkeys(totals, 0)
    position = 0
    with connection.cursor() as cursor:
        for day in days:
            span = day_of(network, day[0].date)
            told = [
                (cars[row.postcode].pk, cars[row.postcode].dock_id, versions[row.postcode], kind, count)
                for row in day
                for kind, count in (("trip_start", row.taken), ("trip_end", row.returned))
            ]
            columns = dict(
                zip(("cars", "docks", "versions", "types", "totals"), map(list, zip(*told, strict=True)), strict=True)
            )
            asked = {"network": network.pk, "position": position, "begins": span.begins_at, "ends": span.ends_at}
            cursor.execute(INSERT, {**asked, **columns})
            position += cursor.rowcount
            for row in day:
                versions[row.postcode] += row.taken + row.returned
    return position


def _car(network: Network, postcode: str, version: int) -> Vehicle:
    station = Station.objects.create(
        network=network, code=postcode, name=postcode, postal_code=postcode, latitude=48.86, longitude=2.35
    )
    return Vehicle.objects.create(
        network=network,
        vehicle_type=vehicle_types()["bluecar"],
        plate=f"2018-{postcode}",
        dock=Dock.objects.create(station=station, number=1),
        version=version,
    )
