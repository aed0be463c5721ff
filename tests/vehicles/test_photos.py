"""Photos of crews: a task whose photo is refused is not done; a year after the task they are gone."""

from io import BytesIO

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from PIL import Image
from pytest_django import Settings

from accounts.models import User
from stations.models import Network, Station
from stations.refusals import Refusal
from tests import factories
from tests.conftest import Clock
from tests.stations.test_photos import picture, with_position
from vehicles import fieldwork
from vehicles.fieldwork import actor_of
from vehicles.models import FieldPhoto, FieldTask
from vehicles.tasks import forget_old_photos

Kind = FieldTask.Kind


@pytest.fixture
def fatou(paris: Network) -> User:
    return factories.crew(paris)


def done(station: Station, person: User, kind: Kind = Kind.CLEAN) -> FieldTask:
    """A task with a photo."""
    task = begun(station, person, kind)
    return fieldwork.finish(task=task, photo=picture(), actor=actor_of(person))


def begun(station: Station, person: User, kind: Kind = Kind.CLEAN) -> FieldTask:
    task = fieldwork.take(task=factories.task(station=station, kind=kind), person=person)
    return fieldwork.start(task=task, actor=actor_of(person))


def test_a_task_whose_photo_is_refused_is_not_done(bastille: Station, fatou: User) -> None:
    task = begun(bastille, fatou)

    with pytest.raises(Refusal):
        fieldwork.finish(task=task, photo=b"no photo", actor=actor_of(fatou))
    assert FieldTask.objects.get(pk=task.pk).state == FieldTask.State.UNDERWAY
    fieldwork.finish(task=task, photo=with_position(), actor=actor_of(fatou))

    photo = FieldPhoto.objects.get()
    assert (photo.task, photo.width, photo.height, photo.taken_by) == (task, 48, 64, actor_of(fatou))
    assert Image.open(BytesIO(bytes(photo.content))).size == (48, 64)


def test_photos_go_a_year_after_the_end_and_the_tasks_stay(
    bastille: Station, fatou: User, time: Clock, client: Client
) -> None:
    old = done(bastille, fatou)
    time.forward(days=200)
    young = done(bastille, fatou)
    time.forward(days=164)
    forget_old_photos()
    assert FieldPhoto.objects.count() == 2

    time.forward(days=2)
    forget_old_photos()
    forget_old_photos()

    assert FieldPhoto.objects.get().task == young
    assert FieldTask.objects.count() == 2
    client.force_login(fatou)
    client.cookies["django_language"] = "en"
    page = client.get(reverse("admin:vehicles_fieldtask_change", args=[old.pk]))
    assert "Photos are kept for 365 days." in page.content.decode()


def test_how_long_they_stay_is_a_setting(bastille: Station, fatou: User, time: Clock, settings: Settings) -> None:
    settings.FIELD_PHOTO_DAYS = 30
    done(bastille, fatou)
    time.forward(days=31)

    forget_old_photos()

    assert not FieldPhoto.objects.exists()


@pytest.mark.parametrize("size", [1, 2, 100])
def test_a_photo_that_cannot_go_holds_up_no_other(
    bastille: Station, fatou: User, time: Clock, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(fieldwork, "PHOTOS_AT_ONCE", size)
    tasks = [done(bastille, fatou, kind) for kind in Kind]
    stuck = FieldPhoto.objects.order_by("pk")[0]  # where every round begins
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE evidence (photo uuid REFERENCES vehicles_fieldphoto)")
        cursor.execute("INSERT INTO evidence VALUES (%s)", [stuck.pk])
    time.forward(days=366)

    forget_old_photos()

    assert list(FieldPhoto.objects.all()) == [stuck]
    assert FieldTask.objects.count() == len(tasks)
