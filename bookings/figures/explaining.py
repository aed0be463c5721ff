"""Down to the rows: what a station offered at each instant of a day, and which event changed it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bookings.figures.days import day_of
from bookings.figures.folding import Fold, Moment
from bookings.figures.reading import changes_of, standing_at_midnight
from stations.models import Station


@dataclass(frozen=True)
class Course:
    """`cars` and `docks` at midnight, then each change in order."""

    cars: int
    docks: int
    moments: Sequence[Moment]


def course_of(*, station: Station, date: date) -> Course:
    """Folds the whole day of the network anew: a second or two for a large one."""
    day = day_of(station.network, date)
    standing = standing_at_midnight(station.network, day)
    begins_with = standing.stations.get(station.pk)
    if begins_with is None:
        return Course(0, 0, [])
    cars, docks = begins_with.cars, begins_with.docks
    moments: list[Moment] = []

    def note(of_station: int, moment: Moment) -> None:
        if of_station == station.pk:
            moments.append(moment)

    Fold(day, standing, note).take(changes_of(station.network, day))
    return Course(cars, docks, moments)
