"""When a device was last heard of, and how far its clock is ahead of ours."""

from collections.abc import Iterable
from datetime import datetime

from django.db import connection

from stations import clock

# Two requests of a device must not wait for each other here: whoever finds the row taken leaves it to the other.
NOTE = """
UPDATE stations_device SET last_seen_at = %(at)s, clock_ahead_ms = %(clock_ahead_ms)s
WHERE id = (SELECT id FROM stations_device WHERE id = %(device)s FOR NO KEY UPDATE SKIP LOCKED)
"""


def note(*, device_id: int, at: datetime, clock_ahead_ms: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(NOTE, {"device": device_id, "at": at, "clock_ahead_ms": clock_ahead_ms})


# A post that never spoke has no hardware yet: what is known of its station came from an operator, not from it.
# Looked up station by station: whatever the planner believes of the tables just after an import, each takes an index.
SILENT = """
SELECT station.id, heard.last_at
FROM stations_station AS station
JOIN stations_network AS network ON network.id = station.network_id
CROSS JOIN LATERAL (
    SELECT max(device.last_seen_at) AS last_at
    FROM stations_chargepoint AS charge_point
    JOIN stations_device AS device ON device.id = charge_point.device_id AND device.is_active
    WHERE charge_point.station_id = station.id
) AS heard
WHERE station.id = ANY(%(stations)s)
  AND heard.last_at < {now} - make_interval(secs => network.post_silence_seconds)
"""


def silent_since(station_ids: Iterable[int]) -> dict[int, datetime]:
    """Stations none of whose posts has spoken for longer than the network allows, and when one was last heard."""
    now, parameters = clock.sql()
    with connection.cursor() as cursor:
        cursor.execute(SILENT.format(now=now), {"stations": list(station_ids), **parameters})
        return dict(cursor.fetchall())
