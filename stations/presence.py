"""When a device was last heard of, and how far its clock is ahead of ours."""

from datetime import datetime

from django.db import connection

# Two requests of a device must not wait for each other here: whoever finds the row taken leaves it to the other.
NOTE = """
UPDATE stations_device SET last_seen_at = %(at)s, clock_ahead_ms = %(clock_ahead_ms)s
WHERE id = (SELECT id FROM stations_device WHERE id = %(device)s FOR NO KEY UPDATE SKIP LOCKED)
"""


def note(*, device_id: int, at: datetime, clock_ahead_ms: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(NOTE, {"device": device_id, "at": at, "clock_ahead_ms": clock_ahead_ms})
