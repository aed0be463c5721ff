"""Notices to browsers: owed beside the mails, tried and failed apart from them, never told after their moment."""

import json
import time as real_time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import PushSubscription, Subscriber
from accounts.push import keep_subscription
from accounts.push_gateway import Gateway, Gone, Notice, NotTold, Recorder
from accounts.push_keys import keys
from bookings import operations, push_notices, tasks
from bookings.models import Booking, Notification
from stations.models import Network, Station
from tests import factories
from tests.bookings.push_service import Browser, PushService, decoded, running
from tests.conftest import Clock
from vehicles.models import Vehicle

PUSH, MAIL = Notification.Channel.PUSH, Notification.Channel.MAIL


@pytest.fixture(autouse=True)
def _nothing_sent_yet() -> None:
    Recorder.sent.clear()


@pytest.fixture
def phone(anne: Subscriber) -> PushSubscription:
    return factories.device(anne.user)


@pytest.fixture
def booking(bastille: Station, nation: Station, anne: Subscriber) -> Booking:
    return operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test")


def tell() -> list[Notice]:
    tasks.sweep()
    tasks.deliver()
    tasks.send_notifications()
    tasks.send_pushes()
    return [notice for _endpoint, notice in Recorder.sent]


def test_the_device_is_told_ten_minutes_before_the_end(phone: PushSubscription, booking: Booking, time: Clock) -> None:
    assert tell() == []
    time.jump_to(booking.held_until - timedelta(minutes=9, seconds=30))

    [notice] = tell()

    assert notice.title.startswith("Your car is held until")
    assert booking.vehicle.plate in notice.body
    assert "Bastille" in notice.body
    assert (notice.tag, notice.path) == (str(booking.pk), f"/bookings/{booking.pk}/")
    assert 560 <= notice.ttl_seconds <= 570
    assert [message.subject for message in mail.outbox][1:] == [notice.title]


def test_nobody_without_a_device_is_owed_a_push(booking: Booking, bruno: Subscriber, time: Clock) -> None:
    factories.device(bruno.user)
    time.jump_to(booking.held_until - timedelta(minutes=9))

    assert tell() == []
    assert not Notification.objects.filter(channel=PUSH).exists()


def test_without_a_key_nothing_is_owed(
    phone: PushSubscription, booking: Booking, time: Clock, settings: Settings
) -> None:
    settings.PUSH_PRIVATE_KEY = ""
    time.jump_to(booking.held_until - timedelta(minutes=9))

    assert tell() == []
    assert len(mail.outbox) == 2


def test_every_kind_worth_a_push_and_no_other(
    phone: PushSubscription, anne: Subscriber, bastille: Station, nation: Station, booking: Booking, time: Clock
) -> None:
    tell()
    time.jump_to(booking.held_until + timedelta(seconds=1))
    tell()
    held = operations.reserve(subscriber=anne, station=bastille, actor="test")
    operations.withdraw_vehicle(vehicle=held.vehicle, cause=Vehicle.Cause.DAMAGE, note="dent", actor="test")
    tell()
    trip = operations.take_now(subscriber=anne, station=bastille, destination=nation, actor="test")
    time.forward(minutes=81)
    tell()
    time.forward(minutes=10)
    tell()
    operations.end_trip(booking=trip, actor="test", reason="test")

    titles = [notice.title for notice in tell()]

    assert [title.split(" until ")[0] for title in titles] == [
        "Your reservation has ended",
        "Your reserved car is not available",
        "Your dock is kept",
        "Your dock is no longer kept",
    ]


@pytest.mark.parametrize("kind", sorted(push_notices.debts.WORTH_A_PUSH))
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_notice_can_be_written_in_both_languages(
    kind: str, language: str, paris: Network, bastille: Station, nation: Station
) -> None:
    person = factories.subscriber(paris, "Anne", language=language)
    booking = operations.reserve(subscriber=person, station=bastille, destination=nation, actor="test")
    hold = booking.dock_holds.get()
    if kind == Notification.Kind.DOCK_REMINDER:
        operations.start_trip(booking=booking, actor="test")
        booking.refresh_from_db()
        hold.refresh_from_db()
    ends = hold.held_until if kind == Notification.Kind.DOCK_REMINDER else booking.held_until
    debt = Notification(
        booking=booking, kind=kind, key="x", data={"held_until": ends.isoformat()}, created_at=booking.reserved_at
    )

    notice = push_notices.notice_of(debt, booking, booking.reserved_at)

    assert notice is not None
    assert notice.language == language
    assert 0 < len(notice.title) <= 60
    assert 0 < len(notice.body) <= 120
    assert "{{" not in notice.title + notice.body


def test_a_reminder_of_a_hold_that_has_changed_is_not_sent(
    phone: PushSubscription, booking: Booking, time: Clock
) -> None:
    time.jump_to(booking.held_until - timedelta(minutes=9))
    tasks.sweep()
    operations.start_trip(booking=booking, actor="test")

    assert tell() == []
    debt = Notification.objects.get(channel=PUSH)
    assert debt.sent_at is not None
    assert debt.failure == "not sent: its moment was over"


def test_one_that_cannot_be_written_does_not_stop_the_others(
    phone: PushSubscription, booking: Booking, time: Clock
) -> None:
    broken = {"kind": Notification.Kind.REMINDER, "key": "broken", "channel": PUSH, "data": {}}
    Notification.objects.create(booking=booking, created_at=booking.reserved_at, **broken)
    time.jump_to(booking.held_until - timedelta(minutes=9))

    assert len(tell()) == 1
    assert Notification.objects.get(key="broken").failure == "KeyError: 'held_until'"


class Flaky(Gateway):
    """Refuses whom it is told to refuse."""

    failing: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()

    def send(self, *, device: PushSubscription, notice: Notice) -> None:
        name = device.endpoint.rpartition("/")[2]
        if name in self.gone:
            raise Gone
        if name in self.failing:
            raise NotTold("503")
        Recorder().send(device=device, notice=notice)


@pytest.fixture
def flaky(settings: Settings) -> Iterator[type[Flaky]]:
    settings.PUSH_GATEWAY = f"{__name__}.Flaky"
    yield Flaky
    Flaky.failing = Flaky.gone = frozenset()


def test_a_dead_push_service_sends_no_mail_again_and_is_asked_again(
    phone: PushSubscription, booking: Booking, time: Clock, settings: Settings
) -> None:
    settings.PUSH_GATEWAY = "accounts.push_gateway.Away"
    time.jump_to(booking.held_until - timedelta(minutes=9))
    tell()
    debt = Notification.objects.get(channel=PUSH)
    assert (debt.sent_at, debt.failure) == (None, "NotTold: the push service is away")
    time.forward(minutes=2)
    tell()
    assert len(mail.outbox) == 2
    settings.PUSH_GATEWAY = "accounts.push_gateway.Recorder"
    assert tell() == []
    time.forward(minutes=2)

    assert len(tell()) == 1
    assert len(mail.outbox) == 2


def test_after_the_moment_it_is_not_asked_again(
    phone: PushSubscription, booking: Booking, time: Clock, settings: Settings
) -> None:
    settings.PUSH_GATEWAY = "accounts.push_gateway.Away"
    time.jump_to(booking.held_until - timedelta(minutes=1))
    tell()
    settings.PUSH_GATEWAY = "accounts.push_gateway.Recorder"
    time.jump_to(booking.held_until + timedelta(seconds=1))
    tell()

    assert [notice.title for notice in tell()] == ["Your reservation has ended"]


def test_a_dead_mail_server_holds_no_push_back(
    phone: PushSubscription, booking: Booking, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: EmailBackend, messages: object) -> int:
        raise ConnectionRefusedError("mail server away")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    time.jump_to(booking.held_until - timedelta(minutes=9))

    assert len(tell()) == 1
    assert len(tell()) == 1
    assert Notification.objects.get(channel=PUSH).sent_at is not None


def test_only_the_device_that_failed_is_tried_again(
    anne: Subscriber, booking: Booking, time: Clock, flaky: type[Flaky]
) -> None:
    factories.device(anne.user, name="phone")
    factories.device(anne.user, name="tablet")
    flaky.failing = frozenset({"tablet"})
    time.jump_to(booking.held_until - timedelta(minutes=9))
    assert len(tell()) == 1
    flaky.failing = frozenset()
    time.forward(minutes=2)

    tell()

    assert [endpoint.rpartition("/")[2] for endpoint, _notice in Recorder.sent] == ["phone", "tablet"]


def test_a_device_that_is_gone_is_forgotten(
    anne: Subscriber, booking: Booking, time: Clock, flaky: type[Flaky]
) -> None:
    factories.device(anne.user, name="phone")
    factories.device(anne.user, name="tablet")
    flaky.gone = frozenset({"tablet"})
    time.jump_to(booking.held_until - timedelta(minutes=9))

    assert len(tell()) == 1
    assert PushSubscription.objects.get().endpoint.endswith("/phone")
    assert Notification.objects.get(channel=PUSH).sent_at is not None


@pytest.mark.parametrize("devices", [1, 4])
def test_a_round_asks_the_same_number_of_questions(
    anne: Subscriber,
    booking: Booking,
    time: Clock,
    django_assert_num_queries: DjangoAssertNumQueries,
    devices: int,
) -> None:
    for number in range(devices):
        factories.device(anne.user, name=f"device-{number}")
    time.jump_to(booking.held_until - timedelta(minutes=9))
    tasks.sweep()

    # Six to lease, three for bookings and docks, one for devices, two clocks, three to write down what came of it.
    with django_assert_num_queries(15):
        assert push_notices.send_due() == 1


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
