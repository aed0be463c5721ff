"""What can never be true, held against every answer. Only instants that the product itself gave are compared."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from autolib.simulation.figures import Figures

REMEMBERED = 16


@dataclass(frozen=True)
class Claim:
    """A closed claim: whose it was, and its half-open period."""

    booking: str
    start: datetime
    end: datetime

    def overlaps(self, other: "Claim") -> bool:
        return self.start < other.end and other.start < self.end


class Oracle:
    def __init__(self, figures: Figures) -> None:
        self.figures = figures
        self._lock = Lock()
        self._claims: dict[tuple[str, object], deque[Claim]] = {}
        self._versions: dict[tuple[str, int], tuple[int, float]] = {}

    def closed(self, *, booking: str, car: int, rider: str, start: datetime, end: datetime) -> None:
        """A booking is over: nobody else had its car meanwhile, and its rider no other car."""
        claim = Claim(booking, start, end)
        for kind, of in (("car", car), ("rider", rider)):
            with self._lock:
                known = self._claims.setdefault((kind, of), deque(maxlen=REMEMBERED))
                rivals = [other for other in known if other.booking != booking and other.overlaps(claim)]
                if claim not in known:
                    known.append(claim)
            for other in rivals:
                self.figures.impossible_answer(f"one {kind}, two bookings at once", f"{kind} {of}: {claim} and {other}")

    def used_after_its_time(self, *, booking: str, held_until: datetime) -> None:
        self.figures.impossible_answer("a hold past its time was usable", f"booking {booking}, held until {held_until}")

    def answered_twice(self, *, command: str, first: object, second: object) -> None:
        """The same command under the same key was answered twice; the answers have to be the same."""
        if first != second:
            self.figures.impossible_answer("one key, two answers", f"{command}: {first} and {second}")

    def saw_version(self, kind: str, id: int, version: int, *, asked_at: float, told_at: float) -> None:
        """Versions only grow: who asks after an answer was given never sees an older one."""
        with self._lock:
            known, known_at = self._versions.get((kind, id), (0, 0.0))
            went_back = version < known and asked_at > known_at
            if version >= known:
                self._versions[kind, id] = (version, told_at if version > known else min(known_at, told_at))
        if went_back:
            self.figures.impossible_answer("a version went back", f"{kind} {id}: {known}, then {version}")

    def expect(self, is_so: bool, rule: str, example: str) -> None:
        if not is_so:
            self.figures.impossible_answer(rule, example)
