"""What pages do by themselves while they are open. (The path without JavaScript is played in tests/website.)"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.models import Subscriber
from bookings import operations
from stations.models import Network, Station
from tests import factories
from tests.browser.conftest import Screen

pytestmark = pytest.mark.browser


def test_list_and_map_follow_the_city_and_say_when_they_cannot(screen: Callable[..., Screen], city: Network) -> None:
    visitor = screen(language="en", width=1280)
    visitor.go("/?q=bastille")
    row = visitor.page.locator(".station-row", has_text="Bastille").first
    visitor.page.locator("[data-map][data-ready=yes]").wait_for(state="attached")
    assert row.locator("[data-offer=cars]").inner_text().split() == ["2", "cars"]

    operations.reserve(
        subscriber=factories.subscriber(city), station=Station.objects.get(code="bastille"), actor="test"
    )
    look_again(visitor)
    row.locator("[data-offer=cars]", has_text="1").wait_for()
    assert row.locator("[data-offer=cars]").inner_text().split() == ["1", "car"]
    assert "70%" in row.inner_text()

    press_the_dot_of(visitor, 48.8531, 2.3691)
    card = visitor.page.locator(".map-card")
    assert "Cars 1 · Free docks 1 · Best charge 70%" in card.inner_text()
    visitor.photograph("map-card")

    visitor.context.set_offline(True)
    visitor.sees("No connection. These numbers may be old; we keep trying.")
    visitor.context.set_offline(False)
    visitor.sees("Connected again.")
    visitor.expect_complaints("ERR_INTERNET_DISCONNECTED")
    card.get_by_role("link").click()
    visitor.sees("Your car")


def test_the_numbers_of_a_way_stay_true(screen: Callable[..., Screen], city: Network) -> None:
    visitor = screen(language="fr", width=390)
    visitor.go("/?q=bastille&to=nation")
    car = visitor.page.locator(".pick", has_text="Bastille").locator("[data-offer=cars]").first
    assert car.inner_text().split() == ["2", "voitures"]

    operations.reserve(
        subscriber=factories.subscriber(city), station=Station.objects.get(code="bastille"), actor="test"
    )
    visitor.page.wait_for_timeout(1100)
    look_again(visitor)

    car.get_by_text("1", exact=True).wait_for()
    assert car.inner_text().split() == ["1", "voiture"]


def look_again(visitor: Screen) -> None:
    """What the browser says when a page comes to the front; it spares the wait for the next round."""
    visitor.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def press_the_dot_of(visitor: Screen, latitude: float, longitude: float) -> None:
    box = visitor.page.locator("[data-map]").bounding_box()
    at = visitor.page.evaluate(
        "([lat, lon]) => document.querySelector('[data-map]').map.latLngToContainerPoint([lat, lon])",
        [latitude, longitude],
    )
    visitor.page.mouse.click(box["x"] + at["x"], box["y"] + at["y"])


def test_on_a_phone_the_map_is_one_press_away(screen: Callable[..., Screen], city: Network) -> None:
    visitor = screen(language="fr", width=390, color_scheme="dark")
    visitor.go("/")

    visitor.press("Map")

    visitor.page.locator(".map canvas").first.wait_for()
    assert not visitor.page.locator(".stations").is_visible()
    visitor.photograph("map-dark")
    visitor.press("List")
    assert visitor.page.locator(".stations").is_visible()


def test_near_me_explains_before_the_browser_asks(screen: Callable[..., Screen], city: Network) -> None:
    here = {"latitude": 48.84049, "longitude": 2.39551}
    visitor = screen(language="en", width=390, geolocation=here, permissions=["geolocation"])
    visitor.go("/")

    visitor.press("Near me")
    visitor.sees("Your browser will now ask whether it may tell us where you are.")
    visitor.photograph("near-me")
    visitor.press("All right, ask me")

    visitor.sees("Stations near you")
    assert visitor.page.url.endswith("?near=48.840%2C2.396")
    assert visitor.page.locator(".station-name").first.inner_text() == "Daumesnil"


def test_when_the_time_is_over_the_page_says_so_by_itself(
    screen: Callable[..., Screen], city: Network, signed_in: dict[str, Any], chloe: Subscriber
) -> None:
    Network.objects.update(car_hold_seconds=3)
    booking = operations.reserve(subscriber=chloe, station=Station.objects.get(code="bastille"), actor="test")
    visitor = screen(language="en", width=390, cookies=signed_in)

    visitor.go(f"/bookings/{booking.pk}/")

    visitor.sees("The time to take the car ran out")
    visitor.photograph("ran-out")


def test_a_trip_started_elsewhere_reaches_the_open_page(
    screen: Callable[..., Screen], city: Network, signed_in: dict[str, Any], chloe: Subscriber
) -> None:
    booking = operations.reserve(
        subscriber=chloe,
        station=Station.objects.get(code="bastille"),
        destination=Station.objects.get(code="nation"),
        actor="test",
    )
    visitor = screen(language="en", width=1280, cookies=signed_in)
    visitor.go(f"/bookings/{booking.pk}/")
    visitor.sees("Your car is waiting")

    operations.start_trip(booking=booking, actor="device:post-1")
    look_again(visitor)

    visitor.sees("Have a good drive")
    visitor.photograph("driving")


def test_without_javascript_the_finder_says_what_is_missing(screen: Callable[..., Screen], city: Network) -> None:
    visitor = screen(language="en", width=1280, java_script_enabled=False)

    visitor.go("/")

    note = visitor.page.locator("noscript .map-note, .map-note:not([data-map-note])").inner_text()
    assert note == "The map needs JavaScript. The list has the same stations and the same facts."


def test_the_countdown_goes_by_our_clock_whatever_the_devices_says(
    screen: Callable[..., Screen], city: Network, signed_in: dict[str, Any], chloe: Subscriber
) -> None:
    booking = operations.reserve(subscriber=chloe, station=Station.objects.get(code="bastille"), actor="test")
    visitor = screen(language="en", width=390, cookies=signed_in)
    visitor.page.clock.install(time=datetime.now(UTC) + timedelta(minutes=17))
    visitor.go(f"/bookings/{booking.pk}/")
    shown = visitor.page.locator("[role=timer]")
    assert re.fullmatch(r"29:[45]\d", shown.inner_text())

    visitor.page.clock.fast_forward("08:00")  # The device has slept, or so it believes.
    look_again(visitor)

    shown.filter(has_text=re.compile(r"^29:[2345]\d$")).wait_for()
