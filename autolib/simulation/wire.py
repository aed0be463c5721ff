"""HTTP as a good client speaks it: connections kept open, the same key again after a failure, patience when asked."""

import json
import ssl
import threading
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

from autolib.simulation.figures import Figures

TIMEOUT_SECONDS = 10
FIRST_WAIT, LONGEST_WAIT = 0.25, 5.0
COME_BACK = {429, 502, 503, 504}


class Stopped(Exception):
    """The simulator is asked to end; what was under way is picked up at its next start."""


class Dismissed(Exception):
    """The product no longer knows our tokens: another simulator has the riders, or the database is another one."""


@dataclass(frozen=True)
class Reply:
    """`asked_at` and `told_at` are of the local monotonic clock, around the try that was answered."""

    status: int
    body: Any
    headers: dict[str, str] = field(default_factory=dict)
    asked_at: float = 0.0
    told_at: float = 0.0

    @property
    def is_done(self) -> bool:
        return 200 <= self.status < 300

    @property
    def code(self) -> str:
        """The refusal's code, or "" for what was done."""
        if self.is_done or self.status == 304:
            return ""
        found = self.body.get("code") if isinstance(self.body, dict) else None
        return str(found or f"http_{self.status}")


class Wire:
    """One connection a thread, to one server."""

    def __init__(self, base_url: str, *, figures: Figures, stop: threading.Event) -> None:
        self.address = urlsplit(base_url)
        self.figures, self.stop = figures, stop
        self._of_thread = threading.local()

    def ask(
        self, method: str, path: str, *, endpoint: str, headers: dict[str, str], body: bytes | None = None
    ) -> Reply:
        """The answer. Asks again, with the very same request, while there is none or while it says to come back."""
        wait = FIRST_WAIT
        while True:
            reply = self._try(method, path, endpoint, headers, body)
            if reply is not None and reply.status not in COME_BACK:
                return reply
            asked = _seconds(reply.headers.get("retry-after")) if reply is not None else None
            if self.stop.wait(max(wait, asked or 0)):
                raise Stopped
            wait = min(LONGEST_WAIT, wait * 2)

    def is_answered(self) -> bool:
        """Whether anybody is there."""
        return self._try("GET", "/api/v1/clock", "GET /api/v1/clock", {}, None) is not None

    def _try(self, method: str, path: str, endpoint: str, headers: dict[str, str], body: bytes | None) -> Reply | None:
        """One try; None when no answer came. A connection that the server had closed meanwhile costs no try."""
        is_reused = getattr(self._of_thread, "connection", None) is not None
        asked_at = monotonic()
        try:
            connection = self._connection()
            connection.request(method, self.address.path.rstrip("/") + path, body=body, headers=headers)
            response = connection.getresponse()
            content = response.read()
        except (OSError, HTTPException) as error:
            self.close()
            if is_reused and isinstance(error, ConnectionError):
                return self._try(method, path, endpoint, headers, body)
            self.figures.no_answer(endpoint, error)
            return None
        told_at = monotonic()
        named = {name.lower(): value for name, value in response.getheaders()}
        reply = Reply(response.status, _json(content), named, asked_at, told_at)
        self.figures.answered(endpoint, reply.status, reply.code, told_at - asked_at)
        return reply

    def _connection(self) -> HTTPConnection:
        known: HTTPConnection | None = getattr(self._of_thread, "connection", None)
        if known is None:
            host, port = self.address.hostname or "", self.address.port
            if self.address.scheme == "https":
                known = HTTPSConnection(host, port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context())
            else:
                known = HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
            self._of_thread.connection = known
        return known

    def close(self) -> None:
        """Drop this thread's connection; the next request opens another one."""
        known: HTTPConnection | None = getattr(self._of_thread, "connection", None)
        self._of_thread.connection = None
        if known is not None:
            known.close()


def _json(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return None


def _seconds(header: str | None) -> float | None:
    return min(60.0, float(header)) if header and header.isdigit() else None
