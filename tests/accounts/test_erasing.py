"""Who leaves is forgotten: nothing that names a person stays, and what stays says why."""

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection
from django.db.models import ForeignKey
from django.test import Client

from accounts import erasing
from accounts.models import Badge, SignIn, Subscriber, Subscription, User
from accounts.operations import bearer_of, give_badge, issue_token, keep_favourite, subscribe
from accounts.refusals import AccountClosed, OperatorAccount
from autolib.website.accounts import AccountAdapter
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
    keep_favourite(user=user, name="zoe-place")
    factories.device(user, name="zoe-device")
    LogEntry.objects.create(
        user=factories.operator(paris),
        content_type=ContentType.objects.get_for_model(Subscriber),
        object_id=str(zoe.pk),
        object_repr="zoe-name",
        action_flag=CHANGE,
        change_message="blocked",
    )
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
    assert LogEntry.objects.get().change_message == "blocked"
    zoe.refresh_from_db()
    assert zoe.blocked_reason == ""
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
    address = User.objects.get(is_staff=False).email
    operations.leave(user=zoe.user)

    assert User.objects.get(is_staff=False).email.endswith("@deleted.invalid")
    assert address.endswith("@deleted.invalid")


def test_who_began_to_write_before_writes_nothing_afterwards(zoe: Subscriber, paris: Network) -> None:
    """Each of these was asked for by a page that was open when the account was deleted."""
    before = User.objects.get(pk=zoe.user_id)
    operations.leave(user=zoe.user)

    late: list[Callable[[], object]] = [
        lambda: keep_favourite(user=before, name="zoe-late"),
        lambda: factories.device(before, name="zoe-late"),
        lambda: issue_token(user=before, scopes=["booking"], label="zoe-late"),
        lambda: subscribe(subscriber=zoe, plan=factories.plan(paris)),
    ]
    for write in late:
        with pytest.raises(AccountClosed):
            write()
    AccountAdapter().set_password(before, "pont-neuf-1607")

    assert "zoe" not in everything()
    assert not User.objects.get(pk=zoe.user_id).is_active


def test_operators_stay(paris: Network) -> None:
    odile = factories.operator(paris)

    with pytest.raises(OperatorAccount):
        operations.leave(user=odile)

    assert User.objects.get().is_active
