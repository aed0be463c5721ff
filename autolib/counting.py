"""How often a caller asks: counted in PostgreSQL, in one atomic statement, so parallel requests cannot slip by."""

from ipaddress import ip_address, ip_network
from math import ceil

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from autolib.callers import address_of
from stations import clock

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
# The row changes, and comes back, only where the last one that counted is long enough ago.
FIRST = """
INSERT INTO accounts_requestcount AS counter (key, window_start, count) VALUES (%(key)s, {now}, 1)
ON CONFLICT (key) DO UPDATE SET window_start = excluded.window_start
WHERE counter.window_start <= excluded.window_start - %(within)s * interval '1 second'
RETURNING true
"""


def is_first(key: str, *, within_seconds: int) -> bool:
    """Whether nothing counted under the key for so long (an hour at most); then this counts."""
    now, parameters = clock.sql()
    with connection.cursor() as cursor:
        cursor.execute(FIRST.format(now=now), {"key": key, "within": within_seconds, **parameters})
        return cursor.fetchone() is not None


# What was right after all. Of another window there is nothing left to take back.
GIVE_BACK = """
UPDATE accounts_requestcount SET count = count - 1
WHERE key = %(key)s AND count > 0
    AND window_start = date_bin(%(window)s * interval '1 second', clock_timestamp(), 'epoch')
"""


def count(key: str, *, window_seconds: int) -> tuple[int, float]:
    """Count one more request under the key; how many in this window, and how long the window lasts (s)."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"key": key, "window": window_seconds})
        requests, left = cursor.fetchone()
    return requests, float(left)


def give_back(key: str, *, window_seconds: int) -> None:
    """Take one request under the key back."""
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK, {"key": key, "window": window_seconds})


def seconds_to_wait(request: HttpRequest, *, scope: str, limit: int, window_seconds: int) -> int:
    """Count this request of a person, else of a neighbourhood: 0 within the limit, else how long to wait."""
    if not settings.RATE_LIMITS:
        return 0
    requests, left = count(f"{scope}:{caller_of(request)}", window_seconds=window_seconds)
    return max(1, ceil(left)) if requests > limit else 0


def caller_of(request: HttpRequest) -> str:
    is_known = request.user.is_authenticated
    return f"user:{request.user.pk}" if is_known else f"address:{neighbourhood_of(request)}"


def neighbourhood_of(request: HttpRequest) -> str:
    """The /24 or /48 around the caller: what one person can easily change addresses within."""
    try:
        address = ip_address(address_of(request))
    except ValueError:
        return "unknown"
    return str(ip_network((address, 24 if address.version == 4 else 48), strict=False))
