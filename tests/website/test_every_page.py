"""The register of pages (tests/pages) is complete; tests/browser looks at each of its states."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.urls import URLPattern, URLResolver

from autolib.website import urls
from tests.pages.forgotten import english_in
from tests.pages.registry import NOT_PAGES, every_state

TEMPLATES = Path(settings.BASE_DIR) / "autolib/website/templates"
FRAME_OF_ERRORS = "errors/plain.html"


def names(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from names(one.url_patterns)
        else:
            yield one.name or str(one.pattern)


def test_every_address_has_its_states() -> None:
    missing = set(names(urls.urlpatterns)) - {state.page for state in every_state()} - set(NOT_PAGES)

    assert not missing, "tell a story of each in tests/pages, or say there why it is no page"


def test_every_error_page_has_its_state() -> None:
    pages = {str(path.relative_to(TEMPLATES)) for path in [*TEMPLATES.glob("errors/*.html"), TEMPLATES / "429.html"]}

    assert pages - {FRAME_OF_ERRORS} <= {state.page for state in every_state()}


def test_what_is_no_page_is_an_address_without_states() -> None:
    assert not set(NOT_PAGES) & {state.page for state in every_state()}
    assert set(NOT_PAGES) <= set(names(urls.urlpatterns))


def test_forgotten_english_is_found() -> None:
    assert english_in("<p>Find a car</p>") == []
    assert english_in('<p aria-label="Your car\n is waiting">') == ["Your car is waiting"]
