"""From what people type to a spot on the map."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from autolib.website import inputs
from stations.finding import Named, named_like
from stations.models import Network

OTHERS = 5


@dataclass(frozen=True)
class Spot:
    """Where somebody is or wants to be. `label` finds it again when typed; `station_id` where it is a station."""

    name: str
    latitude: float
    longitude: float
    label: str = ""
    station_id: int | None = None
    is_guess: bool = False


@dataclass(frozen=True)
class Asked:
    """One end of a way: the words, or the rounded position of a browser, and what they were taken for."""

    words: str = ""
    position: str = ""
    spot: Spot | None = None
    others: list[Spot] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.words and not self.position


def asked(*, network: Network, words: str, position: str = "") -> Asked:
    """The best that the words may mean, and what else. A position counts where there are no words, if it is one."""
    if position and not words:
        here = inputs.position(position)
        return Asked(words="", position=position, spot=Spot(_("your position"), *here) if here else None)
    found = [spot_of(named) for named in named_like(words, network=network, limit=OTHERS + 1)]
    return Asked(words=words, spot=found[0] if found else None, others=found[1:])


def spot_of(named: Named) -> Spot:
    return Spot(named.name, named.latitude, named.longitude, named.label, named.station_id, named.is_guess)
