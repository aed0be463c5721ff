"""How often one caller may ask: counted in PostgreSQL, in one atomic statement, so parallel requests cannot slip by."""

from django.conf import settings
from django.db import connection
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from autolib.callers import address_of

WINDOW_SECONDS = 60
READS_PER_WINDOW = 600
WRITES_PER_WINDOW = 120

COUNT = """
INSERT INTO accounts_requestcount AS counter (key, window_start, count)
VALUES (%(key)s, date_bin(%(window)s * interval '1 second', clock_timestamp(), 'epoch'), 1)
ON CONFLICT (key) DO UPDATE SET
    count = CASE WHEN counter.window_start = excluded.window_start THEN counter.count + 1 ELSE 1 END,
    window_start = excluded.window_start
RETURNING count, extract(epoch FROM window_start + %(window)s * interval '1 second' - clock_timestamp())
"""


def count(key: str, *, window_seconds: int = WINDOW_SECONDS) -> tuple[int, float]:
    """Count one more request under the key; how many in this window, and how long the window lasts (s)."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"key": key, "window": window_seconds})
        requests, left = cursor.fetchone()
    return requests, float(left)


class Throttle(BaseThrottle):
    """Per token or person, else per address. A view may set `throttle_limit` and `throttle_scope` of its own."""

    left = 0.0

    def allow_request(self, request: Request, view: APIView) -> bool:
        if not settings.RATE_LIMITS:
            return True
        is_write = request.method not in {"GET", "HEAD", "OPTIONS"}
        limit = getattr(view, "throttle_limit", WRITES_PER_WINDOW if is_write else READS_PER_WINDOW)
        scope = getattr(view, "throttle_scope", "write" if is_write else "read")
        who = f"user:{request.user.pk}" if request.user.is_authenticated else f"address:{address_of(request)}"
        requests, self.left = count(f"{scope}:{who}")
        return requests <= limit

    def wait(self) -> float:
        return self.left
