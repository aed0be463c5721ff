"""What people type finds what they mean: whatever the accents, the order of the words and the typing errors."""

import pytest

from stations.finding import named_like, words_of
from stations.models import Network, Place
from stations.naming import title_of
from tests import factories


@pytest.fixture
def paris(paris: Network) -> Network:
    for name, address, postal_code, city in [
        ("Paris/Ordener/65", "65 rue Ordener", "75018", "Paris"),
        ("Paris/Ordener/120", "120 Rue Ordener", "75018", "Paris"),
        ("Paris/République/17", "17 Place de la République", "75003", "Paris"),
        ("Paris/Versailles/166 bis", "166 bis avenue de Versailles", "75016", "Paris"),
        ("Montreuil/République/2", "2 rue de la République", "93100", "Montreuil"),
        ("Épinay/Gare/1", "1 avenue de la Gare", "93800", "Épinay-sur-Seine"),
    ]:
        factories.station(paris, name, address=address, postal_code=postal_code, city=city)
    for name in ("Place de la République", "Gare de Lyon", "Hôtel de Ville", "Boulevard Saint-Michel", "Étoile"):
        Place.objects.create(network=paris, name=name, latitude=48.8531, longitude=2.3691)
    return paris


def best(query: str, network: Network) -> tuple[str, str]:
    found = named_like(query, network=network, limit=5)
    return (found[0].kind, found[0].name) if found else ("", "")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("hotel de ville", ("place", "Hôtel de Ville")),
        ("HÔTEL", ("place", "Hôtel de Ville")),
        ("ville hotel", ("place", "Hôtel de Ville")),
        ("hotel de vile", ("place", "Hôtel de Ville")),
        ("garre de lion", ("place", "Gare de Lyon")),
        ("e\u0301toile", ("place", "Étoile")),
        ("bd st michel", ("place", "Boulevard Saint-Michel")),
        ("rue ordenner", ("street", "Rue Ordener")),
        ("r ordener", ("street", "Rue Ordener")),
        ("ordener 65", ("station", "Ordener 65")),
        ("av de versailles", ("street", "Avenue de Versailles")),
        ("republique montreuil", ("street", "Rue de la République")),
        ("75018", ("postcode", "75018")),
        ("montreuil", ("city", "Montreuil")),
        ("epinay sur seine", ("city", "Épinay-sur-Seine")),
        ("9 rue ordener", ("street", "Rue Ordener")),
        ("1 rue de la republique", ("street", "Rue de la République")),
        ("rue de rivoli", ("", "")),
        ("orly", ("", "")),
        ("xyzzy", ("", "")),
        ("%_'\"\\", ("", "")),
    ],
)
def test_it_is_understood(paris: Network, typed: str, meant: tuple[str, str]) -> None:
    assert best(typed, paris) == meant


@pytest.mark.parametrize(("typed", "is_guess"), [("hotel de ville", False), ("9 rue ordener", False), ("vile", True)])
def test_a_guess_is_called_one(paris: Network, typed: str, is_guess: bool) -> None:
    assert named_like(typed, network=paris, limit=1)[0].is_guess is is_guess


def test_a_square_with_a_station_is_named_once(paris: Network) -> None:
    found = named_like("place de la republique", network=paris, limit=5)

    assert [named.name for named in found].count("Place de la République") == 1


def test_what_was_picked_is_found_again(paris: Network) -> None:
    street = next(one for one in named_like("rue republique", network=paris, limit=5) if one.detail == "Montreuil")

    assert street.label == "Rue de la République, Montreuil"
    assert named_like(street.label, network=paris, limit=1) == [street]


def test_another_network_is_another_city(paris: Network) -> None:
    assert named_like("gare de lyon", network=factories.network("lyon"), limit=5) == []


def test_a_word_that_may_still_grow_is_left_as_it_is() -> None:
    assert words_of("av") == ["av"]
    assert words_of("av foch") == ["avenue", "foch"]


@pytest.mark.parametrize(
    ("published", "said"),
    [
        ("Paris/Ordener/65", "Ordener 65"),
        ("Paris/Lobau/Parking", "Lobau · parking"),
        ("Levallois-Perret/Verdun/Parking2", "Verdun · parking 2"),
        ("Hôtel de Ville", "Hôtel de Ville"),
        ("a//b", "a//b"),
    ],
)
def test_a_station_is_called_as_people_say_it(published: str, said: str) -> None:
    assert title_of(published) == said
