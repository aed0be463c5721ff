"""From what people type to a spot on the map or a set of stations."""

from dataclasses import dataclass, field

from typing import TypeVar

from django.db.models import Case, IntegerField, Model, Q, QuerySet, Value, When
from django.db.models.functions import Length

from stations.models import Network, Place, Station
from stations.search import plain

MOST_WORDS = 8
OTHERS = 5
SPELLED_OUT = {"st": "saint", "ste": "sainte", "bd": "boulevard", "bld": "boulevard", "blvd": "boulevard"}

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True)
class Spot:
    """Where somebody is or wants to be."""

    name: str
    latitude: float
    longitude: float


@dataclass(frozen=True)
class Found:
    """Either a spot to measure from, or the stations that were meant, or neither."""

    spot: Spot | None = None
    others: list[Spot] = field(default_factory=list)
    matches: list[int] | None = None


def find(*, network: Network, query: str) -> Found:
    """What the words mean: a place first, then one station by its name, then every station whose address has them all."""
    wanted = plain(query)
    words = [SPELLED_OUT.get(word, word) for word in wanted.split()][:MOST_WORDS]
    if not words:
        return Found(matches=[])
    places = _best_first(_with_all(Place.objects.filter(network=network), words), wanted, "search_text")
    spots = [Spot(place.name, place.latitude, place.longitude) for place in places[: OTHERS + 1]]
    if spots:
        return Found(spot=spots[0], others=spots[1:])
    stations = _with_all(Station.objects.filter(network=network), words)
    named = list(_best_first(_with_all(stations, words, "sort_name"), wanted, "sort_name")[: OTHERS + 1])
    if named and (len(named) == 1 or named[0].sort_name == wanted):
        best, *others = (Spot(station.name, station.latitude, station.longitude) for station in named)
        return Found(spot=best, others=others)
    return Found(matches=list(stations.order_by("sort_name", "pk").values_list("pk", flat=True)))


def _with_all(rows: QuerySet[Row], words: list[str], column: str = "search_text") -> QuerySet[Row]:
    for word in words:
        rows = rows.filter(**{f"{column}__contains": word})
    return rows


def _best_first(rows: QuerySet[Row], wanted: str, column: str) -> QuerySet[Row]:
    """The very name, then names that begin so, then the shortest."""
    rank = Case(
        When(Q(**{column: wanted}), then=Value(0)),
        When(Q(**{f"{column}__startswith": wanted}), then=Value(1)),
        default=Value(2),
        output_field=IntegerField(),
    )
    return rows.order_by(rank, Length(column), column, "pk")
