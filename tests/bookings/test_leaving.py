"""A subscriber leaves: not with a booking that is running, and no mail follows."""

import pytest
from django.core import mail
from pytest_django import Settings

from accounts.models import Subscriber, User
from bookings import notifications, operations
from bookings.models import Booking, Notification, State
from bookings.refusals import BookingOpen
from stations.models import Network, Station
from tests import factories
from tests.conftest import Clock


@pytest.fixture
def bruno(paris: Network) -> Subscriber:
    return factories.subscriber(paris, "Bruno")


@pytest.fixture(autouse=True)
def _mailbox(settings: Settings) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def test_nobody_leaves_with_a_reservation_or_on_the_road(bruno: Subscriber, bastille: Station) -> None:
    booking = operations.reserve(subscriber=bruno, station=bastille, actor="test")
    with pytest.raises(BookingOpen):
        operations.leave(user=bruno.user)
    operations.start_trip(booking=booking, actor="test")
    with pytest.raises(BookingOpen):
        operations.leave(user=bruno.user)

    assert User.objects.get(pk=bruno.user.pk).email == bruno.user.email


def test_a_reservation_that_ran_out_keeps_nobody_even_unswept(
    bruno: Subscriber, bastille: Station, time: Clock
) -> None:
    operations.reserve(subscriber=bruno, station=bastille, actor="test")
    time.forward(minutes=31)

    operations.leave(user=bruno.user)
    operations.expire_due_bookings()
    notifications.deliver_events()
    notifications.send_due()

    assert Booking.objects.get().state == State.EXPIRED
    assert not Notification.objects.filter(sent_at=None).exists()
    assert mail.outbox == []


def test_what_was_still_owed_is_mailed_to_nobody(bruno: Subscriber, bastille: Station) -> None:
    booking = operations.reserve(subscriber=bruno, station=bastille, actor="test")
    notifications.deliver_events()
    operations.cancel(booking=booking, actor="test")

    operations.leave(user=bruno.user)
    notifications.send_due()

    assert mail.outbox == []
    assert Notification.objects.get().failure == "Not sent: the account was deleted."


def test_others_are_written_to_as_before(bruno: Subscriber, paris: Network, bastille: Station) -> None:
    anne = factories.subscriber(paris, "Anne")
    operations.reserve(subscriber=anne, station=bastille, actor="test")
    notifications.deliver_events()

    operations.leave(user=bruno.user)
    notifications.send_due()

    assert [one.to for one in mail.outbox] == [[anne.user.email]]
