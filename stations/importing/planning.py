"""From a file to a list of changes: read, compare with what is known, write nothing."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from stations.importing.capacities import read_capacities, with_capacities
from stations.importing.rows import COLUMNS, BadRow, StationRow, read_row
from stations.importing.tables import NotTheRightFile, Problem, read_table
from stations.models import Network, Station


@dataclass(frozen=True)
class Update:
    """A known station of which the file says something new. `changes`: field → what stands there now, what comes."""

    station_id: int
    row: StationRow
    changes: dict[str, tuple[Any, Any]]
    docks_to_add: int


@dataclass(frozen=True)
class Smaller:
    """The file counts fewer docks than stand there. An import removes none."""

    code: str
    name: str
    docks: int
    said: int


@dataclass(frozen=True)
class Comparison:
    """What applying the rows would do now. Ordered by code."""

    created: list[StationRow] = field(default_factory=list)
    updated: list[Update] = field(default_factory=list)
    unchanged: int = 0
    smaller: list[Smaller] = field(default_factory=list)
    vanished: list[tuple[str, str]] = field(default_factory=list)
    unpublished: int = 0

    @property
    def fingerprint(self) -> str:
        """Two comparisons that would write the same have the same one."""
        written = {
            "created": [[row.code, row.published()] for row in self.created],
            "updated": [
                [update.station_id, update.row.published(), sorted(update.changes), update.docks_to_add]
                for update in self.updated
            ],
        }
        return hashlib.sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Plan:
    """What a file would change in a network, for the eyes of a person and for `apply`.

    `problems` are the refused rows. `comparison.vanished` are stations (code and name) that came from a published file
    and are no longer in it, `comparison.unpublished` counts those that never came from one. Nothing is ever deleted.
    """

    network: Network
    rows: list[StationRow]
    refused_codes: frozenset[str]
    problems: list[Problem]
    comparison: Comparison

    @property
    def has_changes(self) -> bool:
        return bool(self.comparison.created or self.comparison.updated)

    @property
    def fingerprint(self) -> str:
        return self.comparison.fingerprint


def plan(*, network: Network, stations: bytes, capacities: bytes | None = None) -> Plan:
    """Read the published station file, and the capacity list of 2014 where there is one. Raises NotTheRightFile."""
    rows, problems, refused_codes = _read(stations, network.area)
    if capacities is not None:
        try:
            listed, more_problems = read_capacities(capacities)
        except NotTheRightFile as error:
            raise NotTheRightFile(_("The capacity list cannot be used: %(reason)s") % {"reason": error}) from error
        rows, problems = with_capacities(rows, listed), problems + more_problems
    rows.sort(key=lambda row: row.code)
    return Plan(network, rows, refused_codes, problems, compare(network, rows, refused_codes))


def _read(data: bytes, area: list[list[float]]) -> tuple[list[StationRow], list[Problem], frozenset[str]]:
    records, problems = read_table(data, COLUMNS)
    rows: list[StationRow] = []
    lines: dict[str, int] = {}
    for record in records:
        try:
            row = read_row(record.values, area=area)
        except BadRow as error:
            problems.append(Problem(record.line, str(error), error.code))
            continue
        if row.code in lines:
            reason = _("“ID” %(code)s is already on line %(line)d") % {"code": row.code, "line": lines[row.code]}
            problems.append(Problem(record.line, reason, row.code))
            continue
        lines[row.code] = record.line
        rows.append(row)
    problems.sort(key=lambda problem: problem.line)
    return rows, problems, frozenset(problem.code for problem in problems if problem.code) - lines.keys()


def compare(network: Network, rows: Iterable[StationRow], refused_codes: frozenset[str]) -> Comparison:
    """Rows must be ordered by code. A station whose row was refused is neither changed nor said to have vanished."""
    known = {
        station.code: station
        for station in Station.objects.filter(network=network).annotate(dock_count=Count("docks")).order_by("code")
    }
    comparison = Comparison()
    unchanged = 0
    codes = set(refused_codes)
    for row in rows:
        codes.add(row.code)
        station = known.get(row.code)
        if station is None:
            comparison.created.append(row)
            continue
        if row.capacity < station.dock_count:
            comparison.smaller.append(Smaller(row.code, station.name, station.dock_count, row.capacity))
        update = _update(station, row)
        if update is None:
            unchanged += 1
        else:
            comparison.updated.append(update)
    gone = [station for code, station in known.items() if code not in codes]
    return replace(
        comparison,
        unchanged=unchanged,
        vanished=[(station.code, station.name) for station in gone if station.published],
        unpublished=sum(not station.published for station in gone),
    )


def _update(station: Any, row: StationRow) -> Update | None:
    """Only what the file says anew: a field that it repeats is the operator's to change in between.

    A capacity counts when it grows: the counters leave out docks that are reserved, so a smaller sum means little.
    """
    before = station.published
    said = row.published() | {"capacity": max(row.capacity, before.get("capacity", 0))}
    news = [name for name, value in said.items() if name not in before or before[name] != value]
    if not news:
        return None
    changes = {name: (_standing(station, name), said[name]) for name in news}
    added = max(0, said["capacity"] - station.dock_count) if "capacity" in news else 0
    return Update(station.pk, replace(row, capacity=said["capacity"]), changes, added)


def _standing(station: Any, name: str) -> Any:
    if name == "status":
        return station.published.get("status", "") if station.published else ""
    if name == "scheduled_at":
        return station.published.get("scheduled_at", "")
    return station.dock_count if name == "capacity" else getattr(station, name)
