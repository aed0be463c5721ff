"""Reservations a second through the real HTTP interface, beside pgbench with the same SQL, on one server, in one run.

    python3 bench/reserve [--rounds 3] [--clients 1,16,64]

Both sides work on the same PostgreSQL (durable settings) in turn: HTTP, pgbench, HTTP, pgbench …; claims are cleared
between turns. A turn is a fixed number of reservations, all granted: over 1,000 stations, or a rush on one. The HTTP
side is complete: token, idempotency key, event, JSON. pgbench replays the statements of one reservation, each prepared
once a connection.
"""

import argparse
import json
import os
import re
import secrets
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv/bin/python"
if Path(sys.prefix) != ROOT / ".venv":
    if not PYTHON.exists():
        sys.exit("Run python3 manage.py test once first: it makes .venv.")
    os.execv(PYTHON, [str(PYTHON), *sys.orig_argv[1:]])
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

import load  # noqa: E402

from autolib.service import applications, places, ports, postgresql  # noqa: E402
from autolib.service.program import start_on_a_free_port  # noqa: E402

# Reservations a turn; one client gets fewer, to keep the run short.
LAYOUTS = {"spread": 1600, "hot": 480}
ALONE = 320


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", default="1,16,64")
    options = parser.parse_args()
    clients = [int(number) for number in options.clients.split(",")]
    places.make_folder(places.STATE, is_passable=True)
    with tempfile.TemporaryDirectory(dir=places.STATE, prefix="bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        measure(folder, clients, options.rounds)


def measure(folder: Path, clients: list[int], rounds: int) -> None:
    password = secrets.token_urlsafe(16)
    data = folder / "postgresql"
    postgresql.initialise(data, password=password, is_durable=True)
    database, database_child, port = start_on_a_free_port(
        lambda port: postgresql.program(folder=data, port=port, log=folder / "postgresql.log", is_durable=True),
        ports.candidates(first=None),
    )
    web_child = None
    try:
        env = environment(folder, postgresql.url(port, password))
        world = django(env, "prepare")
        web_port = next(iter(ports.candidates(first=None)))
        web = applications.web(env, host="127.0.0.1", port=web_port, pid_file=folder / "web.pid")
        web_child = web.start()
        load.wait_until_it_answers(web_port)
        scripts = {layout: write_script(folder, layout, world) for layout in LAYOUTS}
        print(f"median of {rounds} turns; reservations a second (p50 / p99 in ms)\n")
        print(f"{'layout':8} {'clients':>7}   {'HTTP':>24} {'pgbench':>9}   ratio")
        for layout, most in LAYOUTS.items():
            for number in clients:
                each = (min(ALONE, most) if number == 1 else most) // number
                turns = []
                for _ in range(rounds):
                    django(env, "clear")
                    over_http = load.run(web_port, world["stations"][layout], clients=number, each=each)
                    django(env, "clear")
                    bare = pgbench(env["DATABASE_URL"], scripts[layout], number, each)
                    turns.append((over_http, bare))
                report(layout, number, turns)
    finally:
        for child in filter(None, (web_child, database_child)):
            child.terminate() if child is web_child else child.send_signal(database.stop_signal)
            child.wait(timeout=30)


def environment(folder: Path, address: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "autolib.settings",
        "AUTOLIB_MODE": "test",
        "AUTOLIB_RATE_LIMITS": "off",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DEVICE_MASTER_KEY": secrets.token_urlsafe(48),
        "DATABASE_URL": address,
        # Nothing listens there: a booking needs no Redis.
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "LOG_LEVEL": "WARNING",
        "AUTOLIB_STATIC_ROOT": str(folder),
    }


def django(env: dict[str, str], command: str) -> dict[str, object]:
    done = subprocess.run(
        [PYTHON, Path(__file__).with_name("world.py"), command], env=env, check=True, capture_output=True, text=True
    )
    answer: dict[str, object] = json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else {}
    return answer


def write_script(folder: Path, layout: str, world: dict[str, object]) -> Path:
    path = folder / f"{layout}.sql"
    path.write_text(world["scripts"][layout], encoding="utf-8")  # type: ignore[index]
    return path


def pgbench(address: str, script: Path, clients: int, each: int) -> float:
    """Reservations a second; the rows are counted afterwards, so that a failed transaction cannot pass for one."""
    command = [
        postgresql.binary("pgbench"),
        "--no-vacuum",
        "--protocol=prepared",
        "--client",
        str(clients),
        "--jobs",
        str(min(2, clients)),
    ]
    command += ["--transactions", str(each), "--define", f"each={each}", "--define", "turn=0"]
    done = subprocess.run([*command, "--file", script, address], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"pgbench failed: {done.stderr[-2000:]}")
    per_second = float(re.search(r"tps = ([\d.]+)", done.stdout)[1])  # type: ignore[index]
    counted = subprocess.run(
        [postgresql.binary("psql"), "-Atc", "SELECT count(*) FROM bookings_booking", address],
        check=True,
        capture_output=True,
        text=True,
    )
    return per_second * int(counted.stdout) / (clients * each)


def report(layout: str, clients: int, turns: list[tuple[load.Turn, float]]) -> None:
    over_http = statistics.median(turn.per_second for turn, _bare in turns)
    bare = statistics.median(bare for _turn, bare in turns)
    ratio = statistics.median(turn.per_second / bare for turn, bare in turns if bare)
    p50 = statistics.median(turn.p50_ms for turn, _bare in turns)
    p99 = statistics.median(turn.p99_ms for turn, _bare in turns)
    errors = [status for turn, _bare in turns for status in turn.errors]
    line = f"{layout:8} {clients:7}   {over_http:8.0f} ({p50:5.0f} /{p99:5.0f}) {bare:9.0f}   {ratio:5.2f}"
    print(line + (f"   not granted: {errors}" if errors else ""), flush=True)


main()
