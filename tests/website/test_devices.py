"""Where one is signed in: said in plain words, ended for good, and asked of the database no more than needed."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from accounts.models import PushSubscription, SignIn, Subscriber
from accounts.tasks import forget_old_records
from autolib.website.browsers import in_words, recognised
from stations.models import Network
from tests import factories
from tests.website.conftest import PASSWORD
from tests.website.visitor import Visitor

FIREFOX = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/18.5 Mobile/15E148 Safari/604.1"
)
CHROME = "AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox on Android"),
        (SAFARI, "Safari on iPhone"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME}", "Chrome on Windows"),
        (f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {CHROME} Edg/140.0.0.0", "Edge on Windows"),
        (f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {CHROME} OPR/120.0", "Opera on Mac"),
        (f"Mozilla/5.0 (Linux; Android 15) SamsungBrowser/28.0 {CHROME}", "Samsung Internet on Android"),
        (f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {CHROME}", "Chrome on ChromeOS"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("curl/8.14 (Linux)", "Linux"),
        ("<script>", "A browser that does not say its name"),
        ("", "A browser that does not say its name"),
    ],
)
def test_browsers_in_plain_words(user_agent: str, words: str) -> None:
    with translation.override("en"):
        assert in_words(*recognised(user_agent)) == words


def elsewhere(anne: Subscriber, user_agent: str) -> Visitor:
    """Anne signs in on another device."""
    visitor = Visitor(Client())
    visitor.headers["user-agent"] = user_agent
    return visitor.go("/account/login/").press("Sign in", login=anne.user.email, password=PASSWORD)


def is_in(visitor: Visitor) -> bool:
    return visitor.go("/account/").address == "/account/"


def test_one_is_signed_out_and_the_others_stay(member: Visitor, anne: Subscriber) -> None:
    phone, tablet = elsewhere(anne, FIREFOX), elsewhere(anne, SAFARI)

    member.go("/account/security/").press("Sign out Firefox on Android")

    assert "Firefox on Android is signed out." in member.text
    assert (is_in(phone), is_in(tablet), is_in(member)) == (False, True, True)


@pytest.mark.parametrize("act", ["Sign out Firefox on Android", "Sign out everywhere else"])
def test_a_device_that_is_signed_out_is_told_no_more(member: Visitor, anne: Subscriber, act: str) -> None:
    phone = elsewhere(anne, FIREFOX)
    for name, visitor in {"phone": phone, "here": member}.items():
        factories.device(anne.user, name=name, session_key=visitor.client.session.session_key)

    member.go("/account/security/").press(act)

    assert [told.endpoint.rpartition("/")[2] for told in PushSubscription.objects.all()] == ["here"]


def test_all_others_are_signed_out_at_once(member: Visitor, anne: Subscriber) -> None:
    phone, tablet = elsewhere(anne, FIREFOX), elsewhere(anne, SAFARI)

    member.go("/account/security/").press("Sign out everywhere else")

    assert (is_in(phone), is_in(tablet), is_in(member)) == (False, False, True)
    assert "everywhere else" not in member.go("/account/security/").text
    assert Session.objects.count() == SignIn.objects.count() == 1


def test_signing_out_ends_the_note_too(member: Visitor) -> None:
    member.go("/account/security/").press("Sign out here")

    assert not SignIn.objects.exists()


def test_somebody_elses_is_not_there(member: Visitor, paris: Network) -> None:
    bruno = Client()
    bruno.force_login(factories.subscriber(paris, "Bruno").user)
    foreign = SignIn.objects.exclude(user__subscriber__user__email__startswith="anne").get()

    assert member.client.post(f"/account/security/{foreign.pk}/end/").status_code == 404
    assert bruno.get("/account/").status_code == 200


def test_what_a_new_password_has_shut_is_no_longer_shown(member: Visitor, anne: Subscriber) -> None:
    elsewhere(anne, SAFARI)
    anne.user.set_password("another-" + PASSWORD)
    anne.user.save(update_fields=["password"])

    here = Visitor(Client()).go("/account/login/")
    here.press("Sign in", login=anne.user.email, password="another-" + PASSWORD).go("/account/security/")

    assert "Safari" not in here.text
    assert "everywhere else" not in here.text


def test_its_use_is_noted_once_an_hour_at_most(
    member: Visitor, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    begun = SignIn.objects.get().last_used_at
    member.go("/account/security/")
    assert SignIn.objects.get().last_used_at == begun

    real = timezone.now
    monkeypatch.setattr(timezone, "now", lambda: real() + timedelta(minutes=61))
    member.client.get("/account/security/", headers={"sec-fetch-mode": "cors"})
    assert SignIn.objects.get().last_used_at == begun
    member.go("/account/security/")
    assert SignIn.objects.get().last_used_at > begun
    with django_assert_num_queries(7):
        member.go("/account/security/")


def test_a_session_from_before_there_were_notes_gets_one(member: Visitor) -> None:
    SignIn.objects.all().delete()
    session = member.client.session
    del session["sign_in_noted_at"]
    session.save()

    member.go("/account/")

    assert SignIn.objects.count() == 1


def test_no_address_is_kept(member: Visitor) -> None:
    kept = {field.name for field in SignIn._meta.get_fields()}

    assert kept == {"id", "user", "session_key", "browser", "system", "signed_in_at", "last_used_at"}


def test_what_has_ended_is_forgotten(member: Visitor) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))

    forget_old_records()

    assert not SignIn.objects.exists()
    assert not Session.objects.exists()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_asks_a_fixed_number_of_questions(
    member: Visitor, anne: Subscriber, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(rows):
        Authenticator.objects.create(user=anne.user, type="webauthn", data={"name": f"Phone {number}"})
    for _ in range(rows - 1):
        elsewhere(anne, SAFARI)

    with django_assert_num_queries(7):
        member.go("/account/security/")
    with django_assert_num_queries(12):
        member.go("/account/")
