"""The one clock of the product: PostgreSQL's.

An operation reads it once, after its locks, and hands the instant on. Nothing else in the domain asks what time it is.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.db.models import DateTimeField, Func, Value

_offset = timedelta(0)


def now() -> datetime:
    """The instant at which PostgreSQL runs this statement (not the start of the transaction), in UTC, microseconds."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0] + _offset


def instant() -> Func:
    """The same clock as an expression of a query, for reads that need no second round trip."""
    return Func(
        Value(_offset.total_seconds()),
        template="(clock_timestamp() + make_interval(secs => %(expressions)s))",
        output_field=DateTimeField(),
    )


def sql() -> tuple[str, dict[str, float]]:
    """The same clock for a hand-written statement: its expression and the parameters that it takes."""
    return "(clock_timestamp() + make_interval(secs => %(clock_offset)s))", {"clock_offset": _offset.total_seconds()}


def shift(offset: timedelta) -> None:
    """Move the clock of this process; tests use it, production never does."""
    global _offset
    _offset = offset
