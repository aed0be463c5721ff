"""The picture of the states, drawn from the table itself (docs/states.md); a test fails when it is stale."""

from bookings.models import OPEN, TRANSITIONS, State

HEADER = """# States of a booking

Drawn from `bookings.models.TRANSITIONS` by `python3 manage.py draw_states`; a test fails when this page is stale.
What has no arrow is refused.

```mermaid
stateDiagram-v2
    [*] --> reserved: reserve
"""


def draw() -> str:
    arrows: dict[tuple[State, State], list[str]] = {}
    for (source, command), target in TRANSITIONS.items():
        arrows.setdefault((source, target), []).append(str(command))
    lines = [
        f"    {source.value} --> {target.value}: {', '.join(sorted(commands))}"
        for (source, target), commands in arrows.items()
    ]
    ends = [f"    {state.value} --> [*]" for state in State if state not in OPEN]
    return HEADER + "\n".join([*lines, *ends]) + "\n```\n"
