"""Stations in the order in which they help: by distance from a spot, a page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator

from autolib.website.searching import Spot
from bookings.availability import Counts, counts
from stations.geography import distance_meters, walking_minutes
from stations.models import Network, Station

PAGE_SIZE = 20


@dataclass(frozen=True)
class Row:
    """A station with what it offers; meters and minutes only where there is a spot to walk from."""

    station: Station
    counts: Counts
    meters: int | None = None
    minutes: int | None = None


@dataclass(frozen=True)
class Listing:
    rows: list[Row]
    page: Page[int]


def by_distance(*, network: Network, spot: Spot, page: str) -> Listing:
    """Installed stations from near to far."""
    known = Station.objects.filter(network=network, is_installed=True).values_list("pk", "latitude", "longitude")
    meters = {
        pk: distance_meters(
            from_latitude=spot.latitude, from_longitude=spot.longitude, to_latitude=latitude, to_longitude=longitude
        )
        for pk, latitude, longitude in known
    }
    return _listing(sorted(meters, key=lambda pk: (meters[pk], pk)), page, meters)


def of_matches(matches: Sequence[int], *, page: str) -> Listing:
    return _listing(matches, page, {})


def _listing(ids: Sequence[int], page: str, meters: dict[int, float]) -> Listing:
    shown = Paginator(ids, PAGE_SIZE).get_page(page)
    offered = counts(shown.object_list)
    stations = Station.objects.in_bulk(list(shown.object_list))
    rows = [
        Row(
            stations[pk],
            offered[pk],
            round(meters[pk]) if meters else None,
            walking_minutes(meters[pk]) if meters else None,
        )
        for pk in shown.object_list
        if pk in stations
    ]
    return Listing(rows, shown)
