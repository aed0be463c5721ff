"""Passkeys: another way in. They bypass nothing that the password must pass either."""

import json
import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import NoReverseMatch, reverse
from pytest_django import Settings

from accounts.models import Subscriber, User
from stations.models import Network
from tests import factories
from tests.website.conftest import PASSWORD
from tests.website.passkey import Passkey
from tests.website.visitor import Visitor

PHONE = "Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0"


def options_on(visitor: Visitor) -> dict:
    match = re.search(r'<script id="passkey-options" type="application/json">(.*?)</script>', visitor.html)
    assert match is not None
    return json.loads(match[1])


def add(visitor: Visitor, passkey: Passkey, **given: str) -> Visitor:
    """Add a passkey, saying who one is where that is asked."""
    visitor.go("/account/passkeys/add/")
    if "Is it you?" in visitor.text:
        visitor.press("Confirm", password=PASSWORD)
    return visitor.press("Make the passkey", credential=passkey.made(options_on(visitor)), **given)


def enter(visitor: Visitor, passkey: Passkey, **given: str) -> Visitor:
    """Sign in with a passkey, as the script of the page does."""
    address = "/account/passkeys/sign-in/"
    asked = visitor.client.get(address, headers={"accept": "application/json"})
    assert asked.status_code == 200, asked.content
    visitor.go("/account/login/" + (f"?next={given['next']}" if given else ""))
    form = visitor.form_to(address)
    sent = {**form.values, "credential": passkey.used(asked.json()["request_options"])}
    return visitor.send(address, sent)


@pytest.fixture
def phone(member: Visitor) -> Passkey:
    """Anne's passkey."""
    passkey = Passkey()
    add(member, passkey, name="My phone")
    return passkey


def test_a_passkey_is_made_named_used_renamed_and_removed(member: Visitor, stranger: Visitor) -> None:
    passkey = Passkey()
    add(member, passkey, name="  My   phone ")
    assert "The passkey is added." in member.text
    assert "My phone" in member.text
    assert "not used yet" in member.text

    enter(stranger, passkey, next="/bookings/")
    assert stranger.address == "/bookings/"
    assert "last used" in member.go("/account/security/").text

    member.follow("Rename").press("Save", name="Work phone")
    assert "Work phone" in member.text
    member.follow("Remove").press("Remove the passkey")
    assert not Authenticator.objects.exists()
    assert "did not work here" in enter(Visitor(Client()), passkey).text


def test_its_name_is_that_of_the_browser_until_one_is_given(member: Visitor) -> None:
    member.headers["user-agent"] = PHONE

    assert member.go("/account/passkeys/add/").press("Confirm", password=PASSWORD).fields_of("Make the passkey")[
        "name"
    ] == ("Firefox on Android")
    add(member, Passkey(), name="")

    assert "Firefox on Android" in [str(one) for one in Authenticator.objects.all()]


def test_to_add_one_needs_the_password_again(member: Visitor) -> None:
    assert "Is it you?" in member.go("/account/passkeys/add/").text
    member.press("Confirm", password="wrong")
    assert "Make the passkey" not in member.text


def test_a_passkey_is_no_second_hurdle(member: Visitor, phone: Passkey, stranger: Visitor, anne: Subscriber) -> None:
    """Whoever lost the phone gets in by password."""
    stranger.go("/account/login/").press("Sign in", login=anne.user.email, password=PASSWORD)

    assert stranger.go("/account/").address == "/account/"


def test_it_says_who_one_is(member: Visitor, phone: Passkey, stranger: Visitor) -> None:
    enter(stranger, phone)
    stranger.go("/account/passkeys/add/").follow("Use a passkey")

    wrong = Passkey()
    wrong.owner = phone.owner
    stranger.press("Use a passkey", credential=wrong.used(options_on(stranger)))
    assert "did not work here" in stranger.text
    stranger.press("Use a passkey", credential=phone.used(options_on(stranger)))

    assert stranger.address == "/account/passkeys/add/"
    assert "Make the passkey" in stranger.text


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost.evil.example", "http://127.0.0.1:8000"])
def test_one_made_for_another_site_opens_nothing(
    member: Visitor, phone: Passkey, stranger: Visitor, monkeypatch: pytest.MonkeyPatch, origin: str
) -> None:
    monkeypatch.setattr("tests.website.passkey.ORIGIN", origin)
    monkeypatch.setattr(Passkey.used, "__kwdefaults__", {"origin": origin})

    assert "did not work here" in enter(stranger, phone).text
    assert stranger.go("/account/").address.startswith("/account/login/")


def test_one_without_a_finger_or_a_code_is_not_taken(member: Visitor) -> None:
    add(member, Passkey(is_verified=False))

    assert "did not work here" in member.text
    assert not Authenticator.objects.exists()


def test_an_answer_counts_once(member: Visitor, phone: Passkey, stranger: Visitor) -> None:
    address = "/account/passkeys/sign-in/"
    asked = stranger.client.get(address, headers={"accept": "application/json"}).json()["request_options"]
    answer = phone.used(asked)

    stranger.go("/account/login/").send(address, {"credential": answer})
    stranger.client.logout()
    assert "did not work here" in stranger.send(address, {"credential": answer}).text


def test_an_unconfirmed_address_stays_shut(member: Visitor, phone: Passkey, stranger: Visitor) -> None:
    EmailAddress.objects.update(verified=False)

    assert "Look into your mailbox" in enter(stranger, phone).text
    assert stranger.go("/account/").address.startswith("/account/login/")


def test_a_closed_account_stays_shut(member: Visitor, phone: Passkey, stranger: Visitor) -> None:
    User.objects.update(is_active=False)

    assert "This account is closed" in enter(stranger, phone).text


@pytest.mark.parametrize("method", ["get", "post"])
def test_who_tries_too_often_waits(settings: Settings, paris: Network, client: Client, method: str) -> None:
    settings.MFA_RATE_LIMITS = {"webauthn_login": "2/m/ip"}

    page = "/account/passkeys/sign-in/"
    tries = [
        getattr(client, method)(page, {"credential": "{}"}, headers={"accept": "application/json"}).status_code
        for _ in range(3)
    ]

    assert tries[0] == tries[1] != 429
    assert tries[2] == 429


def test_the_address_can_still_be_changed(member: Visitor, phone: Passkey) -> None:
    member.go("/account/email/").press("Send me a link", email="anne.new@example.org")

    assert "anne.new@example.org" in member.text
    assert EmailAddress.objects.filter(email="anne.new@example.org", verified=False).exists()


@pytest.mark.parametrize("page", ["name", "remove"])
def test_somebody_elses_is_not_there(member: Visitor, phone: Passkey, paris: Network, page: str) -> None:
    bruno = Client()
    bruno.force_login(factories.subscriber(paris, "Bruno").user)

    assert bruno.get(f"/account/passkeys/{Authenticator.objects.get().pk}/{page}/").status_code == 404


@pytest.mark.parametrize(
    "credential",
    ["", "{", "null", "[]", "7", "{}", '{"response": 1}', '{"id": "x", "rawId": "x", "response": {}}', '"\\u0000"'],
)
def test_nonsense_is_refused_politely(member: Visitor, stranger: Visitor, credential: str) -> None:
    stranger.client.get("/account/passkeys/sign-in/", headers={"accept": "application/json"})
    sent = {"credential": credential, "name": "x"}

    assert stranger.go("/").send("/account/passkeys/sign-in/", sent).response.status_code == 200
    member.go("/account/passkeys/add/").press("Confirm", password=PASSWORD)
    assert member.send("/account/passkeys/add/", sent).response.status_code == 200
    assert not Authenticator.objects.exists()


def test_other_second_factors_do_not_exist(member: Visitor) -> None:
    for page in ("totp/activate/", "recovery-codes/", "authenticate/", "2fa/", "passkeys/authenticate/"):
        assert member.client.get(f"/account/{page}").status_code == 404
    for name in ("mfa_authenticate", "mfa_activate_totp", "mfa_view_recovery_codes", "mfa_reauthenticate"):
        with pytest.raises(NoReverseMatch):
            reverse(name)
