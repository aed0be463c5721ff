"""One process that is supervised: how to start it, how to see that it is well, how to ask it to stop."""

import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autolib.service import processes
from autolib.service.trouble import Trouble

FIRST_WORDS = b"---- start ----\n"


@dataclass(frozen=True, kw_only=True)
class Program:
    name: str
    label: str
    command: Sequence[str | Path]
    env: Mapping[str, str]
    cwd: Path
    log: Path
    is_ready: Callable[[], bool] = lambda: True
    clear_the_way: Callable[[], None] = lambda: None
    stop_signal: int = signal.SIGTERM
    death_signal: int = signal.SIGTERM
    seconds_to_start: float = 60
    seconds_to_stop: float = 10
    is_server: bool = False
    uid: int | None = None
    known_faults: Mapping[str, str] = field(default_factory=dict)

    def start(self) -> subprocess.Popen[bytes]:
        self.clear_the_way()
        with open(self.log, "ab") as log:
            log.write(FIRST_WORDS)
        return processes.start(
            self.command, env=self.env, cwd=self.cwd, log=self.log, death_signal=self.death_signal, uid=self.uid
        )

    def wait_until_ready(self, child: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + self.seconds_to_start
        while not self.is_ready():
            if child.poll() is not None:
                raise Stopped(self)
            if time.monotonic() > deadline:
                raise Trouble(f"{self.label} does not get ready in {self.seconds_to_start:.0f} s. See {self.log}")
            time.sleep(0.03)

    def last_words(self) -> str:
        try:
            with open(self.log, "rb") as file:
                file.seek(max(0, file.seek(0, 2) - 20_000))
                return file.read().rpartition(FIRST_WORDS)[2].decode("utf-8", "replace").strip()
        except OSError:
            return ""

    def explain(self) -> str:
        words = self.last_words()
        for sign, sentence in self.known_faults.items():
            if sign in words:
                return sentence
        last = [f"    {line[:300]}" for line in words.splitlines()[-6:]] or ["    nothing"]
        return "\n".join([f"{self.label} stopped. Its last words (all of them: {self.log}):", *last])


class Stopped(Trouble):
    """The program ended instead of getting ready."""

    def __init__(self, program: Program):
        super().__init__(program.explain())
        self.words = program.last_words()


PORT_IS_TAKEN = ("Address already in use", "could not bind")


def start_on_a_free_port(
    make: Callable[[int], Program], ports: Iterable[int]
) -> tuple[Program, subprocess.Popen[bytes], int]:
    """Somebody may take the port between our look and the server's: then the next one."""
    for port in ports:
        program = make(port)
        child = program.start()
        try:
            program.wait_until_ready(child)
        except Stopped as stopped:
            if not any(sign in stopped.words for sign in PORT_IS_TAKEN):
                raise
        except BaseException:
            child.kill()
            child.wait()
            raise
        else:
            return program, child, port
    raise Trouble("No free port was found for the embedded servers on 127.0.0.1. Stop some other servers first.")
