"""What a network's map knows at one instant: every station, every car that is lost or late, every open task."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import Any
from uuid import UUID

from django.urls import reverse

from bookings.availability import counts
from stations.models import Network
from stations.naming import title_of
from stations.rows import named_rows
from vehicles.models import TASK_OPEN, TASK_PLACES, FieldTask

MOST_CARS = 200


MOST_TASKS = 300


class Level(IntEnum):
    """How soon somebody should look: what nobody decided comes before what somebody did."""

    CALM = 0
    WATCH = 1
    TROUBLE = 2
    URGENT = 3


# What is wrong at each station, whatever it offers: `bookings.availability.counts` says that. Whole-station silence is
# that of `stations.presence.silent_since`: no active post has spoken for longer than the network allows.
STATIONS = """
SELECT station.id, station.code, station.name, station.sort_name, station.latitude, station.longitude,
       station.is_installed, station.is_renting, station.is_returning, station.closure_reason,
       docks.faulted_docks, docks.faulted_numbers, docks.withdrawn_docks, docks.withdrawn_numbers,
       cars.withdrawn_cars, cars.withdrawn_plates, cars.low_cars, posts.silent_posts, posts.heard_posts
FROM stations_station AS station
LEFT JOIN (
    SELECT dock.station_id,
           array_agg(dock.id ORDER BY dock.number) FILTER (WHERE dock.is_in_service) AS faulted_docks,
           array_agg(dock.number ORDER BY dock.number) FILTER (WHERE dock.is_in_service) AS faulted_numbers,
           array_agg(dock.id ORDER BY dock.number) FILTER (WHERE NOT dock.is_in_service) AS withdrawn_docks,
           array_agg(dock.number ORDER BY dock.number) FILTER (WHERE NOT dock.is_in_service) AS withdrawn_numbers
    FROM stations_dock AS dock
    JOIN stations_station AS place ON place.id = dock.station_id AND place.network_id = %(network)s
    LEFT JOIN stations_dockreport AS report ON report.dock_id = dock.id
    WHERE NOT dock.is_in_service OR report.status IN ('Unavailable', 'Faulted')
    GROUP BY 1
) AS docks ON docks.station_id = station.id
LEFT JOIN (
    SELECT dock.station_id,
           array_agg(vehicle.id ORDER BY vehicle.plate) FILTER (WHERE NOT vehicle.is_in_service) AS withdrawn_cars,
           array_agg(vehicle.plate ORDER BY vehicle.plate) FILTER (WHERE NOT vehicle.is_in_service) AS withdrawn_plates,
           count(*) FILTER (WHERE vehicle.is_in_service) AS low_cars
    FROM vehicles_vehicle AS vehicle
    JOIN stations_network AS network ON network.id = vehicle.network_id
    JOIN stations_dock AS dock ON dock.id = vehicle.dock_id
    LEFT JOIN vehicles_vehiclereport AS report ON report.vehicle_id = vehicle.id
    WHERE vehicle.network_id = %(network)s
      AND (NOT vehicle.is_in_service OR report.charge_percent < network.minimum_charge_percent)
    GROUP BY 1
) AS cars ON cars.station_id = station.id
LEFT JOIN (
    SELECT post.station_id, count(*) AS heard_posts,
           count(*) FILTER (WHERE device.last_seen_at < {now} - make_interval(secs => network.post_silence_seconds))
               AS silent_posts
    FROM stations_chargepoint AS post
    JOIN stations_station AS place ON place.id = post.station_id AND place.network_id = %(network)s
    JOIN stations_network AS network ON network.id = place.network_id
    JOIN stations_device AS device ON device.id = post.device_id AND device.is_active
    WHERE device.last_seen_at IS NOT NULL
    GROUP BY 1
) AS posts ON posts.station_id = station.id
WHERE station.network_id = %(network)s
ORDER BY station.sort_name, station.id
"""

# A car has no position: where it was last is the dock that it left or was in by its last event that names one, else the
# end of its last trip.
CARS = """
WITH lost AS (
    SELECT vehicle.id, vehicle.plate, vehicle.is_in_service, vehicle.out_of_service_cause AS cause,
           CASE WHEN vehicle.disputed_dock_id IS NOT NULL THEN 'disputed'
                WHEN trip.id IS NOT NULL THEN 'overlong' ELSE 'unaccounted' END AS why,
           CASE WHEN vehicle.disputed_dock_id IS NULL AND trip.id IS NOT NULL THEN trip.started_at
                ELSE vehicle.docked_at END AS since,
           vehicle.disputed_dock_id, trip.origin_station_id, trip.id AS trip
    FROM vehicles_vehicle AS vehicle
    JOIN stations_network AS network ON network.id = vehicle.network_id
    LEFT JOIN bookings_booking AS trip ON trip.vehicle_id = vehicle.id AND trip.state = 'on_trip'
    WHERE vehicle.network_id = %(network)s
      AND (vehicle.disputed_dock_id IS NOT NULL
           OR trip.started_at < {now} - make_interval(secs => network.maximum_trip_seconds)
              AND coalesce(trip.may_last_until, '-infinity') <= {now}
           OR vehicle.dock_id IS NULL AND trip.id IS NULL)
), shown AS (
    SELECT lost.*, count(*) OVER () AS of_all FROM lost
    ORDER BY is_in_service DESC, since NULLS LAST, id LIMIT %(most)s
)
SELECT shown.id, shown.plate, shown.is_in_service, shown.cause, shown.why, shown.since, shown.trip, shown.of_all,
       CASE shown.why WHEN 'disputed' THEN said.station_id WHEN 'overlong' THEN shown.origin_station_id
            ELSE COALESCE(told.station_id, booked.station_id) END AS station
FROM shown
LEFT JOIN stations_dock AS said ON said.id = shown.disputed_dock_id
LEFT JOIN LATERAL (
    SELECT dock.station_id
    FROM stations_event AS event
    JOIN stations_dock AS dock ON dock.id = COALESCE(event.data #>> '{state,dock}', event.data ->> 'left')::bigint
    WHERE shown.why = 'unaccounted' AND event.aggregate = 'vehicle' AND event.aggregate_id = shown.id
    ORDER BY event.version DESC LIMIT 1
) AS told ON true
LEFT JOIN LATERAL (
    SELECT COALESCE(booking.end_station_id, booking.origin_station_id) AS station_id
    FROM bookings_booking AS booking WHERE shown.why = 'unaccounted' AND booking.vehicle_id = shown.id
    ORDER BY booking.reserved_at DESC LIMIT 1
) AS booked ON true
ORDER BY shown.is_in_service DESC, shown.since NULLS LAST, shown.id
"""


@dataclass
class StationFacts:
    """A pair in a list is a row's id and what people call it. `best_charge` is in percent."""

    id: int
    code: str
    title: str
    sort_name: str
    latitude: float
    longitude: float
    is_installed: bool
    is_renting: bool
    is_returning: bool
    closure_reason: str
    cars: int
    docks: int
    capacity: int
    best_charge: int | None
    faulted_docks: list[tuple[int, int]]
    withdrawn_docks: list[tuple[int, int]]
    withdrawn_cars: list[tuple[int, str]]
    low_cars: int
    silent_posts: int
    is_silent: bool
    lost_cars: int = 0
    tasks: int = 0

    @property
    def marks(self) -> list[str]:
        """The filters that find it. Its lost cars and its tasks have rows of their own."""
        found = {
            "empty": self.is_renting and self.capacity and not self.cars,
            "full": self.is_returning and self.capacity and not self.docks,
            "closed": not (self.is_renting and self.is_returning),
            "silent": self.silent_posts,
            "faults": self.faulted_docks or self.withdrawn_docks,
        }
        return [mark for mark, is_so in found.items() if is_so]

    @property
    def level(self) -> Level:
        is_open = self.is_renting or self.is_returning
        if is_open and (self.is_silent or (self.faulted_docks and len(self.faulted_docks) == self.capacity)):
            return Level.URGENT
        if self.faulted_docks or self.silent_posts:
            return Level.TROUBLE
        is_short = {"empty", "full"} & set(self.marks)
        return Level.WATCH if is_short or self.lost_cars or self.tasks else Level.CALM


@dataclass(frozen=True)
class CarFacts:
    """`why` is unaccounted, overlong or disputed; `station` where it was last seen, if anybody knows.

    `trip` is the booking of a car that is under way all the same.
    """

    id: int
    plate: str
    is_in_service: bool
    cause: str
    why: str
    since: datetime | None
    trip: UUID | None
    station: int | None

    @property
    def level(self) -> Level:
        """Who took it out of service knows of it already."""
        if not self.is_in_service:
            return Level.WATCH
        return Level.TROUBLE if self.why == "overlong" else Level.URGENT


@dataclass(frozen=True)
class Facts:
    """`cars_in_all` counts those that are not listed too."""

    at: datetime
    stations: list[StationFacts]
    cars: list[CarFacts]
    cars_in_all: int
    tasks: list[dict[str, Any]] = field(default_factory=list)


def open_tasks(network: Network) -> list[dict[str, Any]]:
    """Field tasks that nobody has finished, in one query.

    Each is `{"id": int, "title": str, "says": [str], "level": int (Level), "station": id or None, "url": str}`:
    a sentence for its head, sentences of what else is to be known, and its page in the admin.
    """
    rows = FieldTask.objects.filter(network=network, state__in=TASK_OPEN).order_by("urgency", "created_at")
    known = rows.select_related(*TASK_PLACES)[:MOST_TASKS]
    return [
        {
            "id": task.pk,
            "title": str(task),
            "says": [said for said in (task.get_state_display(), task.why) if said],
            "level": Level.TROUBLE if task.urgency == FieldTask.Urgency.NOW else Level.WATCH,
            "station": _station_of(task),
            "url": reverse("admin:vehicles_fieldtask_change", args=[task.pk]),
        }
        for task in known
    ]


def _station_of(task: FieldTask) -> int | None:
    if task.vehicle is not None and task.vehicle.dock is not None:
        return task.vehicle.dock.station_id
    return task.dock.station_id if task.dock is not None else task.station_id


def facts_of(network: Network, *, at: datetime) -> Facts:
    """In three queries for any number of stations, and what `open_tasks` asks."""
    found = named_rows(STATIONS, network=network.pk)
    offered = counts(row["id"] for row in found)
    stations = {row["id"]: _station(row, offered[row["id"]]) for row in found}
    lost = named_rows(CARS, network=network.pk, most=MOST_CARS)
    cars = [CarFacts(**{name: row[name] for name in CarFacts.__annotations__}) for row in lost]
    tasks = open_tasks(network)
    for car in cars:
        if car.station in stations:
            stations[car.station].lost_cars += 1
    for task in tasks:
        if task["station"] in stations:
            stations[task["station"]].tasks += 1
    return Facts(at, list(stations.values()), cars, lost[0]["of_all"] if lost else 0, tasks)


def _station(row: dict[str, Any], offered: Any) -> StationFacts:
    def pairs(ids: str, names: str) -> list[tuple[int, Any]]:
        return list(zip(row[ids] or (), row[names] or (), strict=True))

    same = ("id", "code", "sort_name", "is_installed", "is_renting", "is_returning", "closure_reason")
    return StationFacts(
        **{name: row[name] for name in same},
        title=title_of(row["name"]),
        latitude=round(row["latitude"], 5),
        longitude=round(row["longitude"], 5),
        cars=offered.cars,
        docks=offered.docks,
        capacity=offered.capacity,
        best_charge=offered.best_charge,
        faulted_docks=pairs("faulted_docks", "faulted_numbers"),
        withdrawn_docks=pairs("withdrawn_docks", "withdrawn_numbers"),
        withdrawn_cars=pairs("withdrawn_cars", "withdrawn_plates"),
        low_cars=row["low_cars"] or 0,
        silent_posts=row["silent_posts"] or 0,
        is_silent=bool(row["silent_posts"]) and row["silent_posts"] == row["heard_posts"],
    )
