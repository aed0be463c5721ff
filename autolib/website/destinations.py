"""Choosing where to go: stations with a free dock near what somebody typed."""

from dataclasses import dataclass, field

from autolib.website.searching import Spot, find
from bookings.availability import Near, nearest
from stations.models import Network, Station

OFFERED = 6


@dataclass(frozen=True)
class Destinations:
    """`query` as typed; `near` are stations with a free dock, nearest to `spot` first."""

    query: str = ""
    spot: Spot | None = None
    near: list[Near] = field(default_factory=list)


def destinations(*, network: Network, query: str, without: int | None = None) -> Destinations:
    """`without` is the station that needs no offer: a dock is held there already."""
    if not query:
        return Destinations()
    found = find(network=network, query=query)
    spot = found.spot
    if spot is None and found.matches:
        first = Station.objects.get(pk=found.matches[0])
        spot = Spot(query, first.latitude, first.longitude)
    if spot is None:
        return Destinations(query)
    return Destinations(query, spot, docks_near(network=network, spot=spot, without=without))


def docks_near(*, network: Network, spot: Spot, limit: int = OFFERED, without: int | None = None) -> list[Near]:
    return nearest(
        network=network,
        latitude=spot.latitude,
        longitude=spot.longitude,
        need="dock",
        limit=limit,
        without=without,
    )
