"""The world as its credentials: which stations, docks, cars and riders there are, and the key or token of each."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stations.geography import distance_meters


class Unusable(Exception):
    """The scenario cannot be driven; the message says why and what to do."""


class NotYet(Unusable):
    """Nothing can be driven now, but it may change without us: a city is being loaded, a database is starting."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A device and the key with which it signs."""

    identifier: str
    key: str


@dataclass(frozen=True, slots=True)
class Dock:
    id: int
    number: int
    charge_point: str
    connector: int


@dataclass(frozen=True, slots=True)
class Station:
    """`post` speaks for every dock of the station."""

    id: int
    code: str
    latitude: float
    longitude: float
    post: Signer
    docks: tuple[Dock, ...]


@dataclass(slots=True)
class Car:
    """A car as its own computer knows it. `dock_id` is None on the road; `rider` is whoever of ours drives it."""

    id: int
    plate: str
    device: Signer | None
    version: int = 0
    charge: float | None = None
    dock_id: int | None = None
    is_astray: bool = False
    rider: int | None = None
    reported_charge: float = -100.0
    charged_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Subscriber:
    email: str
    token: str
    badge: str


@dataclass
class Scenario:
    slug: str
    stations: dict[int, Station]
    cars: dict[int, Car]
    subscribers: list[Subscriber]
    station_of_dock: dict[int, Station] = field(default_factory=dict)
    docks: dict[int, Dock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for station in self.stations.values():
            for dock in station.docks:
                self.docks[dock.id] = dock
                self.station_of_dock[dock.id] = station

    def stations_by_distance(self, *, latitude: float, longitude: float) -> list[tuple[float, Station]]:
        """Meters and station, nearest first."""
        measured = [
            (
                distance_meters(
                    from_latitude=latitude,
                    from_longitude=longitude,
                    to_latitude=station.latitude,
                    to_longitude=station.longitude,
                ),
                station,
            )
            for station in self.stations.values()
        ]
        return sorted(measured, key=lambda pair: (pair[0], pair[1].id))


def read_file(path: Path, *, network: str | None) -> Scenario:
    """The scenario of one network (None: the first) in a file that `manage.py seed_scenario --json` wrote."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        worlds = {world["slug"]: world for world in document["networks"]}
    except OSError as error:
        raise Unusable(
            f"{path} cannot be read ({error.strerror}). It is made by: manage.py seed_scenario --json"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise Unusable(f"{path} is not what `manage.py seed_scenario --json` prints.") from error
    network = network or next(iter(worlds), "")
    if network not in worlds:
        raise Unusable(f"{path} has no network “{network}”; name one of: {', '.join(worlds)} (--network).")
    try:
        return from_document(worlds[network])
    except (KeyError, TypeError) as error:
        raise Unusable(f"{path}: {error} is missing or of the wrong kind in network “{network}”.") from error


def from_document(world: Mapping[str, Any]) -> Scenario:
    """One network of `seed_scenario --json`."""
    stations = [
        Station(
            id=station["id"],
            code=station["code"],
            latitude=station["latitude"],
            longitude=station["longitude"],
            post=Signer(**station["device"]),
            docks=tuple(Dock(**dock) for dock in station["docks"]),
        )
        for station in world["stations"]
    ]
    cars = [
        Car(
            id=car["id"],
            plate=car["plate"],
            device=Signer(**car["device"]) if car["device"] else None,
            is_astray=car.get("is_astray", False),
        )
        for car in world["vehicles"]
    ]
    people: Iterable[Mapping[str, str]] = world["subscribers"]
    return Scenario(
        slug=world["slug"],
        stations={station.id: station for station in stations if station.docks},
        cars={car.id: car for car in cars},
        subscribers=[Subscriber(email=one["email"], token=one["token"], badge=one["badge"]) for one in people],
    )
