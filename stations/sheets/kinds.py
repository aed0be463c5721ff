"""What a kind of table is, and what comparing its lines with a network comes to."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from stations.import_runs import Done
from stations.models import Network
from stations.rights import Right
from stations.sheets.columns import Column


@dataclass(frozen=True)
class Line:
    """A row of the file: where it stands, what tells it apart, and its values by column (None: the cell is empty)."""

    number: int
    key: tuple[Any, ...]
    values: dict[str, Any]


@dataclass(frozen=True)
class Problem:
    """Why a row is refused and what would be right; without a column where the whole row is meant."""

    line: int
    column: str
    reason: str


@dataclass(frozen=True)
class Change:
    """A known row (by its key) of which the file says something else: column → what stands there, what comes."""

    line: Line
    pk: Any
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass
class Comparison:
    created: list[Line] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, line: Line, column: str, reason: Any) -> None:
        self.problems.append(Problem(line.number, column, str(reason)))

    def say(self, line: Line, pk: Any, standing: dict[str, Any]) -> None:
        """Of a known row: what the line says otherwise than it stands. An empty cell says nothing."""
        news = [name for name, now in standing.items() if line.values[name] not in (None, now)]
        if news:
            before, after = {name: standing[name] for name in news}, {name: line.values[name] for name in news}
            self.changed.append(Change(line, pk, before, after))
        else:
            self.unchanged += 1


class Sheet(ABC):
    """A kind of table. `compare` asks a few questions for all lines together; `write` is called under the lock."""

    kind: ClassVar[str]
    label: ClassVar[Any]
    needs: ClassVar[Right]
    columns: ClassVar[Sequence[Column]]
    key: ClassVar[Sequence[str]]

    @abstractmethod
    def compare(self, network: Network, lines: Sequence[Line]) -> Comparison: ...

    @abstractmethod
    def write(self, network: Network, comparison: Comparison, *, actor: str) -> Done: ...
