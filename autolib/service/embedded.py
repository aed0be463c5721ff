"""The servers of `up`: our own PostgreSQL and Valkey on the ports they had before, unless others are named."""

import os
from collections.abc import Callable, Mapping
from itertools import islice

from autolib.service import console, demo, places, ports, postgresql, settings_file, valkey
from autolib.service.program import Program, start_on_a_free_port
from autolib.service.supervisor import Supervisor

PORTS = places.STATE / "ports"


def database(supervisor: Supervisor, secrets: Mapping[str, str]) -> dict[str, str]:
    """Its addresses: as the owner, as the application, as an auditor."""
    if named := os.environ.get("DATABASE_URL"):
        demo.check_reachable("DATABASE_URL", named, default_port=5432)
        console.note("PostgreSQL: the server of DATABASE_URL")
        return {"DATABASE_OWNER_URL": os.environ.get("DATABASE_OWNER_URL") or named, "DATABASE_URL": named}
    password, folder = secrets["POSTGRESQL_PASSWORD"], places.STATE / "postgresql"
    with console.step("PostgreSQL") as step:
        if not (folder / "PG_VERSION").exists():
            step.progress("making the database")
        postgresql.initialise(folder, password=password, is_durable=True)
        log = places.LOGS / "postgresql.log"
        port = _start(
            supervisor,
            lambda port: postgresql.program(folder=folder, port=port, log=log, is_durable=True),
            "POSTGRESQL",
        )
        step.label += f" on 127.0.0.1:{port}"
    owner = postgresql.url(port, password)
    auditor = postgresql.url(port, secrets["DATABASE_AUDITOR_PASSWORD"], user="autolib_auditor")
    # Rows, but neither tables nor history: the role comes to be with the first `grant_roles`.
    application = postgresql.url(port, secrets["DATABASE_APP_PASSWORD"], user="autolib_app")
    return {"DATABASE_OWNER_URL": owner, "DATABASE_URL": application, "DATABASE_AUDITOR_URL": auditor}


def queue(supervisor: Supervisor, secrets: Mapping[str, str]) -> str:
    if named := os.environ.get("REDIS_URL"):
        demo.check_reachable("REDIS_URL", named, default_port=6379)
        console.note("Redis: the server of REDIS_URL")
        return named
    password, folder = secrets["VALKEY_PASSWORD"], places.STATE / "valkey"
    with console.step("Valkey") as step:
        log = places.LOGS / "valkey.log"
        port = _start(
            supervisor,
            lambda port: valkey.program(folder=folder, port=port, password=password, log=log, is_durable=True),
            "VALKEY",
        )
        step.label += f" on 127.0.0.1:{port}"
    return valkey.url(port, password)


def _start(supervisor: Supervisor, make: Callable[[int], Program], name: str) -> int:
    kept = settings_file.read(PORTS)
    wished = int(kept[name]) if kept.get(name, "").isdigit() else None
    program, child, port = start_on_a_free_port(make, islice(ports.candidates(first=wished), 5))
    supervisor.adopt(program, child)
    settings_file.write(PORTS, kept | {name: str(port)})
    return port
