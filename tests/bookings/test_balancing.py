"""Cars from where there are many to where there are none."""

from typing import Any

import pytest

from accounts.models import User
from bookings import balancing, operations
from bookings.refusals import CarReserved
from stations.models import Network, Station
from tests import factories
from vehicles import fieldwork
from vehicles.models import FieldTask, Vehicle
from vehicles.refusals import NotToBeMoved, OtherNetwork

MOVE, Urgency = FieldTask.Kind.MOVE, FieldTask.Urgency


@pytest.fixture
def dry(paris: Network) -> Station:
    return factories.station(paris, "Dry", free_docks=2, latitude=48.85, longitude=2.35)


@pytest.fixture
def full(paris: Network) -> Station:
    """Far, but nobody can bring a car back here."""
    return factories.station(paris, "Full", cars=[70, 90], latitude=48.87, longitude=2.35)


@pytest.fixture
def near(paris: Network) -> Station:
    return factories.station(paris, "Near", cars=[60, 80, 70, 40], free_docks=1, latitude=48.852, longitude=2.35)


@pytest.fixture
def fatou(paris: Network) -> User:
    return factories.crew(paris)


def offered(station: Station) -> list[tuple[str, int]]:
    return [(one.near.station.name, round(one.vehicle.report.charge_percent)) for one in balancing.spare_cars(station)]


def asked(car: Vehicle, target: Station) -> FieldTask:
    return balancing.ask_to_move(vehicles=[car], target=target, urgency=Urgency.NOW, reason="Rush", actor="operator:1")[
        0
    ]


def begun(car: Vehicle, target: Station, crew: User) -> FieldTask:
    task = fieldwork.take(task=asked(car, target), person=crew)
    return operations.start_task(task=task, actor=fieldwork.actor_of(crew))


def test_full_stations_give_first_then_the_nearest_and_each_keeps_one(
    dry: Station, full: Station, near: Station
) -> None:
    factories.station(dry.network, "Lonely", cars=[99], latitude=48.851, longitude=2.35)

    assert offered(dry) == [("Full", 90), ("Near", 80), ("Near", 70)]

    best = Vehicle.objects.get(dock__station=near, report__charge_percent=80)
    asked(best, dry)
    operations.reserve(subscriber=factories.subscriber(dry.network), station=full, actor="test")
    # What is left at Full is its last; of Near one is to be moved already.
    assert offered(dry) == [("Near", 70)]


def test_room_is_looked_for_where_there_is_no_car(dry: Station, full: Station, near: Station) -> None:
    assert [one.station.name for one in balancing.stations_with_room(full)] == ["Dry", "Near"]
    assert [round(car.report.charge_percent) for car in balancing.surplus_cars(full)] == [90, 70]


def test_a_car_is_out_of_service_while_it_is_moved_and_serves_where_it_is_plugged_in(
    dry: Station, near: Station, fatou: User, time: Any
) -> None:
    car = Vehicle.objects.filter(dock__station=near).order_by("pk")[0]
    task = begun(car, dry, fatou)
    car.refresh_from_db()
    assert (car.out_of_service_cause, car.out_of_service_note) == ("relocation", "Rush")

    operations.unplugged(dock=car.dock, vehicle=car, event_time=time.now(), actor="device:x")
    time.forward(minutes=20)
    operations.plugged(dock=dry.docks.first(), vehicle=car, event_time=time.now(), actor="device:x")
    operations.finish_task(task=task, actor=fieldwork.actor_of(fatou))

    car.refresh_from_db()
    assert (car.is_in_service, car.dock.station) == (True, dry)


@pytest.mark.parametrize("ending", ["hand_back", "cancel", "finish"])
def test_a_car_that_was_not_moved_after_all_serves_again(ending: str, dry: Station, near: Station, fatou: User) -> None:
    car = Vehicle.objects.filter(dock__station=near).order_by("pk")[0]
    task, me = begun(car, dry, fatou), fieldwork.actor_of(fatou)

    if ending == "finish":
        operations.finish_task(task=task, actor=me)
    elif ending == "cancel":
        operations.cancel_task(task=task, reason="Rush is over", actor="operator:1")
    else:
        operations.hand_back_task(task=task, reason="Flat tyre", actor=me)

    car.refresh_from_db()
    assert (car.is_in_service, car.out_of_service_cause) == (True, "")


def test_a_reserved_car_stays_with_whoever_has_it(dry: Station, near: Station, fatou: User, time: Any) -> None:
    car = Vehicle.objects.filter(dock__station=near).order_by("pk")[0]
    task = fieldwork.take(task=asked(car, dry), person=fatou)
    held = operations.reserve(subscriber=factories.subscriber(dry.network), vehicle=car, actor="test")

    with pytest.raises(CarReserved):
        operations.start_task(task=task, actor=fieldwork.actor_of(fatou))
    task.refresh_from_db()
    assert task.state == FieldTask.State.ASSIGNED

    time.jump_to(held.held_until)
    operations.start_task(task=task, actor=fieldwork.actor_of(fatou))
    held.refresh_from_db()
    assert held.state == "expired"


def test_a_car_that_is_withdrawn_for_another_cause_keeps_it(dry: Station, near: Station, fatou: User) -> None:
    car = Vehicle.objects.filter(dock__station=near).order_by("pk")[0]
    operations.withdraw_vehicle(vehicle=car, cause=Vehicle.Cause.DAMAGE, note="Door", actor="operator:1")

    operations.hand_back_task(task=begun(car, dry, fatou), reason="No key", actor=fieldwork.actor_of(fatou))

    car.refresh_from_db()
    assert (car.is_in_service, car.out_of_service_cause) == (False, "damage")


def test_only_a_car_of_the_same_network_has_a_place_to_be_moved_to(dry: Station, near: Station) -> None:
    lyon = factories.station(factories.network("lyon"), "Bellecour")
    car = Vehicle.objects.filter(dock__station=near).order_by("pk")[0]

    with pytest.raises(OtherNetwork):
        factories.task(vehicle=car, kind=MOVE, target=lyon)
    with pytest.raises(NotToBeMoved):
        factories.task(vehicle=car, target=dry)
    with pytest.raises(NotToBeMoved):
        factories.task(station=near, kind=MOVE, target=dry)
    assert not FieldTask.objects.exists()
