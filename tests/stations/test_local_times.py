"""The hours in which clocks are changed have instants twice or not at all: nobody guesses which one was meant."""

from datetime import UTC, datetime, timedelta

import pytest

from stations import local_times
from stations.models import Network
from tests import factories


@pytest.mark.parametrize(
    ("wall", "instant"),
    [
        ("2027-03-28 01:59", "2027-03-28 00:59"),
        ("2027-03-28 03:00", "2027-03-28 01:00"),
        ("2027-10-31 01:59", "2027-10-30 23:59"),
        ("2027-10-31 03:00", "2027-10-31 02:00"),
    ],
)
def test_a_wall_time_is_an_instant_on_either_side_of_the_change(wall: str, instant: str, paris: Network) -> None:
    found = local_times.instant_of(datetime.fromisoformat(wall), network=paris, field="hour")

    assert found == datetime.fromisoformat(instant).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("wall", "refusal"),
    [
        ("2027-03-28 02:00", local_times.NoSuchLocalTime),
        ("2027-03-28 02:59", local_times.NoSuchLocalTime),
        ("2027-10-31 02:00", local_times.TwiceThatLocalTime),
        ("2027-10-31 02:59", local_times.TwiceThatLocalTime),
    ],
)
def test_a_wall_time_within_the_change_is_refused_at_its_field(
    wall: str, refusal: type[local_times.NoSuchLocalTime], paris: Network
) -> None:
    with pytest.raises(refusal) as raised:
        local_times.instant_of(datetime.fromisoformat(wall), network=paris, field="hour")

    assert raised.value.field == "hour"
    assert wall[-5:] in raised.value.message


def test_each_network_has_its_own_day(paris: Network) -> None:
    montreal = factories.network("montreal", time_zone="America/Montreal")
    at = datetime(2027, 3, 29, 2, 0, tzinfo=UTC)

    lengths = [end - begin for begin, end in (local_times.day_before(at, network=each) for each in (paris, montreal))]

    assert local_times.day_before(at, network=paris)[1] == datetime(2027, 3, 28, 22, 0, tzinfo=UTC)
    assert local_times.day_before(at, network=montreal)[1] == datetime(2027, 3, 28, 4, 0, tzinfo=UTC)
    assert lengths == [timedelta(hours=23), timedelta(hours=24)]
