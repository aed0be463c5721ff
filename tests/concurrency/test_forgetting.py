"""Several workers delete the same old photos: each photo goes once, and nobody waits. With its control."""

from unittest.mock import patch

import pytest
from django.db import connection

from stations.models import Station
from tests import factories
from tests.concurrency.rivals import at_once
from tests.conftest import Clock
from tests.vehicles.test_photos import done
from vehicles import fieldwork
from vehicles.models import FieldPhoto, FieldTask

pytestmark = pytest.mark.django_db(transaction=True)

WORKERS = 4


@pytest.fixture
def photos(transactional_db: None, time: Clock) -> int:
    bastille: Station = factories.station(factories.network(), "Bastille")
    fatou = factories.crew(bastille.network)
    for kind in FieldTask.Kind:
        done(bastille, fatou, kind)
    time.forward(days=366)
    return FieldPhoto.objects.count()


def gone_by_all() -> int:
    return sum(at_once([fieldwork.forget_old_photos] * WORKERS))


def test_each_photo_goes_once(photos: int) -> None:
    assert gone_by_all() == photos
    assert not FieldPhoto.objects.exists()


def test_control_without_the_lock_they_count_the_same_photos(photos: int) -> None:
    delete = FieldPhoto.objects.all().__class__.delete

    def slowly(rows: object) -> object:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.3)")
        return delete(rows)  # type: ignore[arg-type]

    unlocked = patch("django.db.models.query.QuerySet.select_for_update", lambda rows, **_options: rows)
    with unlocked, patch("django.db.models.query.QuerySet.delete", slowly):
        assert gone_by_all() > photos


def test_a_photo_that_somebody_holds_is_left_for_the_next_time(photos: int) -> None:
    other = connection.copy()
    other.set_autocommit(False)
    held = FieldPhoto.objects.order_by("pk")[0]
    with other.cursor() as theirs:
        theirs.execute("SELECT FROM vehicles_fieldphoto WHERE id = %s FOR UPDATE", [held.pk])

        assert fieldwork.forget_old_photos() == photos - 1

        other.rollback()  # closing alone would not wait until the lock is gone
    other.close()

    assert fieldwork.forget_old_photos() == 1
