"""Planned closures that follow on one another: the station stays closed between them, and opens after the last."""

from datetime import timedelta

from stations.closing import call_off_closure, keep_closures, plan_closure
from stations.models import Event, PlannedClosure, Station
from tests.conftest import Clock


def look(station: Station) -> tuple[bool, str]:
    station.refresh_from_db()
    return station.is_renting, station.closure_reason


def follow(station: Station, time: Clock) -> tuple[PlannedClosure, PlannedClosure]:
    """One that has begun, and one that begins when it ends."""
    begin, change, end = (time.now() + timedelta(hours=hours) for hours in (1, 2, 3))
    planned = {"station": station, "actor": "operator:1"}
    first = plan_closure(from_at=begin, until_at=change, reason="Works", **planned)
    second = plan_closure(from_at=change, until_at=end, reason="More works", **planned)
    time.jump_to(begin)
    keep_closures()
    return first, second


def test_a_closure_that_follows_on_another_keeps_the_station_closed(bastille: Station, time: Clock) -> None:
    first, second = follow(bastille, time)
    assert look(bastille) == (False, "Works")

    time.jump_to(first.until_at)
    keep_closures()
    keep_closures()

    first.refresh_from_db()
    assert first.ended_at is not None
    assert look(bastille) == (False, "More works")
    time.jump_to(second.until_at)
    keep_closures()
    assert look(bastille) == (True, "")
    told = Event.objects.filter(aggregate="station").order_by("id").values_list("type", flat=True)
    assert list(told) == ["station_closed", "station_opened"] * 2


def test_the_second_is_called_off_and_the_station_opens(bastille: Station, time: Clock) -> None:
    first, second = follow(bastille, time)
    time.jump_to(first.until_at)
    keep_closures()

    call_off_closure(closure=second, actor="operator:1", reason="Done early")

    assert look(bastille) == (True, "")
