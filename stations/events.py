"""The network's log. A change and its event are one statement: nothing changes without leaving a row."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import connection, models
from psycopg2.extras import Json

from stations.rows import execute


class Type(StrEnum):
    """MDS car-share words where there is one; ours say what happened to a hold or a place."""

    RESERVATION_START = "reservation_start"
    RESERVATION_EXTENDED = "reservation_extended"
    RESERVATION_EXPIRED = "reservation_expired"
    CUSTOMER_CANCELLATION = "customer_cancellation"
    PROVIDER_CANCELLATION = "provider_cancellation"
    TRIP_START = "trip_start"
    TRIP_PROLONGED = "trip_prolonged"
    TRIP_END = "trip_end"
    SERVICE_START = "service_start"
    SERVICE_END = "service_end"
    PLUGGED = "plugged"
    UNPLUGGED = "unplugged"
    DOCK_HOLD_START = "dock_hold_start"
    DOCK_HOLD_EXTENDED = "dock_hold_extended"
    DOCK_HOLD_RELEASED = "dock_hold_released"
    DOCK_HOLD_EXPIRED = "dock_hold_expired"
    DOCK_HOLD_DISPLACED = "dock_hold_displaced"
    STATION_OPENED = "station_opened"
    STATION_CLOSED = "station_closed"
    TASK_ASKED = "task_asked"
    TASK_ASSIGNED = "task_assigned"
    TASK_STARTED = "task_started"
    TASK_DONE = "task_done"
    TASK_HANDED_BACK = "task_handed_back"
    TASK_CANCELLED = "task_cancelled"


WRITE = """
INSERT INTO stations_event
    (network_id, aggregate, aggregate_id, version, type, ref, actor, occurred_at, recorded_at, data)
SELECT %(network)s::bigint, %(aggregate)s::text, %(aggregate_id)s::bigint, version, %(type)s::text, %(ref)s::uuid,
       %(actor)s::text, %(occurred_at)s::timestamptz, %(recorded_at)s::timestamptz, %(data)s::jsonb
FROM changed RETURNING version
"""


def record(
    aggregate: models.Model,
    type: Type,
    *,
    at: datetime,
    actor: str,
    ref: UUID | None = None,
    occurred_at: datetime | None = None,
    data: dict[str, Any] | None = None,
    **changes: Any,
) -> None:
    """Write `changes` to the aggregate's row, raise its version by one and write the event, in one statement.

    The caller holds the row's lock. `at` is when it is recorded, `occurred_at` when it was true (default: the same).
    """
    meta = aggregate._meta
    fields: list[models.Field[Any, Any]] = [meta.get_field(name) for name in changes]  # type: ignore[misc]
    values = {
        str(field.column): field.get_db_prep_save(getattr(value, "pk", value), connection)
        for field, value in zip(fields, changes.values(), strict=True)
    }
    assignments = "".join(f', "{field.column}" = %({field.column})s' for field in fields)
    with connection.cursor() as cursor:
        execute(
            cursor,
            f'WITH changed AS (UPDATE "{meta.db_table}" SET "version" = "version" + 1{assignments} '  # noqa: S608
            f'WHERE "id" = %(aggregate_id)s RETURNING "version") {WRITE}',
            {
                **values,
                "network": aggregate.network_id,  # type: ignore[attr-defined]
                "aggregate": aggregate.AGGREGATE,  # type: ignore[attr-defined]
                "aggregate_id": aggregate.pk,
                "type": str(type),
                "ref": str(ref) if ref else None,
                "actor": actor,
                "occurred_at": occurred_at or at,
                "recorded_at": at,
                "data": Json(data or {}),
            },
        )
        aggregate.version = cursor.fetchone()[0]  # type: ignore[attr-defined]
    for name, value in changes.items():
        setattr(aggregate, name, value)


# Any number drawn once; it only has to differ from other advisory locks of the product.
SEQUENCE_LOCK = 20111205


def sequence() -> None:
    """Give every committed event without one its position in the feed.

    Under one lock, in order of id: ids of one aggregate are drawn under its row lock, so a higher version never gets a
    lower position, and a position once visible is never preceded by a later arrival. Safe to run by any reader.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SEQUENCE_LOCK])
        cursor.execute(
            "WITH base AS (SELECT coalesce(max(position), 0) AS last FROM stations_event), "
            "fresh AS (SELECT id, row_number() OVER (ORDER BY id) AS rank FROM stations_event WHERE position IS NULL) "
            "UPDATE stations_event SET position = base.last + fresh.rank FROM base, fresh "
            "WHERE stations_event.id = fresh.id"
        )
