"""The two nights of the year: a hold lasts its minutes, whatever the clocks on the wall do."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import Subscriber
from bookings import notifications, operations, tasks
from bookings.models import Booking, Notification, State
from stations.models import Station

# Europe/Paris: at 01:00 UTC clocks jump from 02:00 to 03:00, and in October from 03:00 back to 02:00.
NIGHTS = [datetime(2027, 3, 28, 0, 0, tzinfo=UTC), datetime(2027, 10, 31, 0, 0, tzinfo=UTC)]
FIVE_MINUTES = [timedelta(minutes=minute) for minute in range(25, 125, 5)]


@pytest.mark.parametrize("midnight", NIGHTS, ids=["March", "October"])
@pytest.mark.parametrize("after", FIVE_MINUTES, ids=lambda after: f"+{after.seconds // 60}min")
def test_thirty_minutes_are_thirty_minutes(
    midnight: datetime, after: timedelta, bastille: Station, anne: Subscriber, time
) -> None:
    start = midnight + after
    time.jump_to(start)
    booking = operations.reserve(subscriber=anne, station=bastille, actor="test")
    time.jump_to(start + timedelta(minutes=29, seconds=58))
    tasks.sweep()
    assert Booking.objects.get(pk=booking.pk).state == State.RESERVED

    time.jump_to(start + timedelta(minutes=30, seconds=2))
    tasks.sweep()

    assert Booking.objects.get(pk=booking.pk).state == State.EXPIRED


@pytest.mark.parametrize("midnight", NIGHTS, ids=["March", "October"])
def test_a_trip_across_the_night_lasts_its_true_time(
    midnight: datetime, bastille: Station, anne: Subscriber, time
) -> None:
    time.jump_to(midnight + timedelta(minutes=30))
    booking = operations.take_now(subscriber=anne, station=bastille, actor="test")
    time.forward(hours=2)

    ended = operations.end_trip(booking=booking, actor="test", reason="night")

    assert timedelta(hours=2) <= ended.ended_at - ended.started_at < timedelta(hours=2, seconds=5)


def test_the_mail_says_the_time_on_the_wall_after_the_jump(bastille: Station, anne: Subscriber, time) -> None:
    time.jump_to(NIGHTS[0] + timedelta(minutes=45))
    booking = operations.reserve(subscriber=anne, station=bastille, actor="test")
    owed = Notification(booking=booking, kind=Notification.Kind.CONFIRMATION, key="x", created_at=booking.reserved_at)

    assert "until 03:15" in notifications.message(owed).body
