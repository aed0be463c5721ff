"""An import can be undone for a while; then what it did is no longer kept, and its line stays."""

from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from stations import import_runs, undoing
from stations.import_runs import undo_until
from stations.importing import apply, plan
from stations.models import ImportRun, Network, Station
from stations.refusals import Refusal
from stations.tasks import forget_old_imports
from tests.conftest import Clock
from tests.stations.published import files_of


def applied(network: Network, *codes: str) -> ImportRun:
    run = apply(plan(network=network, stations=files_of(list(codes))), actor="operator:1", file="stations.csv")
    assert run is not None
    return run


def kept(run: ImportRun) -> list[Any]:
    run.refresh_from_db()
    return [value for value in (run.created, run.changed, run.columns) if value]


def code(run: ImportRun) -> str:
    """Of the refusal, which the page meets first and the button again."""
    codes = set()
    for call in (lambda: undoing.preview(run=run), lambda: undoing.undo(run=run, actor="operator:1")):
        with pytest.raises(Refusal) as refused:
            call()
        codes.add(refused.value.code)
    return codes.pop() if len(codes) == 1 else str(codes)


def test_what_an_old_import_did_is_emptied_and_its_line_stays(paris: Network, time: Clock) -> None:
    run = applied(paris, "one", "two")
    time.forward(days=89)
    forget_old_imports()
    assert kept(run)
    assert len(undoing.preview(run=run).deleted) == 2

    time.forward(days=2)
    assert code(run) == "import_too_old"  # also before a worker has come by
    forget_old_imports()
    forget_old_imports()

    assert kept(run) == []
    assert (run.created_count, run.file, run.undone_at) == (2, "stations.csv", None)
    assert code(run) == "import_too_old"
    assert Station.objects.count() == 2


def test_what_is_emptied_is_not_undone_however_long_the_time_grows(
    paris: Network, time: Clock, settings: Settings
) -> None:
    run = applied(paris, "one")
    settings.IMPORT_UNDO_DAYS = 1
    time.forward(days=2)
    forget_old_imports()
    settings.IMPORT_UNDO_DAYS = 90

    assert undo_until(run) > time.now()
    assert code(run) == "import_too_old"


@pytest.mark.parametrize("size", [1, 2, 100])
def test_an_import_that_cannot_be_emptied_holds_up_no_other(
    paris: Network, time: Clock, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(import_runs, "BATCH", size)
    runs = [applied(paris, *codes) for codes in (["one"], ["one", "two"], ["one", "two", "three"])]
    time.forward(days=91)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "ALTER TABLE stations_importrun ADD CONSTRAINT is_evidence CHECK (id <> %s OR created <> '[]')",
            [runs[0].pk],
        )

    forget_old_imports()

    assert [bool(kept(run)) for run in runs] == [True, False, False]
