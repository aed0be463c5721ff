"""The pictures of the states, drawn from the tables themselves (docs/states.md); a test fails when they are stale."""

from collections.abc import Iterable, Mapping
from typing import Any

from bookings.models import OPEN, TRANSITIONS, State
from vehicles.models import TASK_OPEN, TASK_TRANSITIONS, FieldTask

HEADER = """# States of {what}

Drawn from `{table}` by `python3 manage.py draw_states`; a test fails when this page is stale.
What has no arrow is refused.

```mermaid
stateDiagram-v2
    [*] --> {first}: {made_by}
"""


def draw() -> str:
    booking = HEADER.format(
        what="a booking", table="bookings.models.TRANSITIONS", first=State.RESERVED.value, made_by="reserve"
    )
    task = HEADER.format(
        what="a field task",
        table="vehicles.models.TASK_TRANSITIONS",
        first=FieldTask.State.OPEN.value,
        made_by="ask_for",
    )
    return "\n".join(
        [
            booking + _arrows(TRANSITIONS, [state for state in State if state not in OPEN]),
            task + _arrows(TASK_TRANSITIONS, [state for state in FieldTask.State if state not in TASK_OPEN]),
        ]
    )


def _arrows(table: Mapping[Any, Any], ends: Iterable[str]) -> str:
    arrows: dict[tuple[str, str], list[str]] = {}
    for (source, command), target in table.items():
        arrows.setdefault((str(source), str(target)), []).append(str(command))
    lines = [
        f"    {source} --> {target}: {', '.join(sorted(commands))}" for (source, target), commands in arrows.items()
    ]
    return "\n".join([*lines, *(f"    {end!s} --> [*]" for end in ends)]) + "\n```\n"
