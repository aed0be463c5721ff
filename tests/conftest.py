"""What every test may use: one small network, the clock, and the fixed cast (see factories)."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

from stations import clock
from stations.models import Network, Station
from tests import factories
from tests.pages.world import World

hypothesis_settings.register_profile("suite", deadline=None, max_examples=60, derandomize=False, print_blob=True)
hypothesis_settings.load_profile("suite")


@pytest.fixture(autouse=True)
def _language_of_the_settings() -> None:
    """A page leaves its language behind in the thread; the next test does not speak it."""
    translation.deactivate()


class Clock:
    """Moves the product's clock; real time still flows."""

    def forward(self, **duration: float) -> None:
        clock.shift(clock._offset + timedelta(**duration))

    def jump_to(self, instant: datetime) -> None:
        clock.shift(timedelta(0))
        clock.shift(instant - clock.now())

    def now(self) -> datetime:
        return clock.now()


@pytest.fixture
def time() -> Iterator[Clock]:
    yield Clock()
    clock.shift(timedelta(0))


@pytest.fixture
def django_assert_num_queries() -> Callable[[int], AbstractContextManager[CaptureQueriesContext]]:
    """As the stock one, but a statement that is prepared once a connection counts as it is run, not as it is prepared:
    which test is the first to ask it depends on their order.
    """

    @contextmanager
    def exactly(number: int) -> Iterator[CaptureQueriesContext]:
        with CaptureQueriesContext(connection) as asked:
            yield asked
        assert len(counted(asked)) == number, "\n".join(counted(asked))

    return exactly


def counted(asked: CaptureQueriesContext) -> list[str]:
    return [query["sql"] for query in asked.captured_queries if not query["sql"].startswith("PREPARE")]


@pytest.fixture
def paris(db: None) -> Network:
    return factories.network()


@pytest.fixture
def bastille(paris: Network) -> Station:
    """Two cars (90 % and 70 % charge) and two free docks."""
    return factories.station(paris, "Bastille", cars=[90, 70], free_docks=2)


@pytest.fixture
def nation(paris: Network) -> Station:
    """One free dock, no car."""
    return factories.station(paris, "Nation", latitude=48.8484, longitude=2.3959, free_docks=1)


@pytest.fixture
def world_of(
    db: None, settings: Settings, time: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[str], World]:
    """Where the stories of pages take place (tests/pages), in a language."""
    return lambda language: World(
        language=language, settings=settings, time=time, monkeypatch=monkeypatch, folder=tmp_path
    )
