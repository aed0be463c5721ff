"""What goes wrong while a page is open has a designed answer: two tabs, back, a double click, a session that ended."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress

from accounts.models import Subscriber
from bookings import operations
from bookings.models import Booking
from stations.models import Network, Station
from tests import factories
from tests.browser.conftest import Screen
from tests.browser.test_live_pages import look_again

pytestmark = pytest.mark.browser

WAY = "/?q=bastille&to=nation"


def test_a_double_click_reserves_once(screen: Callable[..., Screen], city: Network, signed_in: dict[str, Any]) -> None:
    visitor = screen(language="en", width=390, cookies=signed_in)
    visitor.go(WAY)

    visitor.page.get_by_role("button", name="Reserve car and dock").dblclick()

    visitor.sees("Your car is waiting")
    assert Booking.objects.count() == 1


def test_back_and_reserve_again_leads_to_the_booking(
    screen: Callable[..., Screen], city: Network, signed_in: dict[str, Any]
) -> None:
    visitor = screen(language="fr", width=390, cookies=signed_in)
    visitor.go(WAY)
    visitor.press("Reserve car and dock")
    visitor.sees("Your car is waiting")

    visitor.page.go_back()
    button = visitor.page.get_by_role("button", name=visitor.say("Reserve car and dock"))
    link = visitor.page.get_by_role("link", name=visitor.say("See my booking"))
    button.or_(link).first.click()

    visitor.sees("Your car is waiting")
    assert Booking.objects.count() == 1


def test_a_second_tab_learns_what_the_first_did(
    screen: Callable[..., Screen], city: Network, signed_in: dict[str, Any], chloe: Subscriber
) -> None:
    booking = operations.reserve(subscriber=chloe, station=Station.objects.get(code="bastille"), actor="test")
    visitor = screen(language="en", width=1280, cookies=signed_in)
    visitor.go(f"/bookings/{booking.pk}/")
    other = visitor.context.new_page()
    other.goto(f"{visitor.address}/bookings/{booking.pk}/")
    other.get_by_role("button", name="Cancel the booking").click()
    other.get_by_text("The booking is cancelled").wait_for()

    visitor.press("Keep it longer")

    visitor.sees("This reservation has ended, so it can no longer be used or changed.")
    visitor.photograph("refused-in-an-old-tab")


def test_a_session_that_ended_asks_to_sign_in_and_goes_on(
    screen: Callable[..., Screen], city: Network, signed_in: dict[str, Any], chloe: Subscriber
) -> None:
    chloe.user.email, chloe.user.language = "chloe@example.org", "fr"
    chloe.user.set_password("pont-neuf-1607")
    chloe.user.save()
    EmailAddress.objects.create(user=chloe.user, email=chloe.user.email, verified=True, primary=True)
    booking = operations.reserve(subscriber=chloe, station=Station.objects.get(code="bastille"), actor="test")
    visitor = screen(language="fr", width=390, cookies=signed_in)
    visitor.go(f"/bookings/{booking.pk}/")
    visitor.context.clear_cookies(name="session")

    look_again(visitor)
    visitor.sees("Sign in, and you go on where you were. Nothing was changed meanwhile.")
    visitor.photograph("sign-in-again")
    visitor.page.get_by_label(visitor.say("E-mail")).fill(chloe.user.email)
    visitor.page.get_by_label(visitor.say("Password"), exact=True).fill("pont-neuf-1607")
    visitor.page.locator("main").get_by_role("button", name=visitor.say("Sign in"), exact=True).click()

    visitor.sees("Your car is waiting")
    assert Booking.objects.get().extensions == 0


def test_a_car_that_went_while_one_looked_shows_the_way_out(
    screen: Callable[..., Screen], city: Network, signed_in: dict[str, Any]
) -> None:
    factories.station(city, "Roquette", cars=[80], code="roquette", latitude=48.8560, longitude=2.3760)
    visitor = screen(language="fr", width=390, cookies=signed_in)
    visitor.go(WAY)
    for _ in range(2):
        rival = factories.subscriber(city)
        operations.reserve(subscriber=rival, station=Station.objects.get(code="bastille"), actor="test")

    visitor.press("Reserve car and dock")

    visitor.sees("No car can be reserved here at the moment. Cars near by are listed below.")
    visitor.photograph("car-gone")
    visitor.press("Reserve at %(name)s", name="Roquette")
    visitor.sees("Your car is waiting")


def test_a_script_that_breaks_leaves_the_page_whole(
    screen: Callable[..., Screen], city: Network, signed_in: dict[str, Any]
) -> None:
    visitor = screen(language="en", width=390, cookies=signed_in)
    visitor.context.route("**/*.js", lambda route: route.abort())
    visitor.expect_complaints("ERR_FAILED")
    visitor.go("/")
    visitor.page.get_by_label("Where do you want to start?").fill("bastille")
    visitor.page.get_by_label("Where are you going?").fill("nation")
    visitor.press("Search")

    visitor.press("Reserve car and dock")

    visitor.sees("Your car is waiting")
