"""A subscriber is found by whatever can be said on the phone, in the operator's own networks."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts import operations as people
from accounts.models import Subscriber, User
from bookings import operations
from bookings.models import Booking
from stations.models import Network
from tests import factories
from tests.console.conftest import City
from tests.console.pages import url
from vehicles.models import Vehicle

# As in test_changelists: the usual ones and the look; whether the search found anybody.
QUERIES = 7 + 2 + 1


@pytest.fixture
def helene(lyon: Network) -> Subscriber:
    """On a trip from Croix-Rousse, badge …C81F, among others."""
    start = factories.station(lyon, "Croix-Rousse", cars=[90, 80], address="4 place Colbert", postal_code="69001")
    who = factories.subscriber(lyon, "Helene")
    User.objects.filter(pk=who.user_id).update(
        full_name="Hélène Dupont-Œillet", email="h.dupont@example.org", phone="06 12 34 56 78"
    )
    people.give_badge(subscriber=who, uid="04A2F0C81F")
    trip = operations.take_now(subscriber=who, station=start, actor="test")
    Vehicle.objects.filter(pk=trip.vehicle_id).update(plate="GX-482-KL")
    other = factories.subscriber(lyon, "Marcel")
    User.objects.filter(pk=other.user_id).update(phone="+33 7 98 76 54 32")
    return who


def found(desk: Client, said: str) -> list[Subscriber]:
    return list(desk.get(url(Subscriber, "changelist"), {"q": said}).context["cl"].queryset)


@pytest.mark.parametrize(
    "said",
    [
        "Hélène",
        "dupont helene",
        "HELENE",
        "Dupond",
        "Helenne Dupomt",
        "h.dupont@example.org",
        "dupont@exam",
        "06 12 34 56 78",
        "06.12.34.56.78",
        "0612345678",
        "+33 6 12 34 56 78",
        "0033 6 12-34-56-78",
        "+33 (0)6 12 34 56 78",
        "c81f",
        "GX-482-KL",
        "gx 482 kl",
        "69001",
        "croix rousse",
        "place Colbert",
    ],
)
def test_by_anything_that_is_said(said: str, at_desk: Client, helene: Subscriber) -> None:
    assert found(at_desk, said) == [helene]


def test_by_reference_and_by_booking_whole_or_short(at_desk: Client, helene: Subscriber) -> None:
    booking = Booking.objects.get()

    for said in (str(helene.reference), str(booking.pk), booking.pk.hex, str(booking), str(booking).upper()):
        assert found(at_desk, said) == [helene]


@pytest.mark.parametrize("said", ["07 98 76", "0798765433", "Zygmunt", "c81e", "GX-482-KM", "🚗", "%", "_", "4" * 90])
def test_what_is_somebody_elses_or_nobodys_does_not_find_her(said: str, at_desk: Client, helene: Subscriber) -> None:
    assert helene not in found(at_desk, said)


def test_a_trip_that_is_over_no_longer_tells_where_somebody_is(at_desk: Client, helene: Subscriber) -> None:
    operations.end_trip(booking=Booking.objects.get(), actor="test", reason="x")

    assert found(at_desk, "GX-482-KL") == found(at_desk, "69001") == []


def test_people_of_other_networks_are_not_found(at_desk: Client, helene: Subscriber, paris_city: City) -> None:
    who = paris_city.subscriber

    of_paris = (who.user.full_name, who.user.email, who.reference, paris_city.trip, paris_city.vehicle.plate)
    for said in map(str, of_paris):
        assert found(at_desk, said) == []


def test_a_search_costs_the_same_for_one_and_for_three(at_desk: Client, lyon: Network) -> None:
    def asked() -> int:
        factories.subscriber(lyon, "Anselme")
        with CaptureQueriesContext(connection) as queries:
            assert found(at_desk, "anselme")
        return len(queries)

    assert [asked() for _ in range(3)] == [QUERIES + 1] * 3  # the list is read once more by `found`


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("SELECT id FROM accounts_user WHERE plain_name(full_name)::text LIKE '%dupont%'", "user_plain_name"),
        ("SELECT id FROM accounts_user WHERE upper(email::text) LIKE upper('%dupont%')", "user_upper_email"),
        (
            r"SELECT id FROM accounts_user WHERE right(regexp_replace(phone, '\D', '', 'g'), 9) = '612345678'",
            "user_phone_end",
        ),
        ("SELECT id FROM accounts_badge WHERE upper(last_four::text) = upper('c81f')", "badge_last_four"),
    ],
)
def test_each_question_stands_on_its_index(query: str, index: str, db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN {query}")
        plan = "\n".join(row[0] for row in cursor.fetchall())

    assert index in plan
