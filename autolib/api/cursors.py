"""Pages by cursor: opaque to the caller, and stable while rows come and go."""

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from autolib.api.fields import BIGGEST_ID, QueryNumber, Strict
from autolib.strict_json import load

USUAL, LARGEST = 50, 200
LONGEST = 400


def _instant(value: str) -> datetime:
    instant = datetime.fromisoformat(value)
    if instant.utcoffset() != timedelta(0):
        raise ValueError
    return instant


def _id(value: int) -> int:
    if not 0 <= value <= BIGGEST_ID:
        raise ValueError
    return value


# How a value is written in a cursor, and how it is read back from there.
KINDS: dict[type, tuple[type, Callable[[Any], Any]]] = {
    str: (str, str),
    int: (int, _id),
    float: (float, float),
    datetime: (str, _instant),
    UUID: (str, UUID),
}


def encoded(*values: Any) -> str:
    """The place after a row, named by the values that order the list."""
    plain = [value.isoformat() if isinstance(value, datetime) else value for value in values]
    return base64.urlsafe_b64encode(json.dumps(plain, separators=(",", ":"), default=str).encode()).decode()


@extend_schema_field({"type": "string", "pattern": "^[A-Za-z0-9_-]+=*$", "maxLength": LONGEST})
class Cursor(serializers.CharField):
    """A place that `encoded` wrote, with values of the given kinds."""

    default_error_messages = {"cursor": _("This is not a cursor that this list has given out.")}

    def __init__(self, *kinds: type, **options: Any) -> None:
        self.kinds = kinds
        options.setdefault("help_text", "The `next` of the page before; without it, the first page.")
        super().__init__(required=False, max_length=LONGEST, **options)

    def to_internal_value(self, data: Any) -> list[Any]:
        try:
            values = load(base64.urlsafe_b64decode(super().to_internal_value(data).encode("ascii")))
            written, readers = zip(*(KINDS[kind] for kind in self.kinds), strict=True)
            if not isinstance(values, list) or tuple(map(type, values)) != written:
                raise ValueError
            return [read(value) for read, value in zip(readers, values, strict=True)]
        except ValueError:
            self.fail("cursor")


class Paged(Strict):
    """The parameters of every list. Each list adds its own `cursor`."""

    limit = QueryNumber(min_value=1, max_value=LARGEST, default=USUAL, help_text="How many at most in one answer.")


def page(
    rows: list[Any], *, limit: int, show: Callable[[Any], dict[str, Any]], place: Callable[[Any], str]
) -> dict[str, Any]:
    """The answer for `limit` rows; one more was read to know whether there is a next page."""
    return {
        "results": [show(row) for row in rows[:limit]],
        "next": place(rows[limit - 1]) if len(rows) > limit else None,
    }
