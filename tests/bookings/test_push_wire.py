"""Notices on their way: encrypted, signed, sent to a push service that we know and trust, and to no other."""

import json
import time as real_time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_django import Settings

from accounts.models import PushSubscription, Subscriber
from accounts.push import keep_subscription
from accounts.push_keys import keys
from bookings.models import Booking, Notification
from tests.bookings.push_service import Browser, PushService, decoded, running
from tests.bookings.telling import tell
from tests.conftest import Clock

PUSH = Notification.Channel.PUSH


@pytest.fixture
def service(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    """The real gateway, and a push service that it trusts."""
    with running(tmp_path) as (service, certificate):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        settings.PUSH_HOSTS = [service.host]
        settings.PUSH_GATEWAY = "accounts.web_push.PushServices"
        settings.PUSH_CONTACT = "bonjour@autolib.example"
        yield service


@pytest.fixture
def browser(service: PushService, anne: Subscriber) -> Browser:
    browser = Browser()
    keep_subscription(user=anne.user, endpoint=f"https://{service.host}/send/anne", **browser.keys)
    return browser


def test_the_browser_reads_it_and_the_service_knows_who_sent_it(
    service: PushService, browser: Browser, booking: Booking, time: Clock
) -> None:
    time.jump_to(booking.held_until - timedelta(minutes=9))
    tell()

    [(path, headers, body)] = service.received
    told = json.loads(browser.read(body))
    assert path == "/send/anne"
    assert told["url"] == f"/bookings/{booking.pk}/"
    assert told["tag"] == str(booking.pk)
    assert booking.vehicle.plate not in body.decode("latin-1")
    assert (headers["content-encoding"], headers["urgency"]) == ("aes128gcm", "high")
    assert headers["topic"] == booking.pk.hex
    assert 530 <= int(headers["ttl"]) <= 540
    check_signature(headers["authorization"])


def check_signature(authorization: str) -> None:
    scheme, _space, rest = authorization.partition(" ")
    parts = dict(part.strip().split("=", 1) for part in rest.split(","))
    own = keys()
    assert own is not None
    assert (scheme, parts["k"]) == ("vapid", own.public)
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(parts["k"]))
    claims = jwt.decode(parts["t"], point, algorithms=["ES256"], audience="https://localhost")
    assert claims["sub"] == "mailto:bonjour@autolib.example"
    assert 0 < claims["exp"] - real_time.time() <= 24 * 3600


@pytest.mark.parametrize(
    ("status", "is_kept"),
    [(410, False), (404, False), (401, False), (403, False), (429, True), (503, True), (307, True)],
)
def test_what_the_service_answers(
    service: PushService, browser: Browser, booking: Booking, time: Clock, status: int, is_kept: bool
) -> None:
    service.answers = [status]
    time.jump_to(booking.held_until - timedelta(minutes=9))
    tell()

    debt = Notification.objects.get(channel=PUSH)
    assert len(service.received) == 1
    assert PushSubscription.objects.exists() == is_kept
    assert (debt.sent_at is None) == is_kept
    if is_kept:
        assert debt.failure.startswith(f"NotTold: localhost: {status}")


def test_a_host_that_is_allowed_no_more_is_not_called(
    service: PushService, browser: Browser, booking: Booking, time: Clock, settings: Settings
) -> None:
    settings.PUSH_HOSTS = ["fcm.googleapis.com"]
    time.jump_to(booking.held_until - timedelta(minutes=9))
    tell()

    assert service.received == []
    assert not PushSubscription.objects.exists()


def test_a_service_that_nobody_vouches_for_is_not_told(
    service: PushService, browser: Browser, booking: Booking, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    time.jump_to(booking.held_until - timedelta(minutes=9))
    tell()

    assert service.received == []
    assert "SSLCertVerificationError" in Notification.objects.get(channel=PUSH).failure
