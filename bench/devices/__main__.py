"""Reports of posts a second through the inbox, beside a bare COPY of the same reports, on one server, in one run.

    python3 bench/devices [--rounds 3] [--docks 6000] [--reports 60000]

In turn, on the same PostgreSQL with durable settings: COPY into an append-only table (the floor), requests of 500 into
the inbox, and the workers that bring the inbox into one row a dock; with one writer and with two.
"""

import argparse
import os
import secrets
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
sys.path.insert(0, str(ROOT))

from autolib.service import places, ports, postgresql  # noqa: E402
from autolib.service.program import start_on_a_free_port  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--docks", type=int, default=6000)
    parser.add_argument("--reports", type=int, default=60_000)
    options = parser.parse_args()
    places.make_folder(places.STATE, is_passable=True)
    with tempfile.TemporaryDirectory(dir=places.STATE, prefix="bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        password = secrets.token_urlsafe(16)
        data = folder / "postgresql"
        postgresql.initialise(data, password=password, is_durable=True)
        database, child, port = start_on_a_free_port(
            lambda port: postgresql.program(folder=data, port=port, log=folder / "postgresql.log", is_durable=True),
            ports.candidates(first=None),
        )
        try:
            figures = [str(number) for number in (options.rounds, options.docks, options.reports)]
            turns = [PYTHON, Path(__file__).with_name("turns.py"), *figures]
            subprocess.run(turns, env=environment(folder, postgresql.url(port, password)), check=True)
        finally:
            child.send_signal(database.stop_signal)
            child.wait(timeout=30)


def environment(folder: Path, address: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "autolib.settings",
        "AUTOLIB_MODE": "test",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "DEVICE_MASTER_KEY": secrets.token_urlsafe(48),
        "DATABASE_URL": address,
        # Nothing listens there: a report needs no Redis.
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "LOG_LEVEL": "WARNING",
        "AUTOLIB_STATIC_ROOT": str(folder),
    }


main()
