"""Cars from where there are many to where there are none: what a control room may ask its crews to move.

A proposal, no promise: nothing is locked, and a car that is reserved meanwhile is not moved (`crewing.start_task`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef

from bookings import claims
from bookings.availability import Near, nearest
from stations.models import Station
from vehicles import fieldwork
from vehicles.models import TASK_OPEN, FieldTask, Vehicle

WITHIN_METERS = 5000
MOST_STATIONS = 30
MOST_CARS = 8
MOST_TARGETS = 8
MOVE = FieldTask.Kind.MOVE


@dataclass(frozen=True)
class Spare:
    """A car that its station can do without."""

    vehicle: Vehicle
    near: Near


def spare_cars(station: Station) -> list[Spare]:
    """Free cars of stations near by: full ones first, then the nearest; each keeps one, and the most charged leave."""
    givers = [near for near in _near(station, need="car") if near.counts.cars > 1]
    givers.sort(key=lambda near: (near.counts.docks > 0, near.meters))
    cars = _movable([near.station for near in givers])
    # Of those that nobody is to move already the last one stays.
    spare = [Spare(vehicle, near) for near in givers for vehicle in cars.get(near.station.pk, [])[:-1]]
    return spare[:MOST_CARS]


def surplus_cars(station: Station) -> list[Vehicle]:
    """The free cars of the station itself, the most charged first."""
    return _movable([station]).get(station.pk, [])[:MOST_CARS]


def stations_with_room(station: Station) -> list[Near]:
    """Stations near by with a free dock: those without a car first, then the nearest."""
    found = [near for near in _near(station, need="dock") if near.station.is_returning]
    return sorted(found, key=lambda near: (near.counts.cars > 0, near.meters))[:MOST_TARGETS]


def ask_to_move(
    *, vehicles: Sequence[Vehicle], target: Station, urgency: FieldTask.Urgency, reason: str, actor: str
) -> list[FieldTask]:
    """A task for each car, all or none. Refuses as `fieldwork.ask_for`."""
    with transaction.atomic():
        return [
            fieldwork.ask_for(
                network=target.network,
                kind=MOVE,
                urgency=urgency,
                vehicle=vehicle,
                target=target,
                why=reason,
                actor=actor,
            )
            for vehicle in vehicles
        ]


def _near(station: Station, *, need: str) -> list[Near]:
    return nearest(
        network=station.network,
        latitude=station.latitude,
        longitude=station.longitude,
        need=need,
        limit=MOST_STATIONS,
        within_meters=WITHIN_METERS,
        without=station.pk,
    )


def _movable(stations: Sequence[Station]) -> dict[int, list[Vehicle]]:
    """By station: cars that could be reserved and that nobody is to move already."""
    asked = FieldTask.objects.filter(vehicle=OuterRef("pk"), kind=MOVE, state__in=TASK_OPEN)
    cars = claims.rentable_vehicles().filter(~Exists(asked), dock__station__in=[station.pk for station in stations])
    found: dict[int, list[Vehicle]] = {}
    for vehicle in cars.select_related("dock", "report").order_by("-report__charge_percent", "pk"):
        found.setdefault(vehicle.dock.station_id, []).append(vehicle)  # type: ignore[union-attr]
    return found
