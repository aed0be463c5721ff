"""The list of 2014 ("stations-et-espaces-autolib-de-la-metropole-parisienne"): how many posts stand at each station."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from stations.geography import distance_meters
from stations.importing.rows import MOST_DOCKS, NUMBER, BadRow, StationRow, read_point
from stations.importing.tables import Problem, read_table
from stations.importing.text import Unreadable, mend
from stations.models import Station
from stations.search import plain

NAME, POINT, OWN, THIRD_PARTY = "Identifiant Autolib'", "Coordonnées geo", "Autolib'", "Tiers"
COLUMNS = (NAME, POINT, OWN, THIRD_PARTY)
SAME_PLACE_METERS = 40


@dataclass(frozen=True)
class Listed:
    name: str
    latitude: float
    longitude: float
    capacity: int


def read_capacities(data: bytes) -> tuple[list[Listed], list[Problem]]:
    """Raises NotTheRightFile."""
    records, problems = read_table(data, COLUMNS)
    problems = [Problem(problem.line, problem.reason, source="capacities") for problem in problems]
    listed = []
    for record in records:
        try:
            listed.append(_listed(record.values))
        except BadRow as error:
            problems.append(Problem(record.line, str(error), source="capacities"))
    return listed, problems


def _listed(values: dict[str, str]) -> Listed:
    try:
        name = mend(values[NAME])
    except Unreadable as error:
        raise BadRow(_("“%(column)s” is damaged: %(reason)s") % {"column": NAME, "reason": error}) from error
    if not name:
        raise BadRow(_("“%(column)s” is missing") % {"column": NAME})
    for column in (OWN, THIRD_PARTY):
        if not NUMBER.fullmatch(values[column].strip()):
            raise BadRow(_("“%(column)s” must be a whole number, 0 or more") % {"column": column})
    capacity = int(values[OWN]) + int(values[THIRD_PARTY])
    if capacity > MOST_DOCKS:
        raise BadRow(
            _("%(count)d docks are more than the %(most)d that a station may have")
            % {"count": capacity, "most": MOST_DOCKS}
        )
    latitude, longitude = read_point(values[POINT], area=[])
    return Listed(name, latitude, longitude, capacity)


def with_capacities(rows: Iterable[StationRow], listed: list[Listed]) -> list[StationRow]:
    """Each row with the larger capacity of both files.

    Joined by public name; a row without a namesake takes the nearest entry within 40 m that has none either (renamed).
    """
    rows = list(rows)
    by_name = {plain(entry.name): entry for entry in listed}
    names = {plain(row.name) for row in rows}
    renamed = [entry for name, entry in by_name.items() if name not in names]
    return [_enlarged(row, by_name.get(plain(row.name)) or _nearest(row, renamed)) for row in rows]


def _enlarged(row: StationRow, entry: Listed | None) -> StationRow:
    if entry is None or row.kind == Station.Kind.CENTER:
        return row
    return replace(row, capacity=max(row.capacity, entry.capacity))


def _nearest(row: StationRow, candidates: list[Listed]) -> Listed | None:
    measured = (
        (
            distance_meters(
                from_latitude=row.latitude,
                from_longitude=row.longitude,
                to_latitude=entry.latitude,
                to_longitude=entry.longitude,
            ),
            entry.name,
            entry,
        )
        for entry in candidates
    )
    meters, _name, entry = min(measured, default=(SAME_PLACE_METERS + 1, "", None))
    return entry if meters <= SAME_PLACE_METERS else None
