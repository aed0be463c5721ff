"""Places kept at hand: found by their words, listed first, let go with one press. No position is stored."""

import pytest

from accounts.models import Favourite, Subscriber
from accounts.operations import MOST_FAVOURITES, keep_favourite
from stations.models import Network, Place, Station
from tests.website.visitor import Visitor


@pytest.fixture(autouse=True)
def place(paris: Network) -> Place:
    return Place.objects.create(network=paris, name="Nation", latitude=48.8484, longitude=2.3959)


def test_a_place_is_kept_found_again_and_let_go(visitor: Visitor, bastille: Station) -> None:
    visitor.go("/?q=nation").press("Keep Nation")
    assert "Nation is kept among your places." in visitor.text

    visitor.go("/").follow("Nation")
    assert "Stations near Nation" in visitor.text

    visitor.press("Kept Nation")
    assert not Favourite.objects.exists()


def test_a_station_is_kept_and_leads_to_its_page(visitor: Visitor, bastille: Station) -> None:
    visitor.go(f"/stations/{bastille.code}/").press("Keep Bastille")

    visitor.go("/").follow("Bastille")

    assert visitor.address == f"/stations/{bastille.code}/"
    assert "Kept Bastille" in visitor.text


def test_what_nobody_knows_is_not_kept(visitor: Visitor, bastille: Station) -> None:
    visitor.go("/?q=nation").press("Keep Nation", name="xyzzy")

    assert "it was not kept" in visitor.text
    assert not Favourite.objects.exists()


def test_there_is_an_end_to_it(visitor: Visitor, anne: Subscriber, bastille: Station) -> None:
    for number in range(MOST_FAVOURITES):
        keep_favourite(user=anne.user, name=f"Place {number}")

    visitor.go("/?q=nation").press("Keep Nation")

    assert f"You keep {MOST_FAVOURITES} places already. Let one go first." in visitor.text


def test_a_stranger_keeps_nothing(stranger: Visitor, bastille: Station) -> None:
    stranger.go("/?q=nation")
    assert "Keep" not in stranger.text

    response = stranger.client.post("/favourites/", {"name": "Nation", "keep": ""})

    assert response["Location"].startswith("/account/login/")
