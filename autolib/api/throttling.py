"""How often one caller may ask: counted in PostgreSQL, in one atomic statement, so parallel requests cannot slip by."""

import hashlib
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from autolib.callers import address_of

WINDOW_SECONDS = 60
READS_PER_WINDOW = 600
WRITES_PER_WINDOW = 120
SIGN_IN_WINDOW_SECONDS = 300
SIGN_INS_PER_ACCOUNT = 5
SIGN_INS_PER_NEIGHBOURHOOD = 30

# A counter that a crash loses harms nobody: it does not wait for the disk, as everything else does.
COUNT = """
INSERT INTO accounts_requestcount AS counter (key, window_start, count)
SELECT %(key)s, date_bin(%(window)s * interval '1 second', clock_timestamp(), 'epoch'), 1
FROM set_config('synchronous_commit', 'off', true)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN counter.window_start = excluded.window_start THEN counter.count + 1 ELSE 1 END,
    window_start = excluded.window_start
RETURNING count, extract(epoch FROM window_start + %(window)s * interval '1 second' - clock_timestamp())
"""


def count(key: str, *, window_seconds: int) -> tuple[int, float]:
    """Count one more request under the key; how many in this window, and how long the window lasts (s)."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"key": key, "window": window_seconds})
        requests, left = cursor.fetchone()
    return requests, float(left)


class Throttle(BaseThrottle):
    """Per person, however many tokens; else per neighbourhood of addresses."""

    left = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        if not settings.RATE_LIMITS:
            return True
        is_read = request.method in {"GET", "HEAD", "OPTIONS"}
        scope, limit = ("read", READS_PER_WINDOW) if is_read else ("write", WRITES_PER_WINDOW)
        who = f"user:{request.user.pk}" if request.user.is_authenticated else f"address:{neighbourhood_of(request)}"
        requests, self.left = count(f"{scope}:{who}", window_seconds=WINDOW_SECONDS)
        return requests <= limit

    def wait(self) -> float:
        return self.left


def limit_sign_ins(request: HttpRequest, *, email: str) -> None:
    """Raise Throttled after too many tries for this account or from this neighbourhood. Counted before any check."""
    if not settings.RATE_LIMITS:
        return
    account = hashlib.sha256(email.strip().lower().encode()).hexdigest()
    tries = [
        (f"sign-in:account:{account}", SIGN_INS_PER_ACCOUNT),
        (f"sign-in:address:{neighbourhood_of(request)}", SIGN_INS_PER_NEIGHBOURHOOD),
    ]
    waits = []
    for key, limit in tries:
        requests, left = count(key, window_seconds=SIGN_IN_WINDOW_SECONDS)
        if requests > limit:
            waits.append(left)
    if waits:
        raise Throttled(wait=max(waits))


def neighbourhood_of(request: HttpRequest) -> str:
    """The /24 or /48 around the caller: what one person can easily change addresses within."""
    try:
        address = ip_address(address_of(request))
    except ValueError:
        return "unknown"
    return str(ip_network((address, 24 if address.version == 4 else 48), strict=False))
