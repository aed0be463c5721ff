"""Finding a station: by place, station, address and postcode, near oneself, and from any page of the list."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from bookings import operations
from stations import presence
from stations.models import Device, Network, Place, Station
from tests import factories
from tests.conftest import Clock
from tests.website.visitor import Visitor


@pytest.fixture
def city(paris: Network) -> Network:
    factories.station(paris, "Gare de Lyon", cars=[80], free_docks=1, address="20 bd Diderot", postal_code="75012",
                      latitude=48.8443, longitude=2.3730)  # fmt: skip
    factories.station(paris, "Étoile", cars=[90], address="1 avenue Hoche", postal_code="75008",
                      latitude=48.8740, longitude=2.2960)  # fmt: skip
    factories.station(paris, "Daumesnil", free_docks=2, postal_code="75012", latitude=48.8396, longitude=2.3960)
    Place.objects.create(network=paris, name="Place de la Bastille", latitude=48.8532, longitude=2.3692)
    return paris


def names(visitor: Visitor) -> list[str]:
    return [row.station.name for row in visitor.response.context["results"].listing.rows]


@pytest.mark.parametrize("typed", ["etoile", "ÉTOILE", "  Étoile  ", "E\u0301toile", "avenue hoche"])
def test_accents_capitals_and_spaces_do_not_matter(city: Network, stranger: Visitor, typed: str) -> None:
    stranger.go("/").press("Search", q=typed)

    assert names(stranger)[0] == "Étoile"


def test_a_place_sorts_the_stations_by_walking_distance(city: Network, stranger: Visitor) -> None:
    stranger.go("/?q=bastille place")

    assert names(stranger) == ["Gare de Lyon", "Daumesnil", "Étoile"]
    assert "Stations near Place de la Bastille" in stranger.text
    assert "18 min on foot" in stranger.text


def test_a_postcode_is_a_spot_to_walk_from(city: Network, stranger: Visitor) -> None:
    stranger.go("/?q=75012")

    assert names(stranger) == ["Gare de Lyon", "Daumesnil", "Étoile"]
    assert "Stations near 75012" in stranger.text


def test_typing_errors_are_forgiven_and_other_meanings_offered(city: Network, stranger: Visitor) -> None:
    stranger.go("/?q=gare de lion")

    assert names(stranger)[0] == "Gare de Lyon"
    stranger.go("/?q=bastile")
    assert "Stations near Place de la Bastille" in stranger.text
    assert "“bastile” is not known here. Shown instead: Place de la Bastille." in stranger.text


def test_near_me_sorts_from_there(city: Network, stranger: Visitor) -> None:
    stranger.go("/?near=48.875,2.295")

    assert names(stranger)[0] == "Étoile"
    assert "Stations near you" in stranger.text


def test_whoever_is_far_away_is_told_so(city: Network, stranger: Visitor) -> None:
    stranger.go("/?near=45.764,4.835")

    assert "You are far from Paris: the nearest station is 38" in stranger.text


def test_nothing_found_says_what_to_try(city: Network, stranger: Visitor) -> None:
    stranger.go("/?q=xyzzy")

    assert stranger.response.context["results"].listing is None
    assert "Nothing found for “xyzzy”" in stranger.text


def test_the_list_says_what_is_free_and_what_is_closed(city: Network, stranger: Visitor) -> None:
    factories.station(
        city, "Odéon", cars=[90], is_renting=False, is_returning=False, latitude=48.8520, longitude=2.3390
    )

    stranger.go("/?q=odeon")

    assert "Closed" in stranger.text
    rows = {row.station.name: row.counts for row in stranger.response.context["results"].listing.rows}
    assert (rows["Étoile"].cars, rows["Étoile"].best_charge) == (1, 90)
    assert rows["Daumesnil"].docks == 2


def test_the_list_has_pages(paris: Network, stranger: Visitor) -> None:
    for number in range(23):
        factories.station(paris, f"Rue {number:02}", latitude=48.85 + number / 1000)

    stranger.go("/?q=rue 00").follow("Next")

    assert names(stranger) == ["Rue 20", "Rue 21", "Rue 22"]
    assert stranger.address == "/?q=rue+00&page=2"


@pytest.mark.parametrize("stations", [1, 3])
def test_the_finder_asks_the_same_number_of_questions(
    paris: Network, client: Client, django_assert_num_queries: DjangoAssertNumQueries, stations: int
) -> None:
    for number in range(stations):
        factories.station(paris, f"Rue {number}", cars=[80], free_docks=1)

    with django_assert_num_queries(6):
        client.get("/")


def test_a_reserved_car_is_not_offered(city: Network, anne: object, stranger: Visitor) -> None:
    operations.reserve(subscriber=anne, station=Station.objects.get(name="Étoile"), actor="test")

    stranger.go("/?q=etoile")

    assert "0 cars" in stranger.text


def test_a_station_whose_posts_are_silent_is_marked_as_uncertain(city: Network, stranger: Visitor, time: Clock) -> None:
    post = Device.objects.filter(charge_point__station__name="Daumesnil").first()
    presence.note(device_id=post.pk, at=time.now(), clock_ahead_ms=0)
    time.forward(seconds=city.post_silence_seconds - 1)
    assert "Uncertain" not in stranger.go("/?q=daumesnil").text

    time.forward(seconds=2)

    assert stranger.go("/?q=daumesnil").text.count("Uncertain: nothing heard since") == 1
    assert "have been silent since" in stranger.follow("Daumesnil").text


def test_suggestions_have_a_limit(city: Network, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autolib.website.views.home.SUGGESTIONS_A_MINUTE", 0)

    refused = client.get("/suggest.json", {"q": "bastille"})

    assert (refused.status_code, refused.json()) == (429, {"results": []})
    assert int(refused["Retry-After"]) >= 1


def test_suggestions_while_one_types(city: Network, client: Client) -> None:
    told = client.get("/suggest.json", {"q": "bastil"}).json()

    assert told == {
        "results": [{"kind": "place", "name": "Place de la Bastille", "detail": "", "label": "Place de la Bastille"}]
    }
    assert client.get("/suggest.json").json() == {"results": []}
