"""Whatever is typed, pasted or made up: an answer, never a crash, and never somebody else's markup."""

import pytest
from django.test import Client

from accounts.models import Subscriber
from bookings import operations
from stations.models import Station

NASTY = [
    "x" * 10_000,
    "🚗" * 500,
    "a\x00b%00%ff",
    "'; DROP TABLE stations_station; --<script>alert(1)</script>",
    "nan,inf",
    "９９９",
    "\u202e\ufeff\u0301-1",
]


@pytest.fixture
def signed_in(anne: Subscriber, client: Client) -> Client:
    client.force_login(anne.user)
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("nasty", NASTY)
def test_every_query_parameter(
    signed_in: Client, anne: Subscriber, bastille: Station, nation: Station, nasty: str
) -> None:
    booking = operations.reserve(subscriber=anne, station=bastille, actor="test")
    values = dict.fromkeys(("q", "near", "page", "to", "car", "destination", "done", "next", "network"), nasty)

    for address in (
        "/",
        "/live.json",
        "/layout.json",
        "/bookings/",
        f"/bookings/{booking.pk}/",
        f"/bookings/{booking.pk}/state.json",
        f"/stations/{nation.code}/",
        f"/stations/{bastille.code}/",
        "/account/",
        "/account/plans/",
    ):
        answer = signed_in.get(address, values)
        assert answer.status_code in {200, 404}, address
        assert "<script>alert" not in answer.content.decode()


@pytest.mark.parametrize("nasty", NASTY)
def test_every_field(signed_in: Client, anne: Subscriber, bastille: Station, nation: Station, nasty: str) -> None:
    booking = operations.reserve(subscriber=anne, station=bastille, actor="test")
    fields = ("key", "car", "destination", "command", "plan", "next", "full_name", "language", "label", "badge")
    values = dict.fromkeys(fields, nasty)

    for address in (
        f"/bookings/{booking.pk}/",
        f"/stations/{bastille.code}/",
        "/account/",
        "/account/plans/",
        "/account/tokens/",
        "/language/",
    ):
        for sent in (values, {**values, "key": "fair"}):
            answer = signed_in.post(address, sent)
            assert answer.status_code in {200, 302, 303, 400, 404, 409}, address
            assert "<script>alert" not in answer.content.decode()


@pytest.mark.parametrize("nasty", NASTY)
def test_every_form_of_a_stranger(db: None, bastille: Station, client: Client, nasty: str) -> None:
    client.raise_request_exception = False
    values = dict.fromkeys(("email", "login", "password", "password1", "password2", "next", "remember"), nasty)

    for address in ("/account/signup/", "/account/login/", "/account/password/reset/"):
        answer = client.post(address, values)
        assert answer.status_code in {200, 302}, address
        assert "<script>alert" not in answer.content.decode()


@pytest.mark.parametrize("nasty", ["%00", "%0a", "%3Cscript%3E", "é" * 60, "x" * 101, "%f0%9f%9a%97"])
def test_every_part_of_an_address(db: None, bastille: Station, client: Client, nasty: str) -> None:
    client.raise_request_exception = False

    for address in (f"/stations/{nasty}/", f"/bookings/{nasty}/", f"/account/tokens/{nasty}/end/", f"/{nasty}"):
        assert client.get(address).status_code in {302, 404, 405}, address
