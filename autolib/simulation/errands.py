"""What each rider is going to want, decided from the seed alone: no request, no clock, no state of the product."""

import math
from bisect import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, count
from random import Random
from typing import NamedTuple

from autolib.simulation import rhythm
from stations.geography import distance_meters


class Place(NamedTuple):
    """Somewhere that people come from or go to: a station, as far as planning cares."""

    latitude: float
    longitude: float
    docks: int
    remoteness: float


@dataclass(frozen=True)
class Habits:
    """Shares from 0 to 1. Two riders in three told the operator that they came for the reserved dock (2014)."""

    walks_up: float = 0.30
    wants_dock: float = 0.67
    cancels: float = 0.06
    lets_lapse: float = 0.01
    extends: float = 0.05
    moves_destination: float = 0.10
    drops_destination: float = 0.03
    returns_elsewhere: float = 0.05
    repeats_command: float = 0.05
    badges_at_post: float = 0.50
    rates: float = 0.15
    finds_dirt: float = 0.20
    finds_fault: float = 0.03
    walk_minutes: float = 5
    mean_km: float = 9
    mean_minutes: float = 38.5


USUAL = Habits()


@dataclass(frozen=True)
class Errand:
    """One outing of one rider. Durations are of the simulated city; the driver compresses them by the speed."""

    number: int
    pause_seconds: float
    origin: Place
    goal: Place
    walk_seconds: float
    km: float
    drive_seconds: float
    walks_up: bool = False
    wants_dock: bool = False
    cancels: bool = False
    lets_lapse: bool = False
    extends: bool = False
    moves_destination: bool = False
    drops_destination: bool = False
    returns_elsewhere: bool = False
    repeats_command: bool = False
    badges_at_post: bool = False
    rates: bool = False
    finds_dirt: bool = False
    finds_fault: bool = False


MINUTES_BESIDE_DRIVING = 8  # finding the way out, waiting, parking, the cable
SPREAD_OF_KM, SPREAD_OF_PACE = 0.60, 0.25
SHORTEST_KM, LONGEST_KM = 0.8, 80.0
STREETS = 1.35  # how much longer the road is than the straight line
CANDIDATES = 8


def remoteness(places: Sequence[tuple[float, float]], *, latitude: float, longitude: float) -> list[float]:
    """Where each place ranks between the centre (0) and the edge (1) of the network."""
    meters = [
        distance_meters(from_latitude=latitude, from_longitude=longitude, to_latitude=lat, to_longitude=lon)
        for lat, lon in places
    ]
    ranks = {index: rank for rank, index in enumerate(sorted(range(len(places)), key=lambda i: (meters[i], i)))}
    return [ranks[index] / max(1, len(places) - 1) for index in range(len(places))]


class Planner:
    """The errands of riders: the same seed, places and start give the same errands, whoever asks in whatever order."""

    def __init__(
        self,
        *,
        seed: int,
        places: Sequence[Place],
        start: datetime,
        riders: int,
        trips_per_hour: float | None = None,
        cars: int,
        habits: Habits = USUAL,
        first_pauses: Sequence[float] = (),
    ) -> None:
        """`trips_per_hour` sets the rhythm aside: all riders together make so many trips at any hour.

        `first_pauses` are for the first riders: whoever opens the map should not have to wait for chance.
        """
        self.seed, self.places, self.start, self.riders = seed, list(places), start, riders
        self.trips_per_hour, self.cars, self.habits = trips_per_hour, cars, habits
        self.first_pauses = first_pauses
        self._sums: dict[tuple[bool, datetime], list[float]] = {}

    def errands(self, rider: int) -> Iterator[Errand]:
        """The life of one rider, without end."""
        random = Random(f"{self.seed}/{rider}")
        moment = self.start
        for number in count():
            pause = self._pause(random, moment)
            if number == 0 and rider < len(self.first_pauses):
                pause = self.first_pauses[rider]
            moment += timedelta(seconds=pause)
            errand = self._errand(random, number, pause, moment)
            moment += timedelta(seconds=errand.walk_seconds + errand.drive_seconds)
            yield errand

    def demand(self, moment: datetime) -> float:
        """Trips an hour that all riders together want."""
        if self.trips_per_hour is not None:
            return self.trips_per_hour
        return rhythm.trips_per_hour(moment, cars=self.cars)

    def _pause(self, random: Random, moment: datetime) -> float:
        """Seconds until the next outing, so that all riders together meet the demand."""
        busy = 60 * (self.habits.mean_minutes + self.habits.walk_minutes)
        each = 3600 * self.riders / max(0.01, self.demand(moment))
        return random.expovariate(1 / max(60.0, each - busy))

    def _errand(self, random: Random, number: int, pause: float, moment: datetime) -> Errand:
        habits = self.habits
        km, seconds = self._drive(random)
        origin = self._draw(random, moment, is_goal=False)
        goal = self._goal(random, moment, origin, km)
        chances = {name: random.random() < getattr(habits, name) for name in CHANCES}
        chances["cancels"] &= not chances["walks_up"]
        chances["lets_lapse"] &= not chances["walks_up"] and not chances["cancels"]
        chances["wants_dock"] &= not chances["walks_up"]
        walk = 60 * habits.walk_minutes * random.lognormvariate(-0.18, 0.6)
        return Errand(number, pause, origin, goal, walk, km, seconds, **chances)

    def _drive(self, random: Random) -> tuple[float, float]:
        """Kilometers and seconds: long trips take longer, and the same road takes more or less time."""
        habits = self.habits
        spread = random.lognormvariate(-(SPREAD_OF_KM**2) / 2, SPREAD_OF_KM)
        km = min(LONGEST_KM, max(SHORTEST_KM, habits.mean_km * spread))
        pace = (habits.mean_minutes - MINUTES_BESIDE_DRIVING) / habits.mean_km
        varied = random.lognormvariate(-(SPREAD_OF_PACE**2) / 2, SPREAD_OF_PACE)
        return km, 60 * (MINUTES_BESIDE_DRIVING + km * pace * varied)

    def _goal(self, random: Random, moment: datetime, origin: Place, km: float) -> Place:
        """Of a few places that draw people now, the one about as far as the rider is going to drive."""
        drawn = [self._draw(random, moment, is_goal=True) for _ in range(CANDIDATES)]
        return min(drawn, key=lambda place: abs(_road_km(origin, place) - km))

    def _draw(self, random: Random, moment: datetime, *, is_goal: bool) -> Place:
        sums = self._cumulated(is_goal, moment.replace(minute=0, second=0, microsecond=0))
        return self.places[min(len(sums) - 1, bisect(sums, random.random() * sums[-1]))]

    def _cumulated(self, is_goal: bool, hour: datetime) -> list[float]:
        """The places' weights added up. Threads may compute the same list twice; it is the same list."""
        sums = self._sums.get((is_goal, hour))
        if sums is None:
            weigh = rhythm.weight_as_goal if is_goal else rhythm.weight_as_origin
            weights = (max(1, place.docks) * weigh(remoteness=place.remoteness, moment=hour) for place in self.places)
            sums = list(accumulate(weights))
            self._sums = {key: known for key, known in self._sums.items() if key[1] >= hour} | {(is_goal, hour): sums}
        return sums


CHANCES = tuple(name for name, kind in Errand.__annotations__.items() if kind is bool)


def _road_km(origin: Place, goal: Place) -> float:
    meters = distance_meters(
        from_latitude=origin.latitude,
        from_longitude=origin.longitude,
        to_latitude=goal.latitude,
        to_longitude=goal.longitude,
    )
    return STREETS * meters / 1000


def riders_needed(*, trips_per_hour: float, habits: Habits = USUAL) -> int:
    """How many riders can make so many trips when each rests as long as driving takes."""
    busy_hours = (habits.mean_minutes + habits.walk_minutes) / 60
    return max(1, math.ceil(2 * trips_per_hour * busy_hours))
