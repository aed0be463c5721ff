"""The fold: how a network stands at midnight, and what happened until the next one, become the numbers of the day.

Pure: no database, no clock. What stood at an instant is told by the highest version of those that had occurred by
then, so an event that was recorded late takes its place and an older one that comes behind it changes nothing.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from bookings.figures.days import HOUR, Day


@dataclass(frozen=True)
class Change:
    """One event of the day. `second` counts from midnight; what its kind does not tell is None.

    A car's event tells `dock`, `is_in_service` and `is_booked`; a dock's one or both of `is_in_service` and `is_held`;
    a station's `is_renting` and `is_returning`. `station` is where a trip begins or ends, `seconds` how long the trip,
    or the time out of service, was; `is_displaced`: a dock kept for this booking was taken by another car.
    """

    second: int
    aggregate: str
    aggregate_id: int
    version: int
    type: str
    id: int = 0
    dock: int | None = None
    is_in_service: bool | None = None
    is_booked: bool | None = None
    is_held: bool | None = None
    is_renting: bool | None = None
    is_returning: bool | None = None
    station: int | None = None
    seconds: int | None = None
    is_displaced: bool = False


@dataclass
class Car:
    """`version` is that of the last event that had occurred; 0 before the first."""

    version: int
    dock: int | None
    is_in_service: bool
    is_booked: bool = False
    since: int = 0
    in_service_seconds: int = 0
    trips: int = 0
    trip_seconds: int = 0

    @property
    def is_offered(self) -> bool:
        return self.is_in_service and not self.is_booked

    def advance(self, second: int) -> None:
        if self.is_in_service:
            self.in_service_seconds += second - self.since
        self.since = second


@dataclass
class DockPlace:
    """A dock; holds and service are told by different events, so each has the version that told it."""

    station: int
    is_in_service: bool
    is_held: bool = False
    hold_version: int = 0
    service_version: int = 0
    cars: int = 0

    @property
    def is_free(self) -> bool:
        return self.is_in_service and not self.is_held and self.cars == 0


@dataclass
class StationTally:
    """What a station offers at second `since`, and its hours so far."""

    hours: int
    is_renting: bool
    is_returning: bool
    version: int = 0
    cars: int = 0
    docks: int = 0
    since: int = 0
    renting: list[int] = field(default_factory=list)
    without_car: list[int] = field(default_factory=list)
    returning: list[int] = field(default_factory=list)
    without_dock: list[int] = field(default_factory=list)
    departures: list[int] = field(default_factory=list)
    arrivals: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name in ("renting", "without_car", "returning", "without_dock", "departures", "arrivals"):
            setattr(self, name, [0] * self.hours)

    def advance(self, second: int) -> None:
        """Account for the time since the last change, hour by hour. A closed station is without nothing."""
        while self.since < second:
            hour = self.since // HOUR
            until = min(second, (hour + 1) * HOUR)
            spent = until - self.since
            if self.is_renting:
                self.renting[hour] += spent
                self.without_car[hour] += spent if self.cars == 0 else 0
            if self.is_returning:
                self.returning[hour] += spent
                self.without_dock[hour] += spent if self.docks == 0 else 0
            self.since = until


@dataclass
class Standing:
    """A network at midnight: its cars, docks and stations by id."""

    cars: dict[int, Car]
    docks: dict[int, DockPlace]
    stations: dict[int, StationTally]

    def __post_init__(self) -> None:
        for car in self.cars.values():
            if car.dock in self.docks:
                self.docks[car.dock].cars += 1
        for dock in self.docks.values():
            self.stations[dock.station].docks += dock.is_free
        for car in self.cars.values():
            if car.is_offered and car.dock in self.docks:
                self.stations[self.docks[car.dock].station].cars += 1

    def at_next_midnight(self, hours: int) -> "Standing":
        """The same network as the following day, of so many hours, finds it."""
        return Standing(
            cars={pk: Car(car.version, car.dock, car.is_in_service, car.is_booked) for pk, car in self.cars.items()},
            docks={pk: replace(dock, cars=0) for pk, dock in self.docks.items()},
            stations={
                pk: StationTally(hours, tally.is_renting, tally.is_returning, tally.version)
                for pk, tally in self.stations.items()
            },
        )


@dataclass(frozen=True)
class Moment:
    """A change of what a station offers: what is there from now on, and the event that did it."""

    change: Change
    cars: int
    docks: int


# How events are counted; the key is also the column of the network's day.
COUNTED = {
    "reservation_start": "reservations",
    "trip_end": "trips",
    "customer_cancellation": "customer_cancellations",
    "provider_cancellation": "provider_cancellations",
    "reservation_expired": "expiries",
    "dock_hold_start": "dock_holds",
    "dock_hold_displaced": "displaced_holds",
}
ENDINGS = ("trip_end", "customer_cancellation", "provider_cancellation", "reservation_expired")


class Fold:
    """Takes the changes of one day in order; `standing` and `counts` are the answer once `close` was called."""

    def __init__(self, day: Day, standing: Standing, watch: Callable[[int, Moment], None] | None = None) -> None:
        self.day, self.standing, self.watch = day, standing, watch
        self.counts: Counter[str] = Counter()

    def take(self, changes: Iterable[Change]) -> "Fold":
        for change in sorted(changes, key=lambda each: (each.second, each.version, each.id)):
            self.counts["events"] += 1
            self._count(change)
            {"vehicle": self._move_car, "dock": self._change_dock, "station": self._change_station}[change.aggregate](
                change
            )
        return self

    def close(self) -> "Fold":
        for tally in self.standing.stations.values():
            tally.advance(self.day.seconds)
        for car in self.standing.cars.values():
            car.advance(self.day.seconds)
        return self

    def _count(self, change: Change) -> None:
        name = COUNTED.get(change.type)
        if name is not None:
            self.counts[name] += 1
        if change.type in ENDINGS:
            self.counts["promises"] += 1
            self.counts["promises_kept"] += not (change.is_displaced or change.type == "provider_cancellation")
        if change.type == "trip_end":
            self.counts["trip_seconds"] += change.seconds or 0
            car = self.standing.cars.get(change.aggregate_id)
            if car is not None:
                car.trips += 1
                car.trip_seconds += change.seconds or 0
        if change.type == "service_start" and change.seconds is not None:
            kind = "car" if change.aggregate == "vehicle" else "dock"
            self.counts[f"{kind}s_restored"] += 1
            self.counts[f"{kind}_outage_seconds"] += change.seconds
        tally = self.standing.stations.get(change.station or 0)
        if tally is not None and change.type in ("trip_start", "trip_end"):
            hours = tally.departures if change.type == "trip_start" else tally.arrivals
            hours[change.second // HOUR] += 1

    def _move_car(self, change: Change) -> None:
        car = self.standing.cars.get(change.aggregate_id)
        if car is None or change.version < car.version:
            return
        car.advance(change.second)
        before, after = self._dock(car.dock), self._dock(change.dock)
        concerned = {dock.station for dock in (before, after) if dock is not None}
        self._advance(concerned, change.second)
        self._offer(before, car, -1)
        car.version, car.dock = change.version, change.dock
        car.is_in_service, car.is_booked = bool(change.is_in_service), bool(change.is_booked)
        self._offer(after, car, +1)
        self._tell(concerned, change)

    def _offer(self, dock: DockPlace | None, car: Car, sign: int) -> None:
        """The car comes (+1) to the dock, or leaves it (−1)."""
        if dock is None:
            return
        tally = self.standing.stations[dock.station]
        was_free = dock.is_free
        dock.cars += sign
        tally.docks += dock.is_free - was_free
        tally.cars += sign * car.is_offered

    def _change_dock(self, change: Change) -> None:
        dock = self.standing.docks.get(change.aggregate_id)
        if dock is None:
            return
        self._advance({dock.station}, change.second)
        was_free = dock.is_free
        if change.is_held is not None and change.version >= dock.hold_version:
            dock.hold_version, dock.is_held = change.version, change.is_held
        if change.is_in_service is not None and change.version >= dock.service_version:
            dock.service_version, dock.is_in_service = change.version, change.is_in_service
        self.standing.stations[dock.station].docks += dock.is_free - was_free
        self._tell({dock.station}, change)

    def _change_station(self, change: Change) -> None:
        tally = self.standing.stations.get(change.aggregate_id)
        if tally is None or change.version < tally.version:
            return
        tally.advance(change.second)
        tally.version = change.version
        tally.is_renting, tally.is_returning = bool(change.is_renting), bool(change.is_returning)
        self._tell({change.aggregate_id}, change)

    def _dock(self, dock: int | None) -> DockPlace | None:
        return self.standing.docks.get(dock) if dock is not None else None

    def _advance(self, stations: Iterable[int], second: int) -> None:
        for station in stations:
            self.standing.stations[station].advance(second)

    def _tell(self, stations: Iterable[int], change: Change) -> None:
        if self.watch is None:
            return
        for station in stations:
            tally = self.standing.stations[station]
            self.watch(station, Moment(change, tally.cars, tally.docks))
