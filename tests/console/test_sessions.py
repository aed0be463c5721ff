"""Operators do not stay signed in like subscribers do."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from accounts.models import User
from stations.models import Network, Station
from tests import factories
from tests.console.pages import url

Later = Callable[..., None]


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Later:
    """Lets time pass for sessions."""
    real = timezone.now
    passed = timedelta()

    def pass_by(**duration: float) -> None:
        nonlocal passed
        passed += timedelta(**duration)

    monkeypatch.setattr(timezone, "now", lambda: real() + passed)
    return pass_by


def is_in(client: Client, **headers: str) -> bool:
    return client.get(url(Station, "changelist"), headers=headers).status_code == 200


def test_an_operator_who_went_away_is_signed_out(at_desk: Client, later: Later) -> None:
    later(minutes=29)
    assert is_in(at_desk)
    later(minutes=29)
    assert is_in(at_desk)

    later(minutes=31)

    assert not is_in(at_desk)


def test_a_page_that_asks_by_itself_is_nobody_at_work(at_desk: Client, later: Later) -> None:
    later(minutes=20)
    assert is_in(at_desk, sec_fetch_mode="cors")

    later(minutes=20)

    assert not is_in(at_desk)


def test_the_day_ends_for_who_never_pauses(at_desk: Client, later: Later) -> None:
    for _visit in range(24):
        later(minutes=29)
        assert is_in(at_desk)

    later(minutes=25)

    assert not is_in(at_desk)


def test_the_session_is_written_once_a_minute_at_most(at_desk: Client, later: Later) -> None:
    is_in(at_desk)
    begun = Session.objects.get().expire_date

    later(seconds=50)
    is_in(at_desk)
    soon = Session.objects.get().expire_date
    later(seconds=15)
    is_in(at_desk)

    assert soon == begun
    assert Session.objects.get().expire_date > begun


def test_who_becomes_an_operator_is_held_to_it_at_once(client: Client, paris: Network, later: Later) -> None:
    subscriber = factories.subscriber(paris, "Anne").user
    client.force_login(subscriber)
    User.objects.filter(pk=subscriber.pk).update(is_staff=True, is_superuser=True)
    assert is_in(client)

    later(minutes=31)

    assert not is_in(client)


def test_a_subscriber_stays_signed_in(client: Client, paris: Network, later: Later) -> None:
    client.force_login(factories.subscriber(paris, "Anne").user)

    later(days=13)

    assert client.get("/account/").status_code == 200


def test_a_new_password_ends_the_sessions_of_the_old_one(at_desk: Client, lucien: User) -> None:
    assert is_in(at_desk)

    lucien.set_password("Vaulx-en-Velin")
    lucien.save(update_fields=["password"])

    assert not is_in(at_desk)
