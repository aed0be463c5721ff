"""The cars and posts between trips: they charge, and they report, a few at a time."""

import threading
from collections import deque
from collections.abc import Iterator
from itertools import count
from time import monotonic
from typing import Any

from autolib.simulation import battery
from autolib.simulation.account import Account
from autolib.simulation.devices import Devices, Message
from autolib.simulation.scenario import Car, Dock, Scenario, Station

PAGE = 200
WORTH_TELLING = 1.0  # percent of charge
POSTS_TURN = 10  # a post's turn comes once in so many
CHARGING, FULL, EMPTY = "Charging", "SuspendedEV", "Available"


class Fleet:
    """What is where. Facts of our own riders are known at once, everybody else's from pages read in turn."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        devices: Devices,
        reader: Account,
        speed: float,
        seconds_between_reports: float,
        seconds_between_pages: float,
        is_over: threading.Event,
    ) -> None:
        self.scenario, self.devices, self.reader, self.speed = scenario, devices, reader, speed
        self.seconds_between_reports, self.seconds_between_pages = seconds_between_reports, seconds_between_pages
        self.is_over = is_over
        self._lock = threading.Lock()
        self._cursor: str | None = None
        self._standing: dict[int, int] = {}
        self._stations = deque(scenario.stations.values())

    # -- what riders do to cars

    def car(self, told: dict[str, Any]) -> Car:
        """The car of a booking; one that is new to us has no key, so it cannot report."""
        with self._lock:
            return self.scenario.cars.setdefault(told["id"], Car(id=told["id"], plate=told["plate"], device=None))

    def leave(self, car: Car, *, rider: int) -> None:
        with self._lock:
            self._charge(car, monotonic())
            self._standing.pop(car.dock_id or 0, None)
            car.dock_id, car.rider = None, rider

    def drive(self, car: Car, *, km: float, hours: float) -> None:
        with self._lock:
            if car.charge is not None:
                car.charge = battery.after_drive(car.charge, km=km, hours=hours)

    def park(self, car: Car, dock: Dock) -> bool:
        """Roll into the dock, unless a car stands there that we know of."""
        with self._lock:
            if self._standing.setdefault(dock.id, car.id) != car.id:
                return False
            car.dock_id, car.charged_at = dock.id, monotonic()
            return True

    def give_up(self, car: Car) -> None:
        """The dock turned out to be taken: roll out again."""
        with self._lock:
            self._standing.pop(car.dock_id or 0, None)
            car.dock_id = None

    def let_go(self, car: Car, *, version: int) -> None:
        """The trip is over; from now on the product knows better where the car is."""
        with self._lock:
            car.rider, car.version = None, max(car.version, version)

    def is_standing(self, dock: Dock) -> bool:
        with self._lock:
            return dock.id in self._standing

    # -- what posts and cars say

    def status(self, dock: Dock) -> Message:
        with self._lock:
            car = self.scenario.cars.get(self._standing.get(dock.id, 0))
            is_full = car is not None and (car.charge or 0) >= 100
        return self.devices.message(
            "connector_status", dock=dock, status=FULL if is_full else CHARGING if car else EMPTY
        )

    def report(self, car: Car) -> None:
        with self._lock:
            self._charge(car, monotonic())
            charge = car.charge
            if car.device is None or charge is None:
                return
            car.reported_charge = charge
        range_km = battery.km_left(charge)
        message = self.devices.message("vehicle_status", charge_percent=round(charge, 1), range_km=range_km)
        self.devices.send(car.device, [message])

    def read_all(self) -> None:
        """Where every car is, before anybody moves."""
        self._read_page()
        while self._cursor is not None:
            self._read_page()

    def life(self) -> Iterator[float]:
        """Report what has changed most, let posts speak in turn, look again where cars are; without end."""
        next_page_at = 0.0
        for turn in count():
            if self.is_over.is_set():
                return
            if monotonic() >= next_page_at:
                next_page_at = monotonic() + self.seconds_between_pages
                self._read_page()
            if turn % POSTS_TURN == 0:
                self._stations.rotate(-1)
                self._report_post(self._stations[-1])
            elif (car := self._most_changed()) is not None:
                self.report(car)
            yield self.seconds_between_reports

    def _most_changed(self) -> Car | None:
        now = monotonic()
        with self._lock:
            changed = []
            for car in self.scenario.cars.values():
                self._charge(car, now)
                if car.device and car.dock_id and car.charge is not None:
                    change = abs(car.charge - car.reported_charge)
                    is_full_now = car.charge >= 100 > car.reported_charge
                    if change >= WORTH_TELLING or is_full_now:
                        changed.append((change, car.id))
            return self.scenario.cars[max(changed)[1]] if changed else None

    def _report_post(self, station: Station) -> None:
        self.devices.send(station.post, [self.status(dock) for dock in station.docks])

    def _charge(self, car: Car, now: float) -> None:
        """Bring the charge of a docked car up to now; the caller holds the lock."""
        if car.charge is not None and car.dock_id is not None:
            hours = (now - car.charged_at) * self.speed / 3600
            rate = battery.percent_per_hour(of=car.plate)
            car.charge = battery.after_charging(car.charge, hours=hours, percent_per_hour=rate)
        car.charged_at = now

    def _read_page(self) -> None:
        after = f"&cursor={self._cursor}" if self._cursor else ""
        reply = self.reader.read(f"/vehicles?limit={PAGE}{after}", endpoint="/vehicles")
        if not reply.is_done:
            self._cursor = None
            return
        self._cursor = reply.body["next"]
        with self._lock:
            for told in reply.body["results"]:
                self._note(told)

    def _note(self, told: dict[str, Any]) -> None:
        """Take what the product says of a car; the caller holds the lock."""
        car = self.scenario.cars.setdefault(told["id"], Car(id=told["id"], plate=told["plate"], device=None))
        if car.rider is not None or told["version"] < car.version:
            return
        car.version = told["version"]
        dock_id = told["dock"]["id"] if told["dock"] else None
        if dock_id != car.dock_id:
            if car.dock_id is not None and self._standing.get(car.dock_id) == car.id:
                del self._standing[car.dock_id]
            if dock_id is not None:
                self._standing[dock_id] = car.id
            car.dock_id, car.charged_at = dock_id, monotonic()
        if car.charge is None and told["charge_percent"] is not None:
            car.charge = car.reported_charge = told["charge_percent"]
            car.charged_at = monotonic()
