"""What is free, counted on read: no counter to keep true."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from stations import clock
from stations.geography import box_around, nearest_first, walking_minutes
from stations.models import Network, Station

ALTERNATIVES = 3
ALTERNATIVES_WITHIN_METERS = 3000
NEAREST_FIRST = 40

# A car is offered when it is plugged in at a renting station, in service, charged enough and claimed by nobody; a dock
# when it is empty, sound, in service, held by nobody, and its station does not close while it would be held. The two
# conditions are SQL because both the counts and the picks under lock are asked for at every request;
# `claims.rentable_vehicles` and `claims.free_docks` say the same for querysets, and
# tests/bookings/test_availability.py holds the two against each other.
CAR_IS_FREE = """
    vehicle.is_in_service AND station.is_renting AND network.is_open
    AND report.charge_percent >= network.minimum_charge_percent
    AND NOT EXISTS (SELECT FROM bookings_booking AS booking
                    WHERE booking.vehicle_id = vehicle.id AND booking.state IN ('reserved', 'on_trip')
                      AND (upper_inf(booking.during) OR upper(booking.during) > {now}))
"""
CARS = """
    vehicles_vehicle AS vehicle
    JOIN stations_dock AS dock ON dock.id = vehicle.dock_id
    JOIN stations_station AS station ON station.id = dock.station_id
    JOIN stations_network AS network ON network.id = vehicle.network_id
    JOIN vehicles_vehiclereport AS report ON report.vehicle_id = vehicle.id
"""
DOCK_IS_FREE = """
    station.is_returning AND dock.is_in_service
    AND (report.status IS NULL OR report.status NOT IN ('Unavailable', 'Faulted'))
    AND NOT EXISTS (SELECT FROM vehicles_vehicle AS vehicle WHERE vehicle.dock_id = dock.id)
    AND NOT EXISTS (SELECT FROM bookings_dockhold AS hold
                    WHERE hold.dock_id = dock.id AND hold.state = 'held' AND upper(hold.during) > {now})
    AND NOT EXISTS (SELECT FROM stations_plannedclosure AS closure
                    JOIN stations_station AS closing ON closing.id = closure.station_id
                    JOIN stations_network AS rules ON rules.id = closing.network_id
                    WHERE closure.station_id = station.id AND closure.began_at IS NULL
                      AND closure.called_off_at IS NULL AND NOT closure.is_returning AND closure.until_at > {now}
                      AND closure.from_at < {now} + make_interval(secs => rules.dock_hold_seconds))
"""
DOCKS = """
    stations_dock AS dock
    JOIN stations_station AS station ON station.id = dock.station_id
    LEFT JOIN stations_dockreport AS report ON report.dock_id = dock.id
"""
COUNTS = f"""
WITH cars AS (
    SELECT dock.station_id, vehicle.vehicle_type_id, count(*) AS available, max(report.charge_percent) AS best_charge
    FROM {CARS} WHERE dock.station_id = ANY(%(stations)s) AND {CAR_IS_FREE} GROUP BY 1, 2
), docks AS (
    SELECT dock.station_id, count(*) AS capacity, count(*) FILTER (WHERE {DOCK_IS_FREE}) AS available
    FROM {DOCKS} WHERE dock.station_id = ANY(%(stations)s) GROUP BY 1
)
SELECT station_id, NULL::bigint, capacity, available, NULL::numeric FROM docks
UNION ALL SELECT station_id, vehicle_type_id, NULL, available, best_charge FROM cars
"""  # noqa: S608


@dataclass
class Counts:
    """What a station offers now. `cars_by_type` maps the id of a vehicle type to cars; `best_charge` is in percent."""

    cars: int = 0
    docks: int = 0
    capacity: int = 0
    best_charge: int | None = None
    cars_by_type: dict[int, int] = field(default_factory=dict)


def counts(station_ids: Iterable[int]) -> dict[int, Counts]:
    """Free cars and docks of each station asked for, in one query; every id is in the answer."""
    answer = {station_id: Counts() for station_id in station_ids}
    now, parameters = clock.sql()
    with connection.cursor() as cursor:
        cursor.execute(COUNTS.format(now=now), {"stations": list(answer), **parameters})
        for station_id, vehicle_type_id, capacity, available, charge in cursor.fetchall():
            of_station = answer[station_id]
            if vehicle_type_id is None:
                of_station.capacity, of_station.docks = capacity, available
                continue
            of_station.cars += available
            of_station.cars_by_type[vehicle_type_id] = available
            of_station.best_charge = max(of_station.best_charge or 0, int(charge))
    return answer


@dataclass(frozen=True)
class Near:
    """A station with what it offers, and how far it is on foot."""

    station: Station
    counts: Counts
    meters: int
    minutes: int


def nearest(
    *,
    network: Network,
    latitude: float,
    longitude: float,
    need: str | None = None,
    limit: int = 10,
    within_meters: float = ALTERNATIVES_WITHIN_METERS,
    without: int = 0,
) -> list[Near]:
    """Stations by walking distance; with `need` "car" or "dock" only those that have one free."""
    box = box_around(latitude=latitude, longitude=longitude, meters=within_meters)
    known = Station.objects.filter(
        network=network,
        is_installed=True,
        latitude__range=(box.south, box.north),
        longitude__range=(box.west, box.east),
    ).exclude(pk=without)
    points = known.values_list("pk", "latitude", "longitude")
    measured = nearest_first(points, latitude=latitude, longitude=longitude)
    in_reach = [near for near in measured if near[0] <= within_meters]
    found: list[tuple[int, float, Counts]] = []
    # In town the nearest few have what is needed: the many behind them are counted only where they must be.
    for some in (in_reach[:NEAREST_FIRST], in_reach[NEAREST_FIRST:]):
        if some and len(found) < limit:
            offered = counts(pk for _meters, pk in some)
            found += [(pk, meters, offered[pk]) for meters, pk in some if _has(offered[pk], need)]
    stations = Station.objects.in_bulk([pk for pk, _meters, _counts in found[:limit]])
    return [
        Near(stations[pk], offered_there, round(meters), walking_minutes(meters))
        for pk, meters, offered_there in found[:limit]
        if pk in stations
    ]


def _has(offered: Counts, need: str | None) -> bool:
    return need is None or bool(offered.cars if need == "car" else offered.docks)


def nearest_with_car(station: Station) -> list[dict[str, Any]]:
    """The way out of a refusal: stations near by with a free car."""
    return _alternatives(station, "car")


def nearest_with_dock(station: Station) -> list[dict[str, Any]]:
    """The way out of a refusal: stations near by with a free dock."""
    return _alternatives(station, "dock")


def _alternatives(station: Station, need: str) -> list[dict[str, Any]]:
    near = nearest(
        network=station.network,
        latitude=station.latitude,
        longitude=station.longitude,
        need=need,
        limit=ALTERNATIVES,
        without=station.pk,
    )
    return [
        {
            "station": found.station.pk,
            "code": found.station.code,
            "name": found.station.name,
            "cars_available": found.counts.cars,
            "docks_available": found.counts.docks,
            "distance_meters": found.meters,
            "walking_minutes": found.minutes,
        }
        for found in near
    ]
