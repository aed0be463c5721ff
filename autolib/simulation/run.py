"""One run: the scenario, the plan and the wire are brought together, driven, and the figures are given back."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from autolib.simulation import rhythm
from autolib.simulation.account import Account
from autolib.simulation.city import City
from autolib.simulation.devices import Devices, ServerClock
from autolib.simulation.driver import Driver
from autolib.simulation.errands import USUAL, Habits, Place, Planner, remoteness, riders_needed
from autolib.simulation.figures import Figures
from autolib.simulation.fleet import Fleet
from autolib.simulation.oracle import Oracle
from autolib.simulation.returning import bring_back
from autolib.simulation.riders import Rider
from autolib.simulation.scenario import Car, Scenario, Unusable
from autolib.simulation.wire import Dismissed, Wire

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
GENTLE_SPEED = 4.0
GENTLE_TRIPS_PER_MINUTE = 3.0, 8.0
GENTLE_START_SECONDS = (1.0, 4.0, 7.0)
ALWAYS = 1e9  # trips an hour: nobody rests for long
SECONDS_TO_FINISH = 60.0


@dataclass(frozen=True)
class Wishes:
    """What the person asked for. `riders` sets the rhythm of the day aside; `seconds` None runs until stopped."""

    base_url: str
    seed: int
    speed: float
    riders: int | None = None
    seconds: float | None = None
    is_gentle: bool = False
    habits: Habits = USUAL
    seconds_to_finish: float = SECONDS_TO_FINISH

    def riders_for(self, cars: int) -> int:
        """As many as asked for; else as the demand needs, and never so many that others find no car."""
        if self.is_gentle:
            needed = self.riders or riders_needed(trips_per_hour=self.gentle_trips_per_hour(cars))
            return max(1, min(needed, cars // 4))
        if self.riders is not None:
            return self.riders
        return max(1, min(riders_needed(trips_per_hour=rhythm.busiest_hour(cars=cars)), cars // 2))

    def gentle_trips_per_hour(self, cars: int) -> float:
        """A few a minute here, whatever the hour; more in a large city, where each is seen less."""
        fewest, most = GENTLE_TRIPS_PER_MINUTE
        return 60 * min(most, max(fewest, cars / 170)) / self.speed

    def trips_per_hour(self, cars: int) -> float | None:
        """None: by the rhythm of the day."""
        if self.is_gentle:
            return self.gentle_trips_per_hour(cars)
        return ALWAYS if self.riders is not None else None


def is_loopback(url: str) -> bool:
    return urlsplit(url).hostname in LOOPBACK


class Simulation:
    def __init__(self, scenario: Scenario, wishes: Wishes, *, tell: Callable[[str], None]) -> None:
        self.scenario, self.wishes, self.tell = scenario, wishes, tell
        self.figures = Figures(tell=tell)
        self.stop = threading.Event()
        self.wire = Wire(wishes.base_url, figures=self.figures, stop=self.stop)
        self.is_dismissed = self.is_finished = False

    def run(self) -> None:
        """Until the time is up; a signal that raises ends it too, within a few seconds."""
        try:
            self._run()
        except Dismissed:
            self.is_dismissed = True
        finally:
            self.wire.close()

    def _run(self) -> None:
        if not self.wishes.is_gentle and not self.wire.is_answered():
            raise Unusable(f"Nobody answers at {self.wishes.base_url}. Start the service with: python3 manage.py up")
        oracle = Oracle(self.figures)
        accounts = [
            Account(subscriber, self.wire, figures=self.figures, oracle=oracle)
            for subscriber in self.scenario.subscribers
        ]
        if not accounts:
            raise Unusable("The scenario has no subscribers, so nobody can drive.")
        driver = Driver(
            threads=self._threads(len(accounts)), figures=self.figures, stop=self.stop, leave=self.wire.close
        )
        city = self._city(accounts[0], oracle, is_over=driver.hurry)
        for life in self._lives(city, accounts):
            driver.add(life)
        self.tell(f"{len(accounts)} riders and {len(self.scenario.cars)} cars at {self.wishes.base_url}")
        self.is_finished = driver.run(seconds=self.wishes.seconds, seconds_to_finish=self.wishes.seconds_to_finish)
        self.is_dismissed = driver.is_dismissed

    def _threads(self, riders: int) -> int:
        return 3 if self.wishes.is_gentle else min(32, 4 + riders // 16)

    def _city(self, reader: Account, oracle: Oracle, *, is_over: threading.Event) -> City:
        wishes, scenario = self.wishes, self.scenario
        zone, centre = self._network(reader)
        clock = ServerClock(self.wire)
        clock.set()
        devices = Devices(self.wire, clock=clock, figures=self.figures)
        is_gentle, riders = wishes.is_gentle, len(scenario.subscribers)
        fleet = Fleet(
            scenario,
            devices=devices,
            reader=reader,
            speed=wishes.speed,
            seconds_between_reports=2 if is_gentle else 1 / (2 + riders / 20),
            seconds_between_pages=20 if is_gentle else 5,
            is_over=is_over,
        )
        fleet.read_all()
        planner = Planner(
            seed=wishes.seed,
            places=places(scenario, centre),
            start=clock.now().astimezone(zone),
            riders=riders,
            trips_per_hour=wishes.trips_per_hour(len(scenario.cars)),
            cars=len(scenario.cars),
            habits=wishes.habits,
            first_pauses=[seconds * wishes.speed for seconds in GENTLE_START_SECONDS] if is_gentle else [],
        )
        return City(
            scenario=scenario,
            planner=planner,
            devices=devices,
            clock=clock,
            fleet=fleet,
            figures=self.figures,
            oracle=oracle,
            speed=wishes.speed,
            is_over=is_over,
            spare=1 if is_gentle else 0,
        )

    def _network(self, reader: Account) -> tuple[ZoneInfo, tuple[float, float]]:
        reply = reader.read("/networks?limit=200", endpoint="/networks")
        known = {told["slug"]: told for told in reply.body["results"]} if reply.is_done else {}
        if self.scenario.slug not in known:
            raise Unusable(
                f"{self.wishes.base_url} knows no network “{self.scenario.slug}” (it answers {reply.status})."
            )
        told = known[self.scenario.slug]
        return ZoneInfo(told["time_zone"]), (told["lat"], told["lon"])

    def _lives(self, city: City, accounts: list[Account]) -> Iterator[Callable[[], Iterator[float]]]:
        yield city.fleet.life
        yield city.keep_the_clock
        for number, account in enumerate(accounts):
            yield Rider(number, account, city).life
        for car in [car for car in self.scenario.cars.values() if car.is_astray]:
            yield towing(car, city, accounts[0])


def places(scenario: Scenario, centre: tuple[float, float]) -> list[Place]:
    """The stations as planning sees them, in the order of their ids."""
    stations = sorted(scenario.stations.values(), key=lambda station: station.id)
    spots = [(station.latitude, station.longitude) for station in stations]
    ranks = remoteness(spots, latitude=centre[0], longitude=centre[1])
    return [
        Place(station.latitude, station.longitude, len(station.docks), rank)
        for station, rank in zip(stations, ranks, strict=True)
    ]


def towing(car: Car, city: City, account: Account) -> Callable[[], Iterator[float]]:
    """A car that no records know the place of, and that nobody drives, is found and plugged in."""

    def life() -> Iterator[float]:
        yield 0.0
        place = city.planner.places[car.id % len(city.planner.places)]
        city.figures.acted("fetch a lost car", "")
        yield from bring_back(car, place, kept=None, takes_any=False, account=account, city=city)

    return life
