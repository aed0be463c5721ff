"""What is offered: counted in SQL, said again for querysets; both must always agree."""

from collections import Counter
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation

from accounts.models import Subscriber
from bookings import claims, operations
from bookings.availability import counts, nearest
from bookings.models import Booking
from bookings.refusals import DockCloses, StationCloses
from stations import clock
from stations.closing import call_off_closure, plan_closure
from stations.models import DockReport, Network, Station
from tests import factories
from tests.conftest import Clock
from vehicles.models import Vehicle


@pytest.fixture
def mixed(paris: Network, anne: Subscriber, bruno: Subscriber, time) -> list[Station]:
    """Every reason for which a car or a dock may not be offered, once."""
    start = factories.station(paris, "Start", cars=[90, 80, 54, 70, 60], free_docks=4)
    target = factories.station(paris, "Target", cars=[90], free_docks=3, latitude=48.86)
    closed = factories.station(
        paris, "Closed", cars=[90], free_docks=1, is_renting=False, is_returning=False, latitude=48.87
    )
    operations.reserve(subscriber=anne, station=start, destination=target, actor="test")
    time.forward(minutes=31)
    operations.reserve(subscriber=bruno, station=start, destination=target, actor="test")
    withdrawn = Vehicle.objects.get(dock__station=start, report__charge_percent=60)
    operations.withdraw_vehicle(vehicle=withdrawn, cause=Vehicle.Cause.OTHER, note="x", actor="test")
    factories.vehicle(start.docks.get(number=6), charge=None)
    at = clock.now()
    faulted, available = start.docks.filter(number__in=[7, 8])
    DockReport.objects.create(dock=faulted, status="Faulted", event_time=at, received_at=at)
    DockReport.objects.create(dock=available, status="Available", event_time=at, received_at=at)
    return [start, target, closed]


def test_counts_and_querysets_say_the_same(mixed: list[Station]) -> None:
    offered = counts(station.pk for station in mixed)

    cars = Counter(claims.rentable_vehicles().values_list("dock__station_id", flat=True))
    docks = Counter(claims.free_docks().values_list("station_id", flat=True))
    assert {pk: (of.cars, of.docks) for pk, of in offered.items()} == {
        station.pk: (cars[station.pk], docks[station.pk]) for station in mixed
    }
    assert [(offered[station.pk].cars, offered[station.pk].docks) for station in mixed] == [(2, 2), (1, 2), (0, 0)]


def test_no_dock_is_promised_beyond_a_closing(
    mixed: list[Station], anne: Subscriber, bruno: Subscriber, time: Clock
) -> None:
    """Held for 90 minutes: whoever asks within them is sent elsewhere, and told when it closes. Cars still leave."""
    start, target, _closed = mixed
    noon = time.now() + timedelta(minutes=90, seconds=30)
    early = Booking.objects.get(subscriber=bruno, state="reserved")
    plan = {"until_at": noon + timedelta(hours=9), "reason": "Works", "actor": "test"}
    closure = plan_closure(station=target, from_at=noon, **plan)
    assert counts([target.pk])[target.pk].docks > 0

    time.forward(seconds=31)

    goes_elsewhere = operations.reserve(
        subscriber=factories.subscriber(target.network, "Elsewhere"), station=target, actor="test"
    )
    assert goes_elsewhere.vehicle.dock.station == target

    def free() -> int:
        return claims.free_docks().filter(station=target).count()

    offered = counts([target.pk])[target.pk]
    assert (offered.docks, free()) == (0, 0)
    with translation.override("en"), pytest.raises(StationCloses) as refused:
        operations.reserve(
            subscriber=factories.subscriber(target.network), station=start, destination=target, actor="test"
        )
    assert refused.value.values["time"] == f"{noon.astimezone(ZoneInfo('Europe/Paris')):%H:%M}"
    assert [near["name"] for near in refused.value.alternatives] == ["Start"]
    with pytest.raises(DockCloses):
        operations.extend_destination(booking=early, actor="test")
    hold = early.dock_holds.get(state="held")
    with pytest.raises(DockCloses):
        operations.lengthen_destination(booking=early, minutes=60, actor="test", reason="Traffic")
    assert early.dock_holds.get(state="held").held_until == hold.held_until

    with pytest.raises(StationCloses):
        operations.move_destination(booking=goes_elsewhere, station=target, actor="test")
    time.jump_to(closure.until_at)  # nobody swept: what is over keeps nothing from anybody
    assert counts([target.pk])[target.pk].docks == free() > 0
    time.jump_to(noon - timedelta(minutes=89))
    call_off_closure(closure=closure, actor="test", reason="No works")
    assert counts([target.pk])[target.pk].docks == free() > 0
    plan_closure(station=target, from_at=noon, is_returning=True, **plan)
    assert counts([target.pk])[target.pk].docks == free() > 0
    operations.extend_destination(booking=early, actor="test")  # cars may be brought back all the same
    assert early.dock_holds.get(state="held").held_until > noon


def test_counts_are_one_query_for_any_number_of_stations(mixed: list[Station], django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        counts(station.pk for station in mixed)


def test_the_nearest_are_sorted_on_foot_and_only_those_that_help(mixed: list[Station], paris: Network) -> None:
    with_car = nearest(network=paris, latitude=48.861, longitude=2.3691, need="car")
    all_near = nearest(network=paris, latitude=48.861, longitude=2.3691)

    assert [near.station.name for near in with_car] == ["Target", "Start"]
    assert [near.station.name for near in all_near] == ["Target", "Start", "Closed"]
    assert (with_car[0].meters, with_car[0].minutes) == (111, 2)
