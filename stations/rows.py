"""Hand-written SQL for the hot paths: its text is made once, and what comes back becomes the same model instances.

Django builds a joined query anew at every call, which costs more than running it.
"""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

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


@cache
def _numbered(statement: str) -> tuple[str, str, tuple[str, ...]]:
    """A name for the statement, its text with $1, $2 …, and the names of the parameters that take their places."""
    names = tuple(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
    for place, name in enumerate(names, start=1):
        statement = statement.replace(f"%({name})s", f"${place}")
    return f"hot_{hashlib.sha256(statement.encode()).hexdigest()[:16]}", statement, names


# Which statements each open connection knows already; a connection that is gone takes its entry along.
_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


def execute(cursor: Any, statement: str, parameters: dict[str, Any]) -> None:
    """Run a statement that PostgreSQL plans once a connection: planning these joins costs more than running them.

    (So a pooler between us and PostgreSQL must pool sessions, not transactions.)
    """
    name, text, wanted = _numbered(statement)
    known = _known.setdefault(connection.connection, set())
    if name not in known:
        cursor.execute(f"PREPARE {name} AS {text}")
        known.add(name)
    places = f" ({', '.join(['%s'] * len(wanted))})" if wanted else ""
    cursor.execute(f"EXECUTE {name}{places}", [parameters[one] for one in wanted])


def rows(statement: str, *, at: datetime | None = None, **parameters: Any) -> list[tuple[Any, ...]]:
    """What the statement finds; `{now}` in it is the instant `at`, or the clock's where the caller has none yet."""
    return _found(statement, at, parameters)[0]


def named_rows(statement: str, **parameters: Any) -> list[dict[str, Any]]:
    """The same, each row by the names of its columns."""
    found, names = _found(statement, None, parameters)
    return [dict(zip(names, row, strict=True)) for row in found]


def _found(statement: str, at: datetime | None, parameters: dict[str, Any]) -> tuple[list[tuple[Any, ...]], list[str]]:
    now, clock_parameters = clock.sql() if at is None else ("%(at)s::timestamptz", {"at": at})
    with connection.cursor() as cursor:
        execute(cursor, statement.replace("{now}", now), {**parameters, **clock_parameters})
        return cursor.fetchall(), [column.name for column in cursor.description]


def insert(instance: models.Model) -> None:
    """INSERT the instance as it is; a database-made id is read back."""
    fields = [field for field in instance._meta.concrete_fields if field.attname != "id" or instance.pk is not None]
    values = {
        str(field.column): field.get_db_prep_save(getattr(instance, field.attname), connection) for field in fields
    }
    columns = ", ".join(f'"{column}"' for column in values)
    places = ", ".join(f"%({column})s" for column in values)
    statement = f'INSERT INTO "{instance._meta.db_table}" ({columns}) VALUES ({places}) RETURNING "id"'  # noqa: S608
    with connection.cursor() as cursor:
        execute(cursor, statement, values)
        pk = cursor.fetchone()[0]
    if not isinstance(instance.pk, UUID):
        instance.pk = pk
    instance._state.adding = False
    instance._state.db = "default"
