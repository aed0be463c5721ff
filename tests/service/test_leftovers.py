"""What a killed supervisor has left, recognised without mistaking another process for it."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autolib.service import leftovers, processes, settings_file

ENV = {"PATH": os.defpath}


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    child = processes.start(["sleep", "60"], env=ENV, cwd=tmp_path)
    yield child
    child.kill()
    child.wait()


def test_a_live_child_is_ended(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    leftovers.record(tmp_path / "children", {"web": sleeper.pid})

    assert leftovers.clear(tmp_path / "children") == ["web"]
    assert not processes.is_alive(sleeper.pid)
    assert not (tmp_path / "children").exists()


def test_what_a_dead_child_has_started_is_ended(tmp_path: Path) -> None:
    parent = processes.start(["sh", "-c", "sleep 60 & exec sleep 60"], env=ENV, cwd=tmp_path)
    _wait_for(lambda: len(processes.members_of_session(parent.pid)) == 2)
    leftovers.record(tmp_path / "children", {"web": parent.pid})
    parent.kill()
    parent.wait()

    assert leftovers.clear(tmp_path / "children") == ["web"]
    assert processes.members_of_session(parent.pid) == []


def test_another_process_of_the_same_number_is_left_alone(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    leftovers.record(tmp_path / "children", {"web": sleeper.pid})
    recorded = settings_file.read(tmp_path / "children")["web"].split()
    settings_file.write(tmp_path / "children", {"web": f"{recorded[0]} 1 {recorded[2]}"})

    assert leftovers.clear(tmp_path / "children") == []
    assert processes.is_alive(sleeper.pid)


def test_a_zombie_is_dead(tmp_path: Path) -> None:
    child = processes.start(["true"], env=ENV, cwd=tmp_path)

    _wait_for(lambda: not processes.is_alive(child.pid))

    child.wait()


def _wait_for(condition, seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
