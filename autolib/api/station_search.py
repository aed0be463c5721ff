"""Which stations a list asks for: by name or by distance, in batches, with what each offers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from bookings.availability import Counts, counts
from stations.finding import with_all, words_of
from stations.geography import box_around, distance_meters
from stations.models import Station

# Filtered by what is free, a page may need to look at many stations; these many are counted in one query.
SCAN = 1000
Place = tuple[str, int]


@dataclass(frozen=True)
class Offer:
    """A station in a list: its `place` orders the list, `meters` is set where distance was asked for."""

    station: Station
    place: Place
    counts: Counts
    meters: float | None


def offers(stations: QuerySet[Station], query: dict[str, Any]) -> list[Offer]:
    """One more than `limit`, where there are so many."""
    wanted, need = query["limit"] + 1, query.get("has")
    rows = matching(stations, query)
    size = wanted if need is None else SCAN
    found: list[Offer] = []
    for batch in by_distance(rows, query, size) if "near" in query else by_name(rows, query, size):
        offered = counts(station.pk for station, _place, _meters in batch)
        for station, place, meters in batch:
            free = offered[station.pk]
            if need is None or (free.cars if need == "car" else free.docks):
                found.append(Offer(station, place, free, meters))
        if len(found) >= wanted:
            break
    return found[:wanted]


def matching(stations: QuerySet[Station], query: dict[str, Any]) -> QuerySet[Station]:
    rows = stations.filter(is_installed=True)
    if "bbox" in query:
        box = query["bbox"]
        rows = rows.filter(latitude__range=(box.south, box.north), longitude__range=(box.west, box.east))
    if "q" in query:
        rows = with_all(rows, words_of(query["q"]))
    return rows


Batch = list[tuple[Station, Place, float | None]]


def by_name(rows: QuerySet[Station], query: dict[str, Any], size: int) -> Iterator[Batch]:
    after: list[Any] | None = query.get("cursor")
    while True:
        left = rows
        if after:
            name, id = after
            left = rows.filter(Q(sort_name__gt=name) | Q(sort_name=name, pk__gt=id))
        batch = list(left.order_by("sort_name", "pk")[:size])
        if batch:
            after = [batch[-1].sort_name, batch[-1].pk]
            yield [(station, (station.sort_name, station.pk), None) for station in batch]
        if len(batch) < size:
            return


def by_distance(rows: QuerySet[Station], query: dict[str, Any], size: int) -> Iterator[Batch]:
    here, radius = query["near"], query["radius"]
    box = box_around(latitude=here.lat, longitude=here.lon, meters=radius)
    around = rows.filter(latitude__range=(box.south, box.north), longitude__range=(box.west, box.east))
    measured = []
    for id, latitude, longitude in around.values_list("pk", "latitude", "longitude"):
        meters = distance_meters(
            from_latitude=here.lat, from_longitude=here.lon, to_latitude=latitude, to_longitude=longitude
        )
        if meters <= radius:
            # Written so that the order of the texts is the order of the distances: a cursor holds it like a name.
            measured.append(((f"{meters:012.3f}", id), meters))
    after = tuple(query.get("cursor", ("", 0)))
    for batch in in_batches(sorted(near for near in measured if near[0] > after), size):
        known = rows.in_bulk([id for (_text, id), _meters in batch])
        yield [(known[place[1]], place, meters) for place, meters in batch if place[1] in known]


def in_batches(items: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]
