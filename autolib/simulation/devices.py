"""Posts and cars as they speak: signed requests, batched, each message with an id that survives every retry."""

import hashlib
import hmac
import json
import threading
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from time import time
from typing import Any

from autolib.simulation.figures import Figures
from autolib.simulation.scenario import Dock, Signer
from autolib.simulation.wire import FIRST_WAIT, Reply, Stopped, Wire

STATUS = "/devices/v1/status"
ENDPOINT = f"POST {STATUS}"
CLOCK_TRIES = 3

Message = dict[str, Any]


class ServerClock:
    """The product's time, as far as it can be known from here: our own clock and how far it is off."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.offset = 0.0

    def set(self) -> None:
        reply = self.wire.ask("GET", "/api/v1/clock", endpoint="GET /api/v1/clock", headers={})
        if reply.is_done:
            self.offset = parse(reply.body["now"]).timestamp() - (time() - (reply.told_at - reply.asked_at) / 2)

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=self.offset)


def parse(instant: str) -> datetime:
    return datetime.fromisoformat(instant)


class Devices:
    """Every post and car of the network, and what each has to say."""

    def __init__(self, wire: Wire, *, clock: ServerClock, figures: Figures) -> None:
        self.wire, self.clock, self.figures = wire, clock, figures
        self._lock = threading.Lock()
        self._latest = datetime(1970, 1, 1, tzinfo=UTC)

    def message(self, kind: str, *, dock: Dock | None = None, **said: Any) -> Message:
        """A message of now. No two of this run have the same time, so that nothing is older than what it follows."""
        with self._lock:
            self._latest = max(self.clock.now(), self._latest + timedelta(microseconds=1))
            at = self._latest
        named = {"charge_point": dock.charge_point, "connector": dock.connector} if dock else None
        told = {"msg_id": uuid.uuid4().hex, "event_time": at.isoformat(), "kind": kind, "dock": named, **said}
        return {name: value for name, value in told.items() if value is not None}

    def send(self, signer: Signer, messages: Sequence[Message]) -> list[dict[str, Any]]:
        """What became of each message, in their order; those that must wait are sent again."""
        results: dict[str, dict[str, Any]] = {}
        waiting = list(messages)
        while waiting:
            reply = self._send(signer, waiting)
            if not reply.is_done:
                told = [{"msg_id": message["msg_id"], "outcome": "refused", "code": reply.code} for message in waiting]
            else:
                told = reply.body["results"]
            results |= {result["msg_id"]: result for result in told}
            waiting = [message for message in waiting if results[message["msg_id"]]["outcome"] == "retry"]
            if waiting and self.wire.stop.wait(FIRST_WAIT):
                raise Stopped
        for message in messages:
            self.figures.acted(message["kind"], code_of(results[message["msg_id"]]))
        return [results[message["msg_id"]] for message in messages]

    def _send(self, signer: Signer, messages: list[Message]) -> Reply:
        """Signed anew at each try: after a long silence of the server an old signature would be too old."""
        body = json.dumps({"messages": messages}, separators=(",", ":")).encode()
        for _ in range(CLOCK_TRIES):
            headers = {"Content-Type": "application/json", **self.signature(signer, body)}
            reply = self.wire.ask("POST", STATUS, endpoint=ENDPOINT, headers=headers, body=body)
            if reply.code != "clock_off":
                break
            self.clock.set()
        return reply

    def signature(self, signer: Signer, body: bytes) -> dict[str, str]:
        timestamp = f"{self.clock.now().timestamp():.3f}"
        signed = hmac.new(signer.key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
        return {"X-Device": signer.identifier, "X-Timestamp": timestamp, "X-Signature": signed}


def code_of(result: dict[str, Any]) -> str:
    """Why a message was not applied; "" when it was, or when it lies safe in the inbox."""
    if result["outcome"] in ("applied", "accepted"):
        return ""
    return str(result.get("code") or result.get("reason") or result["outcome"])
