"""The checkout's own Python environment, `.venv`: made, filled from the hash-locked list, healed, entered."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from autolib.service import console, lock, places, processes
from autolib.service.trouble import Trouble

STAMP = places.VENV / "autolib-stamp"
# There while pip unpacks: found at the next start, what pip left may be half of a package that it believes installed.
UNPACKING = places.VENV / "autolib-unpacking"
LOG = places.LOGS / "set-up.log"
NEEDED_BYTES = 1_000_000_000
NO_NETWORK = (
    "NewConnectionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "NameResolutionError",
    "Temporary failure in name resolution",
    "Network is unreachable",
    "ProxyError",
    "Connection refused",
    "SSLError",
    "No route to host",
)


def is_active() -> bool:
    return Path(sys.prefix).resolve() == places.VENV.resolve()


def exists() -> bool:
    return (places.VENV / "pyvenv.cfg").exists() and places.VENV_PYTHON.exists()


def enter(arguments: list[str]) -> None:
    """Goes on as the same command inside `.venv`; does not come back."""
    sys.stdout.flush()
    os.execv(places.VENV_PYTHON, [str(places.VENV_PYTHON), str(places.ROOT / "manage.py"), *arguments])  # noqa: S606


def ensure() -> None:
    if is_current():
        return
    places.make_folder(places.STATE, is_passable=True)
    places.make_folder(places.LOGS)
    setup_lock = lock.take(places.STATE / "set-up.lock")
    if not setup_lock:
        console.note("Another set-up of this checkout is running; waiting for it.")
        setup_lock = lock.wait_for(places.STATE / "set-up.lock")
    with setup_lock:
        if not is_current():
            _set_up()


def is_current() -> bool:
    try:
        return STAMP.read_text(encoding="utf-8") == stamp(places.REQUIREMENTS.read_bytes(), _version_inside())
    except OSError:
        return False


def stamp(requirements: bytes, python_version: str) -> str:
    return hashlib.sha256(requirements + python_version.encode()).hexdigest()


def _version_inside() -> str:
    """The version of `.venv`'s interpreter; empty when it does not run (its Python was removed or upgraded)."""
    if is_active():
        return sys.version
    script = "import sys; print(sys.prefix); print(sys.version)"
    try:
        answer = subprocess.run([places.VENV_PYTHON, "-c", script], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
    prefix, _, version = answer.strip().partition("\n")
    return version if Path(prefix).resolve() == places.VENV.resolve() else ""


def _set_up() -> None:
    _check_disk()
    console.note("First use, or requirements.txt has changed: setting up Python in .venv; this takes a minute at most.")
    if UNPACKING.exists() or not _version_inside() or not _has_pip():
        _make()
    _install()
    try:
        STAMP.write_text(stamp(places.REQUIREMENTS.read_bytes(), _version_inside()), encoding="utf-8")
    except OSError as error:
        raise Trouble(f"{STAMP} cannot be written ({error.strerror}). Free some disk space and start again.") from error


def _check_disk() -> None:
    free = shutil.disk_usage(places.ROOT).free
    if free < NEEDED_BYTES:
        raise Trouble(
            f"Only {free // 1_000_000} MB are free on the disk of {places.ROOT} and the set-up needs 1 GB. "
            "Free some space and start again."
        )


def _has_pip() -> bool:
    return subprocess.run([places.VENV_PYTHON, "-c", "import pip"], capture_output=True, check=False).returncode == 0


def _make() -> None:
    if not importlib.util.find_spec("venv") or not importlib.util.find_spec("ensurepip"):
        raise Trouble(
            "This Python comes without its venv module. Install it (Debian: sudo apt install python3-venv) "
            "and start again."
        )
    # Not sys.executable: that may be the very environment which is broken.
    python = getattr(sys, "_base_executable", None) or sys.executable
    with console.step("Python environment"):
        made = subprocess.run(
            [python, "-m", "venv", "--clear", places.VENV], capture_output=True, text=True, check=False
        )
        if made.returncode != 0:
            words = (made.stderr or made.stdout).strip().splitlines()
            raise Trouble(f"The Python environment .venv cannot be made: {words[-1] if words else 'no reason given'}")


def _install() -> None:
    count = sum(1 for line in places.REQUIREMENTS.read_text(encoding="utf-8").splitlines() if "==" in line[:80])
    command: list[str | Path] = [
        places.VENV_PYTHON,
        "-m",
        "pip",
        "install",
        "--require-hashes",
        "--no-deps",
        "--only-binary",
        ":all:",
    ]
    command += ["--retries", "2", "--progress-bar", "off", "--requirement", places.REQUIREMENTS]
    env = os.environ | {"PIP_USER": "0", "PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", "LC_ALL": "C.UTF-8"}
    for name in ("PIP_TARGET", "PIP_PREFIX", "PYTHONHOME"):
        env.pop(name, None)
    with console.step(f"{count} Python packages") as step, open(LOG, "w", encoding="utf-8") as log:
        pip = processes.start(command, env=env, cwd=places.ROOT, in_own_session=False, is_captured=True)
        seen = 0
        for line in (raw.decode("utf-8", "replace") for raw in pip.stdout or ()):
            log.write(line)
            if line.startswith(("Collecting ", "Requirement already")):
                seen += 1
                step.progress(f"{seen} of {count}, {line.split()[1]}")
            elif line.startswith("Installing collected packages"):
                UNPACKING.touch()
                step.progress("unpacking")
        if pip.wait() != 0:
            log.flush()
            raise Trouble(explain(LOG.read_text(encoding="utf-8", errors="replace")))
        UNPACKING.unlink(missing_ok=True)


def explain(words: str) -> str:
    if "No space left on device" in words:
        return "The disk is full: the Python packages do not fit. Free 1 GB and start again."
    if any(sign in words for sign in NO_NETWORK):
        return (
            "The Python packages cannot be fetched: the package index is out of reach. Connect to the network, "
            "or set PIP_INDEX_URL to a mirror (PIP_PROXY behind a proxy), and start again."
        )
    if "DO NOT MATCH THE HASHES" in words:
        return (
            "A downloaded package is not the one requirements.txt promises, so it was refused. "
            f"Try again; if it stays so, ask your package mirror's keeper. See {LOG}"
        )
    if "No matching distribution found" in words:
        return f"There is no ready-made package for this machine or Python; use Python 3.11 on Linux. See {LOG}"
    last = words.strip().splitlines()[-1:] or ["pip said nothing"]
    return f"The Python packages cannot be installed: {last[0]} See {LOG}"
