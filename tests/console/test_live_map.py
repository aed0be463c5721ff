"""The map of the console: what it counts, who may see it, what it costs, and the way to an act and back."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from autolib.console import live_map
from bookings import operations
from bookings.availability import counts
from stations import equipment
from stations.models import Device, Dock, DockReport, Network, Station
from stations.operations import close_station
from stations.presence import silent_since
from stations.rights import Role
from tests import factories
from tests.conftest import Clock, counted
from tests.console.conftest import City, build
from vehicles.models import Vehicle

PAGE, DATA, FIND = "/admin/map/", "/admin/map.json", "/admin/map/find.json"
# Session, person, roles, clock; stations with what is wrong there, what they offer, lost cars.
QUERIES = 8
# The head of the page asks for permissions of the person and of the groups.
QUERIES_OF_PAGE = QUERIES + 2


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    live_map.forget()
    yield
    live_map.forget()


def told(desk: Client, **asked: str) -> dict[str, Any]:
    live_map.forget()
    response = desk.get(DATA, asked)
    assert response.status_code == 200
    return response.json()


def row(desk: Client, station: Station) -> dict[str, Any]:
    return next(one for one in told(desk)["stations"] if one["key"] == f"station-{station.pk}")


def labels(row: dict[str, Any]) -> list[str]:
    return [label for label, _address in row["acts"]]


def report(dock: Dock, status: str, at: Any) -> None:
    DockReport.objects.create(dock=dock, status=status, event_time=at, received_at=at)


def hear(station: Station, at: Any) -> None:
    Device.objects.filter(charge_point__station=station).update(last_seen_at=at)


def test_what_a_station_offers_is_what_subscribers_are_offered(at_desk: Client, lyon: Network) -> None:
    stations = [
        factories.station(lyon, "Bellecour", cars=[90, 70, 20], free_docks=2),
        factories.station(lyon, "Perrache", cars=[80]),
        factories.station(lyon, "Gerland", free_docks=3, is_renting=False),
    ]
    operations.reserve(
        subscriber=factories.subscriber(lyon), station=stations[0], destination=stations[2], actor="test"
    )

    rows = {one["key"]: one for one in told(at_desk)["stations"]}

    for pk, offer in counts(station.pk for station in stations).items():
        found = rows[f"station-{pk}"]
        assert (found["cars"], found["docks"], found["capacity"]) == (offer.cars, offer.docks, offer.capacity)
        assert found["charge"] == offer.best_charge
    assert rows[f"station-{stations[0].pk}"]["cars_low"] == 1
    assert [rows[f"station-{station.pk}"]["is"] for station in stations] == [[], ["full"], ["closed"]]


def test_what_is_wrong_at_a_station_is_counted_said_and_ranked(at_desk: Client, lyon: Network, time: Clock) -> None:
    station = factories.station(lyon, "Bellecour", cars=[90, 80], free_docks=3)
    faulted, withdrawn = station.docks.order_by("-number")[:2]
    report(faulted, DockReport.Status.FAULTED, time.now())
    equipment.withdraw_dock(dock=withdrawn, reason="bent", actor="test")
    car = Vehicle.objects.filter(dock__station=station).first()
    operations.withdraw_vehicle(vehicle=car, cause=Vehicle.Cause.DAMAGE, note="door", actor="test")

    found = row(at_desk, station)

    assert (found["faulted"], found["withdrawn"], found["cars_withdrawn"], found["level"]) == (1, 1, 1, 2)
    assert found["is"] == ["faults"]
    assert found["says"] == ["Dock 5 is faulty", "Dock 4 is out of service", f"Car {car.plate} is out of service"]
    assert labels(found) == [
        "Close the station",
        "Take the dock out of service (5)",
        "Return the dock to service (4)",
        f"Return the car to service ({car.plate})",
    ]


def test_a_station_all_of_whose_posts_are_silent_is_urgent_as_it_is_uncertain(
    at_desk: Client, lyon: Network, time: Clock
) -> None:
    mute, half = (factories.station(lyon, name, cars=[90], free_docks=1) for name in ("Mute", "Half"))
    never = factories.station(lyon, "Never", cars=[90], free_docks=1)
    for station in (mute, half):
        hear(station, time.now())
    time.forward(hours=1)
    Device.objects.filter(pk=half.docks.first().charge_point.device_id).update(last_seen_at=time.now())

    silent, one_post, unheard = (row(at_desk, station) for station in (mute, half, never))

    assert (silent["level"], silent["posts_silent"], silent["uncertain"]) == (3, 2, 1)
    assert (one_post["level"], one_post["posts_silent"], "uncertain" in one_post) == (2, 1, False)
    assert (unheard["level"], "posts_silent" in unheard) == (0, False)
    assert set(silent_since([mute.pk, half.pk, never.pk])) == {mute.pk}
    assert [one["title"] for one in told(at_desk)["stations"]] == ["Mute", "Half", "Never"]


def test_a_closed_station_says_why_and_offers_to_open(at_desk: Client, lyon: Network) -> None:
    station = factories.station(lyon, "Bellecour")
    close_station(station=station, reason="Works", is_returning=False, is_installed=True, actor="test")

    found = row(at_desk, station)

    assert (found["is"], found["says"], found["open"], found["level"]) == (["closed"], ["Closed – Works"], 0, 0)
    assert labels(found) == ["Open the station"]


def test_cars_that_need_a_person_stand_where_they_were_last_seen(at_desk: Client, lyon: Network, time: Clock) -> None:
    station = factories.station(lyon, "Bellecour", cars=[90, 90], free_docks=1)
    far = factories.station(lyon, "Far", free_docks=1)
    gone, late = Vehicle.objects.order_by("pk")
    spare = station.docks.last()
    operations.unplugged(dock=gone.dock, vehicle=gone, event_time=time.now(), actor="test")
    assert [car["station"] for car in told(at_desk)["cars"]] == [station.pk]
    operations.plugged(dock=far.docks.get(), vehicle=gone, event_time=time.now(), actor="test")
    operations.unplugged(dock=far.docks.get(), vehicle=gone, event_time=time.now(), actor="test")
    trip = operations.reserve(subscriber=factories.subscriber(lyon), vehicle=late, actor="test")
    operations.start_trip(booking=trip, actor="test")
    crowded = factories.vehicle(spare)
    twin = factories.vehicle(network=lyon)
    operations.plugged(dock=spare, vehicle=twin, event_time=time.now(), actor="test")
    assert {car["title"] for car in told(at_desk)["cars"]} == {gone.plate, twin.plate}
    time.forward(hours=13)

    cars = {car["title"]: car for car in told(at_desk)["cars"]}

    assert {plate: (car["station"], car["level"]) for plate, car in cars.items()} == {
        gone.plate: (far.pk, 3),
        twin.plate: (station.pk, 3),
        late.plate: (station.pk, 2),
    }
    assert "Last seen here: Far" in cars[gone.plate]["says"]
    assert not any("at" in car for car in cars.values())
    assert labels(cars[late.plate]) == ["Withdraw the car", "End the trip", "Let the trip last longer"]
    assert [cars[plate]["is"] for plate in cars] == [["cars"]] * 3
    assert row(at_desk, far)["says"][0] == "1 car was last seen here"
    assert crowded.plate not in cars


def test_a_withdrawn_car_that_is_nowhere_is_only_watched(at_desk: Client, lyon: Network) -> None:
    car = factories.vehicle(network=lyon)
    operations.withdraw_vehicle(vehicle=car, cause=Vehicle.Cause.MISSING, note="stolen", actor="test")

    (found,) = told(at_desk)["cars"]

    assert (found["level"], found["station"], labels(found)) == (1, None, ["Return the car to service"])
    assert found["says"][1:] == ["Out of service: missing", "Nobody knows where it was last."]


def test_a_foreign_network_is_not_there(at_desk: Client, lyon_city: City, paris_city: City) -> None:
    own = at_desk.get(DATA).content.decode() + at_desk.get(PAGE).content.decode()

    assert lyon_city.mark in own
    assert paris_city.mark not in own
    assert at_desk.get(DATA, {"network": "paris"}).status_code == 404
    assert at_desk.get(FIND, {"network": "paris", "q": paris_city.mark}).status_code == 404
    assert at_desk.get(PAGE, {"network": "paris"}).status_code == 403


def test_who_has_several_networks_may_switch(client: Client, lyon_city: City, paris_city: City) -> None:
    client.force_login(factories.operator(lyon_city.network, paris_city.network))

    page = client.get(PAGE, {"network": "lyon"}).content.decode()

    assert '<a href="?network=lyon" aria-current="page">' in page
    assert '<a href="?network=paris">' in page
    assert paris_city.mark in client.get(DATA, {"network": "paris"}).content.decode()


def test_strangers_and_people_without_a_network_see_no_map(client: Client, lyon_city: City) -> None:
    assert client.get(DATA).status_code == 302
    client.force_login(factories.operator(name="Nadine"))
    assert (client.get(PAGE).status_code, client.get(DATA).status_code) == (403, 404)
    assert "/admin/map/" not in client.get(reverse("admin:index")).content.decode()
    client.force_login(lyon_city.subscriber.user)
    assert (client.get(PAGE).status_code, client.get(DATA).status_code) == (404, 404)


@pytest.mark.parametrize(
    ("role", "on_station", "on_car"),
    [
        (Role.CONTROL, True, True),
        (Role.MANAGER, True, True),
        (Role.CREW, False, True),
        (Role.CARE, False, False),
        (Role.FINANCE, False, False),
        (Role.AUDITOR, False, False),
    ],
)
def test_acts_are_offered_to_who_may_do_them(
    client: Client, lyon: Network, role: Role, on_station: bool, on_car: bool
) -> None:
    station = factories.station(lyon, "Bellecour")
    factories.station(lyon, "Perrache", free_docks=1)
    factories.vehicle(network=lyon)
    told(at_desk_of(client, factories.operator(lyon, role=Role.MANAGER)))  # what is kept is not for everybody

    response = at_desk_of(client, factories.operator(lyon, role=role)).get(DATA).json()

    plain, empty = sorted(response["stations"], key=lambda row: row["title"])
    assert (labels(plain) == ["Close the station"]) is on_station
    assert (labels(empty) == ["Close the station", "Bring cars here"]) is on_station
    assert (labels(response["cars"][0]) == ["Withdraw the car"]) is on_car
    for _label, address in empty["acts"] + response["cars"][0]["acts"]:
        assert client.get(address).status_code == 200
    assert station.title == plain["title"]


def test_field_tasks_are_for_who_works_them(client: Client, lyon: Network) -> None:
    factories.task(vehicle=factories.vehicle(network=lyon), why="Mud on the seats")

    seen = {role: at_desk_of(client, factories.operator(lyon, role=role)).get(DATA).json()["tasks"] for role in Role}

    assert {role for role, tasks in seen.items() if tasks} == {Role.CONTROL, Role.CREW, Role.MANAGER}


def at_desk_of(client: Client, person: User) -> Client:
    client.force_login(person)
    client.cookies["django_language"] = "en"
    return client


def test_it_costs_the_same_for_one_station_and_for_three(at_desk: Client, lyon: Network) -> None:
    def cost(address: str) -> int:
        live_map.forget()
        with CaptureQueriesContext(connection) as asked:
            assert at_desk.get(address).status_code == 200
        return len(counted(asked))

    build(lyon, "Traboule", 1)
    cost(DATA)  # PostgreSQL plans the statements once a connection
    of_one = [cost(address) for address in (DATA, PAGE)]
    build(lyon, "Traboule", 2)
    build(lyon, "Traboule", 3)

    assert [cost(address) for address in (DATA, PAGE)] == of_one == [QUERIES, QUERIES_OF_PAGE]


def test_what_was_just_read_is_given_to_all_and_soon_read_anew(at_desk: Client, lyon: Network, time: Clock) -> None:
    station = factories.station(lyon, "Bellecour", cars=[90], free_docks=1)
    first = at_desk.get(DATA)
    operations.reserve(subscriber=factories.subscriber(lyon), station=station, actor="test")

    kept = at_desk.get(DATA, headers={"if-none-match": first["ETag"]})
    time.forward(seconds=2)
    anew = at_desk.get(DATA, headers={"if-none-match": first["ETag"], "accept-encoding": "gzip"})

    assert (kept.status_code, kept.content, bool(kept["X-As-Of"])) == (304, b"", True)
    assert (anew.status_code, anew["Content-Encoding"]) == (200, "gzip")
    assert "Cookie" in anew["Vary"]
    assert "private" in anew["Cache-Control"]


def test_who_knows_the_places_is_told_the_rest(at_desk: Client, lyon_city: City) -> None:
    whole, rest = told(at_desk)["stations"], told(at_desk, known="")["stations"]

    assert rest == [{name: row[name] for name in row if name not in ("title", "code", "at")} for row in whole]


def test_a_plate_leads_to_where_its_car_is_plugged_in(at_desk: Client, lyon_city: City, lyon: Network) -> None:
    station = factories.station(lyon, "Bellecour", cars=[90])
    plate = Vehicle.objects.get(dock__station=station).plate

    found = at_desk.get(FIND, {"q": plate.lower()}).json()
    page = at_desk.get(PAGE, {"q": plate})

    assert found == {"stations": {str(station.pk): f"Here stands {plate}"}}
    assert [one["title"] for one in page.context["rows"]] == ["Bellecour"]
    assert at_desk.get(FIND, {"q": "A"}).json() == {"stations": {}}


def test_without_a_script_the_page_filters_searches_and_turns(
    at_desk: Client, lyon: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_map, "PAGE_SIZE", 2)
    full = factories.station(lyon, "Étoile", cars=[90], code="etoile")
    for name in ("Foch", "Gambetta", "Hugo"):
        factories.station(lyon, name, cars=[90], free_docks=1)

    def titles(**asked: str) -> list[str]:
        return [one["title"] for one in at_desk.get(PAGE, asked).context["rows"]]

    assert titles() == ["Étoile", "Foch"]
    assert titles(page="2") == ["Gambetta", "Hugo"]
    assert titles(show="full") == ["Étoile"]
    assert titles(show="full,closed") == ["Étoile"]
    assert titles(show="silent") == []
    assert titles(q="etoile") == ["Étoile"]
    assert titles(page="2", open=f"station-{full.pk}") == ["Étoile", "Gambetta", "Hugo"]
    for odd in ("x" * 5000, "<script>", "' OR 1", "9" * 40):
        assert at_desk.get(PAGE, {"q": odd, "show": odd, "page": odd, "open": odd}).status_code == 200


def test_an_empty_network_is_calm(at_desk: Client, lyon: Network) -> None:
    assert "No station has trouble now." in at_desk.get(PAGE).content.decode()


def test_an_act_returns_to_the_map_and_nowhere_else(at_desk: Client, lyon_city: City) -> None:
    back = f"{PAGE}?network=lyon&show=silent&open=station-{lyon_city.station.pk}"
    act = reverse("admin:stations_station_act", args=["close"])

    def after(to: str) -> str:
        asked = at_desk.get(act, {"id": lyon_city.station.pk, "back": to}).context["back"]
        posted = {"id": lyon_city.station.pk, "reason": "Water", "back": asked}
        return at_desk.post(act, posted)["Location"]

    assert after(back) == back
    elsewhere = reverse("admin:stations_station_changelist")
    for odd in (
        "//evil.example/admin/map/",
        "https://evil.example/admin/map/",
        "/",
        "/admin/nowhere/",
        "/admin/../account/",
        "/admin/stations/station/../../../account/change/",
        "/admin/\\evil.example",
        "javascript:alert(1)",
    ):
        assert after(odd).startswith(f"{elsewhere}?"), odd


def test_the_map_is_linked_from_the_console(at_desk: Client, lyon_city: City) -> None:
    index = at_desk.get(reverse("admin:index")).content.decode()

    assert 'href="/admin/map/"' in index
    assert at_desk.get(PAGE).content.decode().count('href="/admin/map/"') == 1


def test_it_speaks_french(at_desk: Client, lyon: Network) -> None:
    factories.station(lyon, "Bellecour", cars=[90])
    at_desk.cookies["django_language"] = "fr"

    assert told(at_desk)["stations"][0]["says"] == ["Aucune place libre"]
    assert "Liste par urgence" in at_desk.get(PAGE).content.decode()


def test_the_page_runs_no_script_of_its_own(at_desk: Client, lyon_city: City) -> None:
    content = at_desk.get(PAGE).content.decode()

    assert not any(found in content for found in ("<style", " style=", "<script>", " onclick="))


def test_a_change_is_seen_within_ten_seconds() -> None:
    assert live_map.FRESH_FOR + timedelta(seconds=live_map.ASKED_EVERY_SECONDS) < timedelta(seconds=10)
