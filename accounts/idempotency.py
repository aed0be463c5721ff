"""One answer to one command: the key is claimed, the command run and its answer stored in one durable transaction.

A twin that arrives meanwhile waits on the unique key until the first has committed, then gets the same answer.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction

from accounts.refusals import InProgress, KeyRequired, KeyReused
from stations.refusals import Busy, Refusal

LOCK_NOT_AVAILABLE = "55P03"
RETRIABLE = {"40001", "40P01"}
TRIES = 3

CLAIM = """
INSERT INTO accounts_idempotencyrecord (principal, key, fingerprint, created_at)
VALUES (%s, %s, %s, clock_timestamp()) ON CONFLICT (principal, key) DO NOTHING RETURNING id
"""
KNOWN = "SELECT fingerprint, status, body FROM accounts_idempotencyrecord WHERE principal = %s AND key = %s"
STORE = "UPDATE accounts_idempotencyrecord SET status = %s, body = %s WHERE id = %s"


@dataclass(frozen=True)
class Answer:
    """HTTP status and JSON body of a command; `is_replay` when it was given before."""

    status: int
    body: Any
    is_replay: bool = False


def fingerprint(*, method: str, path: str, body: bytes) -> str:
    return hashlib.sha256(b"\n".join([method.encode(), path.encode(), body])).hexdigest()


def checked_key(key: str | None) -> str:
    """The key as sent, or KeyRequired: 1 to 255 visible ASCII characters."""
    if key is None or not re.fullmatch(r"[\x21-\x7e]{1,255}", key):
        raise KeyRequired
    return key


def run_once(
    *,
    principal: str,
    key: str,
    print_of_command: str,
    command: Callable[[], Answer],
    answer_of: Callable[[Refusal], Answer],
    note: Callable[[Refusal], None] = lambda _refusal: None,
) -> Answer:
    """Run `command` at most once for (principal, key). Raises KeyReused or InProgress; a refusal becomes the
    answer, except Busy, which leaves no trace so that the same key may try again. `note` is called with a refusal
    once the command is undone, in the transaction that keeps the answer; never for an answer given before.

    A deadlock or serialization failure is tried again, a lost connection never: the client's key decides.
    """
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic(durable=True):
                return _run(principal, key, print_of_command, command, answer_of, note)
        except OperationalError as error:
            code = getattr(error.__cause__, "pgcode", None)
            if code == LOCK_NOT_AVAILABLE:
                raise InProgress from error
            if code not in RETRIABLE or attempt == TRIES:
                raise
    raise AssertionError("unreachable")


def _run(
    principal: str,
    key: str,
    print_of_command: str,
    command: Callable[[], Answer],
    answer_of: Callable[[Refusal], Answer],
    note: Callable[[Refusal], None],
) -> Answer:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [principal, key, print_of_command])
        row = cursor.fetchone()
        if row is None:
            cursor.execute(KNOWN, [principal, key])
            known = cursor.fetchone()
            if known is None:
                raise InProgress
            if known[0] != print_of_command:
                raise KeyReused
            return Answer(known[1], _decoded(known[2]), is_replay=True)
    try:
        with transaction.atomic():
            answer = command()
    except Busy:
        raise
    except Refusal as refusal:
        answer = answer_of(refusal)
        note(refusal)
    with connection.cursor() as cursor:
        cursor.execute(STORE, [answer.status, connection.ops.adapt_json_value(answer.body, None), row[0]])
    return answer


def _decoded(value: Any) -> Any:
    """psycopg2 hands jsonb over as text here, because Django registers no decoder for bare cursors."""
    return json.loads(value) if isinstance(value, str) else value


def forget(*, older_than: datetime) -> int:
    """Drop answers nobody can ask for any more; how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_idempotencyrecord WHERE created_at < %s", [older_than])
        return cursor.rowcount
