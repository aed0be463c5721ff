"""What PostgreSQL believes of the size of its tables. It looks anew within minutes; after a great import that is late.

Until then it may plan for tables that were empty, and what is asked of every station at once takes minutes.
"""

from collections.abc import Iterable

from django.db import connection
from django.db.models import Model

MANY = 1000


def renew(models: Iterable[type[Model]], *, written: int) -> None:
    """The caller wrote so many rows in its transaction. A database user who may not analyse changes nothing by it."""
    if written < MANY:
        return
    with connection.cursor() as cursor:
        for table in sorted(model._meta.db_table for model in models):
            cursor.execute(f"ANALYZE {connection.ops.quote_name(table)}")
