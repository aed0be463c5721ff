"""What subscribers say of cars, until when, and what the crews are asked for because of it."""

from typing import Any

import pytest
from django.utils import translation

from accounts.export import written
from bookings import export, field_rules, operations
from bookings.models import Booking, Rating
from bookings.refusals import NotNow, RatingTooLate
from stations import clock
from stations.models import Network, Station
from stations.rights import Role
from tests import factories
from tests.conftest import Clock
from vehicles import fieldwork, task_rules
from vehicles.models import FieldTask, TaskRule, Vehicle

DIRTY, CLEAN, FAIR = Rating.Cleanliness.DIRTY, Rating.Cleanliness.CLEAN, Rating.Cleanliness.FAIR


@pytest.fixture
def car(bastille: Station) -> Vehicle:
    return Vehicle.objects.order_by("pk")[0]


def drive(car: Vehicle, *, by: Any = None) -> Booking:
    """A trip that ends in the dock where it began."""
    car.refresh_from_db()
    dock = car.dock
    assert dock
    subscriber = by or factories.subscriber(car.network)
    trip = operations.take_now(subscriber=subscriber, vehicle=car, actor="test")
    operations.unplugged(dock=dock, vehicle=car, event_time=clock.now(), actor="device:x")
    operations.plugged(dock=dock, vehicle=car, event_time=clock.now(), actor="device:x")
    trip.refresh_from_db()
    return trip


def say(trip: Booking, cleanliness: str, **more: Any) -> None:
    operations.rate(booking=trip, cleanliness=cleanliness, **more)


def make_round() -> tuple[int, int]:
    counts = task_rules.make_round(field_rules.RULES)
    return counts["asked"], counts["called_off"]


def finish(task: FieldTask) -> None:
    person = factories.operator(task.network, name="Karim", role=Role.CREW)
    fieldwork.take(task=task, person=person)
    operations.start_task(task=task, actor=f"operator:{person.pk}")
    operations.finish_task(task=task, actor=f"operator:{person.pk}")


def test_a_car_is_rated_from_the_start_of_the_trip_until_a_week_after_it(car: Vehicle, time: Clock) -> None:
    held = operations.reserve(subscriber=factories.subscriber(car.network), vehicle=car, actor="test")
    with pytest.raises(NotNow):
        say(held, CLEAN)
    trip = operations.start_trip(booking=held, actor="test")
    say(trip, DIRTY, is_faulty=True)
    operations.end_trip(booking=trip, reason="x", actor="desk")
    time.forward(days=6, hours=23)
    say(trip, FAIR)
    time.forward(hours=2)

    with pytest.raises(RatingTooLate):
        say(trip, CLEAN)

    said = Rating.objects.get()
    assert (said.booking, said.vehicle, said.cleanliness, said.is_faulty) == (trip, car, "fair", False)


def test_who_asks_for_all_that_is_kept_gets_the_rating(car: Vehicle) -> None:
    trip = drive(car)
    say(trip, DIRTY, is_faulty=True)

    [told] = export.exported(trip.subscriber.user)["bookings"]

    said = {"cleanliness": "dirty", "something_is_broken": True, "rated_at": written(Rating.objects.get().rated_at)}
    assert told["rating"] == said


def test_who_let_the_reservation_go_has_not_seen_the_car(car: Vehicle) -> None:
    held = operations.reserve(subscriber=factories.subscriber(car.network), vehicle=car, actor="test")
    operations.cancel(booking=held, actor="test")

    with pytest.raises(NotNow):
        say(held, DIRTY)


def test_two_people_who_find_a_car_dirty_send_the_crew(car: Vehicle) -> None:
    say(drive(car), DIRTY)
    assert make_round() == (0, 0)
    say(drive(car), DIRTY)

    assert make_round() == (1, 0)
    assert make_round() == (0, 0)

    task = FieldTask.objects.get()
    assert (task.kind, task.vehicle, task.origin, task.figure) == ("clean", car, "rated_dirty", 2)
    with translation.override("en"):
        assert task.because == "Subscribers who found it dirty since it was last found clean: 2"


def test_one_person_counts_once(car: Vehicle, paris: Network) -> None:
    anne = factories.subscriber(paris, "Anne")
    for _trip in range(2):
        say(drive(car, by=anne), DIRTY)

    assert make_round() == (0, 0)


def test_who_finds_it_clean_calls_the_crew_off_again(car: Vehicle) -> None:
    for cleanliness in (DIRTY, CLEAN, DIRTY, FAIR):
        say(drive(car), cleanliness)
    assert make_round() == (0, 0)
    say(drive(car), DIRTY)
    assert make_round() == (1, 0)
    say(drive(car), CLEAN)

    assert make_round() == (0, 1)
    assert FieldTask.objects.get().state == FieldTask.State.CANCELLED


def test_what_was_said_before_the_car_was_cleaned_counts_no_more(car: Vehicle, time: Clock) -> None:
    for _trip in range(2):
        say(drive(car), DIRTY)
    make_round()
    time.forward(minutes=5)
    finish(FieldTask.objects.get())
    time.forward(days=1)

    say(drive(car), DIRTY)
    assert make_round() == (0, 0)
    say(drive(car), DIRTY)
    assert make_round() == (1, 0)


def test_what_was_said_long_ago_counts_no_more(car: Vehicle, time: Clock) -> None:
    say(drive(car), DIRTY)
    time.forward(days=15)
    say(drive(car), DIRTY)

    assert make_round() == (0, 0)


def test_one_who_says_that_something_is_broken_sends_the_crew_to_look(car: Vehicle) -> None:
    say(drive(car), CLEAN, is_faulty=True)
    say(drive(car), CLEAN)

    assert make_round() == (1, 0)
    task = FieldTask.objects.get()
    assert (task.kind, task.origin, task.figure) == ("check", "rated_faulty", 1)


def test_a_car_that_is_out_is_not_looked_for_until_it_is_back(car: Vehicle) -> None:
    say(drive(car), CLEAN, is_faulty=True)
    assert make_round() == (1, 0)
    car.refresh_from_db()
    dock = car.dock
    assert dock
    operations.take_now(subscriber=factories.subscriber(car.network), vehicle=car, actor="test")
    operations.unplugged(dock=dock, vehicle=car, event_time=clock.now(), actor="device:x")
    assert make_round() == (0, 1)

    operations.plugged(dock=dock, vehicle=car, event_time=clock.now(), actor="device:x")

    assert make_round() == (1, 0)


def test_what_counts_is_when_the_car_was_found_so_and_not_when_it_was_said(car: Vehicle, time: Clock) -> None:
    found_clean, found_broken = drive(car), drive(car)
    time.forward(days=5)
    for _person in range(2):
        say(drive(car), DIRTY)
    say(found_clean, CLEAN)
    assert make_round() == (1, 0)
    task_rules.settle(car.network, field_rules.RULES)
    check = factories.task(vehicle=car, kind="check")
    finish(check)
    time.forward(hours=13)

    say(found_broken, CLEAN, is_faulty=True)

    assert make_round() == (0, 0)


def test_a_word_that_is_changed_later_tells_of_the_same_day(car: Vehicle, time: Clock) -> None:
    trip = drive(car)
    say(trip, DIRTY, is_faulty=True)
    make_round()
    finish(FieldTask.objects.get())
    time.forward(hours=13)

    say(trip, FAIR, is_faulty=True)

    assert make_round() == (0, 0)


def test_who_repairs_a_car_need_not_look_at_it_again(car: Vehicle, time: Clock) -> None:
    say(drive(car), CLEAN, is_faulty=True)
    operations.withdraw_vehicle(vehicle=car, cause="damage", note="mirror", actor="operator:1")
    task_rules.make_round(task_rules.RULES)
    finish(FieldTask.objects.get(kind="repair"))
    operations.return_to_service(vehicle=car, actor="operator:1")
    time.forward(days=1)

    assert make_round() == (0, 0)


def test_a_false_alarm_is_put_to_rest_by_whoever_calls_it_off(car: Vehicle, time: Clock) -> None:
    say(drive(car), CLEAN, is_faulty=True)
    other = factories.task(vehicle=car, kind="check")
    operations.cancel_task(task=other, reason="Asked for another reason", actor="operator:1")
    time.forward(hours=13)
    assert make_round() == (1, 0)
    operations.cancel_task(
        task=FieldTask.objects.get(origin="rated_faulty"), reason="He meant another car", actor="operator:1"
    )
    time.forward(days=1)
    assert make_round() == (0, 0)

    say(drive(car), CLEAN, is_faulty=True)
    assert make_round() == (1, 0)


def test_each_network_says_how_many_it_takes(car: Vehicle, paris: Network) -> None:
    task_rules.settle(paris, field_rules.RULES)
    TaskRule.objects.filter(code="rated_dirty").update(threshold=1)
    other = factories.station(factories.network("lyon"), "Bellecour", cars=[90])
    say(drive(car), DIRTY)
    say(drive(Vehicle.objects.get(dock__station=other)), DIRTY)

    assert make_round() == (1, 0)
    assert FieldTask.objects.get().network == paris


def test_a_car_out_of_service_waits_for_its_cause(car: Vehicle) -> None:
    say(drive(car), CLEAN, is_faulty=True)
    operations.withdraw_vehicle(vehicle=car, cause="damage", note="x", actor="desk")

    assert make_round() == (0, 0)


def test_the_worst_come_first(car: Vehicle, bastille: Station, paris: Network) -> None:
    task_rules.settle(paris, field_rules.RULES)
    TaskRule.objects.filter(code="rated_dirty").update(most_open=1)
    other = Vehicle.objects.exclude(pk=car.pk).get()
    for one, people in ((car, 2), (other, 3)):
        for _person in range(people):
            say(drive(one), DIRTY)

    assert make_round() == (1, 0)
    assert FieldTask.objects.get().vehicle == other
