"""From what people type to a spot on the map or a set of stations."""

from dataclasses import dataclass, field

from stations.finding import best_first, with_all, words_of
from stations.models import Network, Place, Station
from stations.search import plain

OTHERS = 5


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
    matches: list[int] = field(default_factory=list)


def find(*, network: Network, query: str) -> Found:
    """What the words mean: a place, else one station by its name, else every station whose address has them all."""
    words = words_of(query)
    places = best_first(with_all(Place.objects.filter(network=network), words), query)
    if spots := [_spot(place) for place in places[: OTHERS + 1]]:
        return Found(spot=spots[0], others=spots[1:])
    stations = with_all(Station.objects.filter(network=network), words)
    named = list(best_first(with_all(stations, words, column="sort_name"), query, column="sort_name")[: OTHERS + 1])
    if named and (len(named) == 1 or named[0].sort_name == plain(query)):
        return Found(spot=_spot(named[0]), others=[_spot(station) for station in named[1:]])
    return Found(matches=list(stations.order_by("sort_name", "pk").values_list("pk", flat=True)))


def _spot(row: Place | Station) -> Spot:
    return Spot(row.name, row.latitude, row.longitude)
