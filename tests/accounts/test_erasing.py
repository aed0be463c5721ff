"""Who leaves is forgotten: nothing that names a person stays, and what stays says why."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import ForeignKey
from django.test import Client

from accounts import erasing
from accounts.models import Badge, SignIn, Subscriber, Subscription, User
from accounts.operations import bearer_of, give_badge, issue_token, subscribe
from accounts.refusals import OperatorAccount
from bookings import operations
from bookings.operations import leaving
from stations import clock
from stations.models import Network, Station
from tests import factories
from tests.conftest import Clock

PEOPLE = (User, Subscriber)


def pointing_at_people() -> set[str]:
    return {
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey) and field.related_model in PEOPLE
    }


def test_every_table_about_people_says_whether_it_goes_or_stays() -> None:
    deleted = {model._meta.label for model in erasing.DELETED}
    kept = {**erasing.KEPT, **leaving.KEPT}

    assert pointing_at_people() == deleted | set(kept)
    assert not deleted & set(kept)
    assert all(kept.values())


@pytest.fixture
def zoe(paris: Network) -> Subscriber:
    """Something of every kind, all of it with “zoe” in it."""
    zoe = factories.subscriber(paris, "zoe-name", blocked_reason="rude")
    user = zoe.user
    User.objects.filter(pk=user.pk).update(phone="zoe-phone")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    Authenticator.objects.create(user=user, type="webauthn", data={"name": "zoe-passkey"})
    give_badge(subscriber=zoe, uid="04AA-zoe")
    Client(headers={"user-agent": "Firefox/140.0 Android"}).force_login(user)
    return zoe


def everything() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        found = []
        for model in apps.get_models(include_auto_created=True):
            cursor.execute(f'SELECT t::text FROM "{model._meta.db_table}" t')
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)


def test_no_trace_of_the_person_is_left(zoe: Subscriber, bastille: Station, nation: Station) -> None:
    booking = operations.reserve(subscriber=zoe, station=bastille, destination=nation, actor="test")
    operations.cancel(booking=booking, actor="test")
    token = issue_token(user=zoe.user, scopes=["booking"], label="zoe-token")
    assert everything().count("zoe") >= 6

    operations.leave(user=zoe.user)

    assert "zoe" not in everything()
    assert bearer_of(token) is None
    assert not SignIn.objects.exists()
    assert not Session.objects.exists()
    zoe.refresh_from_db()
    assert zoe.blocked_reason == "rude"
    assert zoe.user.email.endswith("@deleted.invalid")
    assert not zoe.user.has_usable_password()


def test_the_contract_ends_now_and_the_card_is_free(zoe: Subscriber, paris: Network) -> None:
    before = clock.now()
    erasing.erase(user=zoe.user)

    ended = Subscription.objects.get()
    assert before <= ended.during.upper <= clock.now()
    other = factories.subscriber(paris, "Bruno", is_subscribed=False)
    give_badge(subscriber=other, uid="04AA-zoe")
    subscribe(subscriber=other, plan=factories.plan(paris))
    assert Badge.objects.filter(is_active=True).get().subscriber == other


def test_a_contract_that_has_not_begun_never_does(zoe: Subscriber, time: Clock) -> None:
    time.forward(days=-2)

    erasing.erase(user=zoe.user)

    assert not Subscription.objects.exists()


def test_erased_twice_is_erased_once(zoe: Subscriber) -> None:
    operations.leave(user=zoe.user)
    address = User.objects.get().email
    operations.leave(user=zoe.user)

    assert User.objects.get().email.endswith("@deleted.invalid")
    assert address.endswith("@deleted.invalid")


def test_operators_stay(paris: Network) -> None:
    odile = factories.operator(paris)

    with pytest.raises(OperatorAccount):
        operations.leave(user=odile)

    assert User.objects.get().is_active
