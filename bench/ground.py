"""What every measurement stands on: our own Python, and a durable PostgreSQL that lives as long as the measurement."""

import os
import secrets
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".venv/bin/python"
if Path(sys.prefix) != ROOT / ".venv":
    if not PYTHON.exists():
        sys.exit("Run python3 manage.py test once first: it makes .venv.")
    os.execv(PYTHON, [str(PYTHON), *sys.orig_argv[1:]])
sys.path.insert(0, str(ROOT))

from autolib.service import applications, places, ports, postgresql  # noqa: E402
from autolib.service.program import start_on_a_free_port  # noqa: E402


@contextmanager
def servers() -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder to work in, and an environment in which the product finds its PostgreSQL."""
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
            yield folder, environment(folder, postgresql.url(port, password))
        finally:
            child.send_signal(database.stop_signal)
            child.wait(timeout=30)


@contextmanager
def web(env: dict[str, str], folder: Path, *, seconds: float = 60) -> Iterator[int]:
    """The port of the product's own web server, every process of which is warm."""
    port = next(iter(ports.candidates(first=None)))
    child = applications.web(env, host="127.0.0.1", port=port, pid_file=folder / "web.pid").start()
    try:
        deadline = time.monotonic() + seconds
        answered = 0
        while answered < 20:
            status, _body = applications.answer("127.0.0.1", port, "/api/v1/networks")
            answered += status == 200
            time.sleep(0 if status else 0.2)
            if time.monotonic() > deadline:
                sys.exit(f"The web server did not answer within {seconds:.0f} s.")
        yield port
    finally:
        child.terminate()
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
        # Nothing listens there: neither a booking nor a page nor a report needs Redis.
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "LOG_LEVEL": "WARNING",
        "AUTOLIB_STATIC_ROOT": str(folder / "static"),
        "AUTOLIB_MAIL_DIR": str(folder / "mail"),
    }
