"""KEY=VALUE lines in the ignored folder: what other commands of this checkout need to find the running servers."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from autolib.service.trouble import Trouble


def read(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise Trouble(f"{path} cannot be read ({error.strerror}). Run this as the owner of the checkout.") from error
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith("#"))
    return {key.strip(): value.strip() for key, value in pairs}


def write(path: Path, values: Mapping[str, str]) -> None:
    """All or nothing, readable by its owner only."""
    unfinished = path.with_name(path.name + ".new")
    try:
        unfinished.unlink(missing_ok=True)
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.writelines(f"{key}={value}\n" for key, value in values.items())
        unfinished.replace(path)
    except OSError as error:
        raise Trouble(
            f"{path} cannot be written ({error.strerror}). "
            "Free some disk space, or run this as the owner of the checkout."
        ) from error


def load_into_environment(path: Path) -> None:
    """The real environment wins."""
    for key, value in read(path).items():
        os.environ.setdefault(key, value)


def keep_secrets(path: Path, names: list[str], *, size: int = 48) -> dict[str, str]:
    """Random values of `size` bytes, drawn once: sessions, devices and the database's password depend on them."""
    kept = read(path)
    missing = {name: secrets.token_urlsafe(size) for name in names if not kept.get(name)}
    if missing:
        kept |= missing
        write(path, kept)
    return kept
