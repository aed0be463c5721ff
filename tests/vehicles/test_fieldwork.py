"""A field task from being asked for to its end; what is refused, and how long it took."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from stations.models import Event, Network, Station
from stations.refusals import Refusal
from stations.rights import Role
from tests import factories
from vehicles import fieldwork
from vehicles.fieldwork import actor_of
from vehicles.models import TASK_TRANSITIONS, FieldTask, Vehicle

Kind, State = FieldTask.Kind, FieldTask.State


@pytest.fixture
def car(bastille: Station) -> Vehicle:
    return Vehicle.objects.order_by("pk")[0]


@pytest.fixture
def fatou(paris: Network) -> User:
    return factories.crew(paris)


@pytest.fixture
def moussa(paris: Network) -> User:
    return factories.crew(paris, name="Moussa")


def code(call: Any, **given: Any) -> str:
    with pytest.raises(Refusal) as refused:
        call(**given)
    return refused.value.code


def log(task: FieldTask) -> list[tuple[str, str]]:
    events = Event.objects.filter(aggregate="field_task", aggregate_id=task.pk).order_by("version")
    return list(events.values_list("type", "actor"))


def test_from_the_question_to_the_end(car: Vehicle, fatou: User) -> None:
    task = factories.task(vehicle=car, why="Muddy seats")
    assert (task.state, task.because, task.place, task.standing_in) == (
        State.OPEN,
        "Muddy seats",
        car.dock.station,
        car.dock,
    )

    task = fieldwork.take(task=task, person=fatou)
    assert (task.state, task.assignee) == (State.ASSIGNED, actor_of(fatou))
    task = fieldwork.start(task=task, actor=actor_of(fatou))
    task = fieldwork.finish(task=task, outcome=" All clean ", actor=actor_of(fatou))

    task.refresh_from_db()
    assert (task.state, task.outcome, task.ended_by, task.version) == (State.DONE, "All clean", actor_of(fatou), 4)
    assert task.created_at < task.assigned_at < task.started_at < task.ended_at
    assert log(task) == [
        ("task_asked", "desk"),
        ("task_assigned", actor_of(fatou)),
        ("task_started", actor_of(fatou)),
        ("task_done", actor_of(fatou)),
    ]


def test_a_job_is_asked_for_once_while_it_is_open(car: Vehicle, bastille: Station, fatou: User) -> None:
    dock = bastille.docks.first()
    first = factories.task(vehicle=car)
    factories.task(vehicle=car, kind=Kind.REPAIR)
    factories.task(dock=dock)
    factories.task(station=bastille)

    for concerned in ({"vehicle": car}, {"vehicle": car, "station": bastille}, {"dock": dock}, {"station": bastille}):
        assert code(factories.task, **concerned) == "task_already_asked"
    fieldwork.cancel(task=first, reason="It rained", actor="desk")
    assert factories.task(vehicle=car).state == State.OPEN


def test_what_is_asked_for_has_a_reason_and_a_place_in_its_network(car: Vehicle, paris: Network) -> None:
    elsewhere = factories.station(factories.network("lyon"), "Bellecour")
    asked = {"network": paris, "kind": Kind.CLEAN, "urgency": FieldTask.Urgency.NOW, "actor": "desk"}

    assert code(fieldwork.ask_for, **asked, why="x") == "task_concerns_nothing"
    assert code(fieldwork.ask_for, **asked, why="x", vehicle=car, dock=car.dock) == "task_concerns_nothing"
    assert code(fieldwork.ask_for, **asked, why=" ", vehicle=car) == "reason_required"
    assert code(fieldwork.ask_for, **asked, why="x", vehicle=car, station=elsewhere) == "other_network"
    with pytest.raises(IntegrityError, match="a_task_concerns_something"), transaction.atomic():
        FieldTask.objects.create(network=paris, kind="clean", origin="by_hand", created_at="2030-01-01T00:00Z")


def test_only_whose_task_it_is_begins_and_ends_it(car: Vehicle, fatou: User, moussa: User) -> None:
    task = factories.task(vehicle=car)
    assert code(fieldwork.start, task=task, actor=actor_of(fatou)) == "task_not_yours"
    fieldwork.take(task=task, person=fatou)

    assert code(fieldwork.take, task=task, person=moussa) == "task_taken"
    assert fieldwork.take(task=task, person=fatou).version == 2  # the button pressed twice
    assert code(fieldwork.start, task=task, actor=actor_of(moussa)) == "task_not_yours"
    assert code(fieldwork.finish, task=task, actor=actor_of(fatou)) == "task_not_now"
    assert (
        code(fieldwork.hand_back, task=task, reason="x", is_own_only=True, actor=actor_of(moussa)) == "task_not_yours"
    )
    assert code(fieldwork.hand_back, task=task, reason=" ", actor=actor_of(fatou)) == "reason_required"


def test_what_was_handed_back_anybody_may_take(car: Vehicle, fatou: User, moussa: User) -> None:
    task = factories.task(vehicle=car)
    fieldwork.take(task=task, person=fatou)
    fieldwork.start(task=task, actor=actor_of(fatou))

    task = fieldwork.hand_back(task=task, reason="No water here", is_own_only=True, actor=actor_of(fatou))

    assert (task.state, task.assignee, task.outcome) == (State.OPEN, "", "No water here")
    assert (task.assigned_at, task.started_at) == (None, None)
    assert fieldwork.take(task=task, person=moussa).assignee == actor_of(moussa)


def test_tasks_are_given_to_the_crew_of_the_network_only(car: Vehicle, paris: Network, fatou: User) -> None:
    task = factories.task(vehicle=car)
    strangers = [
        factories.crew(factories.network("lyon")),
        factories.operator(paris, role=Role.CARE),
        factories.crew(paris, is_active=False),
    ]

    for stranger in strangers:
        assert code(fieldwork.assign, task=task, person=stranger, actor="desk") == "not_of_the_crew"
        assert code(fieldwork.take, task=task, person=stranger) == "not_of_the_crew"
    given = fieldwork.assign(task=task, person=fatou, reason="Next to you", actor="desk")
    assert (given.assignee, log(task)[-1]) == (actor_of(fatou), ("task_assigned", "desk"))


def test_what_is_not_in_the_table_is_refused(car: Vehicle, fatou: User, moussa: User) -> None:
    """Each state reached by operations, and each command tried on it."""
    me = actor_of(fatou)
    commands = {
        "assign": lambda task: fieldwork.assign(task=task, person=moussa, actor=me),
        "start": lambda task: fieldwork.start(task=task, actor=me),
        "finish": lambda task: fieldwork.finish(task=task, actor=me),
        "hand_back": lambda task: fieldwork.hand_back(task=task, reason="x", actor=me),
        "cancel": lambda task: fieldwork.cancel(task=task, reason="x", actor=me),
    }
    ways = {
        State.OPEN: [],
        State.ASSIGNED: ["take"],
        State.UNDERWAY: ["take", "start"],
        State.DONE: ["take", "start", "finish"],
        State.CANCELLED: ["cancel"],
    }
    commands_to_go = {**commands, "take": lambda task: fieldwork.take(task=task, person=fatou)}
    for (state, way), name in product(ways.items(), commands):
        with transaction.atomic():
            task = factories.task(vehicle=car)
            for step in way:
                commands_to_go[step](task)
            try:
                reached = commands[name](task).state
            except Refusal:
                reached = None
            transaction.set_rollback(True)
        is_again = (state, name) == (State.UNDERWAY, "start")
        wanted = State.UNDERWAY if is_again else TASK_TRANSITIONS.get((state, FieldTask.Command(name)))
        assert (state, name, reached) == (state, name, wanted)


def test_the_work_of_a_period_is_measured(bastille: Station, paris: Network, fatou: User, time: Any) -> None:
    start = time.now()
    for minutes, is_done in ((10, True), (30, True), (60, False)):
        task = factories.task(dock=factories.dock(bastille), kind=Kind.REPAIR)
        time.forward(minutes=minutes)
        fieldwork.take(task=task, person=fatou)
        if is_done:
            fieldwork.start(task=task, actor=actor_of(fatou))
            time.forward(minutes=minutes)
            fieldwork.finish(task=task, actor=actor_of(fatou))
    factories.task(station=bastille, kind=Kind.CLEAN)

    clean, repair = fieldwork.measured(network=paris, since=start, until=time.now() + timedelta(minutes=1))

    assert (clean.kind, clean.asked, clean.done, clean.until_assigned, clean.until_done) == (
        Kind.CLEAN,
        1,
        0,
        None,
        None,
    )
    assert (repair.kind, repair.asked, repair.done) == (Kind.REPAIR, 3, 2)
    assert round(repair.until_assigned / timedelta(minutes=1)) == 30
    assert round(repair.until_done / timedelta(minutes=1)) == 40
    assert fieldwork.measured(network=paris, since=start - timedelta(days=2), until=start) == []
