"""What other rules would have meant yesterday, told by what people did yesterday; each count names its bookings."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from bookings import operations, rule_effects, rule_preview, tasks
from bookings.models import Booking
from bookings.rule_effects import Effect
from stations import clock
from stations.models import Network, Station
from tests import factories
from tests.conftest import counted

NOON = datetime(2027, 5, 11, 10, 0, tzinfo=UTC)


@pytest.fixture
def lively(paris: Network, time: Any) -> Station:
    time.jump_to(NOON)
    return factories.station(paris, "Bastille", cars=[90, 80, 70, 60, 90, 90], free_docks=6)


def reserve(station: Station, **asked: Any) -> Booking:
    subscriber = factories.subscriber(station.network)
    return operations.reserve(subscriber=subscriber, station=station, actor="test", **asked)


def told(network: Network, **values: Any) -> dict[Effect, set[Any]]:
    """Each effect that was found, with the bookings that its link leads to."""
    preview = rule_preview.yesterday(network=network, values=values)
    of_day = Booking.objects.filter(
        network=network, reserved_at__gte=preview.begins_at, reserved_at__lt=preview.ends_at
    )
    named = [rule_effects.read(finding.asks_for) for finding in preview.findings if finding.asks_for]
    found = {effect: set(rule_effects.touched(of_day, effect, rules)) for effect, rules in named}
    for finding, bookings in zip(preview.findings, found.values(), strict=False):
        assert finding.sentence.startswith(f"{len(bookings)} ")
    return found


def test_shorter_holds_would_have_cost_some_people_their_car(lively: Station, paris: Network, time: Any) -> None:
    quick, slow, nobody, undecided, extended = (reserve(lively) for _ in range(5))
    time.forward(minutes=5)
    operations.start_trip(booking=quick, actor="test")
    operations.extend(booking=extended, actor="test")
    time.forward(minutes=20)
    operations.start_trip(booking=slow, actor="test")
    operations.cancel(booking=undecided, actor="test")
    time.forward(minutes=13)
    operations.start_trip(booking=extended, actor="test")
    tasks.sweep()
    time.jump_to(NOON + timedelta(days=1))

    shorter = told(paris, car_hold_seconds=20 * 60)
    assert (shorter[Effect.CAR_LOST], shorter[Effect.CAR_FREED_SOONER]) == ({slow}, {nobody, undecided})
    assert Effect.CAR_KEPT_LONGER not in shorter
    assert told(paris, car_hold_seconds=20 * 60, car_hold_extensions=0)[Effect.CAR_LOST] == {slow, extended}
    assert told(paris, car_hold_extensions=0)[Effect.CAR_NOT_EXTENDED] == {extended}
    assert told(paris, car_hold_seconds=45 * 60)[Effect.CAR_KEPT_LONGER] == {nobody}
    time.jump_to(NOON + timedelta(days=2))
    assert told(paris, car_hold_seconds=20 * 60) == {}


def test_another_lead_reminds_others(lively: Station, paris: Network, time: Any) -> None:
    early, late = reserve(lively), reserve(lively)
    time.forward(minutes=17)
    operations.start_trip(booking=early, actor="test")
    time.forward(minutes=5)
    tasks.sweep()
    operations.start_trip(booking=late, actor="test")
    time.jump_to(NOON + timedelta(days=1))

    assert told(paris, reminder_lead_seconds=14 * 60) == {Effect.REMINDED: {early}}
    assert told(paris, reminder_lead_seconds=5 * 60) == {Effect.NOT_REMINDED: {late}}
    assert told(paris, reminder_lead_seconds=16 * 60) == {Effect.NOT_REMINDED: {late}}


def test_shorter_dock_holds_would_have_cost_some_people_their_dock(lively: Station, paris: Network, time: Any) -> None:
    target = factories.station(paris, "Nation", latitude=48.8484, longitude=2.3959, free_docks=3)
    quick, slow, late = (reserve(lively, destination=target) for _ in range(3))
    for booking in (quick, slow, late):
        operations.start_trip(booking=booking, actor="test")
    time.forward(minutes=20)
    _return(quick)
    operations.extend_destination(booking=late, actor="test")
    time.forward(minutes=50)
    _return(slow)
    time.forward(minutes=120)
    tasks.sweep()
    time.jump_to(NOON + timedelta(days=1))

    assert told(paris, dock_hold_seconds=3600)[Effect.DOCK_LOST] == {slow}
    assert told(paris, dock_hold_seconds=3600)[Effect.DOCK_FREED_SOONER] == {late}
    assert told(paris, dock_hold_seconds=7200) == {Effect.DOCK_KEPT_LONGER: {late}}
    assert told(paris, dock_hold_extensions=0)[Effect.DOCK_NOT_EXTENDED] == {late}


def _return(booking: Booking) -> None:
    hold = booking.dock_holds.get()
    vehicle = booking.vehicle
    vehicle.refresh_from_db()
    operations.unplugged(
        dock=vehicle.dock, vehicle=vehicle, event_time=clock.now() - timedelta(minutes=1), actor="test"
    )
    operations.plugged(dock=hold.dock, vehicle=vehicle, event_time=clock.now(), actor="test")


def test_trips_are_overlong_by_other_rules(lively: Station, paris: Network, time: Any) -> None:
    short, long = reserve(lively), reserve(lively)
    for booking in (short, long):
        operations.start_trip(booking=booking, actor="test")
    time.forward(hours=1)
    operations.end_trip(booking=short, actor="test", reason="x")
    time.forward(hours=5)
    operations.end_trip(booking=long, actor="test", reason="x")
    time.jump_to(NOON + timedelta(days=1))

    assert told(paris, maximum_trip_seconds=3 * 3600) == {Effect.OVERLONG: {long}}
    assert told(paris, maximum_trip_seconds=7 * 3600) == {}


def test_another_minimum_charge_is_counted_on_the_cars_of_now(lively: Station, paris: Network) -> None:
    with translation.override("en"):
        more, fewer = (rule_preview.yesterday(network=paris, values={"minimum_charge_percent": n}) for n in (40, 75))

        assert [finding.sentence[:22] for finding in more.findings] == ["0 more cars could be r"]
        assert fewer.findings[0].sentence.startswith("2 cars could no longer be rented")
        assert "Charges of the past are not kept." in fewer.findings[0].sentence


def test_what_leaves_nothing_behind_is_said_to_be_silent(paris: Network) -> None:
    preview = rule_preview.yesterday(network=paris, values={"post_silence_seconds": 60, "car_hold_seconds": 600})

    assert preview.silent == ["post_silence_seconds"]


@pytest.mark.parametrize(
    "text", ["", "x:1", "car_lost", "car_lost:1", "car_lost:1:2:3", "car_lost:-1:1", "car_lost:9999999999:1"]
)
def test_a_link_that_was_not_written_here_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        rule_effects.read(text)


def test_a_preview_costs_four_queries_whatever_happened(lively: Station, paris: Network, time: Any) -> None:
    values = {
        "car_hold_seconds": 1200,
        "dock_hold_seconds": 1200,
        "minimum_charge_percent": 60,
        "maximum_trip_seconds": 60,
    }
    for _ in range(3):
        reserve(lively)
    time.jump_to(NOON + timedelta(days=1))

    with CaptureQueriesContext(connection) as asked:
        preview = rule_preview.yesterday(network=paris, values=values)

    assert preview.reservations == 3
    assert len(counted(asked)) == 4
