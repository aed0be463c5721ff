"""A browser asks to be told before a hold ends, and to be told no more."""

import re
from base64 import urlsafe_b64decode

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import PushSubscription, Subscriber
from bookings import operations
from bookings.models import Booking
from stations.models import Station
from tests import factories
from tests.website.visitor import Visitor

KEYS = {
    "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth": "BTBZMqHH6r4Tts7J_aSIgg",
}
ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/anne"


@pytest.fixture
def booking(bastille: Station, anne: Subscriber) -> Booking:
    return operations.reserve(subscriber=anne, station=bastille, actor="test")


def test_a_device_registers_and_stops(visitor: Visitor, anne: Subscriber, booking: Booking) -> None:
    page = visitor.go(f"/bookings/{booking.pk}/")
    assert page.response.content.decode().count('data-push="') == 1

    kept = visitor.client.post("/account/push/", {"endpoint": ENDPOINT, **KEYS})

    assert kept.status_code == 204
    assert PushSubscription.objects.get().user == anne.user
    assert "1 device is told before a hold ends" in visitor.go("/account/").text
    assert visitor.client.post("/account/push/stop/", {"endpoint": ENDPOINT}).status_code == 204
    assert not PushSubscription.objects.exists()


def test_the_key_on_the_page_is_a_point_of_the_curve(visitor: Visitor, booking: Booking) -> None:
    page = visitor.client.get(f"/bookings/{booking.pk}/").content.decode()

    key = re.search(r'data-push="([^"]+)"', page)
    assert key is not None
    point = urlsafe_b64decode(key[1] + "=")
    assert (len(point), point[0]) == (65, 4)


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"endpoint": "https://169.254.169.254/latest/meta-data/", **KEYS},
        {"endpoint": "https://fcm.googleapis.com/\x00", **KEYS},
        {"endpoint": ENDPOINT, "p256dh": "x", "auth": "y"},
        {"endpoint": ENDPOINT + "x" * 2000, **KEYS},
    ],
)
def test_what_is_no_device_is_refused(visitor: Visitor, sent: dict[str, str]) -> None:
    assert visitor.client.post("/account/push/", sent).status_code == 400
    assert visitor.client.post("/account/push/stop/", sent).status_code == 204
    assert not PushSubscription.objects.exists()


def test_strangers_and_other_sites_register_nothing(stranger: Visitor, anne: Subscriber) -> None:
    assert stranger.client.post("/account/push/", {"endpoint": ENDPOINT, **KEYS}).status_code == 302
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(anne.user)
    assert strict.post("/account/push/", {"endpoint": ENDPOINT, **KEYS}).status_code == 403
    assert not PushSubscription.objects.exists()


def test_signing_out_ends_the_notices_to_this_device_and_to_no_other(visitor: Visitor, anne: Subscriber) -> None:
    here, elsewhere = (factories.device(anne.user, name=name) for name in ("here", "elsewhere"))

    visitor.go("/account/").press("Sign out", push_endpoint=here.endpoint)

    assert list(PushSubscription.objects.all()) == [elsewhere]


@pytest.mark.parametrize("endpoint", ["", "x", "https://fcm.googleapis.com/\x00", "x" * 100_000])
def test_signing_out_works_whatever_the_page_says_of_the_device(visitor: Visitor, endpoint: str) -> None:
    visitor.go("/account/").press("Sign out", push_endpoint=endpoint)

    assert "Sign in" in visitor.text


def test_the_account_stops_all_devices_at_once(visitor: Visitor, anne: Subscriber) -> None:
    for name in ("phone", "tablet"):
        factories.device(anne.user, name=name)
    visitor.go("/account/")
    assert "2 devices are told before a hold ends" in visitor.text

    visitor.press("Stop telling my devices")

    assert "Your devices get no more notices." in visitor.text
    assert not PushSubscription.objects.exists()


def test_without_a_key_nothing_is_offered(visitor: Visitor, booking: Booking, settings: Settings) -> None:
    settings.PUSH_PRIVATE_KEY = ""

    assert "data-push" not in visitor.client.get(f"/bookings/{booking.pk}/").content.decode()
    assert visitor.client.post("/account/push/", {"endpoint": ENDPOINT, **KEYS}).status_code == 404
