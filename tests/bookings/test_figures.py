"""Days are told by the log and the bookings, twice the same, and anew when something was learnt late."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Thread
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import Subscriber
from bookings import figures, operations, tasks
from bookings.figures import computing
from bookings.figures.computing import ROUND_LOCK
from bookings.models import Booking, NetworkDay, StationDay, VehicleDay
from stations import equipment
from stations import operations as stations
from stations.models import DeviceMessage, Event, Network, Pulse, Station
from tests import factories
from vehicles import fieldwork
from vehicles.models import Vehicle, VehicleReport

TUESDAY = date(2027, 11, 23)
MIDNIGHT = datetime(2027, 11, 22, 23, tzinfo=UTC)  # in Paris
SOON_AFTER = MIDNIGHT + timedelta(days=1, minutes=11)


def at(hour: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hour)


def minutes(seconds: list[int]) -> list[int]:
    """An operation is a moment behind the clock that a test sets."""
    return [round(each / 60) for each in seconds]


def rows(network: Network) -> list[Any]:
    """All that was computed, without the moment of computing."""
    found: list[Any] = []
    for model in (NetworkDay, StationDay, VehicleDay):
        for row in model.objects.filter(network=network).order_by("date", "pk").values():
            found.append({key: row[key] for key in row.keys() - {"id", "computed_at", "read_until"}})
    return found


def drive(person: Subscriber, origin: Station, target: Station, *, time: Any, start: float, end: float) -> Booking:
    """A trip from a car's dock to a free one, with its plugs."""
    time.jump_to(at(start))
    trip = operations.take_now(subscriber=person, station=origin, actor="test")
    car = Vehicle.objects.get(pk=trip.vehicle_id)
    operations.unplugged(dock=car.dock, vehicle=car, event_time=at(start), actor="test")
    time.jump_to(at(end))
    dock = target.docks.exclude(pk__in=Vehicle.objects.exclude(dock=None).values("dock")).first()
    operations.plugged(dock=dock, vehicle=car, event_time=at(end), actor="test")
    return Booking.objects.get(pk=trip.pk)


@pytest.fixture
def quai(paris: Network) -> Station:
    """One car, no free dock."""
    return factories.station(paris, "Quai", cars=[90])


@pytest.fixture
def tuesday(quai: Station, nation: Station, anne: Subscriber, time: Any) -> Network:
    """Anne drives from Quai to Nation, 10:00 to 10:30, and lets a second reservation run out at 12:30."""
    drive(anne, quai, nation, time=time, start=10, end=10.5)
    time.jump_to(at(12))
    operations.reserve(subscriber=anne, station=nation, actor="test")
    time.jump_to(at(13))
    tasks.sweep()
    time.jump_to(SOON_AFTER)
    return quai.network


def test_a_day_is_counted(tuesday: Network) -> None:
    row = figures.compute_day(network=tuesday, date=TUESDAY)

    assert (row.reservations, row.trips, *minutes([row.trip_seconds]), row.expiries) == (2, 1, 30, 1)
    assert (row.promises, row.promises_kept) == (2, 2)
    assert (row.cars, row.in_service_seconds) == (1, 86_400)
    assert row.events == Event.objects.count()
    car = VehicleDay.objects.get()
    assert (car.trips, car.trip_seconds, car.in_service_seconds) == (1, row.trip_seconds, 86_400)


def test_time_without_a_car_and_without_a_dock_is_told_by_the_log(
    tuesday: Network, quai: Station, nation: Station
) -> None:
    figures.compute_day(network=tuesday, date=TUESDAY)

    left, reached = StationDay.objects.get(station=quai), StationDay.objects.get(station=nation)
    # Quai: its car goes at 10:00, so from then on there is a dock and no car. Nation: the other way round from 10:30,
    # but for the half hour in which its car is reserved.
    assert minutes(left.without_car_by_hour) == [0] * 10 + [60] * 14
    assert minutes(left.without_dock_by_hour) == [60] * 10 + [0] * 14
    assert minutes(reached.without_car_by_hour) == [60] * 10 + [30, 0, 30] + [0] * 11
    assert minutes(reached.without_dock_by_hour) == [0] * 10 + [30] + [60] * 13
    assert (left.departures_by_hour[10], left.departures, left.arrivals) == (1, 1, 0)
    assert (reached.arrivals_by_hour[10], reached.arrivals, reached.departures) == (1, 1, 0)
    assert (left.without_car_seconds, left.renting_seconds) == (sum(left.without_car_by_hour), 86_400)
    row = NetworkDay.objects.get()
    assert row.without_car_seconds == left.without_car_seconds + reached.without_car_seconds
    assert (row.renting_seconds, row.returning_seconds) == (2 * 86_400, 2 * 86_400)


def test_a_closed_station_is_without_nothing(paris: Network, nation: Station, quai: Station, time: Any) -> None:
    time.jump_to(at(6))
    stations.close_station(station=nation, reason="Works", is_returning=True, actor="test")
    time.jump_to(at(18))
    stations.open_station(station=nation, actor="test")
    time.jump_to(SOON_AFTER)

    figures.compute_day(network=paris, date=TUESDAY)

    closed = StationDay.objects.get(station=nation)
    assert minutes([closed.renting_seconds, closed.without_car_seconds]) == [720, 720]
    assert (closed.returning_seconds, closed.without_dock_seconds) == (86_400, 0)


def test_a_held_dock_and_one_out_of_service_are_not_free(
    paris: Network, bastille: Station, nation: Station, anne: Subscriber, time: Any
) -> None:
    time.jump_to(at(8))
    booking = operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test")
    time.jump_to(at(8.25))
    operations.cancel(booking=booking, actor="test")
    dock = nation.docks.get()
    time.jump_to(at(20))
    equipment.withdraw_dock(dock=dock, reason="Water", actor="test")
    time.jump_to(at(22))
    equipment.return_dock(dock=dock, reason="Dry", actor="test")
    time.jump_to(SOON_AFTER)

    row = figures.compute_day(network=paris, date=TUESDAY)

    without = minutes(StationDay.objects.get(station=nation).without_dock_by_hour)
    assert {hour: spent for hour, spent in enumerate(without) if spent} == {8: 15, 20: 60, 21: 60}
    assert (row.dock_holds, row.customer_cancellations, row.promises_kept) == (1, 1, 1)
    assert (row.docks_restored, *minutes([row.dock_outage_seconds])) == (1, 120)


def test_a_promise_is_broken_by_us_only(
    paris: Network, bastille: Station, nation: Station, anne: Subscriber, bruno: Subscriber, time: Any
) -> None:
    time.jump_to(at(8))
    withdrawn = operations.reserve(subscriber=anne, station=bastille, actor="test")
    operations.withdraw_vehicle(vehicle=withdrawn.vehicle, cause=Vehicle.Cause.DAMAGE, note="Mirror", actor="test")
    operations.cancel(booking=Booking.objects.get(replaces=withdrawn), actor="test")
    displaced = operations.reserve(subscriber=bruno, station=bastille, destination=nation, actor="test")
    stray = factories.vehicle(network=paris)
    operations.plugged(dock=nation.docks.get(), vehicle=stray, event_time=at(8.1), actor="test")
    operations.cancel(booking=displaced, actor="test")
    kept = operations.reserve(subscriber=anne, station=bastille, actor="test")
    operations.cancel(booking=kept, actor="test")
    time.jump_to(at(9.5))
    operations.return_to_service(vehicle=withdrawn.vehicle, actor="test")
    time.jump_to(SOON_AFTER)

    row = figures.compute_day(network=paris, date=TUESDAY)

    assert (row.promises, row.promises_kept) == (4, 2)
    assert (row.provider_cancellations, row.displaced_holds, row.customer_cancellations) == (1, 1, 3)
    assert row.cars_restored == 1
    assert minutes([row.car_outage_seconds]) == [90]


def test_what_the_log_says_of_other_things_counts_for_nothing(tuesday: Network, quai: Station, time: Any) -> None:
    before = figures.compute_day(network=tuesday, date=TUESDAY)
    time.jump_to(at(15))
    fieldwork.ask_for(network=tuesday, kind="clean", urgency=2, station=quai, why="Glass", actor="operator:1")
    time.jump_to(SOON_AFTER)

    after = figures.compute_day(network=tuesday, date=TUESDAY)

    assert (after.trips, after.reservations, after.expiries) == (before.trips, before.reservations, before.expiries)


def test_twice_gives_equal_rows(tuesday: Network) -> None:
    figures.compute_day(network=tuesday, date=TUESDAY)
    once = rows(tuesday)

    figures.compute_day(network=tuesday, date=TUESDAY)

    assert rows(tuesday) == once


def test_a_day_that_is_not_over_is_refused(paris: Network, time: Any) -> None:
    time.jump_to(SOON_AFTER - timedelta(minutes=2))

    with pytest.raises(figures.DayNotOver):
        figures.compute_day(network=paris, date=TUESDAY)


def test_the_task_finds_what_is_due_once(tuesday: Network) -> None:
    tasks.compute_figures()
    tasks.compute_figures()

    assert list(NetworkDay.objects.values_list("date", flat=True)) == [TUESDAY]
    assert Pulse.objects.get(name="figures").detail == {"computed": 0, "failed": 0}


def test_a_day_that_cannot_be_computed_stops_no_other(tuesday: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    lyon = factories.network("lyon", time_zone="Europe/Paris")
    monkeypatch.setattr(computing, "due_days", lambda: [(lyon, TUESDAY), (tuesday, TUESDAY)])
    read = computing.changes_of
    monkeypatch.setattr(computing, "changes_of", lambda network, day: {}[0] if network == lyon else read(network, day))

    tasks.compute_figures()

    assert list(NetworkDay.objects.values_list("network", "date")) == [(tuesday.pk, TUESDAY)]
    assert Pulse.objects.get(name="figures").detail == {"computed": 1, "failed": 1}


def test_a_late_event_makes_its_day_due_again(tuesday: Network, quai: Station, nation: Station, time: Any) -> None:
    before = figures.compute_day(network=tuesday, date=TUESDAY)
    assert figures.due_days() == []
    car = Vehicle.objects.get()
    time.forward(hours=3)
    # The post was without a network: the car left Nation at 23:00 of the day that is over.
    operations.unplugged(dock=car.dock, vehicle=car, event_time=at(23), actor="test")

    assert figures.due_days() == [(tuesday, TUESDAY)]
    tasks.compute_figures()

    after = NetworkDay.objects.get()
    assert (after.events, after.without_car_seconds) == (before.events + 2, before.without_car_seconds + 3600)
    time.forward(minutes=2)
    tasks.compute_figures()
    assert figures.due_days() == []


def test_the_days_after_a_late_event_are_due_too_for_they_began_otherwise(
    tuesday: Network, nation: Station, time: Any
) -> None:
    time.forward(days=1)
    tasks.compute_figures()
    car = Vehicle.objects.get()
    operations.unplugged(dock=car.dock, vehicle=car, event_time=at(23), actor="test")

    assert figures.due_days() == [(tuesday, TUESDAY), (tuesday, TUESDAY + timedelta(days=1))]
    tasks.compute_figures()

    assert StationDay.objects.get(station=nation, date=TUESDAY + timedelta(days=1)).without_car_seconds == 86_400


def test_days_in_a_row_are_what_each_is_alone(tuesday: Network, quai: Station, time: Any) -> None:
    time.jump_to(at(34))
    stations.close_station(station=quai, reason="Works", actor="test")
    equipment.withdraw_dock(dock=quai.docks.get(), reason="Works", actor="test")
    time.jump_to(at(74))
    for number in range(3):
        figures.compute_day(network=tuesday, date=TUESDAY + timedelta(days=number))
    alone = rows(tuesday)

    list(figures.compute_days(network=tuesday, first=TUESDAY, last=TUESDAY + timedelta(days=2)))

    assert rows(tuesday) == alone


def test_days_without_events_are_computed_once_there_were_some(tuesday: Network, nation: Station, time: Any) -> None:
    time.forward(days=2)

    tasks.compute_figures()

    days = NetworkDay.objects.order_by("date")
    assert [(row.date.day, row.trips, row.cars) for row in days] == [(23, 1, 1), (24, 0, 1), (25, 0, 1)]
    assert StationDay.objects.get(station=nation, date=date(2027, 11, 25)).without_dock_seconds == 86_400


def test_what_stood_before_the_first_event_is_told_by_it(paris: Network, quai: Station, time: Any) -> None:
    """Neither the row of today nor an event of later days rewrites a day before them."""
    time.jump_to(at(48))
    car = Vehicle.objects.get()
    operations.withdraw_vehicle(vehicle=car, cause=Vehicle.Cause.DAMAGE, note="Mirror", actor="test")
    equipment.withdraw_dock(dock=car.dock, reason="Water", actor="test")
    stations.close_station(station=quai, reason="Works", actor="test")

    row = figures.compute_day(network=paris, date=TUESDAY)

    assert (row.cars, row.in_service_seconds, row.without_car_seconds) == (1, 86_400, 0)
    assert (row.renting_seconds, row.returning_seconds, row.without_dock_seconds) == (86_400, 86_400, 86_400)


def test_kilometres_are_what_odometers_gained(tuesday: Network, time: Any) -> None:
    report = VehicleReport.objects.get()
    for number, odometer in enumerate(["1000.0", "1042.5"]):
        time.jump_to(SOON_AFTER + timedelta(days=number))
        VehicleReport.objects.filter(pk=report.pk).update(odometer_km=odometer, charge_percent=70 - number)
        tasks.compute_figures()
    VehicleReport.objects.filter(pk=report.pk).update(odometer_km="2000.0", charge_percent=1)

    figures.compute_day(network=tuesday, date=TUESDAY + timedelta(days=1))

    days = NetworkDay.objects.order_by("date")
    assert [(row.kilometres, row.charge_percent) for row in days] == [
        (None, Decimal(70)),
        (Decimal("42.5"), Decimal(69)),
    ]


def test_time_to_resolve_is_from_arrival_to_the_person(paris: Network, nation: Station, time: Any) -> None:
    time.jump_to(at(9))
    post = nation.docks.get().charge_point.device
    message = DeviceMessage.objects.create(
        device=post,
        msg_id="1",
        kind="plugged",
        event_time=at(9),
        received_at=at(9),
        payload={},
        outcome=DeviceMessage.Outcome.QUARANTINED,
    )
    time.jump_to(at(11))
    equipment.resolve_message(message=message, reason="Looked", actor="test")
    time.jump_to(SOON_AFTER)

    row = figures.compute_day(network=paris, date=TUESDAY)

    assert (row.messages_quarantined, row.messages_resolved) == (1, 1)
    assert minutes([row.message_seconds]) == [120]


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2027, 3, 28), 23), (date(2027, 10, 31), 25)], ids=["March", "October"]
)
def test_the_two_nights_of_the_year_have_their_hours(
    day: date, hours: int, paris: Network, quai: Station, nation: Station, time: Any
) -> None:
    time.jump_to(datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
    car = Vehicle.objects.get()
    operations.unplugged(dock=car.dock, vehicle=car, event_time=time.now(), actor="test")
    time.forward(days=1)

    figures.compute_day(network=paris, date=day)

    station, row = StationDay.objects.get(station=quai), NetworkDay.objects.get()
    assert len(station.renting_by_hour) == hours
    assert station.renting_seconds == station.without_car_seconds + station.without_dock_seconds == hours * 3600
    assert (row.ends_at - row.begins_at, row.in_service_seconds) == (timedelta(hours=hours), hours * 3600)
    on_the_wall = figures.hours_on_the_wall(paris, figures.day_of(paris, day))
    assert on_the_wall[:4] == ([0, 1, 3, 4] if hours == 23 else [0, 1, 2, 2])


def test_networks_are_counted_apart_each_by_its_own_midnight(tuesday: Network, time: Any) -> None:
    montreal = factories.network("montreal", time_zone="America/Toronto")
    place = factories.station(montreal, "Place", cars=[90])
    time.jump_to(datetime(2027, 11, 24, 3, tzinfo=UTC))  # still Tuesday there
    operations.take_now(subscriber=factories.subscriber(montreal), station=place, actor="test")

    tasks.compute_figures()
    assert list(NetworkDay.objects.values_list("network__slug", flat=True)) == ["paris"]
    time.jump_to(datetime(2027, 11, 24, 5, 11, tzinfo=UTC))
    tasks.compute_figures()

    row = NetworkDay.objects.get(network=montreal)
    assert (row.date, row.reservations, row.cars) == (TUESDAY, 1, 1)
    assert NetworkDay.objects.get(network=tuesday).reservations == 2
    assert StationDay.objects.get(network=montreal).departures == 1


def test_a_course_leads_back_to_the_events(tuesday: Network, nation: Station) -> None:
    course = figures.course_of(station=nation, date=TUESDAY)

    assert (course.cars, course.docks) == (0, 1)
    told = [(moment.change.type, moment.cars, moment.docks) for moment in course.moments]
    assert [(cars, docks) for _type, cars, docks in told][-1] == (1, 0)
    assert ("trip_end", 1, 0) in told
    assert ("reservation_start", 0, 0) in told


def test_a_running_day_is_compared_up_to_the_same_time(
    paris: Network, quai: Station, nation: Station, anne: Subscriber, time: Any
) -> None:
    for weeks, hour in ((2, 9), (1, 9), (1, 15), (0, 9)):
        time.jump_to(at(hour) - timedelta(weeks=weeks))
        booking = operations.take_now(subscriber=anne, station=quai, actor="test")
        operations.end_trip(booking=booking, actor="test", reason="test")
    time.jump_to(at(12))

    found = figures.same_weekday(network=paris, date=TUESDAY)

    assert (found.day.reservations, found.day.trips) == (1, 1)
    assert [(one.date.day, one.trips) for one in found.before] == [(16, 1), (9, 1), (2, 0), (26, 0)]
    assert found.usual_trips == 0.5
    over = figures.same_weekday(network=paris, date=TUESDAY - timedelta(weeks=1))
    assert (over.day.trips, over.usual_trips) == (2, 0.25)


def test_the_command_computes_a_span_and_says_what_it_cannot(tuesday: Network, capsys: Any) -> None:
    call_command("compute_figures", "--network=paris", "--from=2027-11-22", "--until=2027-11-23")

    assert [row.date.day for row in NetworkDay.objects.order_by("date")] == [22, 23]
    assert "2027-11-23: " in capsys.readouterr().out
    for wrong in (
        ["--network=lyon", "--from=2027-11-22"],
        ["--network=paris", "--from=2027-11-22", "--until=2027-11-21"],
        ["--network=paris", "--from=2027-11-24"],
    ):
        with pytest.raises(CommandError):
            call_command("compute_figures", *wrong)


@pytest.mark.django_db(transaction=True)
def test_two_computations_at_once_leave_one_set_of_rows(transactional_db: None, tuesday: Network) -> None:
    failed: list[BaseException] = []

    def compute() -> None:
        try:
            figures.compute_day(network=tuesday, date=TUESDAY)
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [Thread(target=compute) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failed == []
    assert (NetworkDay.objects.count(), StationDay.objects.count(), VehicleDay.objects.count()) == (1, 2, 1)


@pytest.mark.django_db(transaction=True)
def test_the_task_leaves_the_work_to_whoever_is_at_it(transactional_db: None, tuesday: Network) -> None:
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as theirs:
        theirs.execute("SELECT pg_advisory_xact_lock(%s)", [ROUND_LOCK])
        tasks.compute_figures()
        assert not NetworkDay.objects.exists()
        other.rollback()
        tasks.compute_figures()
        assert NetworkDay.objects.exists()
    other.close()
