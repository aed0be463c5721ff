"""Logs of the embedded demo: kept short. Real deployments send them to their own collector."""

import shutil
from collections.abc import Iterable
from pathlib import Path

LIMIT_BYTES = 20_000_000


def trim_all(logs: Iterable[Path], *, limit: int = LIMIT_BYTES) -> None:
    for log in logs:
        try:
            if log.stat().st_size > limit:
                shutil.copyfile(log, log.with_name(log.name + ".1"))
                # Its writer appends, so it goes on at the new end.
                with open(log, "r+b") as file:
                    file.truncate(0)
        except OSError:
            continue  # Not there yet, or the disk is full: no reason to stop the service.
