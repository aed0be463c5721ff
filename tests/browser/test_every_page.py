"""Every page in every state (tests/pages): in French on a phone by day, then on a desk by night; each page once, and
the main pages in every width and theme, in English too. The pictures: .autolib/screenshots/every-page/index.html."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser import contact_sheet
from tests.browser.contact_sheet import Picture
from tests.browser.inspection import Window
from tests.pages import booking
from tests.pages.forgotten import english_in
from tests.pages.registry import State, every_state
from tests.pages.world import Speaker, World

pytestmark = pytest.mark.browser

FIRST_LOOK = {"fr": (390, "light"), "en": (1280, "dark")}
EVERY_LOOK = [(width, theme) for width in (390, 1280) for theme in ("light", "dark")]


def cases() -> Iterator[Any]:
    known: set[str] = set()
    for state in every_state():
        yield pytest.param(state, "fr", id=f"{state.slug}-fr")
        if state.is_main or state.page not in known:
            yield pytest.param(state, "en", id=f"{state.slug}-en")
        known.add(state.page)


def looks(state: State, language: str) -> list[tuple[int, str]]:
    """After the first one: on the same page, without loading it anew."""
    if state.is_main:
        return [look for look in EVERY_LOOK if look != FIRST_LOOK[language]]
    return [(390, "dark")] if language == "fr" else []


@pytest.fixture(scope="module")
def opened(chromium: Any) -> Iterator[dict[str, Window]]:
    windows = {language: Window(chromium, language=language) for language in FIRST_LOOK}
    yield windows
    for window in windows.values():
        window.context.close()


@pytest.fixture
def windows(opened: dict[str, Window], db: None) -> Iterator[dict[str, Window]]:
    yield opened
    for window in opened.values():
        window.leave()


@pytest.fixture(scope="module")
def album() -> Iterator[list[Picture]]:
    contact_sheet.clear()
    taken: list[Picture] = []
    yield taken
    contact_sheet.write(taken)


@pytest.mark.parametrize(("state", "language"), list(cases()))
def test_every_page(
    windows: dict[str, Window],
    album: list[Picture],
    world_of: Callable[[str], World],
    state: State,
    language: str,
) -> None:
    window = windows[language]
    visitor = state.story(world_of(language))
    assert visitor.page.language == language
    window.become(*FIRST_LOOK[language])
    window.show(visitor)
    if state.presses:
        window.press(Speaker(visitor.client, language).say(state.presses))

    photograph(window, state, album)
    faults = window.faults() + window.faults_when_zoomed_and_spaced()
    for look in looks(state, language):
        window.become(*look)
        if state.is_main:
            photograph(window, state, album)
        faults += window.faults_of_looks()
    if language == "fr":
        faults += [f"English: {words}" for words in english_in(visitor.response.content.decode())]

    assert faults + window.complaints == []


def photograph(window: Window, state: State, album: list[Picture]) -> None:
    picture = Picture(state.page, state.name, window.language, window.width, window.theme)
    window.page.screenshot(path=picture.path, full_page=True, type="jpeg", quality=70)
    album.append(picture)


@pytest.fixture
def window(windows: dict[str, Window]) -> Iterator[Window]:
    one = windows["fr"]
    yield one
    one.page.emulate_media(media="screen", forced_colors="none", reduced_motion="reduce")


def test_forced_colours_leave_edges_and_the_legend(window: Window, world_of: Callable[[str], World]) -> None:
    window.become(1280, "light")
    window.page.emulate_media(forced_colors="active")
    window.show(world_of("fr").stranger.go("/"))

    edges = window.page.eval_on_selector_all(".button", "all => all.map(one => getComputedStyle(one).borderStyle)")
    halves = ".key-car, .key-dock, .key-none"
    keys = window.page.eval_on_selector_all(halves, "all => all.map(one => getComputedStyle(one).backgroundColor)")
    page = window.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert edges
    assert set(edges) == {"solid"}
    assert len({*keys, page}) == 4


def test_who_wants_no_motion_gets_none(window: Window, world_of: Callable[[str], World]) -> None:
    moving = """() => {
      document.querySelector("[data-offer]").classList.add("has-changed");
      const still = new Set(["0s", ""]);
      const times = [...document.querySelectorAll("body *")].map(one => getComputedStyle(one).transitionDuration);
      return document.getAnimations().length + times.filter(time => !still.has(time)).length;
    }"""
    window.become(1280, "light")
    window.page.emulate_media(reduced_motion="no-preference")
    window.show(world_of("fr").stranger.go("/"))
    assert window.page.evaluate(moving) > 0

    window.page.emulate_media(reduced_motion="reduce")
    window.page.reload()

    assert window.page.evaluate(moving) == 0
    assert window.page.evaluate("document.querySelector('[data-map]').map.options.zoomAnimation") is False


def test_a_booking_on_paper_has_no_navigation(window: Window, world_of: Callable[[str], World]) -> None:
    window.show(booking.held_with_a_dock(world_of("fr")))
    window.page.emulate_media(media="print")

    for furniture in (".site-header", ".site-nav", ".languages", ".site-footer", "button"):
        assert not window.page.locator(furniture).filter(visible=True).count(), furniture
    assert window.page.locator("h1").is_visible()
    assert window.page.locator(".plate").first.is_visible()
