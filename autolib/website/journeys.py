"""From here to there: a car near the one end, a dock near the other, and what to do where there is none."""

from dataclasses import dataclass

from autolib.website.destinations import near
from autolib.website.searching import Asked, Spot
from bookings.availability import Near, counts
from stations.geography import distance_meters, walking_minutes
from stations.models import Network, Station

OFFERED = 4
# Beyond a walk nobody reserves by accident; but who finds nothing near is shown what there is, however far.
ANYWHERE_METERS = 25_000


@dataclass(frozen=True)
class End:
    """One end of a journey: what was asked, the stations that would do (nearest first) and the one that is chosen."""

    asked: Asked
    offers: list[Near]
    chosen: Near | None
    is_beyond: bool = False

    @property
    def is_settled(self) -> bool:
        return self.chosen is not None


@dataclass(frozen=True)
class Journey:
    start: End
    goal: End

    @property
    def is_possible(self) -> bool:
        return self.start.is_settled and self.goal.is_settled


def journey(*, network: Network, start: Asked, goal: Asked, car: str = "", dock: str = "") -> Journey:
    """`car` and `dock` are codes of the stations chosen so far; whoever chose none gets the nearest."""
    return Journey(_end(network, start, "car", car), _end(network, goal, "dock", dock))


def _end(network: Network, asked: Asked, need: str, code: str) -> End:
    if asked.spot is None:
        return End(asked, [], None)
    offers = near(network=network, spot=asked.spot, need=need, limit=OFFERED)
    is_beyond = not offers
    if is_beyond:
        offers = near(network=network, spot=asked.spot, need=need, limit=OFFERED, within_meters=ANYWHERE_METERS)
    chosen = next((offer for offer in offers if offer.station.code == code), None)
    if code and chosen is None and (picked := _picked(network, asked.spot, need, code)):
        offers, chosen = [picked, *offers[: OFFERED - 1]], picked
    return End(asked, offers, chosen or next(iter(offers), None), is_beyond)


def _picked(network: Network, spot: Spot, need: str, code: str) -> Near | None:
    """A station chosen on the map, if it still has what is needed."""
    station = Station.objects.filter(network=network, code=code).first()
    if station is None:
        return None
    offered = counts([station.pk])[station.pk]
    if not (offered.cars if need == "car" else offered.docks):
        return None
    meters = distance_meters(
        from_latitude=spot.latitude,
        from_longitude=spot.longitude,
        to_latitude=station.latitude,
        to_longitude=station.longitude,
    )
    return Near(station, offered, round(meters), walking_minutes(meters))
