"""What was refused is counted by place and day, and forgotten in time: first whose it was, then all of it."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pytest_django import DjangoAssertNumQueries

from accounts.models import Subscriber
from bookings import operations, refused
from bookings.models import RefusedRequest
from bookings.operations.reserving import reserve
from bookings.tasks import forget_refused_requests
from stations import clock
from stations.closing import plan_closure
from stations.models import Network, Station
from stations.refusals import Refusal
from tests import factories
from tests.conftest import Clock


def refuse(operation: Any, **arguments: Any) -> RefusedRequest | None:
    """As whoever answers a command does."""
    with pytest.raises(Refusal) as caught:
        operation(actor="test", **arguments)
    before = RefusedRequest.objects.count()
    refused.note(caught.value)
    return RefusedRequest.objects.latest("pk") if RefusedRequest.objects.count() > before else None


def told(row: RefusedRequest | None) -> tuple[str, str, str, Station | None]:
    assert row is not None
    return row.command, row.code, row.need, row.station


def test_a_car_is_lacking_where_the_person_is_and_a_dock_where_the_person_goes(
    anne: Subscriber, bastille: Station, nation: Station
) -> None:
    full = factories.station(anne.network, "Opéra")
    closed = factories.station(anne.network, "Gare", is_returning=False)
    closing = factories.station(anne.network, "Port", free_docks=1)
    soon = clock.now() + timedelta(minutes=5)
    plan_closure(station=closing, from_at=soon, until_at=soon + timedelta(hours=1), reason="Works", actor="test")

    no_car = refuse(operations.reserve, subscriber=anne, station=nation)
    no_dock = refuse(operations.reserve, subscriber=anne, station=bastille, destination=full)
    no_return = refuse(operations.take_now, subscriber=anne, station=bastille, destination=closed)

    too_late = refuse(operations.reserve, subscriber=anne, station=bastille, destination=closing)

    assert told(too_late) == ("reserve", "station_closes", "dock", closing)
    assert told(no_car) == ("reserve", "car_unavailable", "car", nation)
    assert told(no_dock) == ("reserve", "dock_unavailable", "dock", full)
    assert told(no_return) == ("take_now", "station_closed", "dock", closed)
    assert {row.subscriber for row in RefusedRequest.objects.all()} == {anne}


def test_a_car_that_was_asked_for_by_itself_was_wanted_where_it_stood(
    anne: Subscriber, bruno: Subscriber, bastille: Station
) -> None:
    taken = operations.reserve(subscriber=bruno, station=bastille, actor="test").vehicle

    assert told(refuse(operations.reserve, subscriber=anne, vehicle=taken)) == (
        "reserve",
        "car_unavailable",
        "car",
        bastille,
    )


def test_what_a_person_may_not_is_kept_too_and_slips_are_not(anne: Subscriber, bastille: Station) -> None:
    booking = operations.reserve(subscriber=anne, station=bastille, actor="test")
    foreign = factories.station(factories.network("lyon"), "Bellecour", cars=[90])

    assert told(refuse(operations.reserve, subscriber=anne, station=bastille))[1] == "already_holding"
    assert told(refuse(operations.undo_cancel, booking=booking))[:2] == ("undo_cancel", "nothing_to_undo")
    assert refuse(operations.reserve, subscriber=anne, station=foreign) is None
    assert refuse(operations.drop_destination, booking=booking) is None


def test_by_place_is_one_query_and_daily_ends_at_the_networks_midnight(
    anne: Subscriber,
    bastille: Station,
    nation: Station,
    time: Clock,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    paris = anne.network
    last_of_march = datetime(2026, 3, 31, 23, 50, tzinfo=ZoneInfo("Europe/Paris"))
    time.jump_to(last_of_march)
    for station, need in ((bastille, "car"), (bastille, "car"), (nation, "dock")):
        refused.note_search(network=paris, subscriber=None, station_id=station.pk, need=need)
    time.forward(minutes=15)
    refused.note_search(network=paris, subscriber=anne, station_id=nation.pk, need="car")
    other = factories.network("lyon")
    refused.note_search(network=other, subscriber=None, station_id=nation.pk, need="car")

    since = time.now() - timedelta(hours=1)
    with django_assert_num_queries(1):
        rows = refused.by_place([paris], since)

    assert [(row.station, row.need, row.count) for row in rows] == [
        ("Bastille", "car", 2),
        ("Nation", "car", 1),
        ("Nation", "dock", 1),
    ]
    assert refused.by_place([paris], time.now() - timedelta(minutes=5))[0].count == 1
    last = last_of_march.date()
    first = last + timedelta(days=1)
    assert refused.daily(network=paris, first=last, last=first) == {
        last: {"car": 2, "dock": 1},
        first: {"car": 1},
    }


def test_old_ones_are_nobodys_and_older_ones_are_gone(anne: Subscriber, nation: Station, time: Clock) -> None:
    refuse(operations.reserve, subscriber=anne, station=nation)

    for days, left in ((89, [anne.pk]), (2, [None]), (308, [None]), (2, [])):
        time.forward(days=days)
        forget_refused_requests()
        forget_refused_requests()
        assert list(RefusedRequest.objects.values_list("subscriber", flat=True)) == left


def test_an_operation_keeps_its_name_and_its_words() -> None:
    assert (reserve.__name__, bool(reserve.__doc__)) == ("reserve", True)


def test_who_leaves_is_no_longer_named(anne: Subscriber, nation: Station, paris: Network) -> None:
    refuse(operations.reserve, subscriber=anne, station=nation)

    operations.leave(user=anne.user)

    assert RefusedRequest.objects.get().subscriber is None
