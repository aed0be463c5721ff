"""How `manage.py test` runs pytest."""

import os

import pytest

from autolib.service.testing import in_parallel


@pytest.mark.parametrize(
    ("processors", "arguments", "expected"),
    [
        (2, [], ["-n", "2", "--dist", "loadfile"]),
        (64, ["-q"], ["-n", "4", "--dist", "loadfile"]),
        (1, [], []),
        (2, ["tests/bookings"], []),
        (2, ["-n0"], []),
        (2, ["--pdb"], []),
    ],
)
def test_the_whole_suite_takes_the_processors_that_there_are(
    monkeypatch: pytest.MonkeyPatch, processors: int, arguments: list[str], expected: list[str]
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(range(processors)))

    assert in_parallel(arguments) == expected
