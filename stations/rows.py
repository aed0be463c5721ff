"""Hand-written SQL for the hot paths: its text is made once, and what comes back becomes the same model instances.

Django builds a joined query anew at every call, which costs more than running it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, models

from stations import clock

# JSON columns need Django's own decoding; nothing here reads them, so they stay behind until somebody asks.
BIG = {"area", "published"}


class Columns:
    """The columns of a model under an alias, and instances made of them."""

    def __init__(self, model: type[models.Model], alias: str) -> None:
        fields = [field for field in model._meta.concrete_fields if field.attname not in BIG]
        self.model = model
        self.names = [field.attname for field in fields]
        self.sql = ", ".join(f'{alias}."{field.column}"' for field in fields)

    def read(self, values: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
        """The instance (None where an outer join found nothing) and the values that belong to others."""
        own, rest = values[: len(self.names)], values[len(self.names) :]
        return (self.model.from_db("default", self.names, own) if own[0] is not None else None), rest


def rows(statement: str, *, at: datetime | None = None, **parameters: Any) -> list[tuple[Any, ...]]:
    """What the statement finds; `{now}` in it is the instant `at`, or the clock's where the caller has none yet."""
    now, clock_parameters = clock.sql() if at is None else ("%(at)s::timestamptz", {"at": at})
    with connection.cursor() as cursor:
        cursor.execute(statement.replace("{now}", now), {**parameters, **clock_parameters})
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found


def insert(instance: models.Model) -> None:
    """INSERT the instance as it is; a database-made id is read back."""
    fields = [field for field in instance._meta.concrete_fields if field.attname != "id" or instance.pk is not None]
    values = [field.get_db_prep_save(getattr(instance, field.attname), connection) for field in fields]
    columns = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{instance._meta.db_table}" ({columns}) VALUES ({places}) RETURNING "id"',  # noqa: S608
            values,
        )
        pk = cursor.fetchone()[0]
    if not isinstance(instance.pk, UUID):
        instance.pk = pk
    instance._state.adding = False
    instance._state.db = "default"
