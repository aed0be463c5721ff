"""`manage.py run NAME`: one process of the product alone, in the foreground, for whoever supervises it."""

import argparse
import itertools
import os
from pathlib import Path

from autolib.service import applications, places, processes, settings_file, surroundings

NAMES = ("web", "worker", "beat", "simulator")


def options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="manage.py run",
        description="One process alone, in the foreground; SIGTERM lets it finish (10 s) and stops it. "
        "Its settings come from the environment, and what is missing there from the last “up” of this checkout.",
    )
    parser.add_argument("name", choices=NAMES)
    parser.add_argument("--host", default="127.0.0.1", help="web: address to listen on")
    parser.add_argument("--port", type=int, default=8000, help="web: port to listen on")
    parser.add_argument("--pid-file", type=Path, help="default: .autolib/run/NAME.pid, or the next number")
    return parser.parse_args(arguments)


def run(wishes: argparse.Namespace) -> int:
    settings_file.load_into_environment(places.ENV_FILE)
    env = surroundings.for_children(keeps_postgresql_variables=True)
    pid_file = wishes.pid_file or _unused_pid_file(wishes.name)
    if wishes.name == "web":
        program = applications.web(env, host=wishes.host, port=wishes.port, pid_file=pid_file.absolute())
    elif wishes.name == "worker":
        program = applications.worker(env, pid_file=pid_file.absolute())
    elif wishes.name == "beat":
        program = applications.beat(env, pid_file=pid_file.absolute())
    else:
        program = applications.simulator(env)
    os.chdir(places.ROOT)
    os.execve(program.command[0], [str(part) for part in program.command], dict(program.env))  # noqa: S606


def _unused_pid_file(name: str) -> Path:
    """Any number of each may run, beside those of `up` too."""
    folder = places.make_folder(places.RUN)
    names = (f"{name}.pid" if number == 1 else f"{name}-{number}.pid" for number in itertools.count(1))
    return next(folder / file for file in names if not _is_in_use(folder / file))


def _is_in_use(pid_file: Path) -> bool:
    try:
        return processes.is_alive(int(pid_file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return False
