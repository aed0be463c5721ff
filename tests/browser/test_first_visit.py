"""A first visit, from the address to a reserved car and dock, and on: in both languages, on a phone and on a desk."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail

from accounts.models import User
from bookings.models import Booking, DockHold, State
from stations.models import Network
from tests.browser.conftest import Screen

pytestmark = pytest.mark.browser

PASSWORD = "pont-neuf-1607"


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_first_visit(screen: Callable[..., Screen], city: Network, language: str, width: int) -> None:
    visitor = screen(language=language, width=width)

    find_a_car(visitor)
    sign_up(visitor)
    reserve(visitor)
    change_the_destination(visitor)
    cancel(visitor)


def find_a_car(visitor: Screen) -> None:
    page = visitor.page
    visitor.go("/")
    page.locator("[data-map][data-ready=yes]").wait_for(state="attached")
    visitor.photograph("home")
    page.get_by_label(visitor.say("Where do you want to start?")).fill("bastille")
    visitor.press("Search")
    visitor.sees("Stations near %(name)s", name="Place de la Bastille")
    visitor.photograph("found")
    page.locator(".station-row a").first.click()
    page.get_by_label(visitor.say("Where are you going?")).fill("nation")
    visitor.press("Search docks")
    page.locator(".choices a").first.click()
    page.locator(".chosen", has_text="Nation").wait_for()
    visitor.photograph("station")


def sign_up(visitor: Screen) -> None:
    page = visitor.page
    visitor.follow("Sign up and reserve")
    page.get_by_label(visitor.say("E-mail")).fill("chloe@example.org")
    page.get_by_label(visitor.say("Password")).fill(PASSWORD)
    visitor.photograph("sign-up")
    page.locator("main").get_by_role("button", name=visitor.say("Sign up")).click()
    visitor.sees("Look into your mailbox")
    visitor.photograph("look-into-your-mailbox")
    link = re.search(r"https?://\S+", mail.outbox[-1].body)
    assert link is not None
    visitor.go(link[0])
    visitor.sees("Choose a plan")
    visitor.photograph("plans")
    visitor.press("Choose %(name)s", name="1 an")
    assert User.objects.get().language == visitor.language


def reserve(visitor: Screen) -> None:
    visitor.page.locator(".chosen", has_text="Nation").wait_for()
    visitor.press("Reserve car and dock")
    visitor.sees("Your car is waiting")
    countdown = visitor.page.locator("[role=timer]")
    visitor.page.wait_for_function("/^2?9:5\\d$/.test(document.querySelector('[role=timer]').textContent)")
    before = countdown.inner_text()
    visitor.page.wait_for_function(
        "before => document.querySelector('[role=timer]').textContent !== before", arg=before
    )
    visitor.photograph("held")
    assert DockHold.objects.get(state="held").dock.station.name == "Nation"


def change_the_destination(visitor: Screen) -> None:
    visitor.page.get_by_label(visitor.say("Change the destination")).fill("daumesnil")
    visitor.press("Search docks")
    visitor.photograph("other-docks")
    visitor.press("Keep a dock here")
    visitor.sees("A dock is kept for you at %(name)s.", name="Daumesnil")
    assert "done" not in visitor.page.url
    visitor.photograph("moved")


def cancel(visitor: Screen) -> None:
    visitor.page.get_by_text(visitor.say("You do not need it any more")).click()
    visitor.press("Cancel the booking")
    visitor.sees("The booking is cancelled")
    visitor.photograph("cancelled")
    assert Booking.objects.get().state == State.CANCELLED
    visitor.go("/bookings/")
    visitor.photograph("bookings")
    visitor.go("/account/")
    visitor.photograph("account")


def test_a_story_for_the_keyboard_alone(
    screen: Callable[..., Screen], city: Network, signed_in: dict[str, Any]
) -> None:
    visitor = screen(language="en", width=1280, cookies=signed_in)
    keyboard = visitor.page.keyboard
    visitor.go("/")

    keyboard.press("Tab")
    assert visitor.page.evaluate("document.activeElement.className") == "skip-link"
    keyboard.press("Enter")
    tab_to(visitor, "Where do you want to start?")
    keyboard.type("bastille")
    enter(visitor)
    tab_to(visitor, "Bastille")
    enter(visitor)
    tab_to(visitor, "Where are you going?")
    keyboard.type("nation")
    enter(visitor)
    tab_to(visitor, "Nation")
    enter(visitor)
    tab_to(visitor, "Reserve car and dock")
    enter(visitor)
    visitor.sees("Your car is waiting")
    tab_to(visitor, "You do not need it any more")
    keyboard.press("Enter")
    tab_to(visitor, "Cancel the booking")
    enter(visitor)
    visitor.sees("The booking is cancelled")


def enter(visitor: Screen) -> None:
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")


def tab_to(visitor: Screen, words: str) -> None:
    """Press Tab until what has the focus bears the words, and check that one can see where the focus is."""
    named = """() => { const it = document.activeElement;
        return [it.innerText, ...[...(it.labels ?? [])].map(label => label.innerText)].join(" "); }"""
    for _ in range(60):
        visitor.page.keyboard.press("Tab")
        if words in visitor.page.evaluate(named):
            assert visitor.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"no Tab leads to {words!r}")
