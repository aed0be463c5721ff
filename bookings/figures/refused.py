"""Demand that nothing could meet."""

from collections import Counter
from datetime import date

from stations.models import Network


def refused_requests(*, network: Network, first: date, last: date) -> dict[date, Counter[str]] | None:
    """Refused requests of each day from `first` to `last`, by what was needed: "car" or "dock".

    None while nothing records them; pages then show no such column.
    """
    return None
