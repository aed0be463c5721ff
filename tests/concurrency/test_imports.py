"""A table confirmed by many at once is applied once, and an import undone by many at once is undone once."""

from functools import partial
from unittest.mock import patch

import pytest
from django.db import connection

from stations import undoing
from stations.models import Dock, ImportRun, Network
from stations.sheets import Plan, apply, plan
from stations.sheets.docks import DockSheet
from tests import factories
from tests.concurrency.rivals import at_once
from tests.concurrency.test_races import outcome

pytestmark = pytest.mark.django_db(transaction=True)

RIVALS = 6
TABLE = b"station,number,post,connector\nbastille,1,p.1,1\nbastille,2,p.2,1\n"


@pytest.fixture
def paris(transactional_db: None) -> Network:
    network = factories.network()
    factories.station(network, "Bastille", code="bastille")
    return network


def planned(network: Network) -> Plan:
    return plan(sheet=DockSheet(), network=network, data=TABLE)


def race(calls: list[partial]) -> dict[str, int]:
    came = [outcome(one) for one in at_once(calls)]
    return {each: came.count(each) for each in set(came)}


def test_a_table_confirmed_by_many_is_applied_once(paris: Network) -> None:
    calls = [partial(apply, planned(paris), actor=f"operator:{number}", file="x") for number in range(RIVALS)]

    assert race(calls) == {"won": 1, "plan_outdated": RIVALS - 1}
    assert (Dock.objects.count(), ImportRun.objects.count()) == (2, 1)


def undoings(paris: Network) -> list[partial]:
    run = apply(planned(paris), actor="operator:1", file="x")
    return [partial(undoing.undo, run=run, actor=f"operator:{number}") for number in range(RIVALS)]


def test_an_import_undone_by_many_is_undone_once(paris: Network) -> None:
    assert race(undoings(paris)) == {"won": 1, "already_undone": RIVALS - 1}
    assert not Dock.objects.exists()


def test_control_without_the_lock_it_is_undone_by_several(paris: Network) -> None:
    def slowly(run: ImportRun) -> ImportRun:
        row = ImportRun.objects.get(pk=run.pk)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.5)")
        return row

    calls = undoings(paris)
    with patch.object(undoing, "_locked_run", slowly):
        assert race(calls)["won"] > 1
