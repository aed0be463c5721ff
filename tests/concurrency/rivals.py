"""Real threads on real PostgreSQL: all start at one barrier, each on its own connection."""

from collections.abc import Callable, Sequence
from threading import Barrier, Thread
from time import sleep
from typing import Any

from django.db import connection

# Of this database alone: other tests run beside these.
WHO_WAITS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pg_blocking_pids(pid) <> '{}'"


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run every call in its own thread, all from one barrier; answers or exceptions, in order."""
    barrier = Barrier(len(calls))
    outcomes: list[Any] = [None] * len(calls)

    def run(index: int, call: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=30)
            outcomes[index] = call()
        except Exception as error:
            outcomes[index] = error
        finally:
            connection.close()

    threads = [Thread(target=run, args=(index, call)) for index, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


def pid() -> int:
    """How the other threads know this thread's connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def wait_until_somebody_waits(who: int | None = None) -> None:
    """Return as soon as any of the others, or the one meant, is held up by a lock."""
    with connection.cursor() as cursor:
        for _ in range(1_000):
            cursor.execute(WHO_WAITS)
            waiting = {row[0] for row in cursor.fetchall()}
            if waiting if who is None else who in waiting:
                return
            sleep(0.01)
    raise AssertionError("nobody waits")
