"""What a table would change in a network, line by line, for the eyes of a person and for `apply`; it writes nothing."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from stations.models import Network
from stations.sheets.kinds import Comparison, Line, Problem, Sheet
from stations.sheets.reading import read


@dataclass(frozen=True)
class Plan:
    sheet: Sheet
    network: Network
    lines: list[Line]
    comparison: Comparison
    problems: list[Problem]

    @property
    def has_changes(self) -> bool:
        return bool(self.comparison.created or self.comparison.changed)

    @property
    def fingerprint(self) -> str:
        """Two plans that would write the same over the same have the same one."""
        written = {
            "kind": self.sheet.kind,
            "network": self.network.pk,
            "created": [line.values for line in self.comparison.created],
            "changed": [[str(each.pk), each.before, each.after] for each in self.comparison.changed],
        }
        return hashlib.sha256(json.dumps(written, sort_keys=True).encode()).hexdigest()


def plan(*, sheet: Sheet, network: Network, data: bytes) -> Plan:
    """Raises NotTheRightFile."""
    lines, problems = read(data, sheet.columns, sheet.key)
    return planned(sheet, network, lines, problems)


def planned(sheet: Sheet, network: Network, lines: list[Line], problems: Sequence[Problem] = ()) -> Plan:
    comparison = sheet.compare(network, lines)
    every = sorted([*problems, *comparison.problems], key=lambda problem: problem.line)
    return Plan(sheet, network, lines, comparison, every)
