"""Lists cost the same for one row and for three, find what people type, and survive what nobody should type."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.sites import site
from django.contrib.auth.models import Group
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from bookings import operations
from bookings.models import Booking
from stations.admin_lists import CappedPaginator
from stations.models import Dock, Event, Network, Station
from tests import factories
from tests.conftest import counted
from tests.console.conftest import City, build
from tests.console.pages import REGISTERED, SCOPED, label, rows_of, url
from vehicles.models import Vehicle

# Session, person, networks, permissions of the person and of the groups; the page's count and its rows.
USUAL = 7
# A filter asks for the types of cars; the free cars and docks of the page's stations are counted.
# Whoever proposed and approved is called by name, and of the versions of a page is asked which are in force.
# Whoever asked for a file of many people is told above the proposals that it is approved.
# How long field work of the last month took is measured, from one instant.
# Whoever looks at lists of people and of their trips leaves a trace, at one instant.
QUERIES = {
    label(model): USUAL + 2 * site._registry[model].is_personal for model in REGISTERED if model is not Group
} | {
    "accounts.PlanVersion": USUAL + 1,
    "stations.Proposal": USUAL + 2,
    "stations.RuleVersion": USUAL + 2,
    "stations.Station": USUAL + 1,
    "vehicles.FieldTask": USUAL + 2,
    "vehicles.Vehicle": USUAL + 1,
}

HOSTILE = [
    "x" * 10_000,
    "'; DROP TABLE stations_station; --",
    "<script>alert(1)</script>",
    "🚗 " * 500,
    "\u202e%_\\",
    "\"unbalanced 'quotes",
    "\ud800".encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
    "9" * 400,
]


def queries_of(client: Client, page: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(page).status_code == 200
    return len(counted(asked))


def test_a_list_of_three_rows_costs_what_a_list_of_one_costs(at_desk: Client, lyon: Network) -> None:
    build(lyon, "Traboule", 1)
    pages = {label(model): url(model, "changelist") for model in REGISTERED if model is not Group}
    of_one = {name: queries_of(at_desk, page) for name, page in pages.items()}
    build(lyon, "Traboule", 2)
    build(lyon, "Traboule", 3)

    of_three = {name: queries_of(at_desk, page) for name, page in pages.items()}

    assert of_one == QUERIES
    assert of_three == QUERIES


def test_every_page_of_an_own_row_opens(at_desk: Client, lyon_city: City) -> None:
    for model in SCOPED:
        for page in ("change", "history"):
            response = at_desk.get(url(model, page, rows_of(lyon_city, model)[0].pk))

            assert (label(model), response.status_code) == (label(model), 200)
            assert ">None<" not in response.content.decode(), label(model)


def test_a_station_page_costs_the_same_for_any_number_of_docks(at_desk: Client, lyon_city: City) -> None:
    page = url(Station, "change", lyon_city.station.pk)
    at_desk.get(page)  # content types are asked for once a process
    before = queries_of(at_desk, page)
    for _ in range(3):
        factories.dock(lyon_city.station)

    assert queries_of(at_desk, page) == before


def test_an_autocomplete_costs_the_same_for_any_number_of_rows(at_desk: Client, lyon: Network) -> None:
    page = reverse("admin:autocomplete", query={"app_label": "vehicles", "model_name": "vehicle", "field_name": "dock"})
    build(lyon, "Traboule", 1)
    of_one = queries_of(at_desk, page)
    build(lyon, "Traboule", 2)

    assert queries_of(at_desk, page) == of_one


@pytest.mark.parametrize(
    ("model", "typed"),
    [
        (Station, "traboule1 gare"),
        (Station, "TRABOULE1-GÂRE"),
        (Dock, "traboule1 gare"),
        (Vehicle, "traboule1-1"),
        (Booking, "Traboule1-1"),
        (Booking, "traboule1"),
    ],
)
def test_what_people_type_is_found(model: type[Model], typed: str, at_desk: Client, lyon: Network) -> None:
    build(lyon, "Traboule", 1)
    build(lyon, "Traboule", 2)

    found = at_desk.get(url(model, "changelist"), {"q": typed}).context["cl"].queryset

    assert found
    assert "2" not in {str(row)[8:9] for row in found if str(row).startswith("Traboule")}


def test_events_are_found_by_booking_by_actor_and_by_what_they_are_about(at_desk: Client, lyon_city: City) -> None:
    def found(typed: str) -> set[str]:
        return {event.type for event in at_desk.get(url(Event, "changelist"), {"q": typed}).context["cl"].queryset}

    assert found(str(lyon_city.trip.pk)) == {"reservation_start", "dock_hold_start", "trip_start"}
    assert found(f"vehicle {lyon_city.vehicle.pk}") == {"reservation_start", "trip_start"}
    assert found("test") == {"reservation_start", "dock_hold_start", "trip_start"}
    assert found("nobody") == set()


def test_stations_show_what_they_offer_and_are_filtered_by_it(at_desk: Client, lyon: Network) -> None:
    factories.station(lyon, "Bellecour", cars=[90, 70], free_docks=3)
    factories.station(lyon, "Croix-Rousse", cars=[20])
    page = url(Station, "changelist")

    rows = {row.name: row.offered for row in at_desk.get(page).context["cl"].result_list}
    empty = at_desk.get(page, {"supply": "empty"}).context["cl"].queryset
    full = at_desk.get(page, {"supply": "full"}).context["cl"].queryset

    assert (rows["Bellecour"].cars, rows["Bellecour"].docks, rows["Bellecour"].capacity) == (2, 3, 5)
    assert [station.name for station in empty] == ["Croix-Rousse"]
    assert [station.name for station in full] == ["Croix-Rousse"]


def test_cars_are_filtered_by_what_needs_a_person(at_desk: Client, lyon: Network, time: Any) -> None:
    station = factories.station(lyon, "Bellecour", cars=[90])
    low = factories.vehicle(factories.dock(station), charge=20)
    lost = factories.vehicle(network=lyon)
    mute = factories.vehicle(network=lyon, charge=None)
    booking = operations.reserve(subscriber=factories.subscriber(lyon), station=station, actor="test")
    trip = operations.start_trip(booking=booking, actor="test").vehicle
    operations.unplugged(dock=trip.dock, vehicle=trip, event_time=time.now() + timedelta(minutes=1), actor="test")

    def found(**filters: str) -> set[str]:
        rows = at_desk.get(url(Vehicle, "changelist"), filters).context["cl"].queryset
        return {row.plate for row in rows}

    assert found(whereabouts="unaccounted") == {lost.plate, mute.plate}
    assert found(whereabouts="on_trip") == {trip.plate}
    assert found(charge="low") == {low.plate}
    assert found(silent="always") == {mute.plate}
    assert found(silent="hour") == set()
    time.forward(hours=2)
    assert found(silent="hour") == {trip.plate, low.plate, lost.plate}


def test_trips_that_last_too_long_are_found(at_desk: Client, lyon_city: City, time: Any) -> None:
    page = url(Booking, "changelist")

    before = list(at_desk.get(page, {"for_a_person": "overlong"}).context["cl"].queryset)
    time.forward(hours=13)
    after = list(at_desk.get(page, {"for_a_person": "overlong"}).context["cl"].queryset)

    assert (before, after) == ([], [lyon_city.trip])


def test_hostile_searches_and_parameters_break_no_list(at_desk: Client, lyon_city: City) -> None:
    for model in SCOPED:
        page = url(model, "changelist")
        for typed in HOSTILE:
            found = at_desk.get(page, {"q": typed})
            assert found.status_code == 200, (label(model), typed[:20])
            assert "<script>alert" not in found.content.decode()
        assert at_desk.get(page, {"q": "a\0b"}).status_code == 400
        for odd in ("\0", "x", "9" * 40, "💥"):
            assert at_desk.get(url(model, "change", odd)).status_code == 404, (label(model), odd)


def test_hostile_parameters_of_a_list_are_refused_or_ignored(at_desk: Client, lyon_city: City) -> None:
    page = url(Booking, "changelist")

    for ignored in ({"p": "x" * 99}, {"p": "9" * 99}, {"o": "-1.2.x"}, {"all": ""}, {"network": "x"}):
        assert at_desk.get(page, ignored).status_code == 200, ignored
    for wrong in ({"reserved_at__gte": "yesterday"}, {"for_a_person": "x"}):
        assert at_desk.get(page, wrong, follow=True).redirect_chain == [(f"{page}?e=1", 302)], wrong
    assert at_desk.get(page, {"network": "\0"}).status_code == 400
    assert at_desk.post(page, {"action": "end_trip", "_selected_action": ["x", "9" * 99]}).status_code == 404


def test_a_long_list_says_that_there_is_more(at_desk: Client, lyon_city: City, monkeypatch: Any) -> None:
    monkeypatch.setattr(CappedPaginator, "cap", 2)

    page = at_desk.get(url(Event, "changelist"))

    assert "The first 2 events, and more" in page.content.decode()
