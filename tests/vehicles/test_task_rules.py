"""Rules ask for what is needed, once, and call it off when its reason has gone by itself."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from bookings import operations as bookings
from stations import clock
from stations.models import Dock, DockReport, Network, Pulse, Station
from tests import factories
from tests.conftest import counted
from vehicles import fieldwork, task_rules, tasks
from vehicles.models import FieldTask, TaskRule, Vehicle, VehicleReport
from vehicles.task_rules import RULES

Kind, State, Origin = FieldTask.Kind, FieldTask.State, FieldTask.Origin


def make_round(**given: Any) -> tuple[int, int]:
    counts = task_rules.make_round(RULES, **given)
    return counts["asked"], counts["called_off"]


def waiting() -> set[tuple[str, str, str]]:
    with translation.override("en"):
        tasks = FieldTask.objects.exclude(state__in=[State.DONE, State.CANCELLED])
        return {(task.kind, str(task.subject), task.because) for task in tasks}


def says(dock: Dock, status: DockReport.Status) -> None:
    at = clock.now()
    DockReport.objects.update_or_create(dock=dock, defaults={"status": status, "event_time": at, "received_at": at})


def rule(network: Network, code: str, **values: Any) -> None:
    task_rules.settle(network, RULES)
    assert TaskRule.objects.filter(network=network, code=code).update(**values)


@pytest.fixture
def low(bastille: Station) -> Vehicle:
    return factories.vehicle(factories.dock(bastille), charge=12)


def test_a_low_car_that_does_not_charge_is_charged(low: Vehicle, bastille: Station) -> None:
    charging = factories.vehicle(factories.dock(bastille), charge=12)
    says(charging.dock, DockReport.Status.CHARGING)
    out = factories.vehicle(network=bastille.network, charge=12)

    assert make_round() == (1, 0)

    why = "Charge 12 %, and the post does not say that it is charging"
    assert waiting() == {("charge", low.plate, why)}
    task = FieldTask.objects.get()
    assert (task.origin, task.urgency, task.figure, task.place) == ("low_charge", 2, 12, bastille)
    assert out.dock is None


def test_a_round_may_run_any_number_of_times(low: Vehicle) -> None:
    assert [make_round(), make_round(), make_round()] == [(1, 0), (0, 0), (0, 0)]

    assert FieldTask.objects.count() == 1
    assert TaskRule.objects.count() == len(RULES)


def test_what_has_gone_by_itself_is_called_off_unless_somebody_has_begun(low: Vehicle, bastille: Station) -> None:
    other = factories.vehicle(factories.dock(bastille), charge=10)
    fatou = factories.crew(bastille.network)
    make_round()
    begun = FieldTask.objects.get(vehicle=other)
    fieldwork.take(task=begun, person=fatou)
    fieldwork.start(task=begun, actor=fieldwork.actor_of(fatou))

    for car in (low, other):
        says(car.dock, DockReport.Status.CHARGING)

    assert make_round() == (0, 1)
    gone = FieldTask.objects.get(vehicle=low)
    assert (gone.state, gone.ended_by, gone.outcome) == (State.CANCELLED, "system", "")
    begun.refresh_from_db()
    assert begun.state == State.UNDERWAY


def test_what_comes_back_is_asked_for_again_but_not_what_a_person_has_just_ended(low: Vehicle, time: Any) -> None:
    make_round()
    says(low.dock, DockReport.Status.CHARGING)
    assert make_round() == (0, 1)
    says(low.dock, DockReport.Status.AVAILABLE)
    assert make_round() == (1, 0)

    fieldwork.cancel(task=FieldTask.objects.get(state="open"), reason="It is driven away tonight", actor="desk")

    assert make_round() == (0, 0)
    time.forward(hours=13)
    assert make_round() == (1, 0)


def test_a_post_that_has_been_faulted_for_long_is_repaired(bastille: Station, time: Any) -> None:
    dock = bastille.docks.last()
    says(dock, DockReport.Status.FAULTED)
    assert make_round() == (0, 0)

    time.forward(minutes=45)

    assert make_round() == (1, 0)
    assert waiting() == {("repair", str(dock), "The post has reported a fault for 45 min")}
    says(dock, DockReport.Status.AVAILABLE)
    assert make_round() == (0, 1)


def test_withdrawn_cars_are_cleaned_and_repaired(bastille: Station) -> None:
    dirty, broken, other = (factories.vehicle(factories.dock(bastille)) for _ in range(3))
    for car, cause in ((dirty, "cleaning"), (broken, "damage"), (other, "other")):
        bookings.withdraw_vehicle(vehicle=car, cause=Vehicle.Cause(cause), note=f"seen: {cause}", actor="desk")

    assert make_round() == (2, 0)

    assert waiting() == {
        ("clean", dirty.plate, "Out of service for cleaning: seen: cleaning"),
        ("repair", broken.plate, "Out of service for damage or maintenance: seen: damage"),
    }
    bookings.return_to_service(vehicle=dirty, actor="desk")
    assert make_round() == (0, 1)


def test_silent_cars_and_cars_that_nobody_drives_are_looked_at(paris: Network, bastille: Station, time: Any) -> None:
    resting, driven = Vehicle.objects.order_by("pk")
    bookings.plugged(dock=bastille.docks.last(), vehicle=resting, event_time=time.now(), actor="test")
    time.forward(hours=50)
    VehicleReport.objects.filter(vehicle=driven).update(received_at=time.now())

    assert make_round() == (1, 0)
    assert waiting() == {("check", resting.plate, "The car has not been heard for 50 h")}

    VehicleReport.objects.update(received_at=time.now())
    assert make_round() == (0, 1)
    time.forward(days=13)
    VehicleReport.objects.update(received_at=time.now())
    assert make_round() == (1, 0)
    assert waiting() == {("check", resting.plate, "The car has not moved for 15 days")}


def test_a_network_sets_its_own_rules(paris: Network, low: Vehicle, bastille: Station) -> None:
    rule(paris, "low_charge", threshold=80, urgency=1)
    assert make_round() == (2, 0)  # the cars of Bastille have 90, 70 and 12 percent
    assert set(FieldTask.objects.values_list("urgency", flat=True)) == {1}

    rule(paris, "low_charge", is_active=False, threshold=10)

    assert make_round() == (0, 0)
    rule(paris, "low_charge", is_active=True)
    assert make_round() == (0, 2)


def test_a_rule_never_floods_the_crews(paris: Network, bastille: Station) -> None:
    for charge in (20, 5, 15, 10):
        factories.vehicle(factories.dock(bastille), charge=charge)
    rule(paris, "low_charge", most_open=2)

    assert [make_round(), make_round()] == [(2, 0), (0, 0)]
    assert set(FieldTask.objects.values_list("figure", flat=True)) == {5, 10}


def test_one_network_may_be_asked_alone(low: Vehicle, paris: Network) -> None:
    lyon = factories.network("lyon")
    station = factories.station(lyon, "Bellecour", cars=[9])

    assert make_round(network=lyon) == (1, 0)
    assert FieldTask.objects.get().vehicle.dock.station == station


def test_three_cars_cost_the_finding_what_one_costs(low: Vehicle, bastille: Station) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert make_round() == (0, 0)
        return len(counted(asked))

    make_round()
    of_one = cost()
    for _ in range(2):
        factories.vehicle(factories.dock(bastille), charge=12)
    make_round()

    assert cost() == of_one


def test_the_periodic_work_says_when_it_was_done(low: Vehicle) -> None:
    tasks.make_field_tasks()

    assert Pulse.objects.get(name="field_tasks").detail == {"asked": 1, "called_off": 0}


def test_the_rule_of_silence_counts_from_when_we_heard(bastille: Station, time: Any) -> None:
    assert RULES[Origin.SILENT_CAR].unit == timedelta(hours=1)
    time.forward(hours=47)

    assert make_round() == (0, 0)
