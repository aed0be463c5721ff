"""A first visit, from the address to a reserved car and dock, and on: in both languages, on a phone and on a desk."""

import re
from collections.abc import Callable

import pytest
from django.core import mail

from accounts.models import User
from bookings.models import Booking, DockHold, State
from stations.models import Network
from tests.browser.conftest import SCREENSHOTS, Screen
from tests.browser.effort import Effort

pytestmark = pytest.mark.browser

PASSWORD = "pont-neuf-1607"
MOST_DECISIONS, MOST_SECONDS = 5, 90


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_first_visit(screen: Callable[..., Screen], city: Network, language: str, width: int) -> None:
    visitor = screen(language=language, width=width)
    effort = Effort()

    find_a_way(visitor, effort)
    sign_up(visitor, effort)
    reserve(visitor, effort)

    effort.write(SCREENSHOTS / f"first-visit-{language}-{width}.txt")
    assert len(effort.decisions) <= MOST_DECISIONS
    assert effort.seconds <= MOST_SECONDS
    change_the_destination(visitor)
    cancel_and_undo(visitor)


def find_a_way(visitor: Screen, effort: Effort) -> None:
    page = visitor.page
    visitor.go("/")
    page.locator("[data-map][data-ready=yes]").wait_for(state="attached")
    visitor.photograph("home")
    effort.decides("from where to where")
    page.get_by_label(visitor.say("Where do you want to start?")).press_sequentially(effort.types("bastile"))
    page.get_by_role("option", name="Place de la Bastille").wait_for()
    visitor.photograph("suggestions")
    page.get_by_label(visitor.say("Where are you going?")).press_sequentially(effort.types("nation"))
    effort.press()
    page.keyboard.press("Enter")
    page.locator(".picks-dock .pick", has_text="Nation").first.wait_for()
    visitor.photograph("way")


def sign_up(visitor: Screen, effort: Effort) -> None:
    page = visitor.page
    effort.decides("this car and this dock")
    effort.press()
    visitor.press("Sign up and reserve")
    effort.decides("an address and a password")
    page.get_by_label(visitor.say("E-mail")).fill(effort.types("chloe@example.org"))
    page.get_by_label(visitor.say("Password")).fill(effort.types(PASSWORD))
    visitor.photograph("sign-up")
    effort.press()
    page.locator("main").get_by_role("button", name=visitor.say("Sign up")).click()
    visitor.sees("Look into your mailbox")
    visitor.photograph("look-into-your-mailbox")
    effort.decides("the link in the mail")
    effort.press()
    link = re.search(r"https?://\S+", mail.outbox[-1].body)
    assert link is not None
    visitor.go(link[0])


def reserve(visitor: Screen, effort: Effort) -> None:
    effort.decides("reserve")
    effort.press()
    visitor.press("Reserve car and dock")
    visitor.sees("Your car is waiting")
    countdown = visitor.page.locator("[role=timer]")
    visitor.until("/^29:5\\d$/.test(document.querySelector('[role=timer]').textContent)")
    before = countdown.inner_text()
    visitor.until(f"document.querySelector('[role=timer]').textContent !== {before!r}")
    visitor.photograph("held")
    assert DockHold.objects.get(state="held").dock.station.name == "Nation"
    assert User.objects.get().language == visitor.language


def change_the_destination(visitor: Screen) -> None:
    visitor.page.get_by_label(visitor.say("Change the destination")).fill("daumesnil")
    visitor.page.keyboard.press("Enter")
    visitor.sees("Free docks near %(name)s", name="Daumesnil")
    visitor.photograph("other-docks")
    visitor.press("Keep a dock here")
    visitor.sees("A dock is kept for you at %(name)s.", name="Daumesnil")
    assert "done" not in visitor.page.url
    visitor.photograph("moved")


def cancel_and_undo(visitor: Screen) -> None:
    visitor.press("Cancel the booking")
    visitor.sees("The booking is cancelled")
    visitor.photograph("cancelled")
    assert Booking.objects.get().state == State.CANCELLED
    visitor.press("Undo: I want the car back")
    visitor.sees("Your car is waiting")
    visitor.photograph("undone")
    assert DockHold.objects.get(state="held").dock.station.name == "Daumesnil"
