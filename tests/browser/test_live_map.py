"""The console's map: it follows the city by itself, filters, and leads to an act and back, with the keyboard alone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from autolib.console import live_map
from bookings import operations
from stations.models import DockReport, Network, Station
from stations.operations import close_station
from stations.rights import Role
from tests import factories
from tests.browser.conftest import Screen
from tests.browser.inspection import AXE, EVERY_RULE, RUN_AXE
from tests.browser.test_keyboard import tab_to
from tests.browser.test_live_pages import look_again, press_the_dot_of
from vehicles.models import Vehicle

pytestmark = pytest.mark.browser

# What anybody can see of the map's own part: the rest is the stock admin's.
LOOK_OVER = """() => {
  const wrong = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) wrong.push(`scrolls sideways: ${root.scrollWidth} > ${root.clientWidth}`);
  for (const element of document.querySelectorAll("#content button, #content a, #content summary, #content input")) {
    if (element.closest(".leaflet-control-attribution, .breadcrumbs")) continue;
    const { width, height } = element.getBoundingClientRect();
    const isSmall = height > 0 && Math.min(height, width) < 43.5;
    if (isSmall) wrong.push(`${width}x${height}: ${element.outerHTML.slice(0, 80)}`);
  }
  return wrong;
}"""


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    live_map.forget()
    yield
    live_map.forget()


@pytest.fixture
def odile(city: Network) -> User:
    return factories.operator(city, role=Role.CONTROL)


@pytest.fixture
def at_desk(odile: User) -> dict[str, str]:
    client = Client()
    client.force_login(odile)
    return {name: client.cookies[name].value for name in client.cookies}


@pytest.fixture
def troubled(city: Network, time: Any) -> Network:
    """Nation has a faulty dock, a car left Bastille without a trip, Daumesnil is as it should be."""
    dock = Station.objects.get(code="nation").docks.first()
    DockReport.objects.create(dock=dock, status="Faulted", event_time=time.now(), received_at=time.now())
    factories.station(city, "Ternes", cars=[90], code="ternes", latitude=48.8781, longitude=2.2985)
    gone = Vehicle.objects.filter(dock__station__code="bastille").first()
    operations.unplugged(dock=gone.dock, vehicle=gone, event_time=time.now(), actor="test")
    return city


def photograph(visitor: Screen, name: str) -> None:
    visitor.shots += 1
    visitor.page.screenshot(path=str(visitor.folder / f"map-{visitor.shots:02}-{name}.png"))
    visitor.page.evaluate(AXE)
    assert visitor.page.evaluate(LOOK_OVER) == [], name
    faults = visitor.page.evaluate(RUN_AXE, EVERY_RULE)
    assert [fault for fault in faults if "#user-tools" not in fault and "theme" not in fault] == [], name


def ready(visitor: Screen) -> None:
    visitor.page.locator("[data-map-page][data-live=yes]").wait_for(state="attached")
    visitor.page.locator("[data-map][data-ready=yes]").wait_for(state="attached")


def row(visitor: Screen, title: str) -> Any:
    return visitor.page.locator(".map-row", has=visitor.page.get_by_text(title, exact=True))


def titles(visitor: Screen) -> list[str]:
    return visitor.page.locator(".map-row .row-title").all_inner_texts()


def dot(visitor: Screen, title: str) -> dict[str, Any]:
    return visitor.page.evaluate(
        """title => { const found = []; document.querySelector('[data-map]').map.eachLayer(one => {
           if (one.row?.title === title) found.push({ level: one.level, offers: one.offers, isFaded: one.isFaded }); });
           return found[0]; }""",
        title,
    )


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("width", [390, 1280])
def test_list_and_map_follow_what_happens_elsewhere(
    screen: Callable[..., Screen], troubled: Network, at_desk: dict[str, str], language: str, width: int
) -> None:
    visitor = screen(language=language, width=width, cookies=at_desk)
    visitor.go("/admin/map/")
    ready(visitor)
    assert dot(visitor, "Daumesnil")["offers"][3] == 6
    assert titles(visitor)[1] == "Nation"
    photograph(visitor, "all")

    close_station(
        station=Station.objects.get(code="daumesnil"), reason="Gas", is_returning=False, is_installed=True, actor="test"
    )

    row(visitor, "Daumesnil").get_by_text("Gas").wait_for(timeout=10_000)  # by itself
    assert dot(visitor, "Daumesnil")["offers"][3] == 0
    if width == 390:
        visitor.press("Map")
        photograph(visitor, "on-the-phone")
        visitor.press("List")
    row(visitor, "Nation").locator("summary").click()
    photograph(visitor, "opened")


def test_filters_and_search_stay_in_the_address(
    screen: Callable[..., Screen], troubled: Network, at_desk: dict[str, str]
) -> None:
    visitor = screen(language="en", width=1280, cookies=at_desk, color_scheme="dark")
    visitor.go("/admin/map/")
    ready(visitor)

    visitor.page.get_by_role("button", name="Closed 1").click()
    assert titles(visitor) == ["Odéon"]
    assert dot(visitor, "Nation")["isFaded"]
    visitor.page.get_by_role("button", name="Faults 1").click()
    assert titles(visitor) == ["Nation", "Odéon"]
    visitor.page.get_by_role("button", name="Closed 1").click()
    visitor.page.get_by_role("button", name="Faults 1").click()
    plate = Vehicle.objects.get(dock__station__code="ternes").plate
    visitor.page.get_by_label("Station, code or plate").fill(plate)
    row(visitor, "Ternes").get_by_text(f"Here stands {plate}").wait_for()
    assert titles(visitor) == ["Ternes"]
    visitor.until("document.querySelector('[data-map]').map.getBounds().contains([48.8781, 2.2985])")
    photograph(visitor, "found-in-the-dark")
    visitor.page.get_by_label("Station, code or plate").fill("")
    visitor.page.get_by_role("button", name="Full 1").click()
    address = visitor.page.url
    assert address.endswith("?network=paris&show=full")

    visitor.go(address)
    ready(visitor)

    assert titles(visitor) == ["Ternes"]
    assert visitor.page.get_by_role("button", name="Full 1").get_attribute("aria-pressed") == "true"


def test_with_the_keyboard_to_an_act_and_back(
    screen: Callable[..., Screen], troubled: Network, at_desk: dict[str, str]
) -> None:
    visitor = screen(language="en", width=1280, cookies=at_desk)
    visitor.go("/admin/map/")
    ready(visitor)
    tab_to(visitor, "Faults")
    visitor.page.keyboard.press("Enter")
    tab_to(visitor, "Nation")
    visitor.page.keyboard.press("Enter")
    tab_to(visitor, "Close the station")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/act/close/**")
    tab_to(visitor, "Reason")
    visitor.page.keyboard.type("Water in the street")
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Tab")
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_url("**/admin/map/**")
    ready(visitor)

    visitor.sees("Close the station: done for Nation.")
    assert "show=faults" in visitor.page.url
    row(visitor, "Nation").get_by_text("Closed – Water in the street").wait_for()
    visitor.until("document.activeElement.innerText.includes('Nation')")
    photograph(visitor, "back")


def test_a_dot_shows_what_the_row_shows(
    screen: Callable[..., Screen], troubled: Network, at_desk: dict[str, str]
) -> None:
    visitor = screen(language="fr", width=1280, cookies=at_desk)
    visitor.go("/admin/map/")
    ready(visitor)

    press_the_dot_of(visitor, 48.8484, 2.3959)

    card = visitor.page.locator(".map-card")
    card.get_by_text("Nation", exact=True).wait_for()
    assert "Place 1 en panne" in card.inner_text()
    assert card.get_by_role("link", name="Fermer la station").is_visible()
    assert row(visitor, "Nation").locator("details").get_attribute("open") is not None
    photograph(visitor, "card")


def test_old_facts_are_called_old(screen: Callable[..., Screen], troubled: Network, at_desk: dict[str, str]) -> None:
    visitor = screen(language="en", width=1280, cookies=at_desk)
    visitor.page.clock.install()
    visitor.go("/admin/map/")
    ready(visitor)
    visitor.sees("Up to date")

    visitor.context.set_offline(True)
    visitor.page.clock.run_for(20_000)
    visitor.page.get_by_text("From 20 s ago").wait_for()
    assert visitor.page.locator("[data-trouble]").inner_text() == ""
    visitor.page.clock.run_for(15_000)

    visitor.page.get_by_text("the service cannot be reached. We keep trying.").wait_for()
    photograph(visitor, "old")
    visitor.context.set_offline(False)
    look_again(visitor)
    visitor.sees("Up to date")
    visitor.expect_complaints("ERR_INTERNET_DISCONNECTED")


def test_without_javascript_the_list_is_whole(
    screen: Callable[..., Screen], troubled: Network, at_desk: dict[str, str]
) -> None:
    visitor = screen(language="en", width=1280, cookies=at_desk, java_script_enabled=False)
    visitor.go("/admin/map/")

    visitor.page.get_by_role("button", name="Faults 1").click()
    assert titles(visitor) == ["Nation"]
    row(visitor, "Nation").locator("summary").click()
    visitor.follow("Close the station")
    visitor.page.get_by_label("Reason").fill("Water")
    visitor.press("Close the station")

    assert titles(visitor) == ["Nation"]
    visitor.sees("Closed – Water")
