"""What was seen: what was done and refused, how fast the product answered, and what must never have happened."""

import math
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from time import monotonic
from typing import Any

KEPT_EXAMPLES = 20
# Latencies are counted in classes 5 % wide, so that a run of weeks needs no more memory than one of a minute.
WIDTH = math.log(1.05)
SHORTEST_SECONDS = 1e-5


@dataclass
class Latencies:
    classes: Counter[int] = field(default_factory=Counter)

    def add(self, seconds: float) -> None:
        self.classes[math.floor(math.log(max(seconds, SHORTEST_SECONDS)) / WIDTH)] += 1

    def quantile(self, share: float) -> float:
        """Seconds that this share of the answers stayed under; at most 5 % too high."""
        wanted, seen = share * self.classes.total(), 0
        for number in sorted(self.classes):
            seen += self.classes[number]
            if seen >= wanted:
                return math.exp((number + 1) * WIDTH)
        return 0.0


class Figures:
    """Shared by all threads of a run."""

    def __init__(self, *, tell: Callable[[str], None] = lambda line: None) -> None:
        """`tell` hears at once, the first time, what should not have happened."""
        self._lock = Lock()
        self._tell = tell
        self.began_at = monotonic()
        self.actions: Counter[tuple[str, str]] = Counter()
        self.latencies: dict[str, Latencies] = defaultdict(Latencies)
        self.statuses: Counter[tuple[str, int]] = Counter()
        self.faults: Counter[tuple[str, str]] = Counter()
        self.unanswered: Counter[tuple[str, str]] = Counter()
        self.impossible: Counter[str] = Counter()
        self.mistakes: Counter[str] = Counter()
        self.examples: list[str] = []

    def answered(self, endpoint: str, status: int, code: str, seconds: float) -> None:
        with self._lock:
            self.statuses[endpoint, status] += 1
            self.latencies[endpoint].add(seconds)
            # A 503 that says "busy" is a refusal by contract: two people want one row, and one of them asks again.
            if status >= 500 and not (status == 503 and code == "busy"):
                what = f"{status} {code}"
                self._first(self.faults, (endpoint, what), f"error of the server: {endpoint} {what}")

    def no_answer(self, endpoint: str, error: Exception) -> None:
        with self._lock:
            self.unanswered[endpoint, type(error).__name__] += 1

    def acted(self, action: str, code: str) -> None:
        """Somebody did something; `code` is "" when it worked, else why not."""
        with self._lock:
            self.actions[action, code] += 1

    def impossible_answer(self, rule: str, example: str) -> None:
        """The product said what can never be true."""
        with self._lock:
            self._first(self.impossible, rule, f"impossible: {rule}: {example}")
            if len(self.examples) < KEPT_EXAMPLES:
                self.examples.append(f"{rule}: {example}")

    def mistake(self, trace: str) -> None:
        """The simulator itself broke, or was told something in a form that it does not know."""
        with self._lock:
            self._first(self.mistakes, trace, f"mistake of the simulator: {trace}")

    def _first(self, counter: Counter[Any], what: Any, line: str) -> None:
        counter[what] += 1
        if counter[what] == 1:
            self._tell(line)

    @property
    def is_clean(self) -> bool:
        return not self.faults and not self.impossible and not self.mistakes

    @property
    def seconds(self) -> float:
        return monotonic() - self.began_at
