"""What riders are going to want: the same from the same seed, and as Paris drove."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from statistics import mean

import pytest

from autolib.simulation import rhythm
from autolib.simulation.errands import Errand, Place, Planner, remoteness

MONDAY_EVENING = datetime(2026, 11, 23, 18, 30, tzinfo=UTC)
SATURDAY_AFTERNOON = datetime(2026, 11, 28, 15, tzinfo=UTC)

SPOTS = [(48.80 + 0.01 * row, 2.25 + 0.015 * column) for row in range(12) for column in range(12)]
PLACES = [
    Place(latitude, longitude, 5, rank)
    for (latitude, longitude), rank in zip(SPOTS, remoteness(SPOTS, latitude=48.8566, longitude=2.3522), strict=True)
]


def planner(**changes: object) -> Planner:
    settings = {"seed": 7, "places": PLACES, "start": MONDAY_EVENING, "riders": 100, "cars": 400, **changes}
    return Planner(**settings)


def many(plan: Planner, *, riders: int = 100, each: int = 40) -> list[Errand]:
    return [errand for rider in range(riders) for errand in islice(plan.errands(rider), each)]


def test_the_same_seed_plans_the_same_whoever_asks_first() -> None:
    first, second = planner(), planner()

    forwards = [list(islice(first.errands(rider), 5)) for rider in range(5)]
    backwards = [list(islice(second.errands(rider), 5)) for rider in reversed(range(5))]

    assert forwards == list(reversed(backwards))


def test_another_seed_plans_something_else() -> None:
    assert list(islice(planner(seed=1).errands(0), 5)) != list(islice(planner(seed=2).errands(0), 5))


def test_trips_are_as_long_as_in_paris() -> None:
    errands = many(planner())

    assert mean(errand.km for errand in errands) == pytest.approx(9, abs=0.4)
    assert mean(errand.drive_seconds for errand in errands) / 60 == pytest.approx(38.5, abs=1.5)
    assert all(0.5 < errand.km < 100 and 5 * 60 < errand.drive_seconds < 8 * 3600 for errand in errands)


def test_riders_do_now_and_then_everything_that_riders_do() -> None:
    errands = many(planner())

    share = {name: mean(getattr(errand, name) for errand in errands) for name in ("walks_up", "cancels", "lets_lapse")}
    assert share == pytest.approx({"walks_up": 0.30, "cancels": 0.042, "lets_lapse": 0.0066}, rel=0.3)
    assert any(errand.wants_dock and errand.moves_destination for errand in errands)
    assert not any(errand.walks_up and (errand.cancels or errand.lets_lapse) for errand in errands)


def test_all_riders_together_make_as_many_trips_as_the_city_wants() -> None:
    plan = planner(trips_per_hour=60, riders=150)

    cycles = [errand.pause_seconds + errand.walk_seconds + errand.drive_seconds for errand in many(plan, riders=150)]

    assert 150 * 3600 / mean(cycles) == pytest.approx(60, rel=0.1)


def test_a_day_has_its_trips_and_saturday_is_the_best() -> None:
    monday = datetime(2026, 11, 23, tzinfo=UTC)

    days = [
        sum(rhythm.trips_per_hour(monday + timedelta(days=day, hours=hour), cars=3_900) for hour in range(24))
        for day in range(7)
    ]

    assert mean(days) == pytest.approx(14_000)
    assert days.index(max(days)) == 5


@pytest.mark.parametrize(("hour", "is_inward"), [(8, True), (18, False)])
def test_people_come_in_by_morning_and_leave_by_evening(hour: int, is_inward: bool) -> None:
    errands = many(planner(start=MONDAY_EVENING.replace(hour=hour, minute=0)), each=1)

    inwards = mean(errand.origin.remoteness - errand.goal.remoteness for errand in errands)

    assert (inwards > 0.05) if is_inward else (inwards < -0.05)


def test_a_saturday_afternoon_knows_no_rush_hour() -> None:
    assert abs(rhythm.inward(SATURDAY_AFTERNOON)) < abs(rhythm.inward(MONDAY_EVENING))
