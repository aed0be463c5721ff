"""What subscribers are told: once per change, in their language and their network's time, whatever fails meanwhile."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from accounts.models import Subscriber, User
from bookings import notifications, operations, tasks
from bookings.models import Notification
from stations.events import record
from stations.models import Event, Network, Station
from tests import factories
from vehicles.models import Vehicle


def tell() -> list[str]:
    tasks.sweep()
    tasks.deliver()
    tasks.send_notifications()
    return [message.subject for message in mail.outbox]


def test_a_confirmation_names_car_station_dock_and_times(
    bastille: Station, nation: Station, anne: Subscriber, time
) -> None:
    time.jump_to(datetime(2030, 11, 25, 8, 0, tzinfo=UTC))
    booking = operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test")

    subjects = tell()

    assert subjects == [f"Your Bluecar {booking.vehicle.plate} is reserved"]
    body = mail.outbox[0].body
    assert f"Car {booking.vehicle.plate} waits for you at Bastille until 09:30." in body
    assert "Dock 1 at Nation is kept for you until 10:30." in body
    assert f"/bookings/{booking.pk}/" in body


def test_an_event_of_newer_code_waits_for_it_and_holds_up_no_other(bastille: Station, anne: Subscriber, time) -> None:
    record(bastille, "station_painted", at=time.now(), actor="newer")  # type: ignore[arg-type]
    operations.reserve(subscriber=anne, station=bastille, actor="test")

    assert len(tell()) == 1
    assert [event.type for event in Event.objects.filter(delivered_at=None)] == ["station_painted"]


@pytest.mark.parametrize("kind", Notification.Kind)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_message_can_be_written_in_both_languages(
    kind: str, language: str, bastille: Station, nation: Station, paris: Network
) -> None:
    person = factories.subscriber(paris, "Anne", language=language)
    booking = operations.take_now(subscriber=person, station=bastille, destination=nation, actor="test")
    booking = operations.end_trip(booking=booking, actor="test", reason="test")
    owed = Notification.objects.create(booking=booking, kind=kind, key="test", created_at=booking.reserved_at)

    message = notifications.message(owed)

    assert message.subject
    assert "{{" not in message.body
    assert message.body.startswith("Bonjour" if language == "fr" else "Hello")


def test_delivering_an_event_twice_owes_one_message(bastille: Station, anne: Subscriber) -> None:
    operations.reserve(subscriber=anne, station=bastille, actor="test")
    tasks.deliver()
    Event.objects.update(delivered_at=None)

    tasks.deliver()

    assert Notification.objects.count() == 1


def test_the_end_of_a_hold_is_told_once_though_car_and_dock_end(
    bastille: Station, nation: Station, anne: Subscriber, time
) -> None:
    operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test")
    tell()
    time.forward(minutes=31)

    assert tell()[1:] == ["Your reservation has ended"]


def test_a_withdrawn_car_is_told(bastille: Station, anne: Subscriber) -> None:
    booking = operations.reserve(subscriber=anne, station=bastille, actor="test")
    operations.withdraw_vehicle(vehicle=booking.vehicle, cause=Vehicle.Cause.DAMAGE, note="dent", actor="test")

    assert tell() == ["Your Bluecar " + booking.vehicle.plate + " is reserved", "Another car waits for you"][1:]


def test_a_dead_mail_server_loses_nothing(
    bastille: Station, anne: Subscriber, time, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: EmailBackend, messages: object) -> int:
        raise ConnectionRefusedError("mail server away")

    operations.reserve(subscriber=anne, station=bastille, actor="test")
    with monkeypatch.context() as dead:
        dead.setattr(EmailBackend, "send_messages", refuse)
        assert tell() == []
    owed = Notification.objects.get()
    assert (owed.sent_at, owed.failure) == (None, "ConnectionRefusedError: mail server away")
    assert tell() == []

    time.forward(minutes=2)

    assert len(tell()) == 1
    assert len(tell()) == 1


def test_simulated_riders_are_owed_their_notices_but_nobody_is_written_to(bastille: Station, anne: Subscriber) -> None:
    User.objects.filter(pk=anne.user_id).update(email="rider-001@sim.example")
    operations.reserve(subscriber=anne, station=bastille, actor="test")

    assert tell() == []
    assert Notification.objects.get().sent_at is not None


def test_a_message_keeps_its_id_when_it_is_sent_again(bastille: Station, anne: Subscriber, time) -> None:
    operations.reserve(subscriber=anne, station=bastille, actor="test")
    tell()
    Notification.objects.update(sent_at=None)
    time.forward(minutes=2)

    tell()

    first, second = (message.extra_headers["Message-ID"] for message in mail.outbox)
    assert first == second


def test_many_senders_at_once_take_each_debt_once(bastille: Station, anne: Subscriber) -> None:
    operations.reserve(subscriber=anne, station=bastille, actor="test")
    tasks.deliver()

    assert [notifications.send_due(), notifications.send_due()] == [1, 0]
    assert Notification.objects.get().created_at + timedelta(minutes=1) > Notification.objects.get().sent_at
