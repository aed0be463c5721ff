"""The fold alone: no database. Whatever comes, in whatever order, its counters are what a recount finds."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bookings.figures.days import Day
from bookings.figures.folding import Car, Change, DockPlace, Fold, Standing, StationTally

BEGIN = datetime(2027, 3, 2, tzinfo=UTC)
DAY = Day(date(2027, 3, 2), BEGIN, BEGIN + timedelta(days=1))
PORT, GARE = 1, 2


def standing() -> Standing:
    """At the port (docks 11 and 12) stands car 5, in 11; at Gare (dock 21) none."""
    return Standing(
        cars={5: Car(1, 11, True), 6: Car(1, None, True)},
        docks={11: DockPlace(PORT, True), 12: DockPlace(PORT, True), 21: DockPlace(GARE, True)},
        stations={PORT: StationTally(24, True, True), GARE: StationTally(24, True, True)},
    )


def car(second: int, version: int, dock: int | None, *, type: str = "plugged", is_booked: bool = False) -> Change:
    return Change(second, "vehicle", 5, version, type, dock=dock, is_in_service=True, is_booked=is_booked)


def without_car(*changes: Change) -> list[int]:
    return Fold(DAY, standing()).take(changes).close().standing.stations[PORT].without_car


def test_time_is_split_at_the_hours() -> None:
    assert without_car(car(5_400, 2, None), car(9_000, 3, 12)) == [0, 1_800, 1_800] + [0] * 21


def test_the_order_in_which_changes_come_is_of_no_matter() -> None:
    assert without_car(car(9_000, 3, 12), car(5_400, 2, None)) == [0, 1_800, 1_800] + [0] * 21


def test_a_later_version_that_happened_earlier_wins() -> None:
    """It was recorded when the other was known: what stood behind it in time was wrong."""
    assert without_car(car(3_600, 3, None), car(7_200, 2, 11)) == [0] + [3_600] * 23


def test_what_is_known_at_midnight_already_changes_nothing() -> None:
    assert without_car(car(0, 1, None), car(3_600, 0, None)) == [3_600] * 24
    assert without_car(car(3_600, 0, None)) == [0] * 24


def test_what_happened_to_unknown_things_is_counted_and_moves_nothing() -> None:
    fold = Fold(DAY, standing()).take(
        [
            Change(10, "vehicle", 99, 1, "trip_end", dock=98, is_in_service=True, is_booked=False, seconds=60),
            Change(20, "dock", 98, 1, "plugged", is_held=False),
            Change(30, "station", 97, 1, "station_closed", is_renting=False, is_returning=False),
        ]
    )

    assert (fold.counts["events"], fold.counts["trips"], fold.counts["trip_seconds"]) == (3, 1, 60)
    assert fold.close().standing.stations[PORT].without_car == [0] * 24


seconds = st.integers(0, DAY.seconds - 1)
versions = st.integers(1, 30)
changes = st.lists(
    st.one_of(
        st.builds(
            Change,
            seconds,
            st.just("vehicle"),
            st.sampled_from([5, 6]),
            versions,
            st.sampled_from(["plugged", "unplugged", "trip_start", "trip_end", "reservation_start"]),
            dock=st.sampled_from([11, 12, 21, None]),
            is_in_service=st.booleans(),
            is_booked=st.booleans(),
            station=st.sampled_from([PORT, GARE]),
        ),
        st.builds(
            Change,
            seconds,
            st.just("dock"),
            st.sampled_from([11, 12, 21]),
            versions,
            st.just("dock_hold_start"),
            is_held=st.none() | st.booleans(),
            is_in_service=st.none() | st.booleans(),
        ),
        st.builds(
            Change,
            seconds,
            st.just("station"),
            st.sampled_from([PORT, GARE]),
            versions,
            st.just("station_closed"),
            is_renting=st.booleans(),
            is_returning=st.booleans(),
        ),
    ),
    max_size=25,
)


@given(changes)
def test_counters_are_what_a_recount_finds(found: Any) -> None:
    fold = Fold(DAY, standing()).take(found).close()

    recounted = fold.standing.at_next_midnight(24)
    for pk, tally in fold.standing.stations.items():
        assert (tally.cars, tally.docks) == (recounted.stations[pk].cars, recounted.stations[pk].docks)
        for without, offered in zip(
            tally.without_car + tally.without_dock, tally.renting + tally.returning, strict=True
        ):
            assert 0 <= without <= offered <= 3_600
    assert fold.counts["events"] == len(found)
