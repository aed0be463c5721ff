"""Choosing where to go: stations with a free dock near what somebody typed."""

from dataclasses import dataclass, field

from autolib.website.searching import Spot, asked
from bookings.availability import ALTERNATIVES_WITHIN_METERS, Near, nearest
from stations.models import Network

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
    spot = asked(network=network, words=query).spot
    if spot is None:
        return Destinations(query)
    return Destinations(query, spot, docks_near(network=network, spot=spot, without=without))


def docks_near(*, network: Network, spot: Spot, limit: int = OFFERED, without: int | None = None) -> list[Near]:
    return near(network=network, spot=spot, need="dock", limit=limit, without=without)


def near(
    *,
    network: Network,
    spot: Spot,
    need: str,
    limit: int = OFFERED,
    without: int | None = None,
    within_meters: float = ALTERNATIVES_WITHIN_METERS,
) -> list[Near]:
    """Stations with a free car or dock within a walk of the spot, nearest first."""
    return nearest(
        network=network,
        latitude=spot.latitude,
        longitude=spot.longitude,
        need=need,
        limit=limit,
        within_meters=within_meters,
        without=without or 0,
    )
