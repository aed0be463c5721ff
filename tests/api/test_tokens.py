"""Signing in for programs: the right password opens, everything else looks and costs the same."""

from collections import Counter
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from allauth.account.models import EmailAddress
from django.conf import LazySettings
from django.contrib.auth.hashers import MD5PasswordHasher

from accounts.models import ApiToken, User
from tests import factories
from tests.api.conftest import Caller, calling_as
from tests.api.test_idempotency import at_once

TOKENS = "/api/v1/tokens"
PASSWORD = "correct horse battery"


@pytest.fixture
def claire(db: None) -> User:
    user = factories.user("claire@example.org", password=PASSWORD)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def limited(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits are on, and no window ends during a test."""
    settings.RATE_LIMITS = True
    monkeypatch.setattr("autolib.api.throttling.SIGN_IN_WINDOW_SECONDS", 10**7)
    monkeypatch.setattr("autolib.api.throttling.WINDOW_SECONDS", 10**7)


@pytest.fixture
def hashed() -> Iterator[list[str]]:
    """The passwords that reached the hasher."""
    seen: list[str] = []
    encode = MD5PasswordHasher.encode

    def watched(self: MD5PasswordHasher, password: str, salt: str) -> str:
        seen.append(password)
        return encode(self, password, salt)

    with patch.object(MD5PasswordHasher, "encode", watched):
        yield seen


def sign_in(anyone: Caller, email: str = "claire@example.org", password: str = PASSWORD, **more: str):
    return anyone.post(TOKENS, {"email": email, "password": password, **more}, key=None)


def test_the_right_password_gives_a_token_for_ones_own_bookings(anyone: Caller, claire: User) -> None:
    response = sign_in(anyone, email="Claire@Example.org", label="phone")

    issued = response.json()
    assert (response.status_code, issued["scopes"]) == (201, ["booking"])
    assert Caller(issued["token"]).get("/api/v1/me").json()["email"] == "claire@example.org"
    assert ApiToken.objects.get().label == "phone"
    assert response["Cache-Control"] == "private, no-store"


def test_a_stranger_and_a_wrong_password_look_and_cost_the_same(
    anyone: Caller, claire: User, hashed: list[str]
) -> None:
    wrong = sign_in(anyone, password="wrong")
    stranger = sign_in(anyone, email="nobody@example.org", password="wrong")

    assert (wrong.status_code, wrong.content) == (stranger.status_code, stranger.content)
    assert (wrong.status_code, wrong.json()["code"], wrong["WWW-Authenticate"]) == (401, "wrong_credentials", "Bearer")
    assert hashed == ["wrong", "wrong"]


def test_who_may_not_sign_in_is_a_stranger(anyone: Caller, claire: User) -> None:
    User.objects.update(is_active=False)

    assert sign_in(anyone).json()["code"] == "wrong_credentials"


def test_an_address_must_be_confirmed_first(anyone: Caller, claire: User) -> None:
    EmailAddress.objects.update(verified=False)

    response = sign_in(anyone)

    assert (response.status_code, response.json()["code"]) == (403, "email_unconfirmed")
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["email", "password"]),
        ({"email": "x", "password": "y"}, ["email"]),
        ({"email": 1, "password": 2}, ["email", "password"]),
        ({"email": "a@b.org", "password": "y", "scopes": ["audit"]}, ["scopes"]),
    ],
)
def test_what_is_wrong_is_named(anyone: Caller, db: None, body: dict, fields: list[str]) -> None:
    response = anyone.post(TOKENS, body, key=None)

    assert list(response.json()["errors"]) == fields


def test_a_revoked_token_opens_nothing(anyone: Caller, claire: User) -> None:
    token, other = (sign_in(anyone).json()["token"] for _ in range(2))

    revoked = Caller(token).post(f"{TOKENS}/revoke", key=None)

    assert revoked.status_code == 204
    assert Caller(token).get("/api/v1/me").status_code == 401
    assert Caller(other).get("/api/v1/me").status_code == 200


def test_a_session_has_no_token_to_revoke(claire: User) -> None:
    caller = Caller()
    caller.client.force_login(claire)

    assert caller.post(f"{TOKENS}/revoke", key=None).status_code == 403


@pytest.mark.parametrize("address", [None, "10.0.0.{}"])
@pytest.mark.django_db(transaction=True)
def test_of_many_guesses_at_once_five_reach_the_hasher(
    claire: User, hashed: list[str], limited: None, address: str | None
) -> None:
    hashed.clear()

    def guess(number: int):
        header = {"x-forwarded-for": address.format(number)} if address else {}
        return Caller().post(TOKENS, {"email": "claire@example.org", "password": f"{number}"}, key=None, **header)

    # Fewer than the neighbourhood may make: the other limit, reached in between, would turn one of the five away.
    answers = at_once([lambda number=number: guess(number) for number in range(25)])

    assert Counter(answer.status_code for answer in answers) == {401: 5, 429: 20}
    assert len(hashed) == 5
    assert {int(answer["Retry-After"]) >= 1 for answer in answers if answer.status_code == 429} == {True}


def test_guessing_at_many_accounts_from_one_place_ends_too(anyone: Caller, claire: User, limited: None) -> None:
    statuses = [sign_in(anyone, email=f"n{number}@example.org").status_code for number in range(31)]

    assert Counter(statuses) == {401: 30, 429: 1}


def test_callers_are_counted_one_by_one(paris, limited: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autolib.api.throttling.READS_PER_WINDOW", 2)
    subscriber = factories.subscriber(paris)
    one, same_person, another = calling_as(subscriber), calling_as(subscriber), calling_as(factories.subscriber(paris))

    statuses = [caller.get("/api/v1/clock").status_code for caller in (one, same_person, one, another, Caller())]

    assert statuses == [200, 200, 429, 200, 200]


def test_limits_can_be_turned_off(anyone: Caller, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autolib.api.throttling.READS_PER_WINDOW", 0)

    assert anyone.get("/api/v1/clock").status_code == 200
