"""What a visit asks of a person: decisions, presses and keys, and the time that they take by the keystroke-level model.

Card, Moran, Newell (1980): 1.35 s to make up one's mind, 1.1 s to point, 0.28 s a key for who types now and then.
The machine's own time is not in it: pages are measured by bench/pages.
"""

from dataclasses import dataclass, field
from pathlib import Path

MIND, POINT, KEY = 1.35, 1.1, 0.28


@dataclass
class Effort:
    decisions: list[str] = field(default_factory=list)
    keys: int = 0
    presses: int = 0

    def decides(self, what: str) -> None:
        self.decisions.append(what)

    def types(self, text: str) -> str:
        self.presses += 1
        self.keys += len(text)
        return text

    def press(self) -> None:
        self.presses += 1

    @property
    def seconds(self) -> float:
        return len(self.decisions) * MIND + self.presses * (MIND + POINT) + self.keys * KEY

    def write(self, path: Path) -> None:
        lines = [f"{number}. {what}" for number, what in enumerate(self.decisions, start=1)]
        total = f"{len(self.decisions)} decisions, {self.presses} presses, {self.keys} keys: {self.seconds:.0f} s"
        path.write_text("\n".join([*lines, total, ""]), encoding="utf-8")
