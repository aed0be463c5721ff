"""A booking's page: every command, every phase, every refusal, without JavaScript."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Subscriber
from bookings import operations
from bookings.models import Booking, DockHold, Rating, State
from stations.models import Network, Station
from stations.operations import close_station
from tests import factories
from tests.conftest import Clock
from tests.website.visitor import Visitor
from vehicles.models import Vehicle


@pytest.fixture
def booking(bastille: Station, nation: Station, anne: Subscriber) -> Booking:
    return operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test")


@pytest.fixture
def at_it(booking: Booking, visitor: Visitor) -> Visitor:
    return visitor.go(f"/bookings/{booking.pk}/")


def test_it_says_which_car_where_and_until_when(at_it: Visitor, booking: Booking) -> None:
    assert booking.vehicle.plate in at_it.text
    assert "Bastille" in at_it.text
    assert "dock 1" in at_it.text
    assert f'data-countdown="{booking.held_until.astimezone().isoformat(timespec="milliseconds")}"'[:40] in (
        at_it.response.content.decode()
    )


def test_times_are_those_of_the_network(booking: Booking, visitor: Visitor, time: Clock) -> None:
    Network.objects.update(time_zone="America/Montreal")

    visitor.go(f"/bookings/{booking.pk}/")

    local = booking.held_until.astimezone(ZoneInfo("America/Montreal"))
    assert f"until {local:%H:%M}" in visitor.text


def test_extending_once(at_it: Visitor, booking: Booking) -> None:
    at_it.press("Keep it longer")

    assert "The car is now held until" in at_it.text
    assert Booking.objects.get().held_until - booking.held_until == timedelta(minutes=30)
    assert "Keep it longer" not in [label for form in at_it.page.forms for label, _, _ in form.buttons]


def test_a_second_extension_from_an_old_tab_is_refused(at_it: Visitor) -> None:
    old_tab = Visitor(at_it.client).go(at_it.address)
    at_it.press("Keep it longer")

    old_tab.press("Keep it longer")

    assert old_tab.response.status_code == 409
    assert "This hold has already been extended" in old_tab.text


def test_a_command_sent_twice_is_carried_out_once(at_it: Visitor, booking: Booking) -> None:
    form = at_it.fields_of("Keep it longer")

    answers = [at_it.client.post(at_it.address, form) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert Booking.objects.get().extensions == 1


def test_the_dock_is_kept_longer_given_back_and_kept_elsewhere(at_it: Visitor, bastille: Station) -> None:
    at_it.press("Keep the dock longer")
    assert "The dock is now kept until" in at_it.text

    at_it.press("Search docks", to="bastille").press("Keep a dock here")
    assert "A dock is kept for you at Bastille." in at_it.text

    at_it.press("Give the dock back")
    assert "The dock is given back." in at_it.text
    assert not DockHold.objects.filter(state="held").exists()


def test_where_no_dock_is_left_the_nearest_are_one_press_away(
    at_it: Visitor, paris: Network, bastille: Station
) -> None:
    full = factories.station(paris, "Alésia", free_docks=1, latitude=48.8540)
    at_it.press("Search docks", to="alesia")
    operations.reserve(
        subscriber=factories.subscriber(paris, "Bruno"), station=bastille, destination=full, actor="test"
    )

    at_it.press("Keep a dock here")

    assert at_it.response.status_code == 409
    at_it.press("Keep a dock at Bastille")
    assert DockHold.objects.get(state="held", booking__subscriber__user__full_name="Anne").dock.station == bastille


def test_cancelling_gives_everything_back(at_it: Visitor) -> None:
    at_it.press("Cancel the booking")

    assert "The booking is cancelled" in at_it.text
    assert Booking.objects.get().state == State.CANCELLED
    assert not DockHold.objects.filter(state="held").exists()


def test_after_cancelling_the_back_button_is_answered(at_it: Visitor) -> None:
    before = Visitor(at_it.client).go(at_it.address)
    at_it.press("Cancel the booking")

    before.press("I am at the car: unlock")

    assert before.response.status_code == 409
    assert "This reservation has ended" in before.text
    assert "Find another car" in before.text


def test_a_trip_from_unlocking_to_the_summary(at_it: Visitor, booking: Booking, nation: Station, time: Clock) -> None:
    at_it.press("I am at the car: unlock")
    assert "The car is unlocked." in at_it.text
    assert "Where to return it" in at_it.text

    time.forward(minutes=1)
    operations.unplugged(dock=booking.vehicle.dock, vehicle=booking.vehicle, event_time=time.now(), actor="test")
    time.forward(minutes=20)
    operations.plugged(dock=nation.docks.get(), vehicle=booking.vehicle, event_time=time.now(), actor="test")

    at_it.go(at_it.address)
    assert "The trip is over. Thank you." in at_it.text
    assert "21 min" in at_it.text


def test_the_car_is_rated_and_the_last_word_counts(
    at_it: Visitor, booking: Booking, nation: Station, time: Clock
) -> None:
    assert "How is the car?" not in at_it.text
    at_it.press("I am at the car: unlock")
    assert "How is the car?" in at_it.text
    at_it.press("Send", cleanliness="dirty", is_faulty="1")
    assert "Thank you. You said: dirty, something is broken or missing." in at_it.text
    operations.unplugged(dock=booking.vehicle.dock, vehicle=booking.vehicle, event_time=time.now(), actor="test")
    operations.plugged(dock=nation.docks.get(), vehicle=booking.vehicle, event_time=time.now(), actor="test")

    at_it.go(at_it.address.split("?")[0]).press("Send", cleanliness="fair")

    assert "You found the car: acceptable, something is broken or missing. Change it" in at_it.text
    said = Rating.objects.get()
    assert (said.booking, said.cleanliness, said.is_faulty) == (booking, "fair", True)
    time.forward(days=8)
    assert "You found the car acceptable" in at_it.go(at_it.address).text
    assert "Send" not in at_it.text


def test_a_rating_that_says_nothing_is_refused_in_words(at_it: Visitor) -> None:
    at_it.press("I am at the car: unlock")
    form = at_it.fields_of("Send")

    for said in ({"cleanliness": "spotless"}, {}):
        at_it.send(at_it.address, {**form, "key": f"{form['key']}{len(said)}", **said})

        assert "Choose how clean the car is: clean, acceptable or dirty." in at_it.text
    assert not Rating.objects.exists()


def test_a_hold_that_ran_out_is_over_although_nobody_swept(at_it: Visitor, time: Clock) -> None:
    time.forward(minutes=30)

    at_it.go(at_it.address)

    assert "The time to take the car ran out" in at_it.text
    assert Booking.objects.get().state == State.RESERVED


def test_a_withdrawn_car_is_explained(at_it: Visitor, booking: Booking) -> None:
    operations.withdraw_vehicle(
        vehicle=booking.vehicle, cause=Vehicle.Cause.DAMAGE, note="Broken mirror", actor="operator:1"
    )

    at_it.go(at_it.address)

    assert "Another car waits for you" in at_it.text
    at_it.follow(f"See car {Booking.objects.get(replaces=booking).vehicle.plate} at Bastille")
    assert "Your car is waiting" in at_it.text


def test_a_displaced_dock_is_explained_while_driving(
    at_it: Visitor, booking: Booking, nation: Station, paris: Network, time: Clock
) -> None:
    at_it.press("I am at the car: unlock")
    intruder = factories.vehicle(network=paris)
    close_station(station=booking.origin_station, reason="Works", actor="operator:1")
    operations.plugged(dock=nation.docks.get(), vehicle=intruder, event_time=time.now(), actor="test")

    at_it.go(at_it.address.split("?")[0])

    assert "Your dock at Nation was taken by another car or had to be closed." in at_it.text


def test_the_script_learns_the_true_time_and_whether_the_page_is_still_true(at_it: Visitor, booking: Booking) -> None:
    before = at_it.client.get(f"/bookings/{booking.pk}/state.json").json()
    at_it.press("Give the dock back")

    after = at_it.client.get(f"/bookings/{booking.pk}/state.json").json()

    assert before["now"] < after["now"]
    assert before["fingerprint"] != after["fingerprint"]


def test_somebody_elses_booking_does_not_exist(booking: Booking, paris: Network) -> None:
    client = Client()
    client.force_login(factories.subscriber(paris, "Bruno").user)

    assert client.get(f"/bookings/{booking.pk}/").status_code == 404
    assert client.get(f"/bookings/{booking.pk}/state.json").status_code == 404
    assert client.post(f"/bookings/{booking.pk}/", {"command": "cancel", "key": "k"}).status_code == 404


def test_an_unknown_command_and_a_missing_key_change_nothing(at_it: Visitor) -> None:
    unknown = at_it.client.post(at_it.address, {"command": "explode", "key": "k"})
    keyless = at_it.client.post(at_it.address, {"command": "cancel"})

    assert (unknown.status_code, keyless.status_code) == (409, 409)
    assert Booking.objects.get().state == State.RESERVED


def test_every_page_of_a_signed_in_person_leads_to_the_running_booking(at_it: Visitor, booking: Booking) -> None:
    at_it.go("/").follow("You have a booking that is running.")

    assert at_it.address == f"/bookings/{booking.pk}/"


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_same_number_of_questions(
    bastille: Station,
    nation: Station,
    anne: Subscriber,
    visitor: Visitor,
    django_assert_num_queries: DjangoAssertNumQueries,
    count: int,
) -> None:
    for _ in range(count):
        operations.cancel(
            booking=operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test"),
            actor="test",
        )

    with django_assert_num_queries(7):
        visitor.go("/bookings/")
    assert visitor.text.count("Bluecar") == count


def test_a_page_of_a_booking_asks_a_fixed_number_of_questions(
    at_it: Visitor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(8):
        at_it.go(at_it.address)


def test_the_list_has_pages_and_an_empty_state(bastille: Station, anne: Subscriber, visitor: Visitor) -> None:
    assert "Nothing here yet." in visitor.go("/bookings/").text
    for _ in range(11):
        operations.cancel(booking=operations.reserve(subscriber=anne, station=bastille, actor="test"), actor="test")

    visitor.go("/bookings/").follow("Next")

    assert visitor.text.count("Bluecar") == 1


def test_a_cancellation_is_undone_with_one_press(at_it: Visitor, nation: Station) -> None:
    at_it.press("Cancel the booking")
    assert "Possible until" in at_it.text

    at_it.press("Undo: I want the car back")

    assert "As if nothing had happened: your car is held until" in at_it.text
    assert Booking.objects.filter(state="reserved").get().dock_holds.get().dock.station == nation


def test_after_a_minute_there_is_nothing_to_undo(at_it: Visitor, time: Clock) -> None:
    at_it.press("Cancel the booking")
    time.forward(seconds=61)

    at_it.press("Undo: I want the car back")
    assert "It is too late to undo this cancellation." in at_it.text

    assert "Undo" not in at_it.go(at_it.address).text


def test_an_undo_that_comes_too_late_for_the_car_offers_others(at_it: Visitor, booking: Booking) -> None:
    factories.station(booking.network, "Roquette", cars=[80], latitude=48.8560, longitude=2.3760)
    at_it.press("Cancel the booking")
    rival = factories.subscriber(booking.network)
    operations.reserve(subscriber=rival, vehicle=booking.vehicle, actor="test")

    at_it.press("Undo: I want the car back")

    assert "No car can be reserved here at the moment." in at_it.text
    at_it.press("Reserve at Roquette")
    assert Booking.objects.get(state="reserved", subscriber=booking.subscriber).origin_station.name == "Roquette"
