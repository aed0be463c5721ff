"""What every read has in common, and the small ones: clock, networks, places, vehicles, me."""

from datetime import datetime, timedelta

import pytest

from bookings import operations
from stations import clock
from stations.models import Network, Place, Station
from tests import factories
from tests.api.conftest import Caller, calling_as
from vehicles.models import Vehicle


def test_the_clock_is_the_databases(anyone: Caller, db: None) -> None:
    now = anyone.get("/api/v1/clock").json()["now"]

    assert len(now) == len("2026-03-14T09:26:53.589793Z")
    assert abs(datetime.fromisoformat(now) - clock.now()) < timedelta(seconds=5)


def test_networks_tell_their_rules(anyone: Caller, paris: Network) -> None:
    factories.network("lyon", car_hold_seconds=1)

    page = anyone.get("/api/v1/networks", limit=1).json()
    rest = anyone.get("/api/v1/networks", cursor=page["next"]).json()

    assert [(n["slug"], n["car_hold_seconds"]) for n in page["results"] + rest["results"]] == [
        ("lyon", 1),
        ("paris", 1800),
    ]
    assert rest["next"] is None


def test_what_is_typed_leads_to_what_it_may_mean(anyone: Caller, bastille: Station, paris: Network) -> None:
    factories.station(paris, "Richard-Lenoir", address="1 place de la Bastille", postal_code="75011", city="Paris")
    Place.objects.create(network=paris, name="Opéra Bastille", latitude=48.852, longitude=2.37)

    found = anyone.get("/api/v1/places", q="bastille").json()["results"]
    by_postcode = anyone.get("/api/v1/places", q="75011").json()["results"]

    assert [(one["kind"], one["name"]) for one in found] == [
        ("station", "Bastille"),
        ("place", "Opéra Bastille"),
        ("street", "Place de la Bastille"),
        ("station", "Richard-Lenoir"),
    ]
    assert found[0]["station"] == bastille.pk
    assert [(one["kind"], one["address"]) for one in by_postcode] == [
        ("postcode", "Paris"),
        ("station", "1 place de la Bastille, 75011 Paris"),
    ]


def test_cars_are_told_with_where_they_stand(as_anne: Caller, bastille: Station, nation: Station) -> None:
    low = factories.vehicle(factories.dock(nation), charge=20)

    everywhere = as_anne.get("/api/v1/vehicles", limit=2).json()
    rest = as_anne.get("/api/v1/vehicles", limit=2, cursor=everywhere["next"]).json()
    there = as_anne.get("/api/v1/vehicles", station=nation.pk).json()["results"]

    assert len(everywhere["results"]) + len(rest["results"]) == 3
    assert [(car["id"], car["charge_percent"], car["is_docked"], car["is_rentable"]) for car in there] == [
        (low.pk, 20.0, True, False)
    ]
    assert as_anne.get(f"/api/v1/vehicles/{low.pk}").json() == there[0]


def test_cars_of_another_network_are_not_there(bastille: Station) -> None:
    lyonnaise = calling_as(factories.subscriber(factories.network("lyon")))
    car = Vehicle.objects.first()

    assert lyonnaise.get("/api/v1/vehicles").json()["results"] == []
    assert lyonnaise.get(f"/api/v1/vehicles/{car.pk}").status_code == 404


def test_me_tells_subscription_and_open_booking(as_anne: Caller, anne, bastille: Station, time) -> None:
    booking = operations.reserve(subscriber=anne, station=bastille, actor="test")

    me = as_anne.get("/api/v1/me").json()
    time.forward(minutes=30)
    later = as_anne.get("/api/v1/me").json()

    assert me["subscriber"] == {"reference": str(anne.reference), "network": "paris", "is_blocked": False}
    assert me["subscription"]["plan"] == "year"
    assert me["booking"]["id"] == str(booking.pk)
    assert later["booking"] is None


def test_an_operator_is_nobodys_subscriber(paris: Network) -> None:
    me = calling_as(factories.operator(paris)).get("/api/v1/me").json()

    assert (me["subscriber"], me["subscription"], me["booking"]) == (None, None, None)


@pytest.mark.parametrize(
    "path", ["/api/v1/stations", "/api/v1/vehicles", "/api/v1/me", "/api/v1/bookings", "/api/schema/"]
)
def test_who_has_the_answer_already_gets_304(as_anne: Caller, bastille: Station, path: str) -> None:
    first = as_anne.get(path)

    again = as_anne.get(path, headers={"if-none-match": f'"other", W/{first["ETag"]}'})
    other = as_anne.get(path, headers={"if-none-match": '"other"'})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    assert other.status_code == 200


def test_nothing_private_is_kept_by_a_cache(as_anne: Caller, anyone: Caller, bastille: Station) -> None:
    public = anyone.get("/api/v1/stations")
    private = [as_anne.get(f"/api/v1/{name}") for name in ("stations", "vehicles", "me", "bookings")]
    refused = anyone.get("/api/v1/me")

    assert public["Cache-Control"] == "public, max-age=1"
    assert {"Authorization", "Cookie"} <= set(public["Vary"].split(", "))
    assert {response["Cache-Control"] for response in private} == {"private, no-store"}
    assert refused["Cache-Control"] == "no-store"


@pytest.mark.parametrize("cars", [1, 3])
def test_reads_take_as_many_queries_for_one_row_as_for_three(
    as_anne: Caller, anne, paris: Network, cars: int, django_assert_num_queries
) -> None:
    place = factories.station(paris, "Alésia", cars=[90] * cars)
    for _ in range(cars):
        booking = operations.reserve(subscriber=anne, station=place, actor="test")
        operations.cancel(booking=booking, actor="test")

    with django_assert_num_queries(2):
        as_anne.get("/api/v1/vehicles")
    with django_assert_num_queries(2):
        as_anne.get("/api/v1/bookings")
    with django_assert_num_queries(3):
        as_anne.get("/api/v1/me")
