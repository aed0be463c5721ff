"""When a periodic work last did its round."""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from psycopg2.extras import Json


def beat(name: str, **detail: Any) -> None:
    """Note that `name` did its round now, with figures of the round."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO stations_pulse (name, at, detail) VALUES (%s, clock_timestamp(), %s) "
            "ON CONFLICT (name) DO UPDATE SET at = excluded.at, detail = excluded.detail",
            [name, Json(detail)],
        )


TALLY = """
INSERT INTO stations_pulse (name, at, detail) VALUES (%s, clock_timestamp(), %s)
ON CONFLICT (name) DO UPDATE SET at = excluded.at, detail = excluded.detail || jsonb_build_object('totals', (
    SELECT jsonb_object_agg(key, value::bigint + coalesce((stations_pulse.detail->'totals'->>key)::bigint, 0))
    FROM jsonb_each_text(excluded.detail->'totals')))
"""


def tally(name: str, counts: Mapping[str, int]) -> None:
    """Like `beat`, for a round that counts what it did: its counts, and under `totals` their sums since ever."""
    with connection.cursor() as cursor:
        cursor.execute(TALLY, [name, Json({**counts, "totals": dict(counts)})])
