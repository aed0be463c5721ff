"""Cars that are out and that nobody accounts for are looked for where they last stood, and later towed."""

from datetime import timedelta
from typing import Any

from django.utils import translation

from bookings import field_rules, operations, tasks
from stations.models import Network, Pulse, Station
from tests import factories
from vehicles import fieldwork, task_rules
from vehicles.models import FieldTask, Vehicle


def make_round() -> tuple[int, int]:
    counts = task_rules.make_round(field_rules.RULES)
    return counts["asked"], counts["called_off"]


def unplug(vehicle: Vehicle, time: Any) -> None:
    operations.unplugged(dock=vehicle.dock, vehicle=vehicle, event_time=time.now(), actor="device:x")
    vehicle.refresh_from_db()


def test_a_car_that_was_unplugged_without_a_trip(bastille: Station, time: Any) -> None:
    car = Vehicle.objects.order_by("pk")[0]
    dock = car.dock
    operations.plugged(dock=bastille.docks.last(), vehicle=car, event_time=time.now(), actor="device:x")
    car.refresh_from_db()
    unplug(car, time)
    assert make_round() == (0, 0)

    time.forward(hours=3)
    assert make_round() == (1, 0)

    look = FieldTask.objects.get()
    assert (look.kind, look.urgency, look.vehicle, look.station) == ("check", 1, car, bastille)
    with translation.override("en"):
        assert look.because == "Unplugged without a trip for 3 h"
    time.forward(hours=24)
    assert make_round() == (1, 0)
    assert set(FieldTask.objects.values_list("kind", flat=True)) == {"check", "tow"}
    operations.plugged(dock=dock, vehicle=car, event_time=time.now(), actor="device:x")
    assert make_round() == (0, 2)


def test_a_car_on_a_trip_is_accounted_for_and_one_whose_trip_was_ended_counts_from_there(
    paris: Network, bastille: Station, time: Any
) -> None:
    booking = operations.reserve(subscriber=factories.subscriber(paris), station=bastille, actor="test")
    trip = operations.start_trip(booking=booking, actor="test")
    unplug(trip.vehicle, time)
    time.forward(hours=10)
    assert make_round() == (0, 0)

    operations.end_trip(booking=trip, reason="Found by a passer-by", actor="desk")

    assert make_round() == (0, 0)
    time.forward(hours=3)
    assert make_round() == (1, 0)
    assert (FieldTask.objects.get().figure, FieldTask.objects.get().station) == (3, bastille)


def test_a_car_that_staff_drives_elsewhere_is_accounted_for(bastille: Station, time: Any) -> None:
    car = Vehicle.objects.order_by("pk")[0]
    operations.move_vehicle(vehicle=car, reason="To the workshop", actor="desk")
    car.refresh_from_db()
    unplug(car, time)
    time.forward(hours=30)

    assert make_round() == (0, 0)


def test_a_car_that_never_stood_anywhere_is_nobodys_errand(paris: Network, time: Any) -> None:
    factories.vehicle(network=paris)
    time.forward(days=3)

    assert make_round() == (0, 0)


def test_the_periodic_work_says_when_it_was_done(bastille: Station) -> None:
    tasks.make_field_tasks()

    assert Pulse.objects.get(name="field_tasks_unaccounted").detail == {"asked": 0, "called_off": 0}


def test_a_finished_task_may_return_its_car_to_service(bastille: Station, time: Any) -> None:
    car = Vehicle.objects.order_by("pk")[0]
    fatou = factories.crew(bastille.network)
    me = fieldwork.actor_of(fatou)
    operations.withdraw_vehicle(vehicle=car, cause=Vehicle.Cause.CLEANING, note="Muddy", actor="desk")
    for kind in (FieldTask.Kind.CLEAN, FieldTask.Kind.CHECK):
        task = factories.task(vehicle=car, kind=kind)
        fieldwork.take(task=task, person=fatou)
        fieldwork.start(task=task, actor=me)
        operations.finish_task(task=task, is_rentable=True, actor=me)  # the second finds it in service already

    car.refresh_from_db()
    assert car.is_in_service
    assert set(FieldTask.objects.values_list("state", flat=True)) == {"done"}
    assert task.created_at < time.now() + timedelta(seconds=1)
