"""The product's own processes. Each command also works alone, in the foreground, with the same environment."""

import http.client
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

from autolib.service import places
from autolib.service.program import Program

MANAGE = [sys.executable, str(places.ROOT / "manage.py")]
CELERY = [sys.executable, "-m", "celery", "--app", "autolib"]


def web(env: Mapping[str, str], *, host: str, port: int, pid_file: Path = places.RUN / "web.pid") -> Program:
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)]
    command += ["--workers", "2", "--blocking-threads", "8", "--respawn-failed-workers"]
    command += ["--workers-kill-timeout", "9s", "--pid-file", str(pid_file), "autolib.wsgi:application"]
    return _program(
        "web",
        "Web server",
        command,
        env,
        pid_file=pid_file,
        known_faults={"Address already in use": f"Port {port} was taken by another program meanwhile. Start again."},
    )


def worker(env: Mapping[str, str], *, pid_file: Path = places.RUN / "worker.pid") -> Program:
    command = [*CELERY, "worker", "--loglevel", "WARNING", "--concurrency", "2", "--pidfile", str(pid_file)]
    # Gossip and mingling are for many workers; they cost a second at every start.
    command += ["--without-gossip", "--without-mingle"]
    # Asked to stop, finish within worker_soft_shutdown_timeout; what is not finished is done again by the next worker.
    env = {**env, "REMAP_SIGTERM": "SIGQUIT"}
    # When we are killed its broker dies with us, and Celery, asked to stop without a broker, sometimes waits for ever.
    return _program("worker", "Worker", command, env, pid_file=pid_file, death_signal=signal.SIGKILL)


def beat(env: Mapping[str, str], *, pid_file: Path = places.RUN / "beat.pid") -> Program:
    command = [*CELERY, "beat", "--loglevel", "WARNING", "--pidfile", str(pid_file)]
    command += ["--schedule", str(pid_file.with_suffix(".schedule"))]
    return _program("beat", "Beat", command, env, pid_file=pid_file)


def simulator(env: Mapping[str, str]) -> Program:
    return _program("simulator", "Simulator", [*MANAGE, "simulate", "--gently"], env)


def command(env: Mapping[str, str], *arguments: str) -> Program:
    """A Django command that does one thing and ends."""
    return _program(arguments[0], f"manage.py {' '.join(arguments)}", [*MANAGE, *arguments], env)


def _program(
    name: str,
    label: str,
    command: list[str],
    env: Mapping[str, str],
    *,
    pid_file: Path | None = None,
    death_signal: int = signal.SIGTERM,
    known_faults: Mapping[str, str] | None = None,
) -> Program:
    return Program(
        name=name,
        label=label,
        command=command,
        env=env,
        cwd=places.ROOT,
        log=places.LOGS / f"{name}.log",
        # We hold the lock of this checkout and have ended what a killed supervisor left: any pid file is stale.
        clear_the_way=lambda: pid_file.unlink(missing_ok=True) if pid_file else None,
        death_signal=death_signal,
        known_faults={"No space left on device": "The disk is full. Free some space.", **(known_faults or {})},
    )


def answer(host: str, port: int, path: str) -> tuple[int, str]:
    """Status and body of one page; 0 when nobody answers."""
    connection = http.client.HTTPConnection(_own_address(host), port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        response = connection.getresponse()
        return response.status, response.read(10_000).decode("utf-8", "replace")
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def _own_address(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
