"""Collecting static files takes seconds, so it is done only when one of them has changed."""

import hashlib
from pathlib import Path

from autolib.service import places

STAMP = places.STATIC / "collected"


def is_current() -> bool:
    try:
        return STAMP.read_text(encoding="utf-8") == fingerprint()
    except OSError:
        return False


def remember() -> None:
    STAMP.write_text(fingerprint(), encoding="utf-8")


def fingerprint() -> str:
    """Of every static file of ours, and of the packages that bring the others."""
    digest = hashlib.sha256(places.REQUIREMENTS.read_bytes())
    for path in sorted(_files(places.ROOT)):
        status = path.stat()
        digest.update(f"{path.relative_to(places.ROOT)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _files(root: Path) -> list[Path]:
    folders = [package.parent for package in root.glob("*/__init__.py")]
    return [path for folder in folders for path in folder.glob("**/static/**/*") if path.is_file()]
