"""Stories for the keyboard alone: one can always see where the focus is."""

from collections.abc import Callable
from typing import Any

import pytest

from bookings import operations
from bookings.models import Booking, Rating
from stations.models import Network
from tests.browser.conftest import Screen

pytestmark = pytest.mark.browser


def test_from_the_address_to_a_booking_and_back(
    screen: Callable[..., Screen], city: Network, signed_in: dict[str, Any]
) -> None:
    visitor = screen(language="en", width=1280, cookies=signed_in)
    keyboard = visitor.page.keyboard
    visitor.go("/")

    keyboard.press("Tab")
    assert visitor.page.evaluate("document.activeElement.className") == "skip-link"
    keyboard.press("Enter")
    tab_to(visitor, "Where do you want to start?")
    keyboard.type("bastile")
    visitor.page.get_by_role("option", name="Place de la Bastille").wait_for()
    keyboard.press("ArrowDown")
    assert visitor.page.locator("[role=option][aria-selected=true]").inner_text() == "Place de la Bastille"
    enter(visitor)
    visitor.sees("Stations near %(name)s", name="Place de la Bastille")
    tab_to(visitor, "Where are you going?")
    keyboard.type("nation")
    keyboard.press("Escape")
    enter(visitor)
    tab_to(visitor, "Bastille")
    tab_to(visitor, "Nation")
    keyboard.press("ArrowDown")
    assert visitor.page.evaluate("document.activeElement.value") == "daumesnil"
    tab_to(visitor, "Reserve car and dock")
    enter(visitor)
    visitor.sees("Your car is waiting")
    assert Booking.objects.get().dock_holds.get().dock.station.name == "Daumesnil"
    tab_to(visitor, "Cancel the booking")
    enter(visitor)
    tab_to(visitor, "Undo: I want the car back")
    enter(visitor)
    visitor.sees("Your car is waiting")


def test_suggestions_do_not_hold_anybody(screen: Callable[..., Screen], city: Network) -> None:
    visitor = screen(language="en", width=390)
    keyboard = visitor.page.keyboard
    visitor.go("/")
    tab_to(visitor, "Where do you want to start?")
    keyboard.type("basti")
    options = visitor.page.get_by_role("option")
    options.first.wait_for()

    keyboard.press("Escape")
    assert options.count() == 0 or not options.first.is_visible()
    keyboard.press("ArrowDown")
    options.first.wait_for()
    keyboard.press("Tab")

    visitor.page.locator(".suggestion-panel").first.wait_for(state="hidden")
    assert visitor.page.evaluate("document.activeElement.id") == "to"


def test_enter_on_the_box_says_nothing_of_how_clean_the_car_is(
    screen: Callable[..., Screen], booking: Booking, signed_in: dict[str, Any]
) -> None:
    operations.start_trip(booking=booking, actor="test")
    visitor = screen(language="en", width=390, cookies=signed_in)
    visitor.go(f"/bookings/{booking.pk}/")
    tab_to(visitor, "Something is broken or missing")
    visitor.page.keyboard.press("Space")
    visitor.page.keyboard.press("Enter")
    assert visitor.page.evaluate("document.activeElement.name") == "cleanliness"  # where the browser asks for a choice

    visitor.page.keyboard.press("ArrowLeft")
    tab_to(visitor, "Send")
    enter(visitor)

    visitor.sees("Thank you. You said: %(rating)s.", rating="dirty, something is broken or missing")
    assert Rating.objects.get().is_faulty


def enter(visitor: Screen) -> None:
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")


def tab_to(visitor: Screen, words: str) -> None:
    """Press Tab until what has the focus bears the words, and check that one can see where the focus is."""
    named = """() => { const it = document.activeElement;
        return [it.innerText, ...[...(it.labels ?? [])].map(label => label.innerText)].join(" "); }"""
    seen = """() => { const it = document.activeElement;
        return [it, it.closest(".pick")].some(one => one && getComputedStyle(one).outlineStyle !== "none"); }"""
    for _ in range(80):
        visitor.page.keyboard.press("Tab")
        if words in visitor.page.evaluate(named):
            assert visitor.page.evaluate(seen), words
            return
    raise AssertionError(f"no Tab leads to {words!r}")
