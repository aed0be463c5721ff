"""`manage.py test`: pytest, on a PostgreSQL and a Valkey that live as long as the tests."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import IO

from autolib.service import console, lock, places, ports, postgresql, processes, surroundings, valkey
from autolib.service.program import Program, start_on_a_free_port

MOST_PROCESSES = 4
Running = list[tuple[Program, subprocess.Popen[bytes]]]


def run(pytest_arguments: list[str]) -> int:
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    sweep()
    running: Running = []
    folder, folder_lock = _make_folder()
    try:
        env = _environment(folder, running)
        return _pytest(pytest_arguments, env)
    finally:
        _stop(running)
        _remove(folder, folder_lock)


def _interrupt(*_) -> None:
    raise KeyboardInterrupt


def sweep() -> None:
    """What runs that were killed have left; the folders of living ones are locked."""
    for folder in places.TESTS.glob("*[0-9]"):
        held = lock.take(_lock_of(folder))
        if held:
            _remove(folder, held)


def _make_folder() -> tuple[Path, IO[str]]:
    places.make_folder(places.STATE, is_passable=True)
    folder = places.make_folder(places.TESTS, is_passable=True) / str(os.getpid())
    held = lock.wait_for(_lock_of(folder))
    shutil.rmtree(folder, ignore_errors=True)
    return places.make_folder(folder, is_passable=True), held


def _remove(folder: Path, held: IO[str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    _lock_of(folder).unlink(missing_ok=True)
    held.close()


def _lock_of(folder: Path) -> Path:
    return folder.with_name(folder.name + ".lock")


def _environment(folder: Path, running: Running) -> dict[str, str]:
    """Servers named in the environment are used as they are; the others are ours and throw-away."""
    own_database = "DATABASE_URL" not in os.environ
    env = surroundings.for_children(keeps_postgresql_variables=not own_database)
    if own_database:
        env["DATABASE_URL"] = _start_postgresql(folder, running)
        env["DATABASE_OWNER_URL"] = env["DATABASE_URL"]
    else:
        console.note("Tests use the server of DATABASE_URL; they make a database of their own there.")
        env.setdefault("DATABASE_OWNER_URL", env["DATABASE_URL"])
    if "REDIS_URL" in env:
        console.note("Tests use the server of REDIS_URL.")
    else:
        env["REDIS_URL"] = _start_valkey(folder, running)
    return env | {
        "AUTOLIB_MODE": "test",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DEVICE_MASTER_KEY": secrets.token_urlsafe(48),
        "PUSH_PRIVATE_KEY": secrets.token_urlsafe(32),
        "PUBLIC_URL": "http://localhost:8000",
        "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1],testserver",
        "AUTOLIB_MAIL_DIR": str(places.make_folder(folder / "mail")),
        "AUTOLIB_STATIC_ROOT": str(places.make_folder(folder / "static")),
    }


def _start_postgresql(folder: Path, running: Running) -> str:
    password, data = secrets.token_urlsafe(24), folder / "postgresql"
    with console.step("PostgreSQL for the tests") as step:
        postgresql.initialise(data, password=password, is_durable=False)
        program, child, port = start_on_a_free_port(
            lambda port: postgresql.program(folder=data, port=port, log=folder / "postgresql.log", is_durable=False),
            islice(ports.candidates(), 5),
        )
        running.append((program, child))
        step.label += f", 127.0.0.1:{port}"
    return postgresql.url(port, password)


def _start_valkey(folder: Path, running: Running) -> str:
    password = secrets.token_urlsafe(24)
    with console.step("Valkey for the tests") as step:
        program, child, port = start_on_a_free_port(
            lambda port: valkey.program(
                folder=folder / "valkey", port=port, password=password, log=folder / "valkey.log", is_durable=False
            ),
            islice(ports.candidates(), 5),
        )
        running.append((program, child))
        step.label += f", 127.0.0.1:{port}"
    return valkey.url(port, password)


def _pytest(arguments: list[str], env: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", *in_parallel(arguments), *arguments]
    child = processes.start(command, env=env, cwd=places.ROOT, in_own_session=False)
    # Ctrl-C goes to pytest too, which then writes its report; we wait for it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        status = child.wait()
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()
    return status if status >= 0 else 128 - status


def in_parallel(arguments: list[str]) -> list[str]:
    """The whole suite takes every processor, each file in one process; a part of it is faster alone."""
    processes_at_once = min(len(os.sched_getaffinity(0)), MOST_PROCESSES)
    names_a_part = any(not argument.startswith("-") for argument in arguments)
    chooses = any(argument.startswith(("-n", "--numprocesses", "--pdb", "-s")) for argument in arguments)
    if processes_at_once < 2 or names_a_part or chooses:
        return []
    return ["-n", str(processes_at_once), "--dist", "loadfile"]


def _stop(running: Running) -> None:
    for program, child in reversed(running):
        child.send_signal(signal.SIGQUIT if program.name == "postgresql" else signal.SIGKILL)
    for _, child in running:
        child.wait()
