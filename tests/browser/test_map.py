"""The map: the whole network, live, on whatever ground there is."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Subscriber
from bookings import operations
from bookings.models import Booking
from stations.models import Network, Station
from tests import factories
from tests.browser.conftest import Screen
from tests.browser.test_live_pages import look_again, press_the_dot_of

pytestmark = pytest.mark.browser


def drawn(visitor: Screen) -> None:
    visitor.page.locator("[data-map][data-ready=yes]").wait_for(state="attached")


def look_at(visitor: Screen, latitude: float, longitude: float, *, zoom: int = 15) -> None:
    visitor.page.evaluate(
        "([at, zoom]) => document.querySelector('[data-map]').map.setView(at, zoom, {animate: false})",
        [[latitude, longitude], zoom],
    )


def test_from_afar_dots_gather_into_sums_and_a_press_goes_nearer(screen: Callable[..., Screen], city: Network) -> None:
    visitor = screen(language="en", width=1280)
    visitor.go("/")
    drawn(visitor)
    zoom = "document.querySelector('[data-map]').map.getZoom()"
    look_at(visitor, 48.8500, 2.3800, zoom=10)
    visitor.photograph("sums")

    press_the_dot_of(visitor, 48.8473, 2.3850)

    visitor.until(f"{zoom} > 12")


def test_an_open_card_changes_with_the_city(screen: Callable[..., Screen], city: Network) -> None:
    visitor = screen(language="fr", width=1280)
    visitor.go("/?q=bastille")
    drawn(visitor)
    press_the_dot_of(visitor, 48.8531, 2.3691)
    visitor.page.locator(".map-card").get_by_text("Voitures 2 · Places libres 1").wait_for()

    operations.reserve(
        subscriber=factories.subscriber(city), station=Station.objects.get(code="bastille"), actor="test"
    )
    visitor.page.wait_for_timeout(1100)
    look_again(visitor)

    visitor.page.get_by_text("Voitures 1 · Places libres 1").wait_for()


def test_before_anything_is_known_nothing_is_said(screen: Callable[..., Screen], city: Network) -> None:
    visitor = screen(language="en", width=1280)
    visitor.context.route("**/live.json*", lambda route: None)
    visitor.go("/?q=bastille")
    drawn(visitor)

    press_the_dot_of(visitor, 48.8531, 2.3691)

    card = visitor.page.locator(".map-card").inner_text().split("\n")
    assert [line for line in card if line] == ["Bastille", "Asking what is free here…", "See the station"]


def test_both_ends_of_a_way_may_be_chosen_on_the_map(screen: Callable[..., Screen], city: Network) -> None:
    visitor = screen(language="en", width=1280)
    visitor.go("/?q=bastille&to=nation")
    drawn(visitor)
    look_at(visitor, 48.8396, 2.3960)

    press_the_dot_of(visitor, 48.8396, 2.3960)
    visitor.page.locator(".map-card").get_by_role("link", name="Leave the car here").click()

    visitor.page.wait_for_url("**dock=daumesnil")
    assert visitor.page.locator("[name=dock]:checked").get_attribute("value") == "daumesnil"


def test_the_dock_of_a_booking_is_moved_on_the_map(
    screen: Callable[..., Screen], city: Network, signed_in: dict[str, Any], chloe: Subscriber
) -> None:
    stations = {name: Station.objects.get(code=name) for name in ("bastille", "nation")}
    operations.reserve(subscriber=chloe, station=stations["bastille"], destination=stations["nation"], actor="test")
    visitor = screen(language="fr", width=390, cookies=signed_in)
    visitor.go(f"/bookings/{Booking.objects.get().pk}/")
    visitor.page.get_by_text(visitor.say("Choose on the map")).click()
    drawn(visitor)
    look_at(visitor, 48.8484, 2.3959)

    press_the_dot_of(visitor, 48.8484, 2.3959)
    visitor.sees("Your dock is kept here.")
    assert visitor.page.locator(".map-card").get_by_role("button", name=visitor.say("Keep a dock here")).count() == 0
    look_at(visitor, 48.8396, 2.3960)
    press_the_dot_of(visitor, 48.8396, 2.3960)
    visitor.photograph("on-the-map")
    visitor.page.locator(".map-card").get_by_role("button", name=visitor.say("Keep a dock here")).click()

    visitor.sees("A dock is kept for you at %(name)s.", name="Daumesnil")


def test_without_its_tiles_the_map_draws_its_own_ground(
    screen: Callable[..., Screen], city: Network, settings: Any
) -> None:
    settings.MAP_TILE_URL = "https://tiles.example/{z}/{x}/{y}.png"
    visitor = screen(language="en", width=1280)
    visitor.context.route("https://tiles.example/**", lambda route: route.abort())
    visitor.expect_complaints("tiles.example", "ERR_FAILED")
    visitor.go("/")

    visitor.sees("The background map is not available: our own drawing stands in for it.")
    drawn(visitor)


def test_recent_places_stay_in_this_browser_until_they_are_forgotten(
    screen: Callable[..., Screen], city: Network
) -> None:
    visitor = screen(language="en", width=390)
    visitor.go("/?q=bastille")
    visitor.go("/")
    visitor.page.get_by_label("Where do you want to start?").focus()
    recent = visitor.page.get_by_role("option", name="Bastille")
    recent.wait_for()
    visitor.photograph("recent")

    visitor.page.get_by_role("button", name="Forget these").first.click()

    recent.wait_for(state="hidden")
    assert visitor.page.evaluate("localStorage.getItem('recent places')") is None


def test_recent_places_go_with_whoever_signs_out(
    screen: Callable[..., Screen], city: Network, signed_in: dict[str, Any]
) -> None:
    visitor = screen(language="en", width=390, cookies=signed_in)
    visitor.go("/?q=bastille")
    assert visitor.page.evaluate("localStorage.getItem('recent places')") == '["Bastille"]'
    visitor.go("/account/")

    visitor.press("Sign out")

    visitor.sees("A Bluecar near you, a dock where you are going.")
    assert visitor.page.evaluate("localStorage.getItem('recent places')") is None
