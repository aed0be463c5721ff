"""The next task: what is urgent, then what is near."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from stations.models import Network, Station
from tests import factories
from tests.conftest import counted
from vehicles import fieldwork
from vehicles.models import FieldTask, Vehicle
from vehicles.nearest_tasks import Point, last_place, open_tasks, tasks_of

Kind, Urgency = FieldTask.Kind, FieldTask.Urgency


def finished(task: FieldTask, person: User) -> None:
    fieldwork.take(task=task, person=person)
    fieldwork.start(task=task, actor=fieldwork.actor_of(person))
    fieldwork.finish(task=task, actor=fieldwork.actor_of(person))


def test_urgent_ones_first_then_by_the_way_and_what_is_nowhere_last(
    paris: Network, bastille: Station, nation: Station
) -> None:
    lost = factories.task(vehicle=factories.vehicle(network=paris), kind=Kind.TOW)
    here = factories.task(dock=bastille.docks.first(), urgency=Urgency.CONVENIENT)
    there = factories.task(station=nation)
    away = factories.station(paris, "Défense", latitude=48.892, longitude=2.236)
    urgent = factories.task(station=away, urgency=Urgency.NOW)

    near, count = open_tasks(networks=[paris], start=Point.of(bastille), limit=10)

    assert [each.task for each in near] == [urgent, here, there, lost]
    assert count == 4
    assert [each.meters is not None and round(each.meters, -2) for each in near] == [10700, 0, 2000, False]
    assert [each.task for each in open_tasks(networks=[paris], start=None, limit=10)[0]] == [urgent, lost, there, here]
    assert [each.task for each in open_tasks(networks=[paris], start=None, skip=1, limit=2)[0]] == [lost, there]


def test_what_somebody_has_is_in_nobody_elses_list_and_other_networks_are_in_none(
    paris: Network, bastille: Station
) -> None:
    fatou = factories.crew(paris)
    taken, free = factories.task(station=bastille), factories.task(station=bastille, kind=Kind.REPAIR)
    lyon = factories.network("lyon")
    factories.task(station=factories.station(lyon, "Bellecour"))
    fieldwork.take(task=taken, person=fatou)

    assert [each.task for each in open_tasks(networks=[paris], start=None, limit=10)[0]] == [free]
    mine = tasks_of(assignee=fieldwork.actor_of(fatou), networks=[paris], start=Point.of(bastille))
    assert [(each.task, each.meters) for each in mine] == [(taken, 0.0)]
    assert tasks_of(assignee=fieldwork.actor_of(fatou), networks=[lyon], start=None) == []


def test_one_goes_on_from_where_one_finished_last(paris: Network, bastille: Station, nation: Station) -> None:
    fatou = factories.crew(paris)
    me = {"assignee": fieldwork.actor_of(fatou), "networks": [paris]}
    assert last_place(**me) is None

    finished(factories.task(station=nation), fatou)
    finished(factories.task(vehicle=Vehicle.objects.filter(dock__station=bastille)[0]), fatou)

    assert last_place(**me) == bastille


def test_three_tasks_cost_what_one_costs(paris: Network, bastille: Station) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            for near in open_tasks(networks=[paris], start=Point.of(bastille), limit=10)[0]:
                assert str(near.task)
                assert near.task.place
        return len(counted(asked))

    factories.task(dock=bastille.docks.first())
    of_one = cost()
    factories.task(vehicle=Vehicle.objects.all()[0])
    factories.task(station=bastille)

    assert (of_one, cost()) == (2, 2)
