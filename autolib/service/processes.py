"""Starting children that cannot outlive us, and asking the kernel who is still alive."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from autolib.service import root_rights
from autolib.service.trouble import Trouble

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def start(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    log: Path | None = None,
    death_signal: int = signal.SIGTERM,
    uid: int | None = None,
    in_own_session: bool = True,
    stdin: IO[bytes] | None = None,
    is_captured: bool = False,
) -> subprocess.Popen[bytes]:
    """`death_signal` is what the kernel sends the child when we die, however we die. Call from the main thread only:
    to the kernel the parent is the thread that forked."""
    parent = os.getpid()

    def in_the_child() -> None:
        if uid is not None:
            root_rights.give_up(uid)
        # After the change of user, which would clear it.
        if hasattr(_libc, "prctl"):
            _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    with open(log or os.devnull, "ab") as output, _explained():
        return subprocess.Popen(
            [str(part) for part in command],
            env=dict(env),
            cwd=cwd,
            stdin=stdin or (subprocess.DEVNULL if in_own_session else None),
            stdout=subprocess.PIPE if is_captured else output if log else None,
            stderr=subprocess.STDOUT if log or is_captured else None,
            start_new_session=in_own_session,
            preexec_fn=in_the_child,
        )


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except subprocess.SubprocessError as error:
        raise Trouble(
            "PostgreSQL refuses to run as root, and this container does not let us become another user. "
            "Run this as an ordinary user, or name a server in DATABASE_URL."
        ) from error


def kill_session(session: int) -> None:
    """Everybody whom a child of ours has started, also when that child is already dead."""
    deadline = time.monotonic() + 2
    while signal_session(session, signal.SIGKILL) and time.monotonic() < deadline:
        time.sleep(0.01)


def signal_session(session: int, number: int) -> list[int]:
    members = members_of_session(session)
    for pid in members:
        try:
            os.kill(pid, number)
        except (ProcessLookupError, PermissionError):
            pass
    return members


def members_of_session(session: int) -> list[int]:
    return [pid for pid in _pids() if (fields := _stat(pid)) and fields[0] not in "ZX" and int(fields[3]) == session]


def is_alive(pid: int) -> bool:
    """A zombie is dead: nobody may ever collect it where PID 1 does not."""
    fields = _stat(pid)
    return bool(fields) and fields[0] not in "ZX"


def started_at(pid: int) -> str:
    """With the pid, the name of a process that no later process can have (until the next boot)."""
    fields = _stat(pid)
    return fields[19] if fields else ""


def name_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def working_in(folder: Path) -> list[int]:
    """The live processes whose working directory is this folder."""
    return [pid for pid in _pids() if is_alive(pid) and _cwd(pid) == str(folder)]


def _cwd(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/cwd")
    except OSError:
        return ""


def _pids() -> list[int]:
    try:
        return [int(entry) for entry in os.listdir("/proc") if entry.isdigit()]
    except FileNotFoundError:
        return []


def _stat(pid: int) -> list[str]:
    """The fields after the name: state, parent, group, session, …; the name itself may hold spaces and brackets."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
