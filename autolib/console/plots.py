"""Plots as shapes for an SVG: numbers here, words and drawing in `admin/plot.html`. What is not known leaves a gap.

A plot says in words what it shows, and the table of days beside it holds every value.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, floor, log10
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

WIDTH, HEIGHT = 360, 160
LEFT, RIGHT, TOP, BOTTOM = 40, 8, 10, 20

Values = Sequence[float | None]


@dataclass(frozen=True)
class Line:
    """A named run of values, drawn as polylines; a value with none beside it is a dot."""

    name: str
    pieces: list[str]
    dots: list[tuple[str, str]]


@dataclass(frozen=True)
class Bar:
    x: str
    y: str
    width: str
    height: str
    label: str


@dataclass(frozen=True)
class Plot:
    """All coordinates are text with a point, whatever the language."""

    key: str
    title: str
    description: str
    rules: list[tuple[str, str]]  # y and label of each horizontal rule
    ends: tuple[str, str]  # labels of the first and the last day
    lines: list[Line]
    bars: list[Bar]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    base: int = HEIGHT - BOTTOM


def bars(key: str, title: str, days: Sequence[date], values: Values, shown: Callable[[Any], str]) -> Plot:
    top = _round_top([values])
    step = _step(days)
    found = []
    for place, (day, value) in enumerate(zip(days, values, strict=True)):
        if value is not None:
            y = _y(value, top)
            height = HEIGHT - BOTTOM - y
            label = f"{_day(day)}: {shown(value)}"
            found.append(Bar(_n(LEFT + place * step), _n(y), _n(max(step * 0.8, 0.8)), _n(height), label))
    return _plot(key, title, days, [("", values)], top, shown, bars=found)


def lines(
    key: str, title: str, days: Sequence[date], series: Sequence[tuple[str, Values]], shown: Callable[[Any], str]
) -> Plot:
    top = _round_top([values for _name, values in series])
    step = _step(days)
    found = []
    for name, values in series:
        pieces, dots = [], []
        for run in _runs(values):
            points = [(_n(LEFT + (place + 0.5) * step), _n(_y(value, top))) for place, value in run]
            if len(points) == 1:
                dots += points
            else:
                pieces.append(" ".join(",".join(point) for point in points))
        found.append(Line(name, pieces, dots))
    return _plot(key, title, days, series, top, shown, lines=found)


def _plot(
    key: str,
    title: str,
    days: Sequence[date],
    series: Sequence[tuple[str, Values]],
    top: float,
    shown: Callable[[Any], str],
    **shapes: Any,
) -> Plot:
    # A scale of whole numbers has no half of one.
    rules = [(_n(_y(value, top)), shown(value)) for value in (0, top / 2, top) if not value or shown(value) != shown(0)]
    told = " ".join(filter(None, (_in_words(name, days, values, shown) for name, values in series)))
    description = told or _("Nothing is known of these days.")
    return Plot(key, title, description, rules, (_day(days[0]), _day(days[-1])), **{"lines": [], "bars": [], **shapes})


def _in_words(name: str, days: Sequence[date], values: Values, shown: Callable[[Any], str]) -> str:
    known = [(value, day) for value, day in zip(values, days, strict=True) if value is not None]
    if not known:
        return ""
    (low, low_day), (high, high_day) = min(known), max(known)
    told = _("Lowest %(low)s on %(low_day)s, highest %(high)s on %(high_day)s.") % {
        "low": shown(low),
        "low_day": _day(low_day),
        "high": shown(high),
        "high_day": _day(high_day),
    }
    return f"{name}: {told}" if name else told


def _runs(values: Values) -> list[list[tuple[int, float]]]:
    runs: list[list[tuple[int, float]]] = [[]]
    for place, value in enumerate(values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((place, value))
    return [run for run in runs if run]


def _round_top(series: Sequence[Values]) -> float:
    """The top of the scale: the next even number, or one, times a power of ten."""
    highest = max((value for values in series for value in values if value is not None), default=0)
    if highest <= 0:
        return 1.0
    power = 10 ** floor(log10(highest))
    return float(next(factor for factor in (1, 2, 4, 6, 8, 10) if ceil(highest / power * 1e6) <= factor * 1e6) * power)


def _step(days: Sequence[date]) -> float:
    return (WIDTH - LEFT - RIGHT) / len(days)


def _y(value: float, top: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / top


def _n(number: float) -> str:
    return f"{number:.1f}"


def _day(day: date) -> str:
    return date_format(day, "MONTH_DAY_FORMAT")
