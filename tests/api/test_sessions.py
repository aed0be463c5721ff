"""The website's session opens the API too; what changes something needs the page's CSRF token."""

import pytest
from django.test import Client

from accounts.models import Subscriber
from bookings.models import Booking
from stations.models import Station
from tests.api.conftest import Caller, calling_as

BOOKINGS = "/api/v1/bookings"


@pytest.fixture
def browser(anne: Subscriber) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(anne.user)
    return client


def test_a_session_reads(browser: Client, anne: Subscriber) -> None:
    assert browser.get("/api/v1/me").json()["email"] == anne.user.email


def test_a_session_without_the_csrf_token_changes_nothing(browser: Client, bastille: Station) -> None:
    response = browser.post(
        BOOKINGS, {"station": bastille.pk}, content_type="application/json", headers={"idempotency-key": "one"}
    )

    assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")
    assert not Booking.objects.exists()


def test_a_session_with_the_csrf_token_books(browser: Client, bastille: Station) -> None:
    token = "x" * 32
    browser.cookies["csrftoken"] = token

    response = browser.post(
        BOOKINGS,
        {"station": bastille.pk},
        content_type="application/json",
        headers={"idempotency-key": "one", "x-csrftoken": token},
    )

    assert response.status_code == 201


def test_a_wrong_token_is_not_mended_by_a_session(browser: Client) -> None:
    assert browser.get("/api/v1/me", headers={"authorization": "Bearer wrong"}).status_code == 401


def test_the_event_log_is_for_tokens_alone(browser: Client) -> None:
    assert browser.get("/api/v1/events").status_code == 403


def test_each_scope_opens_its_own_door(anne: Subscriber) -> None:
    booking, audit, both = calling_as(anne), calling_as(anne, "audit"), calling_as(anne, "audit", "booking")

    def statuses(caller: Caller) -> list[int]:
        return [caller.get(f"/api/v1/{name}").status_code for name in ("stations", "me", "bookings", "events")]

    assert statuses(booking) == [200, 200, 200, 403]
    assert statuses(audit) == [200, 403, 403, 200]
    assert statuses(both) == [200, 200, 200, 200]
