"""A station closes in a rush: nobody is left there, nobody is moved twice, nobody holds two cars."""

from functools import partial

import pytest

from bookings import operations
from bookings.models import Booking, State
from bookings.operations.rehousing import stranded_bookings
from stations.operations import close_station
from tests import factories
from tests.concurrency.rivals import at_once

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 24


def test_a_station_closes_while_people_reserve_there() -> None:
    """Those who reserved before are moved by two sweepers at once; those who slipped in, by the next round."""
    paris = factories.network()
    flooded = factories.station(paris, "Flooded", cars=[90] * PEOPLE)
    near = factories.station(paris, "Near", cars=[80] * PEOPLE)
    people = [factories.subscriber(paris, f"Rival{number}") for number in range(PEOPLE)]
    early, late = people[: PEOPLE // 2], people[PEOPLE // 2 :]
    for who in early:
        operations.reserve(subscriber=who, station=flooded, actor="test")

    at_once(
        [
            partial(close_station, station=flooded, reason="Flood", actor="test"),
            *[partial(operations.rehouse, station=flooded)] * 2,
            *[partial(operations.reserve, subscriber=who, station=flooded, actor="test") for who in late],
        ]
    )
    at_once([operations.rehouse] * 3)

    assert not stranded_bookings().exists()
    standing = Booking.objects.filter(state=State.RESERVED)
    assert set(standing.values_list("origin_station", flat=True)) == {near.pk}
    assert set(early) <= {booking.subscriber for booking in standing.select_related("subscriber")}
    assert standing.count() == len(set(standing.values_list("subscriber", flat=True)))
    replaced = Booking.objects.filter(replaces__isnull=False)
    assert replaced.count() == len(set(replaced.values_list("replaces", flat=True)))
    assert replaced.count() == Booking.objects.filter(end_cause=Booking.EndCause.MOVED).count()
