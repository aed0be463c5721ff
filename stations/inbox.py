"""Every message of a device is taken once, for ever: its id is claimed in the transaction that acts on it.

A twin that arrives meanwhile waits on the unique id until the first has committed, then gets the answer of the first.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import OperationalError, connection, transaction

from stations import clock
from stations.models import DeviceMessage
from stations.refusals import LOCK_NOT_AVAILABLE, Busy

Outcome = DeviceMessage.Outcome

RETRIABLE = {"40001", "40P01"}
TRIES = 3

# In the order of the ids, so that two batches with the same messages wait for each other and never in a circle.
CLAIM = """
INSERT INTO stations_devicemessage (device_id, msg_id, kind, event_time, received_at, payload, outcome, reason, answer)
SELECT message.device_id, message.msg_id, message.kind, message.event_time, message.received_at,
       message.payload::jsonb, message.outcome, message.reason, message.answer::jsonb
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::text[], %s::text[],
            %s::text[], %s::text[])
     AS message (device_id, msg_id, kind, event_time, received_at, payload, outcome, reason, answer)
ORDER BY message.device_id, message.msg_id
ON CONFLICT (device_id, msg_id) DO NOTHING
RETURNING msg_id
"""
KNOWN = """
SELECT msg_id, answer, payload->>'digest' FROM stations_devicemessage WHERE device_id = %s AND msg_id = ANY(%s)
"""
# What is in quarantine is not dealt with until a person has looked at it.
RESOLVE = """
UPDATE stations_devicemessage
SET outcome = %(outcome)s, reason = %(reason)s, answer = %(answer)s::jsonb,
    resolved_at = CASE WHEN %(outcome)s <> 'quarantined' THEN {now} END
WHERE device_id = %(device)s AND msg_id = %(msg_id)s
"""


@dataclass(frozen=True)
class Verdict:
    """What became of a message: `reason` says why it was not applied, `more` is told to the device besides."""

    outcome: str
    reason: str = ""
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def answer(self) -> dict[str, Any]:
        return {"outcome": str(self.outcome), **({"reason": self.reason} if self.reason else {}), **self.more}


WAITING = Verdict(Outcome.PENDING)


@dataclass(frozen=True)
class Entry:
    """A message on its way into the inbox. `digest` tells a repetition from another message under the same id."""

    device_id: int
    msg_id: str
    kind: str
    event_time: datetime
    received_at: datetime
    digest: str
    content: dict[str, Any]
    verdict: Verdict = WAITING

    @property
    def answer(self) -> dict[str, Any]:
        return {"outcome": "accepted"} if self.verdict is WAITING else self.verdict.answer


@dataclass(frozen=True)
class Receipt:
    """What the device is told of a message, at its first arrival and at every repetition."""

    answer: dict[str, Any]
    digest: str
    is_duplicate: bool


def keep(entries: Sequence[Entry]) -> dict[str, Receipt]:
    """Put messages of one device into the inbox, all that are new in one statement. Raises Busy behind a slow twin."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(CLAIM, _columns(entries))
            new = {msg_id for (msg_id,) in cursor.fetchall()}
    except OperationalError as error:
        raise _busy_or(error) from error
    receipts = {entry.msg_id: Receipt(entry.answer, entry.digest, False) for entry in entries if entry.msg_id in new}
    if len(receipts) < len(entries):
        with connection.cursor() as cursor:
            known = [entry.msg_id for entry in entries if entry.msg_id not in new]
            cursor.execute(KNOWN, [entries[0].device_id, known])
            receipts |= {row[0]: Receipt(json.loads(row[1]), row[2], True) for row in cursor.fetchall()}
    return receipts


def take_once(entry: Entry, *, decide: Callable[[], Verdict]) -> Receipt:
    """Claim the message, act on it by `decide` and keep the answer, in one transaction.

    Raises Busy where a lock was not to be had; then nothing is kept and the device may send the message again.
    """
    for _ in range(TRIES):
        try:
            with transaction.atomic(durable=True):
                return _take(entry, decide)
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", None) not in RETRIABLE:
                raise _busy_or(error) from error
    raise Busy


def _take(entry: Entry, decide: Callable[[], Verdict]) -> Receipt:
    receipt = keep([entry])[entry.msg_id]
    if receipt.is_duplicate:
        return receipt
    verdict = decide()
    now, parameters = clock.sql()
    with connection.cursor() as cursor:
        cursor.execute(
            RESOLVE.format(now=now),
            {
                "outcome": str(verdict.outcome),
                "reason": verdict.reason,
                "answer": json.dumps(verdict.answer),
                "device": entry.device_id,
                "msg_id": entry.msg_id,
                **parameters,
            },
        )
    return Receipt(verdict.answer, entry.digest, False)


def _columns(entries: Sequence[Entry]) -> list[list[Any]]:
    return [
        [entry.device_id for entry in entries],
        [entry.msg_id for entry in entries],
        [entry.kind for entry in entries],
        [entry.event_time for entry in entries],
        [entry.received_at for entry in entries],
        [json.dumps({**entry.content, "digest": entry.digest}) for entry in entries],
        [str(entry.verdict.outcome) for entry in entries],
        [entry.verdict.reason for entry in entries],
        [json.dumps(entry.answer) for entry in entries],
    ]


def _busy_or(error: OperationalError) -> Exception:
    return Busy() if getattr(error.__cause__, "pgcode", None) == LOCK_NOT_AVAILABLE else error
