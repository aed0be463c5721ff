"""From here to there: a car near the one end, a dock near the other, both reserved with one press."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Subscriber
from bookings import operations
from bookings.models import Booking
from stations.models import Network, Place, Station
from tests import factories
from tests.website.visitor import Visitor

WAY = "/?q=bastille&to=nation"


@pytest.fixture(autouse=True)
def city(paris: Network) -> Network:
    for name, latitude, longitude, cars, docks in [
        ("Roquette", 48.8535, 2.3700, [92], 0),
        ("Faidherbe", 48.8500, 2.3840, [60, 70], 0),
        ("Trône", 48.8486, 2.3950, [], 2),
        ("Picpus", 48.8450, 2.3990, [], 1),
    ]:
        factories.station(
            paris, name, cars=cars, free_docks=docks, latitude=latitude, longitude=longitude, code=name.lower()
        )
    Place.objects.create(network=paris, name="Place de la Bastille", latitude=48.8532, longitude=2.3692)
    Place.objects.create(network=paris, name="Nation", latitude=48.8484, longitude=2.3959)
    Place.objects.create(network=paris, name="Versailles", latitude=48.8044, longitude=2.1232)
    return paris


def chosen(visitor: Visitor) -> tuple[str, str]:
    way = visitor.response.context["results"].journey
    return tuple(end.chosen.station.name if end.chosen else "" for end in (way.start, way.goal))


def test_both_ends_are_offered_nearest_first_and_reserved_with_one_press(visitor: Visitor, anne: Subscriber) -> None:
    visitor.go("/").press("Search", q="bastille", to="nation")
    assert chosen(visitor) == ("Roquette", "Trône")
    assert "A car near Place de la Bastille" in visitor.text
    assert "2 min on foot" in visitor.text
    assert "92% best charge" in visitor.text

    visitor.press("Reserve car and dock")

    booking = Booking.objects.get(subscriber=anne)
    assert (booking.origin_station.name, booking.dock_holds.get().dock.station.name) == ("Roquette", "Trône")
    assert "Your car is waiting" in visitor.text


def test_another_pair_may_be_picked(visitor: Visitor) -> None:
    visitor.go(WAY).press("Reserve car and dock", car="faidherbe", dock="picpus")

    booking = Booking.objects.get()
    assert (booking.origin_station.name, booking.dock_holds.get().dock.station.name) == ("Faidherbe", "Picpus")


def test_a_station_picked_on_the_map_stands_first(visitor: Visitor, city: Network) -> None:
    factories.station(city, "Concorde", cars=[80], latitude=48.8656, longitude=2.3212, code="concorde")

    visitor.go(f"{WAY}&car=concorde")

    assert chosen(visitor) == ("Concorde", "Trône")


def test_a_stranger_finds_the_same_pair_after_signing_in(stranger: Visitor, anne: Subscriber) -> None:
    anne.user.set_password("pont-neuf-1607")
    anne.user.save()
    EmailAddress.objects.create(user=anne.user, email=anne.user.email, verified=True, primary=True)
    stranger.go(WAY).press("I have an account", car="faidherbe", dock="picpus")

    stranger.press("Sign in", login=anne.user.email, password="pont-neuf-1607")

    assert chosen(stranger) == ("Faidherbe", "Picpus")
    stranger.press("Reserve car and dock")
    assert Booking.objects.get().origin_station.name == "Faidherbe"


def test_a_car_that_went_meanwhile_shows_the_way_out(visitor: Visitor, anne: Subscriber) -> None:
    visitor.go(WAY)
    form = visitor.fields_of("Reserve car and dock")
    other = factories.subscriber(anne.network)
    operations.reserve(subscriber=other, station=Station.objects.get(code="roquette"), actor="test")

    visitor.press("Reserve car and dock")

    assert visitor.response.status_code == 409
    assert form["car"] == "roquette"
    assert "No car can be reserved here at the moment." in visitor.text
    assert chosen(visitor) == ("Faidherbe", "Trône")
    visitor.press("Reserve at Faidherbe")
    booking = Booking.objects.get(subscriber=anne)
    assert (booking.origin_station.name, booking.dock_holds.get().dock.station.name) == ("Faidherbe", "Trône")


def test_a_dock_that_went_meanwhile_shows_the_way_out(visitor: Visitor, anne: Subscriber) -> None:
    visitor.go(f"{WAY}&dock=picpus")
    other = factories.subscriber(anne.network)
    operations.reserve(
        subscriber=other,
        station=Station.objects.get(code="faidherbe"),
        destination=Station.objects.get(code="picpus"),
        actor="test",
    )

    visitor.press("Reserve car and dock")

    assert "No dock is free at Picpus at the moment." in visitor.text
    assert not Booking.objects.filter(subscriber=anne).exists()
    visitor.press("Keep a dock at Trône")
    booking = Booking.objects.get(subscriber=anne)
    assert (booking.origin_station.name, booking.dock_holds.get().dock.station.name) == ("Roquette", "Trône")


def test_where_nothing_is_near_what_is_farther_is_shown_as_such(visitor: Visitor) -> None:
    visitor.go("/?q=bastille&to=versailles")

    assert "No dock within a walk of Versailles at the moment. The nearest are farther away:" in visitor.text
    assert chosen(visitor)[1] != ""


def test_what_was_not_understood_is_said_at_its_field(stranger: Visitor) -> None:
    stranger.go("/?q=xyzzy&to=nation")
    assert "Nothing found for “xyzzy”." in stranger.text
    assert "A dock near Nation" in stranger.text

    stranger.go("/?to=nation")
    assert "Say where you start, too" in stranger.text


def test_a_position_may_be_the_start(stranger: Visitor) -> None:
    stranger.go("/?near=48.850,2.384&to=nation")

    assert chosen(stranger) == ("Faidherbe", "Trône")


def test_words_count_more_than_an_old_position(stranger: Visitor) -> None:
    stranger.go("/?q=bastille&near=48.850,2.384&to=nation")

    assert chosen(stranger)[0] == "Roquette"


@pytest.mark.parametrize("cars", [1, 3])
def test_the_same_number_of_questions(
    city: Network, client: Client, django_assert_num_queries: DjangoAssertNumQueries, cars: int
) -> None:
    for number in range(cars):
        factories.station(city, f"Rue {number}", cars=[80], free_docks=1)

    with django_assert_num_queries(10):
        client.get(WAY)


def test_the_language_may_be_switched_on_a_refusal(visitor: Visitor, anne: Subscriber) -> None:
    visitor.go(WAY)
    operations.reserve(subscriber=anne, station=Station.objects.get(code="faidherbe"), actor="test")
    refused = Visitor(visitor.client)
    form = {"q": "bastille", "to": "nation", "car": "roquette", "dock": "trône", "key": "k"}
    page = refused.client.post("/journeys/", form)
    assert page.status_code == 409

    switched = refused.client.post("/language/", {"language": "fr", "next": "/journeys/"}, follow=True)

    assert switched.status_code == 200
