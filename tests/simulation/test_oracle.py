"""What the simulator calls impossible, and what it does not."""

from datetime import UTC, datetime, timedelta

from autolib.simulation.figures import Figures
from autolib.simulation.oracle import Oracle
from autolib.simulation.report import report

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def minutes(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


def test_one_car_for_two_riders_at_once_is_impossible() -> None:
    figures = Figures()
    oracle = Oracle(figures)

    oracle.closed(booking="a", car=1, rider="anne", start=minutes(0), end=minutes(30))
    oracle.closed(booking="b", car=1, rider="bruno", start=minutes(29), end=minutes(40))

    assert figures.impossible == {"one car, two bookings at once": 1}
    assert "NOT CLEAN" in report(figures)


def test_one_car_for_one_rider_after_the_other_is_fine() -> None:
    figures = Figures()
    oracle = Oracle(figures)

    oracle.closed(booking="a", car=1, rider="anne", start=minutes(0), end=minutes(30))
    oracle.closed(booking="b", car=1, rider="bruno", start=minutes(30), end=minutes(40))
    oracle.closed(booking="a", car=1, rider="anne", start=minutes(0), end=minutes(30))

    assert figures.is_clean


def test_a_version_may_be_seen_late_but_never_go_back() -> None:
    figures = Figures()
    oracle = Oracle(figures)

    oracle.saw_version("car", 1, 7, asked_at=10.0, told_at=10.5)
    oracle.saw_version("car", 1, 6, asked_at=10.4, told_at=10.6)
    assert figures.is_clean

    oracle.saw_version("car", 1, 6, asked_at=10.6, told_at=10.7)

    assert figures.impossible == {"a version went back": 1}


def test_one_key_has_one_answer() -> None:
    figures = Figures()

    Oracle(figures).answered_twice(command="reserve", first=(201, {"id": 1}), second=(201, {"id": 2}))

    assert figures.impossible == {"one key, two answers": 1}
