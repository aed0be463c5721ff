"""`manage.py up`: the whole service on this machine, until Ctrl-C."""

import argparse
import json
import os
import shutil
import signal
import time
from typing import IO

from autolib.service import (
    applications,
    console,
    demo,
    embedded,
    leftovers,
    lock,
    log_files,
    places,
    ports,
    settings_file,
    static_files,
    surroundings,
)
from autolib.service.program import Program
from autolib.service.supervisor import Supervisor
from autolib.service.trouble import Trouble

LOCK = places.STATE / "up.lock"
CHILDREN = places.RUN / "children"
LEAST_FREE_BYTES = 200_000_000


def options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="manage.py up", description="The whole service on this machine.")
    parser.add_argument("--port", type=_port, default=8000, help="port of the pages (8000, or the next free one)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1: this machine only)")
    parser.add_argument("--no-simulate", action="store_true", help="without the simulated subscribers")
    return parser.parse_args(arguments)


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65_536:
        raise argparse.ArgumentTypeError(f"“{text}” is not a port: give a number from 1 to 65535")
    return int(text)


def run(wishes: argparse.Namespace) -> int:
    places.make_folder(places.STATE, is_passable=True)
    for folder in (places.LOGS, places.RUN, places.MAIL, places.STATIC):
        places.make_folder(folder)
    up_lock = lock.take(LOCK)
    if not up_lock:
        address = LOCK.read_text(encoding="utf-8").strip()
        console.say(f"Autolib' is already running: {address}" if address else "Autolib' is already starting elsewhere.")
        return 0
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    supervisor = Supervisor(record=CHILDREN)
    try:
        up_lock.truncate(0)
        _look_around()
        with ports.for_browsers(wishes.port, host=wishes.host) as port:
            _start(supervisor, wishes, port, up_lock)
            while True:
                supervisor.tend()
                time.sleep(0.1)
    except KeyboardInterrupt:
        console.say("\n  Stopping; what was asked is finished first (10 s at most).")
        return 0
    finally:
        _stop_all(supervisor)
        up_lock.truncate(0)
        up_lock.close()


def _stop_all(supervisor: Supervisor) -> None:
    if supervisor.children:
        with console.step("Everything is stopped"):
            supervisor.stop()


def _stop(*_) -> None:
    raise KeyboardInterrupt


def _start(supervisor: Supervisor, wishes: argparse.Namespace, port: int, up_lock: IO[str]) -> None:
    began = time.monotonic()
    if port != wishes.port:
        console.note(f"Port {wishes.port} is taken by another program; using {port}.")

    kept = demo.secrets()
    env = _servers(supervisor, kept, host=wishes.host, port=port)
    logins = _prepare(supervisor, env, kept)
    _applications(supervisor, env, wishes, port)

    up_lock.write(env["PUBLIC_URL"])
    up_lock.flush()
    _welcome(env["PUBLIC_URL"], logins, seconds=time.monotonic() - began)


def _look_around() -> None:
    log_files.trim_all(places.LOGS.glob("*.log"))
    left = leftovers.clear(CHILDREN)
    if left:
        console.note(f"An earlier run was killed; its {', '.join(left)} had to be stopped first.")
    free = shutil.disk_usage(places.STATE).free
    if free < LEAST_FREE_BYTES:
        raise Trouble(
            f"Only {free // 1_000_000} MB are free on the disk of {places.STATE}. Free 200 MB and start again."
        )


def _servers(supervisor: Supervisor, kept: dict[str, str], *, host: str, port: int) -> dict[str, str]:
    addresses = embedded.database(supervisor, kept) | {"REDIS_URL": embedded.queue(supervisor, kept)}
    values = demo.values(addresses=addresses, host=host, port=port, kept=kept)
    settings_file.write(places.ENV_FILE, values)
    return surroundings.for_children(keeps_postgresql_variables=not _is_embedded(supervisor)) | values


def _is_embedded(supervisor: Supervisor) -> bool:
    return "postgresql" in supervisor.children


def _prepare(supervisor: Supervisor, env: dict[str, str], kept: dict[str, str]) -> list[dict[str, str]]:
    """Everything before the first visitor; each step may be repeated at will."""
    with console.step("Database schema"):
        supervisor.run_to_the_end(applications.command(env, "migrate", "--no-input"))
    if _is_embedded(supervisor):
        with console.step("Database roles"):
            passwords = {name: kept[name] for name in ("DATABASE_APP_PASSWORD", "DATABASE_AUDITOR_PASSWORD")}
            supervisor.run_to_the_end(applications.command(env | passwords, "grant_roles"))
    elif "DATABASE_OWNER_URL" in os.environ:
        with console.step("Database roles"):
            supervisor.run_to_the_end(applications.command(env, "grant_roles"))
    if not static_files.is_current():
        with console.step("Static files"):
            supervisor.run_to_the_end(applications.command(env, "collectstatic", "--no-input"))
            static_files.remember()
    with console.step("Demo city"):
        return _logins(supervisor.run_to_the_end(applications.command(env, "seed_demo")))


def _logins(output: str) -> list[dict[str, str]]:
    try:
        return json.loads(output.strip().splitlines()[-1])
    except (ValueError, IndexError):
        return []


def _applications(supervisor: Supervisor, env: dict[str, str], wishes: argparse.Namespace, port: int) -> None:
    web = applications.web(env, host=wishes.host, port=port)
    worker, beat = applications.worker(env), applications.beat(env)

    def wait_for(page: str, *, programs: list[Program], what: str) -> None:
        supervisor.wait_for(
            lambda: applications.answer(wishes.host, port, page)[0] == 200,
            programs=programs,
            seconds=120,
            what=f"{page}: {what}",
        )

    with console.step("Web server"):
        for program in (web, worker, beat):
            supervisor.start(program)
        wait_for("/healthz", programs=[web], what="the web server is")
    with console.step("Worker and beat"):
        wait_for("/readyz", programs=[web, worker, beat], what="database, worker or beat is")
    if not wishes.no_simulate:
        with console.step("Simulated subscribers"):
            supervisor.start(applications.simulator(env))


def _welcome(address: str, logins: list[dict[str, str]], *, seconds: float) -> None:
    console.say(f"\n  Autolib' is running (after {seconds:.0f} s). Open {address}\n")
    for login in logins:
        console.say(f"    {login['role']:<15} {login['email']:<32} {login['password']}")
    console.say(f"\n  Logs: {places.LOGS}    Mail it sends: {places.MAIL}\n  Ctrl-C stops everything.\n")
