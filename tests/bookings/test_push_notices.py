"""Notices to browsers: owed beside the mails, tried and failed apart from them, never told after their moment."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import PushSubscription, Subscriber
from accounts.push_gateway import Gateway, Gone, Notice, NotTold, Recorder
from bookings import operations, push_notices, tasks
from bookings.models import Booking, Notification
from stations.models import Network, Station
from tests import factories
from tests.bookings.telling import tell
from tests.conftest import Clock
from vehicles.models import Vehicle

PUSH, MAIL = Notification.Channel.PUSH, Notification.Channel.MAIL


@pytest.fixture(autouse=True)
def _nothing_sent_yet() -> None:
    Recorder.sent.clear()


@pytest.fixture
def phone(anne: Subscriber) -> PushSubscription:
    return factories.device(anne.user)


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
    operations.cancel(booking=Booking.objects.get(replaces=held), actor="test")
    trip = operations.take_now(subscriber=anne, station=bastille, destination=nation, actor="test")
    time.forward(minutes=81)
    tell()
    time.forward(minutes=10)
    tell()
    operations.end_trip(booking=trip, actor="test", reason="test")

    titles = [notice.title for notice in tell()]

    assert [title.split(" until ")[0] for title in titles] == [
        "Your reservation has ended",
        "Another car waits for you",
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
