"""What all riders share: the plan, the fleet, the product's addresses, and how much room to leave to real people."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from autolib.simulation.devices import Devices, ServerClock
from autolib.simulation.errands import Planner
from autolib.simulation.figures import Figures
from autolib.simulation.fleet import Fleet
from autolib.simulation.oracle import Oracle
from autolib.simulation.scenario import Scenario

CLOCK_SECONDS = 300.0


@dataclass
class City:
    """`spare` is how many cars and docks of a station are left to others; with it, one rider at a time chooses."""

    scenario: Scenario
    planner: Planner
    devices: Devices
    clock: ServerClock
    fleet: Fleet
    figures: Figures
    oracle: Oracle
    speed: float
    is_over: threading.Event
    spare: int = 0
    _choosing: threading.Lock = field(default_factory=threading.Lock)

    def compressed(self, seconds: float) -> float:
        """How long something takes here that takes so many seconds in the simulated city."""
        return seconds / self.speed

    def choosing(self) -> AbstractContextManager[Any]:
        """Between looking and taking nobody else of ours takes, where something has to be left."""
        return self._choosing if self.spare else nullcontext()

    def seconds_until(self, instant: str) -> float:
        return (datetime.fromisoformat(instant) - self.clock.now()) / timedelta(seconds=1)

    def keep_the_clock(self) -> Iterator[float]:
        """The life of the clock."""
        while not self.is_over.is_set():
            self.clock.set()
            yield CLOCK_SECONDS
