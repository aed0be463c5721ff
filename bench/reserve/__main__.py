"""Reservations a second through the real HTTP interface, beside pgbench with the same SQL, on one server, in one run.

    python3 bench/reserve [--rounds 3] [--clients 1,16,64]

Both sides work on the same PostgreSQL (durable settings) in turn: HTTP, pgbench, HTTP, pgbench …; claims are cleared
between turns. A turn is a fixed number of reservations, all granted: over 1,000 stations, or a rush on one. The HTTP
side is complete: token, idempotency key, event, JSON. pgbench replays the statements of one reservation, each prepared
once a connection. Then a car with a dock where one goes, beside a car alone, both over HTTP.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).resolve().parents[1])]

import ground  # noqa: E402
import load  # noqa: E402

from autolib.service import postgresql  # noqa: E402

# Reservations a turn; one client gets fewer, to keep the run short.
LAYOUTS = {"spread": 1600, "hot": 480}
ALONE = 320


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", default="1,16,64")
    options = parser.parse_args()
    clients = [int(number) for number in options.clients.split(",")]
    with ground.servers() as (folder, env):
        measure(folder, env, clients, options.rounds)


def measure(folder: Path, env: dict[str, str], clients: list[int], rounds: int) -> None:
    world = django(env, "prepare")
    with ground.web(env, folder) as port:
        scripts = {layout: write_script(folder, layout, world) for layout in LAYOUTS}
        print(f"median of {rounds} turns; reservations a second (p50 / p99 in ms)\n")
        print(f"{'layout':8} {'clients':>7}   {'HTTP':>24} {'pgbench':>9}   ratio")
        for layout, most in LAYOUTS.items():
            for number in clients:
                each = (min(ALONE, most) if number == 1 else most) // number
                turns = []
                for _ in range(rounds):
                    django(env, "clear")
                    over_http = load.run(port, world["stations"][layout], clients=number, each=each)
                    django(env, "clear")
                    bare = pgbench(env["DATABASE_URL"], scripts[layout], number, each)
                    turns.append((over_http, bare))
                report(layout, number, turns)
        print(f"\n{'clients':>7}   {'a car and a dock':>24} {'a car':>9}   ratio")
        for number in clients:
            each = (ALONE if number == 1 else LAYOUTS["spread"]) // number
            turns = []
            for _ in range(rounds):
                both, alone = (reserve(env, port, world, targets, number, each) for targets in (world["targets"], None))
                turns.append((both, alone.per_second))
                if alone.errors:
                    sys.exit(f"not granted: {alone.errors}")
            report("", number, turns)


def reserve(
    env: dict[str, str], port: int, world: dict[str, Any], targets: list[int] | None, clients: int, each: int
) -> load.Turn:
    django(env, "clear")
    return load.run(port, world["stations"]["spread"], targets=targets, clients=clients, each=each)


def django(env: dict[str, str], command: str) -> dict[str, Any]:
    done = subprocess.run(
        [ground.PYTHON, Path(__file__).with_name("world.py"), command],
        env=env,
        check=True,
        capture_output=True,
        text=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1]) if done.stdout.strip() else {}
    return answer


def write_script(folder: Path, layout: str, world: dict[str, Any]) -> Path:
    path = folder / f"{layout}.sql"
    path.write_text(world["scripts"][layout], encoding="utf-8")
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
    named = f"{layout:8} " if layout else ""
    line = f"{named}{clients:7}   {over_http:8.0f} ({p50:5.0f} /{p99:5.0f}) {bare:9.0f}   {ratio:5.2f}"
    print(line + (f"   not granted: {errors}" if errors else ""), flush=True)


main()
