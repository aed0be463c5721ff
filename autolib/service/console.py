"""Calm short lines: what is being done, whether it worked, how long it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def _can_draw(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


TICK, CROSS, ARROW = ("✓", "✗", "→") if _can_draw("✓✗→") else ("ok", "no", "->")


def say(text: str = "") -> None:
    try:
        print(text.encode(sys.stdout.encoding or "ascii", "replace").decode(sys.stdout.encoding or "ascii"), flush=True)
    except OSError:
        pass  # The terminal is gone (closed window, broken pipe): the work goes on and still ends cleanly.


def note(text: str) -> None:
    say(f"  {ARROW} {text}")


def done(text: str, seconds: float) -> None:
    say(f"  {TICK} {text:<58} {seconds:5.1f} s")


class Step:
    """One line of the report. `progress` rewrites it in place on a terminal and stays silent in a log file."""

    def __init__(self, label: str):
        self.label = label
        self.began = time.monotonic()
        self._is_drawn = False

    def progress(self, detail: str) -> None:
        if sys.stdout.isatty():
            print(f"\r\033[K  … {self.label}: {detail}"[:120], end="", flush=True)
            self._is_drawn = True

    def wipe(self) -> None:
        if self._is_drawn:
            print("\r\033[K", end="", flush=True)


@contextmanager
def step(label: str) -> Iterator[Step]:
    current = Step(label)
    try:
        yield current
    except BaseException:
        current.wipe()
        say(f"  {CROSS} {current.label}")
        raise
    current.wipe()
    done(current.label, time.monotonic() - current.began)
