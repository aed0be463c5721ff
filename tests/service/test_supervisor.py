import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autolib.service import leftovers, processes
from autolib.service.program import Program
from autolib.service.supervisor import Supervisor, seconds_to_wait
from autolib.service.trouble import Trouble


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(record=tmp_path / "children")
    yield supervisor
    supervisor.stop()


def program(folder: Path, *command: str, name: str = "web", **wishes) -> Program:
    env = {"PATH": os.defpath}
    log = folder / f"{name}.log"
    return Program(name=name, label=name.title(), command=command, env=env, cwd=folder, log=log, **wishes)


def test_what_dies_is_started_again(supervisor: Supervisor, tmp_path: Path, capsys) -> None:
    supervisor.start(program(tmp_path, "sleep", "60"))
    killed = supervisor.children["web"].process
    killed.kill()
    killed.wait()

    _tend_until(supervisor, lambda: _pid(supervisor, "web") not in (None, killed.pid))

    assert "Web was killed by signal 9; it starts again in 0.5 s." in capsys.readouterr().out


def test_nothing_is_left_after_the_stop(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.start(program(tmp_path, "sh", "-c", "sleep 60 & sleep 60"))
    session = _pid(supervisor, "web")

    supervisor.stop()

    assert processes.members_of_session(session) == []
    assert leftovers.find(tmp_path / "children") == {}


def test_servers_are_stopped_last(supervisor: Supervisor, tmp_path: Path) -> None:
    script = "trap 'echo {} >> order; exit' TERM; echo up; while :; do sleep 0.02; done"
    for name, is_server in (("database", True), ("web", False)):
        supervisor.start(program(tmp_path, "sh", "-c", script.format(name), name=name, is_server=is_server))
    _tend_until(supervisor, lambda: all("up" in child.program.last_words() for child in supervisor.children.values()))

    supervisor.stop()

    assert (tmp_path / "order").read_text(encoding="utf-8") == "web\ndatabase\n"


def test_one_that_will_not_stop_is_killed(supervisor: Supervisor, tmp_path: Path) -> None:
    deaf = program(tmp_path, "sh", "-c", "trap '' TERM; echo up; sleep 60; sleep 60", seconds_to_stop=0.2)
    supervisor.start(deaf)
    _tend_until(supervisor, lambda: "up" in deaf.last_words())
    pid = _pid(supervisor, "web")

    supervisor.stop()

    assert not processes.is_alive(pid)


def test_one_that_cannot_start_is_told_with_its_last_words(supervisor: Supervisor, tmp_path: Path) -> None:
    broken = program(tmp_path, "sh", "-c", "echo no such settings; exit 3")
    supervisor.start(broken)

    with pytest.raises(Trouble, match=r"Web stopped.*\n    no such settings"):
        supervisor.wait_for(lambda: False, programs=[broken], seconds=20, what="Web is")


def test_a_known_fault_becomes_a_sentence(supervisor: Supervisor, tmp_path: Path) -> None:
    full = program(
        tmp_path,
        "sh",
        "-c",
        "echo No space left on device; exit 1",
        known_faults={"No space left": "The disk is full."},
    )

    with pytest.raises(Trouble, match=r"^The disk is full\.$"):
        supervisor.run_to_the_end(full)


def test_a_command_gives_its_output(supervisor: Supervisor, tmp_path: Path) -> None:
    assert supervisor.run_to_the_end(program(tmp_path, "echo", "seeded", name="seed")) == "seeded"


def test_only_the_last_start_counts_among_the_last_words(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.run_to_the_end(program(tmp_path, "echo", "first", name="seed"))

    assert supervisor.run_to_the_end(program(tmp_path, "echo", "second", name="seed")) == "second"


def test_a_child_dies_with_its_supervisor(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from autolib.service import processes\n"
        "child = processes.start(['sleep', '60'], env={'PATH': '/bin:/usr/bin'}, cwd=Path('/'))\n"
        "print(child.pid, flush=True); time.sleep(60)"
    )
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    parent = processes.start([sys.executable, "-c", script], env=env, cwd=tmp_path, is_captured=True)
    orphan = int(parent.stdout.readline())
    assert processes.is_alive(orphan)

    parent.kill()
    parent.wait()
    parent.stdout.close()

    _wait_for(lambda: not processes.is_alive(orphan))


def test_the_wait_grows_only_for_those_that_fail_by_themselves() -> None:
    assert [seconds_to_wait(failures, was_killed=False) for failures in (0, 1, 2, 3, 4, 20)] == [0, 0.5, 1, 2, 4, 30]
    assert [seconds_to_wait(failures, was_killed=True) for failures in (0, 1, 2, 3, 4, 20)] == [0, 0.5, 1, 1, 1, 1]


def _pid(supervisor: Supervisor, name: str) -> int | None:
    process = supervisor.children[name].process
    return process.pid if process else None


def _tend_until(supervisor: Supervisor, condition) -> None:
    def tended() -> bool:
        supervisor.tend()
        return condition()

    _wait_for(tended)


def _wait_for(condition, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
