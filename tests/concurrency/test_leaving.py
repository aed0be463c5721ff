"""Reserving against leaving: one of the two happens, never both. With its control."""

from functools import partial
from unittest.mock import patch

import pytest
from django.db import connection

from accounts.models import Subscriber, User
from bookings import operations, picking
from bookings.models import Booking
from stations.models import Station
from tests import factories
from tests.concurrency.rivals import at_once
from tests.concurrency.test_races import outcome, patient

pytestmark = pytest.mark.django_db(transaction=True)

PAIRS = 12


@pytest.fixture
def crowd(transactional_db: None) -> list[Subscriber]:
    paris = factories.network()
    factories.station(paris, "Bastille", cars=[90] * PAIRS)
    return [factories.subscriber(paris, f"Rival{number}") for number in range(PAIRS)]


def race(crowd: list[Subscriber]) -> list[tuple[str, str]]:
    """How each reservation and each farewell of the same person came out."""
    station = Station.objects.get()
    reserving = [partial(operations.reserve, subscriber=who, station=station, actor="test") for who in crowd]
    leaving = [partial(operations.leave, user=who.user) for who in crowd]
    came = [outcome(one) for one in at_once([partial(patient, call) for call in [*reserving, *leaving]])]
    return list(zip(came[:PAIRS], came[PAIRS:], strict=True))


def nobodys_bookings() -> int:
    return Booking.objects.filter(subscriber__user__is_active=False).count()


def test_who_leaves_has_no_booking_and_who_has_one_stays(crowd: list[Subscriber]) -> None:
    results = race(crowd)

    assert set(results) <= {("won", "booking_open"), ("subscription_required", "won")}
    assert nobodys_bookings() == 0
    assert User.objects.filter(is_active=True).count() == Booking.objects.count()


def test_control_without_the_lock_somebody_gone_holds_a_car(crowd: list[Subscriber]) -> None:
    def slowly(**given: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.3)")

    # Each farewell has looked for bookings, and takes its time before it acts on what it saw.
    with (
        patch.object(picking, "lock_subscriber", lambda subscriber: subscriber),
        patch("bookings.operations.leaving.notifications.forgive", slowly),
    ):
        race(crowd)

    assert nobodys_bookings() > 0
