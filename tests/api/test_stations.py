"""Stations: where there is a car and where there is a dock, for everybody."""

from datetime import timedelta

import pytest
from django.conf import settings

from autolib.api.answers import instant
from bookings import operations
from stations import clock
from stations.closing import plan_closure
from stations.models import Network, Station
from tests import factories
from tests.api.conftest import Caller, calling_as
from tests.conftest import Clock

STATIONS = "/api/v1/stations"


@pytest.fixture
def three(bastille: Station, nation: Station, paris: Network) -> None:
    factories.station(paris, "Étoile", latitude=48.8738, longitude=2.295, cars=[60], address="1 avenue Foch")


def names(response) -> list[str]:
    return [station["name"] for station in response.json()["results"]]


def test_everybody_sees_what_is_free_in_the_order_of_names(anyone: Caller, three: None) -> None:
    response = anyone.get(STATIONS)

    shown = [(s["name"], s["cars_available"], s["docks_available"], s["capacity"]) for s in response.json()["results"]]
    assert shown == [("Bastille", 2, 2, 4), ("Étoile", 1, 0, 1), ("Nation", 0, 1, 1)]
    assert response.json()["next"] is None


def test_near_a_point_they_come_by_distance_with_the_walk(anyone: Caller, three: None) -> None:
    response = anyone.get(STATIONS, near="48.8490,2.3950", radius=3000)

    near = [(s["name"], s["distance_meters"], s["walking_minutes"]) for s in response.json()["results"]]
    assert near == [("Nation", 94, 2), ("Bastille", 1949, 34)]


def test_filters_narrow_the_list(anyone: Caller, three: None) -> None:
    assert names(anyone.get(STATIONS, has="car")) == ["Bastille", "Étoile"]
    assert names(anyone.get(STATIONS, has="dock")) == ["Bastille", "Nation"]
    assert names(anyone.get(STATIONS, q="etoile rue foch")) == []
    assert names(anyone.get(STATIONS, q="ETOILE foch")) == ["Étoile"]
    assert names(anyone.get(STATIONS, q="!")) == []
    assert names(anyone.get(STATIONS, bbox="2.36,48.84,2.40,48.86")) == ["Bastille", "Nation"]
    assert names(anyone.get(STATIONS, near="48.8490,2.3950", has="car", radius=9000)) == ["Bastille", "Étoile"]


@pytest.mark.parametrize("order", [{}, {"near": "48.8490,2.3950", "radius": 20000}, {"has": "dock"}])
def test_cursors_lead_through_every_station_once(anyone: Caller, paris: Network, order: dict[str, object]) -> None:
    for number in range(7):
        factories.station(paris, f"Rue {number % 3}", latitude=48.85 + number / 1000, longitude=2.39, free_docks=1)

    seen, cursor = [], {}
    while cursor is not None:
        page = anyone.get(STATIONS, limit=2, **order, **cursor).json()
        seen += [station["id"] for station in page["results"]]
        cursor = {"cursor": page["next"]} if page["next"] else None

    assert len(seen) == len(set(seen)) == 7


def test_a_station_in_detail_names_no_car_to_strangers(anyone: Caller, as_anne: Caller, bastille: Station) -> None:
    path = f"{STATIONS}/{bastille.pk}"

    public, private = anyone.get(path).json(), as_anne.get(path).json()

    assert [car["charge_percent"] for car in public["vehicles"]] == [90.0, 70.0]
    assert {(car["id"], car["plate"], car["version"], car["dock"]) for car in public["vehicles"]} == {(None,) * 4}
    assert [car["dock"] for car in private["vehicles"]] == [1, 2]
    assert [(dock["number"], dock["is_free"]) for dock in public["docks"]] == [
        (1, False),
        (2, False),
        (3, True),
        (4, True),
    ]


def test_the_photo_of_a_place_is_open_to_everybody_in_every_network(anyone: Caller, client, bastille: Station) -> None:
    elsewhere = factories.station(factories.network("lyon"), "Bellecour")
    assert anyone.get(f"{STATIONS}/{bastille.pk}").json()["photo_url"] is None

    for station in (bastille, elsewhere):
        photo = factories.photo(station)
        told = anyone.get(f"{STATIONS}/{station.pk}").json()["photo_url"]

        assert told == f"{settings.PUBLIC_URL}/stations/photos/{photo.digest}.jpg"
        assert client.get(told.removeprefix(settings.PUBLIC_URL)).status_code == 200
    assert "photo_url" not in anyone.get(STATIONS).json()["results"][0]


def test_a_station_tells_when_it_is_to_close(anyone: Caller, bastille: Station, time: Clock) -> None:
    path, now = f"{STATIONS}/{bastille.pk}", clock.now()
    assert anyone.get(path).json()["planned_closure"] is None
    begins, ends = now + timedelta(days=8), now + timedelta(days=9)
    plan_closure(station=bastille, from_at=begins, until_at=ends, reason="Works", actor="operator:1", is_returning=True)
    assert anyone.get(path).json()["planned_closure"] is None

    time.forward(days=1, seconds=1)

    assert anyone.get(path).json()["planned_closure"] == {
        "from": instant(begins),
        "until": instant(ends),
        "reason": "Works",
        "is_returning": True,
    }
    assert "planned_closure" not in anyone.get(STATIONS).json()["results"][0]


def test_a_subscriber_of_elsewhere_is_a_stranger(bastille: Station) -> None:
    lyonnaise = calling_as(factories.subscriber(factories.network("lyon")))

    cars = lyonnaise.get(f"{STATIONS}/{bastille.pk}").json()["vehicles"]

    assert [car["plate"] for car in cars] == [None, None]


def test_a_car_that_is_held_is_offered_to_nobody(anyone: Caller, bastille: Station, nation: Station, anne) -> None:
    operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test")

    detail = anyone.get(f"{STATIONS}/{bastille.pk}").json()
    assert (detail["cars_available"], len(detail["vehicles"])) == (1, 1)
    assert anyone.get(f"{STATIONS}/{nation.pk}").json()["docks_available"] == 0


def test_the_network_is_the_one_asked_for_else_ones_own_else_the_sites(anyone: Caller, bastille: Station) -> None:
    lyon = factories.network("lyon")
    factories.station(lyon, "Bellecour")
    lyonnaise = calling_as(factories.subscriber(lyon))

    assert names(anyone.get(STATIONS)) == ["Bastille"]
    assert names(anyone.get(STATIONS, network="lyon")) == ["Bellecour"]
    assert names(lyonnaise.get(STATIONS)) == ["Bellecour"]
    assert names(lyonnaise.get(STATIONS, network="paris")) == ["Bastille"]
    assert "network" in anyone.get(STATIONS, network="nowhere").json()["errors"]


@pytest.mark.parametrize("stations", [1, 3])
def test_a_list_takes_as_many_queries_for_one_station_as_for_three(
    anyone: Caller, paris: Network, stations: int, django_assert_num_queries
) -> None:
    made = [factories.station(paris, f"Rue {number}", cars=[90, 80], free_docks=2) for number in range(stations)]
    factories.photo(made[0])

    with django_assert_num_queries(4):
        anyone.get(STATIONS)
    with django_assert_num_queries(4):
        anyone.get(STATIONS, has="car")
    with django_assert_num_queries(5):
        anyone.get(STATIONS, near="48.85,2.37")
    with django_assert_num_queries(6):
        anyone.get(f"{STATIONS}/{made[0].pk}")
