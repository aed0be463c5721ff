"""Keeps programs running: starts them, restarts what dies, stops everything in order."""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from autolib.service import console, leftovers, log_files, processes
from autolib.service.program import Program
from autolib.service.trouble import Trouble

LONGEST_WAIT = 30.0
# Killed from outside (by hand, by the kernel short of memory) is no fault of its own: it comes back soon each time.
LONGEST_WAIT_IF_KILLED = 1.0
SECONDS_TO_BE_WELL = 5.0
FAILURES_WHILE_STARTING = 3


def seconds_to_wait(failures: int, *, was_killed: bool) -> float:
    wait = 2.0 ** (failures - 2) if failures else 0.0
    return min(wait, LONGEST_WAIT_IF_KILLED if was_killed else LONGEST_WAIT)


@dataclass
class Child:
    program: Program
    process: subprocess.Popen[bytes]
    started: float = field(default_factory=time.monotonic)
    failures: int = 0
    restart_at: float | None = None


class Supervisor:
    def __init__(self, *, record: Path):
        self.children: dict[str, Child] = {}
        self.record = record
        self._logs_looked_at = time.monotonic()

    def adopt(self, program: Program, process: subprocess.Popen[bytes]) -> None:
        self.children[program.name] = Child(program, process)
        self._write_record()

    def start(self, program: Program) -> None:
        self.adopt(program, program.start())

    def wait_for(self, condition: Callable[[], bool], *, programs: list[Program], seconds: float, what: str) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            self.tend()
            for program in programs:
                if self.children[program.name].failures >= FAILURES_WHILE_STARTING:
                    raise Trouble(program.explain())
            if time.monotonic() > deadline:
                raise Trouble(f"{what} not ready after {seconds:.0f} s. See the logs in {programs[0].log.parent}")
            time.sleep(0.1)

    def run_to_the_end(self, program: Program) -> str:
        """A command that does one thing and ends; its output is given back."""
        process = program.start()
        try:
            while process.poll() is None:
                self.tend()
                time.sleep(0.02)
        finally:
            if process.poll() is None:
                processes.kill_session(process.pid)
                process.wait()
        if process.returncode != 0:
            raise Trouble(program.explain())
        return program.last_words()

    def tend(self) -> None:
        """One look at everybody; never waits."""
        now = time.monotonic()
        for child in self.children.values():
            if child.restart_at is None and child.process.poll() is not None:
                self._plan_restart(child, now)
            if child.restart_at is not None and now >= child.restart_at:
                self._restart(child)
        if now - self._logs_looked_at > 60:
            self._logs_looked_at = now
            log_files.trim_all(child.program.log for child in self.children.values())

    def _plan_restart(self, child: Child, now: float) -> None:
        processes.kill_session(child.process.pid)
        status = child.process.returncode
        child.failures = child.failures + 1 if now - child.started < SECONDS_TO_BE_WELL else 0
        wait = seconds_to_wait(child.failures, was_killed=status == -signal.SIGKILL)
        child.restart_at = now + wait
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        when = f"in {wait:g} s" if wait else "at once"
        console.note(f"{child.program.label} {how}; it starts again {when}. Log: {child.program.log}")

    def _restart(self, child: Child) -> None:
        child.restart_at, child.started = None, time.monotonic()
        try:
            child.process = child.program.start()
        except (Trouble, OSError) as error:
            child.failures += 1
            child.restart_at = time.monotonic() + seconds_to_wait(child.failures, was_killed=False)
            console.note(f"{child.program.label} cannot be started: {error}")
        self._write_record()

    def stop(self) -> None:
        """First those that use the servers, so that they can finish what they are doing; then the servers."""
        for are_servers in (False, True):
            group = [child for child in self.children.values() if child.program.is_server is are_servers]
            self._stop(group)
        self.children.clear()
        leftovers.forget(self.record)

    def _stop(self, group: list[Child]) -> None:
        for child in group:
            if child.process.poll() is None:
                child.process.send_signal(child.program.stop_signal)
        for child in group:
            try:
                deadline = time.monotonic() + child.program.seconds_to_stop
                while child.process.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.02)
            except KeyboardInterrupt:
                console.note("Asked again: not waiting any longer.")
            processes.kill_session(child.process.pid)
            child.process.wait()

    def _write_record(self) -> None:
        leftovers.record(self.record, {name: child.process.pid for name, child in self.children.items()})
