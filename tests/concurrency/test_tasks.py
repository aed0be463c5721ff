"""Two of a crew at one task, and two rounds of one rule: once, never twice. With their controls."""

from collections import Counter
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection

from accounts.models import User
from bookings import operations
from bookings.models import Booking
from stations.models import Event, Station
from tests import factories
from tests.concurrency.rivals import at_once
from tests.concurrency.test_races import outcome
from vehicles import fieldwork, task_rules
from vehicles.models import FieldTask

pytestmark = pytest.mark.django_db(transaction=True)

RIVALS = 12


@pytest.fixture
def bastille(transactional_db: None) -> Station:
    return factories.station(factories.network(), "Bastille", cars=[90, 9, 8, 7])


@pytest.fixture
def crew(bastille: Station) -> list[User]:
    return [factories.crew(bastille.network, name=f"Rival{number}") for number in range(RIVALS)]


def taken(task: FieldTask, crew: list[User]) -> Counter[str]:
    return Counter(outcome(one) for one in at_once([partial(fieldwork.take, task=task, person=who) for who in crew]))


def assigned(task: FieldTask) -> int:
    return Event.objects.filter(aggregate="field_task", aggregate_id=task.pk, type="task_assigned").count()


def test_a_crew_rushes_at_one_task_and_one_has_it(bastille: Station, crew: list[User]) -> None:
    task = factories.task(station=bastille)

    assert taken(task, crew) == {"won": 1, "task_taken": RIVALS - 1}
    assert assigned(task) == 1


def test_control_without_the_lock_several_are_told_that_it_is_theirs(bastille: Station, crew: list[User]) -> None:
    task = factories.task(station=bastille)
    require_crew = fieldwork._require_crew

    def slowly(person: User, row: FieldTask) -> None:
        require_crew(person, row)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.3)")

    # Each has read the task, and takes its time before it acts on what it saw.
    unlocked = patch("django.db.models.query.QuerySet.select_for_update", lambda rows, **_options: rows)
    with unlocked, patch.object(fieldwork, "_require_crew", slowly):
        taken(task, crew)

    assert assigned(task) > 1


def test_a_car_is_reserved_or_moved_and_never_both(bastille: Station, crew: list[User]) -> None:
    nation = factories.station(bastille.network, "Nation", free_docks=RIVALS)
    people = [factories.subscriber(bastille.network, f"Person{number}") for number in range(RIVALS)]
    for number, fatou in enumerate(crew[:6]):
        car = factories.vehicle(factories.dock(bastille))
        task = fieldwork.take(task=factories.task(vehicle=car, kind="move", target=nation), person=fatou)
        start = partial(operations.start_task, task=task, actor=fieldwork.actor_of(fatou))
        reserve = partial(operations.reserve, subscriber=people[number], vehicle=car, actor="test")

        won = [outcome(one) for one in at_once([start, reserve])]

        car.refresh_from_db()
        assert won in (["won", "car_unavailable"], ["car_reserved", "won"])
        assert car.is_in_service == Booking.objects.filter(vehicle=car).exists()


def test_rounds_at_once_ask_once(bastille: Station) -> None:
    task_rules.settle(bastille.network, task_rules.RULES)

    rounds = at_once([partial(task_rules.make_round, task_rules.RULES)] * RIVALS)

    assert [error for error in rounds if isinstance(error, Exception)] == []
    assert sum(counts["asked"] for counts in rounds) == FieldTask.objects.count() == 3
    assert Event.objects.filter(type="task_asked").count() == 3


def test_without_the_lock_of_the_rule_the_constraint_alone_keeps_it_at_once(bastille: Station) -> None:
    task_rules.settle(bastille.network, task_rules.RULES)

    with patch("django.db.models.query.QuerySet.select_for_update", lambda rows, **_options: rows):
        rounds = at_once([partial(task_rules.make_round, task_rules.RULES)] * RIVALS)

    assert [error for error in rounds if isinstance(error, Exception)] == []
    assert FieldTask.objects.count() == 3


def test_control_without_the_constraint_a_job_is_asked_for_twice(bastille: Station) -> None:
    task_rules.settle(bastille.network, task_rules.RULES)
    ask_about = task_rules._ask_about

    def slowly(*given: Any) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.2)")
        return ask_about(*given)

    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX a_job_is_asked_for_once")
    try:
        unlocked = patch("django.db.models.query.QuerySet.select_for_update", lambda rows, **_options: rows)
        # Each has looked for what is due, and takes its time before it asks.
        with unlocked, patch.object(task_rules, "_ask_about", slowly):
            at_once([partial(task_rules.make_round, task_rules.RULES)] * RIVALS)
        assert FieldTask.objects.count() > 3
    finally:
        FieldTask.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE UNIQUE INDEX a_job_is_asked_for_once ON vehicles_fieldtask (vehicle_id, kind) "
                "WHERE state IN ('open', 'assigned', 'underway') AND vehicle_id IS NOT NULL"
            )
