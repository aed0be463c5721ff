"""Many lives on a few threads: each life is a generator that yields the seconds until it wants to go on."""

import heapq
import threading
import traceback
from collections.abc import Callable, Iterator
from itertools import count
from time import monotonic

from autolib.simulation.figures import Figures
from autolib.simulation.wire import Dismissed, Stopped

Life = Callable[[], Iterator[float]]
SECONDS_AFTER_A_MISTAKE = 5.0
SECONDS_TO_LET_GO = 3.0


class Driver:
    """Runs lives until they end or are stopped. `stop` ends at the next request; `hurry` lets no life wait any more."""

    def __init__(self, *, threads: int, figures: Figures, stop: threading.Event, leave: Callable[[], None]) -> None:
        """Each thread calls `leave` as its last act."""
        self.threads, self.figures, self.stop, self.leave = threads, figures, stop, leave
        self.hurry = threading.Event()
        self.is_dismissed = False
        self._changed = threading.Condition()
        self._due: list[tuple[float, int, Life, Iterator[float]]] = []
        self._serial = count()
        self._living = 0

    def add(self, life: Life, *, wait: float = 0.0) -> None:
        with self._changed:
            self._living += 1
            self._put(wait, life, life())

    def run(self, *, seconds: float | None, seconds_to_finish: float) -> bool:
        """Run for so long (None: until stopped), then let each life come to its end; whether all did."""
        crew = [threading.Thread(target=self._work, name=f"simulation-{n}", daemon=True) for n in range(self.threads)]
        for thread in crew:
            thread.start()
        try:
            self.stop.wait(seconds)
            self.hurry.set()
            with self._changed:
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._living == 0 or self.stop.is_set(), timeout=seconds_to_finish)
        finally:
            self.stop.set()
            with self._changed:
                self._changed.notify_all()
            deadline = monotonic() + SECONDS_TO_LET_GO
            for thread in crew:
                thread.join(timeout=max(0.0, deadline - monotonic()))
        return self._living == 0

    def _work(self) -> None:
        try:
            self._drive()
        finally:
            self.leave()

    def _drive(self) -> None:
        while (taken := self._take()) is not None:
            life, steps = taken
            try:
                wait = next(steps)
            except (StopIteration, Stopped):
                self._end()
            except Dismissed:
                self.is_dismissed = True
                self.stop.set()
                self._end()
            except Exception:
                self.figures.mistake(traceback.format_exc())
                with self._changed:
                    self._put(SECONDS_AFTER_A_MISTAKE, life, life())
            else:
                with self._changed:
                    self._put(wait, life, steps)

    def _take(self) -> tuple[Life, Iterator[float]] | None:
        with self._changed:
            while not self.stop.is_set():
                now = monotonic()
                if self._due and (self.hurry.is_set() or self._due[0][0] <= now):
                    return heapq.heappop(self._due)[2:]
                self._changed.wait(self._due[0][0] - now if self._due else None)
        return None

    def _put(self, wait: float, life: Life, steps: Iterator[float]) -> None:
        heapq.heappush(self._due, (monotonic() + wait, next(self._serial), life, steps))
        self._changed.notify()

    def _end(self) -> None:
        with self._changed:
            self._living -= 1
            self._changed.notify_all()
