"""When a periodic work last did its round."""

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
