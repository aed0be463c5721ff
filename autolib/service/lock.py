"""A lock that cannot go stale: the kernel drops it with the process that holds it."""

import fcntl
import os
from pathlib import Path
from typing import IO


def take(path: Path) -> IO[str] | None:
    """The open file that is the lock (keep it open), or nothing when somebody else holds it."""
    try:
        return _lock(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return None


def wait_for(path: Path) -> IO[str]:
    return _lock(path, fcntl.LOCK_EX)


def _lock(path: Path, kind: int) -> IO[str]:
    while True:
        file = open(path, "a+", encoding="utf-8")  # noqa: SIM115 - open is held
        try:
            fcntl.flock(file, kind)
        except BlockingIOError:
            file.close()
            raise
        if _is_still_there(file, path):
            return file
        file.close()


def _is_still_there(file: IO[str], path: Path) -> bool:
    # Between open and flock a sweeper may have removed the file: then the lock is on something nobody else can see.
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except FileNotFoundError:
        return False
