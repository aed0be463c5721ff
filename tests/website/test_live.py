"""What the map asks for every ten seconds."""

import gzip
import json

from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Subscriber
from bookings import operations
from stations.models import Network, Station
from tests import factories
from tests.conftest import Clock


def test_offers_of_every_station(bastille: Station, nation: Station, client: Client) -> None:
    told = client.get("/live.json").json()

    assert told == {"stations": {str(bastille.pk): [2, 2, 90, 7], str(nation.pk): [0, 1, None, 7]}}


def test_the_layout_knows_names_and_places(bastille: Station, client: Client) -> None:
    told = client.get("/layout.json?network=paris").json()

    assert told == {"stations": [[bastille.pk, bastille.code, "Bastille", 48.8531, 2.3691]]}


def test_what_has_not_changed_is_not_sent_again(bastille: Station, client: Client) -> None:
    first = client.get("/live.json")

    again = client.get("/live.json", headers={"if-none-match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert again["X-As-Of"]


def test_a_change_is_seen_after_a_second(bastille: Station, anne: Subscriber, client: Client, time: Clock) -> None:
    client.get("/live.json")
    operations.reserve(subscriber=anne, station=bastille, actor="test")

    time.forward(seconds=1)

    assert client.get("/live.json").json()["stations"][str(bastille.pk)] == [1, 2, 70, 7]


def test_within_the_second_only_the_clock_is_asked(
    bastille: Station, client: Client, django_assert_num_queries: DjangoAssertNumQueries, time: Clock
) -> None:
    client.get("/live.json")

    with django_assert_num_queries(1):
        client.get("/live.json")
    time.forward(seconds=1)
    with django_assert_num_queries(5):
        client.get("/live.json")


def test_it_is_packed_for_who_can_unpack(bastille: Station, client: Client) -> None:
    packed = client.get("/live.json", headers={"accept-encoding": "gzip"})

    assert packed["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.content)) == client.get("/live.json").json()


def test_each_network_has_its_own(paris: Network, client: Client) -> None:
    factories.station(factories.network("lyon"), "Bellecour", cars=[90])

    assert client.get("/live.json").json() == {"stations": {}}
    assert len(client.get("/live.json?network=lyon").json()["stations"]) == 1
    assert client.get("/live.json?network=rome").status_code == 404
