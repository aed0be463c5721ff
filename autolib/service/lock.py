"""A lock that cannot go stale: the kernel drops it with the process that holds it."""

import fcntl
import os
from pathlib import Path
from typing import IO


def take(path: Path, *, wait: bool = False) -> IO[str] | None:
    """The open file that is the lock (keep it open), or nothing when somebody else holds it."""
    while True:
        file = open(path, "a+", encoding="utf-8")  # noqa: SIM115 - open is held
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return None
        if _is_still_there(file, path):
            return file
        file.close()


def _is_still_there(file: IO[str], path: Path) -> bool:
    # Between open and flock a sweeper may have removed the file: then the lock is on something nobody else can see.
    try:
        return os.path.samestat(os.fstat(file.fileno()), os.stat(path))
    except FileNotFoundError:
        return False
