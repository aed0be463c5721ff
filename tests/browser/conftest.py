"""A real Chromium, where there is one. Every page that a test shows is photographed and looked over."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.test import Client
from django.utils import translation
from pytest_django.live_server_helper import LiveServer

from accounts.models import Subscriber
from autolib.website import live
from bookings import operations
from bookings.models import Booking
from stations.models import Network, Place, Station
from tests import factories

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
SCREENSHOTS = Path(django_settings.BASE_DIR) / ".autolib/screenshots"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 15_000

# What is wrong with a page that anybody can see: it scrolls sideways, a button is too small for a thumb, a field has
# no name, there is not exactly one main heading.
LOOK_OVER = """() => {
  const wrong = [];
  const root = document.documentElement;
  if (root.scrollWidth > root.clientWidth) wrong.push(`scrolls sideways: ${root.scrollWidth} > ${root.clientWidth}`);
  if (document.querySelectorAll("h1").length !== 1) wrong.push("not one h1");
  const pressed = "button, .button, input:not([type=hidden], [type=checkbox], [type=radio]), select";
  for (const element of document.querySelectorAll(pressed)) {
    const { width, height } = element.getBoundingClientRect();
    const isSmall = height > 0 && Math.min(height, width) < 43.5;
    if (isSmall) wrong.push(`${width}x${height}: ${element.outerHTML.slice(0, 80)}`);
  }
  for (const field of document.querySelectorAll("input:not([type=hidden]), select")) {
    if (!field.labels.length) wrong.push(`no label: ${field.name}`);
  }
  return wrong;
}"""


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    is_required = os.environ.get("AUTOLIB_BROWSER") == "required"
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        missing = "Playwright is not installed (.ci/install-tools brings it)"
    else:
        missing = "" if CHROMIUM.exists() else f"there is no {CHROMIUM} (Debian: apt-get install chromium)"
    if missing:
        (pytest.fail if is_required else pytest.skip)(f"The browser tests did not run: {missing}.")
    # Playwright's loop runs in this thread, and Django would take its own calls for asynchronous ones.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=ARGUMENTS)
        yield browser
        # What Django opened while the loop ran it sees no more once the loop has ended.
        connections.close_all()
        browser.close()


class Screen:
    """One person's browser in one language at one width. English words are what it looks for, in its own language."""

    def __init__(self, context: Any, address: str, language: str, width: int) -> None:
        self.page = context.new_page()
        self.page.set_default_timeout(PATIENCE_MS)
        self.context = context
        self.address = address
        self.language = language
        self.folder = SCREENSHOTS / f"{language}-{width}"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.complaints: list[str] = []
        self.expected: tuple[str, ...] = ("status of 409",)
        self.shots = 0
        self.page.on("console", self._listen)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _listen(self, message: Any) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def expect_complaints(self, *words: str) -> None:
        """Said before or after they come: the browser tells of a broken request whenever it likes."""
        self.expected += words

    def unexpected(self) -> list[str]:
        return [text for text in self.complaints if not any(words in text for words in self.expected)]

    def say(self, english: str, context: str | None = None) -> str:
        with translation.override(self.language):
            return translation.pgettext(context, english) if context else translation.gettext(english)

    def go(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else self.address + path)

    def press(self, english: str, **values: str) -> None:
        name = self.say(english) % values if values else self.say(english)
        self.page.get_by_role("button", name=name).first.click()

    def follow(self, english: str) -> None:
        self.page.get_by_role("link", name=self.say(english)).first.click()

    def sees(self, english: str, **values: str) -> None:
        words = self.say(english) % values if values else self.say(english)
        self.page.get_by_text(words).first.wait_for()

    def until(self, expression: str) -> None:
        """Wait until it is true. (Playwright's own waiting evaluates text in the page, which our policy forbids.)"""
        for _ in range(PATIENCE_MS // 100):
            if self.page.evaluate(expression):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(f"never true: {expression}")

    def photograph(self, name: str) -> None:
        """Also looks the page over."""
        self.shots += 1
        self.page.screenshot(path=str(self.folder / f"{self.shots:02}-{name}.png"), full_page=True)
        assert self.page.evaluate(LOOK_OVER) == [], name
        assert self.page.evaluate("document.documentElement.lang") == self.language


@pytest.fixture
def screen(chromium: Any, live_server: LiveServer, settings: Any) -> Iterator[Callable[..., Screen]]:
    """Opens a browser; at the end no script may have complained, and no policy may have been broken."""
    live._made.clear()
    settings.ACCOUNT_RATE_LIMITS = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    screens: list[Screen] = []

    def opened(*, language: str, width: int, cookies: dict[str, str] | None = None, **options: Any) -> Screen:
        # A worker between page and server would only blur what the other tests look at.
        options.setdefault("service_workers", "block")
        context = chromium.new_context(
            viewport={"width": width, "height": 844 if width < 500 else 800},
            locale={"fr": "fr-FR", "en": "en-GB"}[language],
            **options,
        )
        for name, value in (cookies or {}).items():
            context.add_cookies([{"name": name, "value": value, "url": live_server.url}])
        screens.append(Screen(context, live_server.url, language, width))
        return screens[-1]

    yield opened
    for one in screens:
        one.context.close()
        assert one.unexpected() == []


@pytest.fixture
def city(transactional_db: None) -> Network:
    """Bastille has cars, Nation and Daumesnil have docks; and one may search for Bastille as a place."""
    paris = factories.network()
    factories.plan(paris)
    factories.station(paris, "Bastille", cars=[90, 70], free_docks=1, code="bastille", address="1 rue de la Roquette")
    for name, latitude, longitude in (("Nation", 48.8484, 2.3959), ("Daumesnil", 48.8396, 2.3960)):
        factories.station(paris, name, free_docks=2, code=name.lower(), latitude=latitude, longitude=longitude)
    closed = {"is_renting": False, "is_returning": False, "closure_reason": "Travaux"}
    factories.station(paris, "Odéon", code="odeon", latitude=48.8520, longitude=2.3390, **closed)
    Place.objects.create(network=paris, name="Place de la Bastille", latitude=48.8532, longitude=2.3692)
    assert Station.objects.count() == 4
    return paris


@pytest.fixture
def chloe(city: Network) -> Subscriber:
    return factories.subscriber(city, "Chloé")


@pytest.fixture
def signed_in(chloe: Subscriber) -> dict[str, str]:
    """The cookies of Chloé's browser."""
    client = Client()
    client.force_login(chloe.user)
    return {name: client.cookies[name].value for name in client.cookies}


@pytest.fixture
def booking(city: Network, chloe: Subscriber) -> Booking:
    Station.objects.filter(code="bastille").update(access_note="Blue door, code 1789")
    Station.objects.filter(code="nation").update(address="2 place de la Nation", access_note="Level -1, on the left")
    return operations.reserve(
        subscriber=chloe,
        station=Station.objects.get(code="bastille"),
        destination=Station.objects.get(code="nation"),
        actor="test",
    )
