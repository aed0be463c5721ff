"""The real PostgreSQL and the real Valkey of the wheels: started, killed, started again."""

import os
import signal
import socket
import subprocess
from pathlib import Path

import psycopg2
import pytest
import redis

from autolib.service import places, ports, postgresql, processes, valkey
from autolib.service.program import Program, start_on_a_free_port
from autolib.service.trouble import Trouble


def start(program_at) -> tuple[Program, subprocess.Popen[bytes], int]:
    return start_on_a_free_port(program_at, ports.candidates())


def postgresql_in(tmp_path: Path):
    return lambda port: postgresql.program(
        folder=tmp_path / "data", port=port, log=tmp_path / "postgresql.log", is_durable=True
    )


def ask(port: int, statement: str) -> list[tuple]:
    connection = psycopg2.connect(postgresql.url(port, "secret"))
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def test_postgresql_keeps_what_it_confirmed_when_it_is_killed(tmp_path: Path) -> None:
    postgresql.initialise(tmp_path / "data", password="secret", is_durable=True)
    _, killed, port = start(postgresql_in(tmp_path))
    ask(port, "CREATE TABLE booking AS SELECT 'confirmed' AS state")

    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    # In a container the number of the dead is soon given to somebody else.
    pid_file = tmp_path / "data" / "postmaster.pid"
    pid_file.write_text(
        pid_file.read_text(encoding="utf-8").replace(str(killed.pid), str(os.getpid()), 1), encoding="utf-8"
    )
    program, child, port = start(postgresql_in(tmp_path))

    assert ask(port, "SELECT state FROM booking") == [("confirmed",)]
    assert ask(port, "SELECT current_setting('fsync'), current_setting('synchronous_commit')") == [("on", "on")]
    assert ask(port, "SELECT current_setting('data_checksums'), current_setting('server_encoding')") == [("on", "UTF8")]
    assert ask(port, "SELECT upper('é'), current_setting('max_connections')") == [("É", "300")]
    child.send_signal(program.stop_signal)
    assert child.wait(timeout=10) == 0


def test_an_interrupted_initialisation_heals(tmp_path: Path) -> None:
    half_finished = places.make_folder(tmp_path / "data.unfinished")
    (half_finished / "PG_VERSION").write_text("18", encoding="utf-8")

    postgresql.initialise(tmp_path / "data", password="secret", is_durable=False)

    assert not half_finished.exists()
    assert (tmp_path / "data" / "global" / "pg_control").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data"]


def test_a_second_server_on_the_same_data_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "working_in", lambda _: [4711])
    monkeypatch.setattr(processes, "name_of", lambda _: "postgres")
    monkeypatch.setattr(postgresql, "SECONDS_TO_LEAVE", 0)

    with pytest.raises(Trouble, match=r"Another PostgreSQL .process 4711. works on .* Stop it with: kill -INT 4711"):
        postgresql.clear_the_way(tmp_path)


def test_valkey_keeps_its_queue_over_a_restart_and_never_evicts(tmp_path: Path) -> None:
    def program(port: int) -> Program:
        return valkey.program(
            folder=tmp_path / "valkey", port=port, password="secret", log=tmp_path / "valkey.log", is_durable=True
        )

    first, child, port = start(program)
    with redis.from_url(valkey.url(port, "secret")) as client:
        client.rpush("celery", "task")
    child.send_signal(first.stop_signal)
    child.wait(timeout=10)
    _, child, port = start(program)

    with redis.from_url(valkey.url(port, "secret")) as client:
        assert client.lrange("celery", 0, -1) == [b"task"]
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    with redis.from_url(f"redis://127.0.0.1:{port}/0") as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()
    child.kill()
    child.wait()


def test_a_taken_port_leads_to_the_next(tmp_path: Path) -> None:
    def program(port: int) -> Program:
        return valkey.program(
            folder=tmp_path / str(port), port=port, password="secret", log=tmp_path / f"{port}.log", is_durable=False
        )

    with socket.create_server(("127.0.0.1", 0)) as somebody:
        taken = somebody.getsockname()[1]
        _, child, port = start_on_a_free_port(program, [taken, next(ports.candidates())])

    assert port != taken
    child.kill()
    child.wait()
