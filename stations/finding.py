"""What people type, matched against names: the same for pages and programs."""

from typing import TypeVar

from django.db.models import Case, IntegerField, Model, Q, QuerySet, Value, When
from django.db.models.functions import Length

from stations.search import plain

MOST_WORDS = 8
SPELLED_OUT = {"st": "saint", "ste": "sainte", "bd": "boulevard", "bld": "boulevard", "blvd": "boulevard"}

Row = TypeVar("Row", bound=Model)


def words_of(query: str) -> list[str]:
    return [SPELLED_OUT.get(word, word) for word in plain(query).split()][:MOST_WORDS]


def with_all(rows: QuerySet[Row], words: list[str], *, column: str = "search_text") -> QuerySet[Row]:
    """Rows that have every word; none where there is no word."""
    for word in words:
        rows = rows.filter(**{f"{column}__contains": word})
    return rows if words else rows.none()


def best_first(rows: QuerySet[Row], query: str, *, column: str = "search_text") -> QuerySet[Row]:
    """The very name, then names that begin so, then the shortest."""
    wanted = plain(query)
    rank = Case(
        When(Q(**{column: wanted}), then=Value(0)),
        When(Q(**{f"{column}__startswith": wanted}), then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return rows.order_by(rank, Length(column), column, "pk")
