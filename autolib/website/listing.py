"""Stations in the order in which they help: by distance from a spot, a page at a time."""

from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Page, Paginator

from autolib.website.searching import Spot
from bookings.availability import Counts, counts
from stations.geography import nearest_first, walking_minutes
from stations.models import Network, Station
from stations.presence import silent_since

PAGE_SIZE = 20


@dataclass(frozen=True)
class Row:
    """A station with what it offers and how far it is; `silent_since` where its posts have not spoken for too long."""

    station: Station
    counts: Counts
    meters: int
    minutes: int
    silent_since: datetime | None


@dataclass(frozen=True)
class Listing:
    rows: list[Row]
    page: Page[int]


def by_distance(*, network: Network, spot: Spot, page: str) -> Listing:
    """Installed stations from near to far."""
    known = Station.objects.filter(network=network, is_installed=True).values_list("pk", "latitude", "longitude")
    meters = {pk: far for far, pk in nearest_first(known, latitude=spot.latitude, longitude=spot.longitude)}
    shown = Paginator(list(meters), PAGE_SIZE).get_page(page)
    ids = list(shown.object_list)
    offered, silent, stations = counts(ids), silent_since(ids), Station.objects.in_bulk(ids)
    rows = [
        Row(stations[pk], offered[pk], round(meters[pk]), walking_minutes(meters[pk]), silent.get(pk))
        for pk in ids
        if pk in stations
    ]
    return Listing(rows, shown)
