"""Every page of the website in every state that it can be in.

A state is a story that ends on a page; it is told with real steps (operations, forms, links), never by writing columns.
To add a page or a state, write a story below `@shows("its URL name")` in any module of this folder: the inspection in
the browser, the search for forgotten English and the test that no page is missing find it there.
"""

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from tests.pages.world import World
from tests.website.visitor import Visitor

Story = Callable[[World], Visitor]


@dataclass(frozen=True)
class State:
    """`page` is a URL name, or the template of an error page; `presses` a button that only a browser can press."""

    page: str
    name: str
    story: Story
    is_main: bool = False
    presses: str = ""

    @property
    def slug(self) -> str:
        return f"{self.page}-{self.name}".replace("/", "-").replace(" ", "-").replace(".html", "")


STATES: list[State] = []
NOT_PAGES: dict[str, str] = {}


def shows(page: str, *, is_main: bool = False, presses: str = "") -> Callable[[Story], Story]:
    """The story is named by its function; a main page is looked at in all languages, widths and themes."""

    def register(story: Story) -> Story:
        STATES.append(State(page, story.__name__.replace("_", " "), story, is_main, presses))
        return story

    return register


def is_no_page(url_name: str, *, because: str) -> None:
    NOT_PAGES[url_name] = because


def every_state() -> list[State]:
    for module in pkgutil.iter_modules([str(Path(__file__).parent)]):
        import_module(f"tests.pages.{module.name}")
    assert len({state.slug for state in STATES}) == len(STATES), "two states of one page have the same name"
    return STATES
