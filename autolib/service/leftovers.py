"""What a killed supervisor has left. The kernel has already told its children to stop; this waits until they have."""

import signal
import time
from pathlib import Path

from autolib.service import processes, settings_file

# The servers they worked with are gone too, so there is little to finish; PostgreSQL may be writing.
SECONDS_TO_LEAVE = {"postgresql": 20}


def record(path: Path, children: dict[str, int]) -> None:
    """A pid alone may be given to another process later; with its start and the boot it cannot be mistaken."""
    boot = _boot()
    settings_file.write(path, {name: f"{pid} {processes.started_at(pid)} {boot}" for name, pid in children.items()})


def find(path: Path) -> dict[str, int]:
    """The recorded children of which something still runs, themselves or what they have started."""
    found = {}
    for name, text in settings_file.read(path).items():
        pid, _, rest = text.partition(" ")
        started, _, boot = rest.partition(" ")
        if not pid.isdigit() or boot != _boot():
            continue
        is_another = processes.is_alive(int(pid)) and processes.started_at(int(pid)) != started
        if not is_another and processes.members_of_session(int(pid)):
            found[name] = int(pid)
    return found


def clear(path: Path) -> list[str]:
    """The names of those that had to be waited for; afterwards none is left."""
    began, names = time.monotonic(), list(find(path))
    for name, pid in find(path).items():
        processes.signal_session(pid, signal.SIGINT if name == "postgresql" else signal.SIGTERM)
    while left := find(path):
        for name, pid in left.items():
            if time.monotonic() - began > SECONDS_TO_LEAVE.get(name, 3):
                processes.kill_session(pid)
        time.sleep(0.05)
    forget(path)
    return names


def forget(path: Path) -> None:
    path.unlink(missing_ok=True)


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        return ""
