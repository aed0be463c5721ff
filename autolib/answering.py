"""How a person's command is answered, whichever interface it came through: once, and a refusal is kept and noted."""

from collections.abc import Callable
from typing import Any

from accounts.idempotency import Answer, checked_key, fingerprint, run_once
from autolib.problems import body_of, status_of
from bookings import refused
from stations.refusals import Refusal


def answered(
    *, user_id: int, key: str | None, method: str, path: str, body: bytes, command: Callable[[], Any], status: int
) -> Answer:
    """Run `command` once for this person's key; `status` and what it returns are the answer unless it refuses.

    Raises KeyRequired, KeyReused, InProgress and Busy.
    """
    return run_once(
        principal=f"user:{user_id}",
        key=checked_key(key),
        print_of_command=fingerprint(method=method, path=path, body=body),
        command=lambda: Answer(status, command()),
        answer_of=answer_of,
        note=refused.note,
    )


def answer_of(refusal: Refusal) -> Answer:
    return Answer(status_of(refusal), body_of(refusal))
