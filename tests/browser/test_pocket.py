"""The website in one's pocket: what an installed worker shows when the network is gone."""

from collections.abc import Callable
from typing import Any

import pytest

from bookings import operations
from bookings.models import Booking
from stations.models import Network
from tests.browser.conftest import Screen

pytestmark = pytest.mark.browser

OFFLINE = ("ERR_INTERNET_DISCONNECTED", "ERR_FAILED")


def with_worker(screen: Callable[..., Screen], path: str, **options: Any) -> Screen:
    """On the page, with the worker at work and the booking in the pocket."""
    visitor = screen(service_workers="allow", **options)
    visitor.go(path)
    visitor.page.evaluate("() => navigator.serviceWorker.ready")
    visitor.until("localStorage.getItem('pocket') !== null")
    return visitor


def without_network(visitor: Screen, path: str) -> None:
    visitor.context.set_offline(True)
    visitor.go(path)
    visitor.sees("No connection")


def forgive_the_network(visitor: Screen) -> None:
    visitor.expect_complaints(*OFFLINE)


@pytest.mark.parametrize(
    ("language", "width", "scheme"),
    [("fr", 390, "light"), ("fr", 1280, "dark"), ("en", 390, "dark"), ("en", 1280, "light")],
)
def test_without_network_the_booking_is_still_there(
    screen: Callable[..., Screen],
    booking: Booking,
    signed_in: dict[str, Any],
    language: str,
    width: int,
    scheme: str,
) -> None:
    visitor = with_worker(
        screen, f"/bookings/{booking.pk}/", language=language, width=width, cookies=signed_in, color_scheme=scheme
    )

    without_network(visitor, "/bookings/")

    shown = visitor.page.locator("[data-pocket-booking]").inner_text()
    for fact in (booking.vehicle.plate, "Bastille", "1 rue de la Roquette", "Blue door, code 1789"):
        assert fact in shown
    for fact in ("Nation", "2 place de la Nation", "Level -1, on the left"):
        assert fact in shown
    visitor.until("/^2?9:5\\d$/.test(document.querySelector('[role=timer]').textContent)")
    visitor.photograph(f"offline-{scheme}")
    visitor.context.set_offline(False)
    visitor.page.locator("h1", has_text=visitor.say("My bookings")).wait_for()
    assert visitor.page.url.endswith("/bookings/")
    forgive_the_network(visitor)


def test_while_driving_the_way_back_is_there(
    screen: Callable[..., Screen], booking: Booking, signed_in: dict[str, Any]
) -> None:
    operations.start_trip(booking=booking, actor="test")
    visitor = with_worker(screen, "/", language="en", width=390, cookies=signed_in)

    without_network(visitor, f"/bookings/{booking.pk}/")

    shown = visitor.page.locator("[data-pocket-booking]").inner_text()
    assert "Have a good drive" in shown
    assert "Your car is waiting" not in shown
    assert "Bastille" not in shown
    assert "2 place de la Nation" in shown
    visitor.photograph("offline-driving")
    forgive_the_network(visitor)


def test_after_a_change_the_pocket_changes(
    screen: Callable[..., Screen], booking: Booking, signed_in: dict[str, Any]
) -> None:
    visitor = with_worker(screen, f"/bookings/{booking.pk}/", language="en", width=390, cookies=signed_in)
    until = "() => JSON.parse(localStorage.getItem('pocket')).booking.until.at"
    before = visitor.page.evaluate(until)

    visitor.press("Keep it longer")
    visitor.page.wait_for_function(f"before => ({until})() !== before", arg=before)
    visitor.page.get_by_text("You do not need it any more").click()
    visitor.press("Cancel the booking")
    visitor.sees("The booking is cancelled")

    visitor.until("localStorage.getItem('pocket') === null")


def test_after_signing_out_nothing_personal_is_left(
    screen: Callable[..., Screen], booking: Booking, signed_in: dict[str, Any]
) -> None:
    visitor = with_worker(screen, "/account/", language="en", width=390, cookies=signed_in)
    visitor.press("Sign out")
    visitor.page.get_by_role("link", name="Sign in").wait_for()

    without_network(visitor, f"/bookings/{booking.pk}/")

    assert not visitor.page.locator("[data-pocket-booking]").is_visible()
    left = visitor.page.evaluate("() => JSON.stringify({ ...localStorage })")
    assert left == "{}"
    kept = """async () => {
      const words = [];
      for (const name of await caches.keys()) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) words.push(await (await cache.match(request)).text());
      }
      return words.join(" ");
    }"""
    cached = visitor.page.evaluate(kept)
    assert "data-offline" in cached
    assert booking.vehicle.plate not in cached
    assert "Roquette" not in cached
    visitor.photograph("offline-stranger")
    forgive_the_network(visitor)


def test_another_account_erases_the_pocket(
    screen: Callable[..., Screen], city: Network, booking: Booking, signed_in: dict[str, Any]
) -> None:
    visitor = with_worker(screen, "/", language="en", width=390, cookies=signed_in)
    visitor.page.evaluate("""() => {
      const pocket = JSON.parse(localStorage.pocket);
      const booking = { ...pocket.booking, plate: "X" };
      localStorage.pocket = JSON.stringify({ ...pocket, booking, account: "somebody else" });
    }""")

    visitor.go("/account/")

    visitor.page.wait_for_function(
        "plate => JSON.parse(localStorage.getItem('pocket'))?.booking.plate === plate", arg=booking.vehicle.plate
    )


def test_installing_is_offered_only_when_the_browser_offers_it(screen: Callable[..., Screen], city: Network) -> None:
    visitor = screen(language="en", width=390)
    visitor.go("/")
    button = visitor.page.get_by_role("button", name="Install the app")
    assert button.count() == 0

    visitor.page.evaluate("""() => {
      const offer = new Event("beforeinstallprompt", { cancelable: true });
      offer.prompt = () => { window.wasAsked = true; };
      window.dispatchEvent(offer);
    }""")
    button.click()

    assert visitor.page.evaluate("window.wasAsked")
    assert button.count() == 0


def test_what_was_sent_without_network_is_not_asked_for_as_a_page(
    screen: Callable[..., Screen], city: Network, signed_in: dict[str, Any]
) -> None:
    visitor = screen(service_workers="allow", language="en", width=390, cookies=signed_in)
    visitor.go("/?q=bastille&to=nation")
    visitor.page.evaluate("() => navigator.serviceWorker.ready")
    visitor.go("/?q=bastille&to=nation")
    visitor.context.set_offline(True)

    visitor.press("Reserve car and dock")
    visitor.sees("No connection")
    assert "/offline/" in visitor.page.url
    visitor.context.set_offline(False)

    visitor.sees("A Bluecar near you, a dock where you are going.")
    assert not Booking.objects.exists()
    forgive_the_network(visitor)
