"""A station's page: choosing, reserving, and being refused with a way out, all without JavaScript."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Subscriber, Subscription
from bookings import operations
from bookings.models import Booking, DockHold
from stations import clock
from stations.closing import plan_closure
from stations.models import Network, Station
from stations.operations import close_station, open_station
from tests import factories
from tests.conftest import Clock
from tests.website.visitor import Visitor


def at(station: Station, query: str = "") -> str:
    return f"/stations/{station.code}/{query}"


def test_the_best_car_is_reserved_with_one_press(bastille: Station, visitor: Visitor) -> None:
    visitor.go(at(bastille)).press("Reserve this car")

    booking = Booking.objects.get()
    assert booking.vehicle.report.charge_percent == 90
    assert visitor.address == f"/bookings/{booking.pk}/"
    assert "Your car is waiting" in visitor.text


def test_car_and_dock_are_chosen_by_links_and_reserved_together(
    bastille: Station, nation: Station, visitor: Visitor
) -> None:
    visitor.go(at(bastille)).follow("70%")
    visitor.press("Search docks", to="nation").follow("Nation")

    visitor.press("Reserve car and dock")

    booking = Booking.objects.get()
    assert booking.vehicle.report.charge_percent == 70
    assert booking.dock_holds.get().dock.station == nation


def test_a_form_sent_twice_gets_the_same_booking(bastille: Station, visitor: Visitor) -> None:
    visitor.go(at(bastille))
    form = visitor.fields_of("Reserve this car")

    answers = [visitor.client.post(at(bastille), form) for _ in range(2)]

    booking = Booking.objects.get()
    assert [answer["Location"] for answer in answers] == [f"/bookings/{booking.pk}/"] * 2


def test_a_refused_form_sent_twice_gets_the_same_refusal(bastille: Station, visitor: Visitor) -> None:
    visitor.go(at(bastille))
    form = visitor.fields_of("Reserve this car")
    close_station(station=bastille, reason="Works", actor="operator:1")
    first = visitor.client.post(at(bastille), form)
    open_station(station=bastille, actor="operator:1")

    again = visitor.client.post(at(bastille), form)

    assert (first.status_code, again.status_code) == (409, 409)
    assert not Booking.objects.exists()


def test_a_used_page_with_another_choice_changes_nothing(bastille: Station, nation: Station, visitor: Visitor) -> None:
    visitor.go(at(bastille))
    form = visitor.fields_of("Reserve this car")
    visitor.client.post(at(bastille), form)

    back = visitor.client.post(at(bastille), {**form, "destination": nation.code}, headers=visitor.headers)

    assert back.status_code == 409
    assert "This page had been used already" in back.content.decode()
    assert not DockHold.objects.exists()


def test_two_tabs_make_one_booking_and_show_the_way_to_it(bastille: Station, visitor: Visitor) -> None:
    visitor.go(at(bastille))
    other_tab = Visitor(visitor.client).go(at(bastille))
    visitor.press("Reserve this car")

    other_tab.press("Reserve this car")

    assert other_tab.response.status_code == 409
    assert "You already have a booking." in other_tab.text
    other_tab.follow("See my booking")
    assert other_tab.address == visitor.address


def test_without_a_free_dock_the_nearest_ones_are_one_press_away(
    paris: Network, bastille: Station, nation: Station, visitor: Visitor
) -> None:
    bruno = factories.subscriber(paris, "Bruno")
    visitor.go(at(bastille, f"?destination={nation.code}"))
    operations.reserve(subscriber=bruno, station=bastille, destination=nation, actor="test")

    visitor.press("Reserve car and dock")

    assert visitor.response.status_code == 409
    assert "No dock is free at Nation at the moment." in visitor.text
    visitor.press("Keep a dock at Bastille")
    assert Booking.objects.get(subscriber__user__full_name="Anne").dock_holds.get().dock.station == bastille


def test_without_a_car_the_nearest_ones_are_one_press_away(paris: Network, bastille: Station, visitor: Visitor) -> None:
    aligre = factories.station(paris, "Aligre", cars=[80], latitude=48.8490, longitude=2.3790)
    visitor.go(at(aligre))
    operations.reserve(subscriber=factories.subscriber(paris, "Bruno"), station=aligre, actor="test")

    visitor.press("Reserve this car")

    assert visitor.response.status_code == 409
    visitor.press("Reserve at Bastille")
    assert Booking.objects.get(subscriber__user__full_name="Anne").origin_station == bastille


def test_a_chosen_car_that_has_gone_is_said(bastille: Station, visitor: Visitor) -> None:
    visitor.go(at(bastille, "?car=GONE"))

    assert "The car that you chose has just gone." in visitor.text


def test_a_car_that_moved_elsewhere_is_not_reserved_from_here(
    bastille: Station, nation: Station, visitor: Visitor
) -> None:
    visitor.go(at(bastille)).follow("70%")
    car = visitor.response.context["chosen"]
    operations.plugged(dock=nation.docks.get(), vehicle=car, event_time=clock.now(), actor="test")

    visitor.press("Reserve this car")
    form = visitor.fields_of("Reserve this car")

    assert visitor.response.status_code == 409
    assert form["car"] == ""


def test_without_a_plan_the_way_leads_to_the_plans_and_back(paris: Network, bastille: Station) -> None:
    plan = factories.plan(paris)
    person = factories.subscriber(paris, "Chloé", is_subscribed=False)
    client = Client()
    client.force_login(person.user)
    visitor = Visitor(client).go(at(bastille)).press("Reserve this car")

    visitor.follow("Choose a plan").press(f"Choose {plan.name}")

    assert visitor.address == at(bastille)
    assert Subscription.objects.filter(subscriber=person, plan=plan).exists()


def test_a_stranger_sees_no_plates_and_is_led_to_sign_up_and_back(
    bastille: Station, nation: Station, stranger: Visitor
) -> None:
    stranger.go(at(bastille, f"?destination={nation.code}"))

    assert "AB-" not in stranger.text
    stranger.follow("Sign up and reserve")
    assert stranger.fields_of("Sign up")["next"] == at(bastille, f"?destination={nation.code}")


def test_a_stranger_who_posts_signs_in_first(bastille: Station, client: Client) -> None:
    answer = client.post(at(bastille, "?destination=x"), {"key": "k"})

    assert answer["Location"] == f"/account/login/?next=/stations/{bastille.code}/%3Fdestination%3Dx"


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (
            {"is_installed": False, "is_renting": False, "is_returning": False},
            "This station is not there at the moment.",
        ),
        ({"is_renting": False, "is_returning": False, "closure_reason": "Works"}, "This station is closed. Works"),
        ({"is_renting": False}, "Cars can be returned here, but none can be taken."),
        ({"is_returning": False}, "Cars can be taken here, but none can be returned."),
        ({"access_note": "Level -2"}, "How to get in: Level -2"),
    ],
)
def test_the_state_of_the_station_is_said(
    paris: Network, stranger: Visitor, state: dict[str, object], sentence: str
) -> None:
    place = factories.station(paris, "Alésia", cars=[80], **state)

    stranger.go(at(place))

    assert sentence in stranger.text


def test_a_planned_closure_is_told_beforehand(paris: Network, stranger: Visitor, time: Clock) -> None:
    time.jump_to(datetime(2026, 3, 28, 9, tzinfo=UTC))
    place = factories.station(paris, "Alésia", cars=[80])
    for day, reason in ((20, "Far away"), (3, "New paving")):
        begins = time.now() + timedelta(days=day)
        plan_closure(station=place, from_at=begins, until_at=begins + timedelta(hours=2), reason=reason, actor="test")

    stranger.go(at(place))

    assert "New paving" in stranger.text
    assert "11:00" in stranger.text  # in the summer time that has begun by then
    assert "Far away" not in stranger.text


def test_where_no_car_stands_the_nearest_are_listed(bastille: Station, nation: Station, stranger: Visitor) -> None:
    stranger.go(at(nation))

    assert "No car to take here at the moment" in stranger.text
    stranger.follow("Bastille")
    assert stranger.address == at(bastille)


def test_another_networks_station_is_not_found(paris: Network, client: Client) -> None:
    elsewhere = factories.station(factories.network("lyon"), "Bellecour")

    assert client.get(at(elsewhere)).status_code == 404


@pytest.mark.parametrize("cars", [1, 3])
def test_the_page_asks_the_same_number_of_questions(
    paris: Network, anne: Subscriber, client: Client, django_assert_num_queries: DjangoAssertNumQueries, cars: int
) -> None:
    place = factories.station(paris, "Alésia", cars=[80] * cars)
    client.force_login(anne.user)

    with django_assert_num_queries(12):
        client.get(at(place))
