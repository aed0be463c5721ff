"""Bookings by the API: made, changed, ended, and told as they stand by the database's clock."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from accounts.models import Subscriber
from bookings import operations
from bookings.models import Booking
from stations.models import Network, Station
from tests import factories
from tests.api.conftest import Caller, calling_as
from vehicles.models import Vehicle

BOOKINGS = "/api/v1/bookings"


@pytest.fixture
def booked(as_anne: Caller, bastille: Station, nation: Station) -> dict:
    return as_anne.post(BOOKINGS, {"station": bastille.pk, "destination": nation.pk}).json()


def seconds_between(start: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def test_a_car_and_a_dock_are_reserved_together(as_anne: Caller, bastille: Station, nation: Station) -> None:
    response = as_anne.post(BOOKINGS, {"station": bastille.pk, "destination": nation.pk})

    booking = response.json()
    assert response.status_code == 201
    assert (booking["state"], booking["network"]) == ("reserved", "paris")
    assert seconds_between(booking["created_at"], booking["held_until"]) == 1800
    assert booking["origin"]["name"] == "Bastille"
    assert (booking["vehicle"]["charge_percent"], booking["vehicle"]["version"]) == (90.0, 1)
    assert booking["destination"]["station"]["name"] == "Nation"
    assert (booking["destination"]["state"], booking["destination"]["dock"]["version"]) == ("held", 1)
    assert seconds_between(booking["created_at"], booking["destination"]["held_until"]) == 5400
    assert as_anne.get(f"{BOOKINGS}/{booking['id']}").json() == booking


def test_every_time_has_microseconds_and_is_utc(booked: dict) -> None:
    times = [booked["created_at"], booked["held_until"], booked["destination"]["held_until"]]

    assert {(len(time), time[-1]) for time in times} == {(len("2026-03-14T09:26:53.589793Z"), "Z")}


def test_a_given_car_is_taken_at_once_by_who_stands_before_it(as_anne: Caller, bastille: Station) -> None:
    car = Vehicle.objects.filter(dock__station=bastille).last()

    booking = as_anne.post(BOOKINGS, {"vehicle": car.pk, "start": True}).json()

    assert (booking["state"], booking["vehicle"]["id"]) == ("on_trip", car.pk)
    assert booking["started_at"] == booking["created_at"]


def test_a_refusal_has_a_code_a_sentence_and_the_way_out(
    as_bruno: Caller, booked: dict, nation: Station, bastille: Station
) -> None:
    response = as_bruno.post(BOOKINGS, {"station": bastille.pk, "destination": nation.pk})

    problem = response.json()
    assert (response.status_code, response["Content-Type"]) == (409, "application/problem+json")
    assert (problem["code"], problem["field"]) == ("dock_unavailable", "destination")
    assert problem["type"] == "/api/docs/#problem-dock_unavailable"
    assert [way_out["name"] for way_out in problem["alternatives"]] == ["Bastille"]
    assert as_bruno.get(BOOKINGS).json()["results"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "station"),
        ({"station": 1, "vehicle": 1}, "station"),
        ({"station": "1"}, "station"),
        ({"station": True}, "station"),
        ({"station": 1.0}, "station"),
        ({"station": 0}, "station"),
        ({"station": 2**63}, "station"),
        ({"vehicle": None}, "vehicle"),
        ({"station": 1, "destination": [1]}, "destination"),
        ({"station": 1, "start": "yes"}, "start"),
        ({"station": 1, "start": 1}, "start"),
        ({"station": 1, "state": "completed"}, "state"),
        ([1], "non_field_errors"),
    ],
)
def test_what_is_wrong_is_named(as_anne: Caller, body: object, field: str) -> None:
    response = as_anne.post(BOOKINGS, body)

    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert list(response.json()["errors"]) == [field]


def test_what_does_not_exist_is_not_found_by_name(as_anne: Caller, bastille: Station) -> None:
    elsewhere = factories.station(factories.network("lyon"), "Bellecour", cars=[90])
    missing = [
        ({"station": 10**9}, "station"),
        ({"vehicle": 10**9}, "vehicle"),
        ({"station": elsewhere.pk}, "station"),
        ({"vehicle": Vehicle.objects.get(dock__station=elsewhere).pk}, "vehicle"),
        ({"station": bastille.pk, "destination": elsewhere.pk}, "destination"),
    ]

    answers = [as_anne.post(BOOKINGS, body) for body, _field in missing]

    assert [(a.status_code, a.json()["code"], a.json()["field"]) for a in answers] == [
        (404, "not_found", field) for _body, field in missing
    ]


def test_who_is_no_subscriber_needs_a_subscription(paris: Network, bastille: Station) -> None:
    response = calling_as(factories.operator(paris)).post(BOOKINGS, {"station": bastille.pk})

    assert (response.status_code, response.json()["code"]) == (403, "subscription_required")


def test_both_holds_are_lengthened_once(as_anne: Caller, booked: dict) -> None:
    path = f"{BOOKINGS}/{booked['id']}"

    longer = as_anne.post(f"{path}/extend").json()
    longer_dock = as_anne.post(f"{path}/extend-destination").json()
    refused = as_anne.post(f"{path}/extend")

    assert seconds_between(booked["held_until"], longer["held_until"]) == 1800
    assert seconds_between(booked["destination"]["held_until"], longer_dock["destination"]["held_until"]) == 5400
    assert (longer_dock["extensions"], longer_dock["destination"]["extensions"]) == (1, 1)
    assert (refused.status_code, refused.json()["code"]) == (409, "already_extended")


def test_the_car_is_rated_and_the_last_word_counts(as_anne: Caller, as_bruno: Caller, booked: dict) -> None:
    path = f"{BOOKINGS}/{booked['id']}"
    early = as_anne.post(f"{path}/rate", {"cleanliness": "clean"})
    started = as_anne.post(f"{path}/start-trip").json()

    first = as_anne.post(f"{path}/rate", {"cleanliness": "dirty", "is_faulty": True}).json()
    last = as_anne.post(f"{path}/rate", {"cleanliness": "fair"}).json()

    assert (early.status_code, early.json()["code"], started["rating"]) == (409, "not_now", None)
    assert (first["rating"]["cleanliness"], first["rating"]["is_faulty"]) == ("dirty", True)
    assert {**last, "rating": None} == started
    assert (last["rating"]["cleanliness"], last["rating"]["is_faulty"]) == ("fair", False)
    assert as_anne.get(path).json() == last
    assert as_bruno.post(f"{path}/rate", {"cleanliness": "clean"}).status_code == 404
    for wrong in ({}, {"cleanliness": "spotless"}, {"cleanliness": "clean", "is_faulty": "yes"}):
        assert as_anne.post(f"{path}/rate", wrong).json()["code"] == "invalid"


def test_the_destination_is_moved_and_dropped(as_anne: Caller, booked: dict, paris: Network) -> None:
    vincennes = factories.station(paris, "Vincennes", free_docks=1)
    path = f"{BOOKINGS}/{booked['id']}"

    moved = as_anne.post(f"{path}/move-destination", {"station": vincennes.pk}).json()
    same = as_anne.post(f"{path}/move-destination", {"station": vincennes.pk})
    dropped = as_anne.post(f"{path}/drop-destination").json()
    nothing_left = as_anne.post(f"{path}/drop-destination")

    assert moved["destination"]["station"]["name"] == "Vincennes"
    assert same.json()["code"] == "same_destination"
    assert dropped["destination"]["state"] == "released"
    assert nothing_left.json()["code"] == "no_destination"


def test_a_cancelled_booking_has_an_end_and_a_cause(as_anne: Caller, booked: dict) -> None:
    cancelled = as_anne.post(f"{BOOKINGS}/{booked['id']}/cancel").json()
    again = as_anne.post(f"{BOOKINGS}/{booked['id']}/cancel")

    assert (cancelled["state"], cancelled["end_cause"]) == ("cancelled", "customer")
    assert cancelled["ended_at"] > booked["created_at"]
    assert (again.status_code, again.json()["code"]) == (409, "not_live")


def test_a_trip_starts_and_ends_where_the_car_is_plugged_in(
    as_anne: Caller, booked: dict, nation: Station, time
) -> None:
    path = f"{BOOKINGS}/{booked['id']}"
    started = as_anne.post(f"{path}/start-trip").json()
    car, dock = Vehicle.objects.get(pk=booked["vehicle"]["id"]), nation.docks.get()
    operations.unplugged(dock=car.dock, vehicle=car, event_time=time.now(), actor="test")
    on_the_way = as_anne.get(path).json()
    arrived_at = time.now()
    operations.plugged(dock=dock, vehicle=car, event_time=arrived_at, actor="test")

    ended = as_anne.get(path).json()
    assert (started["state"], on_the_way["vehicle"]["dock"]) == ("on_trip", None)
    assert (ended["state"], ended["end_cause"], ended["end"]["name"]) == ("completed", "returned", "Nation")
    assert datetime.fromisoformat(ended["ended_at"]) == arrived_at
    assert ended["destination"]["state"] == "used"
    assert as_anne.post(f"{path}/cancel").json()["code"] == "not_live"


def test_a_hold_past_its_time_is_expired_with_every_worker_dead(as_anne: Caller, booked: dict, time) -> None:
    path = f"{BOOKINGS}/{booked['id']}"
    time.forward(minutes=30)

    told = as_anne.get(path).json()

    assert Booking.objects.get().state == "reserved"
    assert (told["state"], told["end_cause"], told["ended_at"]) == ("expired", "expired", told["held_until"])
    assert told["destination"]["state"] == "expired"
    assert as_anne.post(f"{path}/start-trip").json()["code"] == "not_live"


def test_ones_bookings_come_newest_first_by_cursor(as_anne: Caller, as_bruno: Caller, bastille: Station) -> None:
    made = []
    for _ in range(3):
        booking = as_anne.post(BOOKINGS, {"station": bastille.pk}).json()
        as_anne.post(f"{BOOKINGS}/{booking['id']}/cancel")
        made.insert(0, booking["id"])

    first = as_anne.get(BOOKINGS, limit=2).json()
    second = as_anne.get(BOOKINGS, limit=2, cursor=first["next"]).json()

    assert [booking["id"] for booking in first["results"] + second["results"]] == made
    assert second["next"] is None
    assert as_bruno.get(BOOKINGS).json()["results"] == []


@pytest.mark.parametrize("command", ["extend", "extend-destination", "drop-destination", "cancel", "start-trip"])
def test_anothers_booking_and_none_at_all_look_the_same(as_bruno: Caller, booked: dict, command: str) -> None:
    foreign = as_bruno.post(f"{BOOKINGS}/{booked['id']}/{command}")
    absent = as_bruno.post(f"{BOOKINGS}/{uuid4()}/{command}")

    assert (foreign.status_code, foreign.content) == (absent.status_code, absent.content)
    assert foreign.status_code == 404
    assert Booking.objects.get().state == "reserved"


def test_a_hold_of_one_second_is_possible(paris: Network, bastille: Station, anne: Subscriber, as_anne: Caller) -> None:
    Network.objects.update(car_hold_seconds=1)

    booking = as_anne.post(BOOKINGS, {"station": bastille.pk}).json()

    assert seconds_between(booking["created_at"], booking["held_until"]) == timedelta(seconds=1).total_seconds()
