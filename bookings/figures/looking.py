"""The stored figures as pages ask for them. Shares are of the time in which a station rents, or takes cars back."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Avg, Count, F, Q, QuerySet, Sum

from bookings.models import NetworkDay, StationDay, VehicleDay
from stations.models import Network
from vehicles.models import VehicleReport

CAR, DOCK = "car", "dock"
NEEDS = (CAR, DOCK)

# What the clock on the wall showed, not the number of the hour: twice a year the two differ.
HOURS = """
SELECT station.station_id, extract(hour FROM (day.begins_at + (hour.number - 1) * interval '1 hour')
                                             AT TIME ZONE %(time_zone)s)::integer,
       sum(hour.without), sum(hour.offered)
FROM bookings_stationday AS station
JOIN bookings_networkday AS day ON day.network_id = station.network_id AND day.date = station.date
CROSS JOIN unnest({without}, {offered}) WITH ORDINALITY AS hour (without, offered, number)
WHERE station.station_id = ANY(%(stations)s) AND station.date BETWEEN %(first)s AND %(last)s
GROUP BY 1, 2
"""
COLUMNS = {
    CAR: {"without": "without_car_by_hour", "offered": "renting_by_hour"},
    DOCK: {"without": "without_dock_by_hour", "offered": "returning_by_hour"},
}


@dataclass(frozen=True)
class Scarcity:
    """How long a station was without what was needed, in seconds, of how long it offered it."""

    station: int
    without: int
    offered: int
    departures: int
    arrivals: int

    @property
    def share(self) -> float | None:
        return self.without / self.offered if self.offered else None


@dataclass(frozen=True)
class Charge:
    """Of the cars in service that said it: the mean as each last said, how many, and how many too low to be rented."""

    mean_percent: Decimal | None
    cars: int
    low: int


def days_of(*, network: Network, first: date, last: date) -> list[NetworkDay]:
    """The days that are computed, the latest first."""
    return list(NetworkDay.objects.filter(network=network, date__range=(first, last)).order_by("-date"))


def scarcities(*, network: Network, first: date, last: date, need: str) -> list[Scarcity]:
    """Every station, the scarcest first. `need`: "car" or "dock"."""
    offered = "renting_seconds" if need == CAR else "returning_seconds"
    rows = StationDay.objects.filter(network=network, date__range=(first, last)).values("station_id").order_by()
    found = rows.annotate(Sum(f"without_{need}_seconds"), Sum(offered), Sum("departures"), Sum("arrivals"))
    counted = found.values_list(
        "station_id", f"without_{need}_seconds__sum", f"{offered}__sum", "departures__sum", "arrivals__sum"
    )
    return sorted((Scarcity(*row) for row in counted), key=lambda each: (-(each.share or 0), each.station))


def shares_by_hour(
    *, network: Network, stations: Iterable[int], first: date, last: date, need: str
) -> dict[int, list[float | None]]:
    """Of each station 24 shares of time, by what the clock on the wall showed; None where it offered nothing."""
    asked: dict[str, Any] = {"time_zone": network.time_zone, "stations": list(stations), "first": first, "last": last}
    answer: dict[int, list[float | None]] = defaultdict(lambda: [None] * 24)
    with connection.cursor() as cursor:
        cursor.execute(HOURS.format(**COLUMNS[need]), asked)
        for station, hour, without, offered in cursor.fetchall():
            answer[station][hour] = float(without) / float(offered) if offered else None
    return answer


def cars_of(*, network: Network, date: date) -> QuerySet[VehicleDay]:
    """The day of each car, those with the most time on trips first."""
    rows = VehicleDay.objects.filter(network=network, date=date).select_related("vehicle")
    return rows.order_by("-trip_seconds", "vehicle_id")


def charge_now(*, network: Network) -> Charge:
    reports = VehicleReport.objects.filter(
        vehicle__network=network, vehicle__is_in_service=True, charge_percent__isnull=False
    )
    low = Q(charge_percent__lt=F("vehicle__network__minimum_charge_percent"))
    found = reports.aggregate(mean=Avg("charge_percent"), cars=Count("pk"), low=Count("pk", filter=low))
    return Charge(found["mean"], found["cars"], found["low"])
