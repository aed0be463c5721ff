"""The indicators on a phone and at a desk, in both languages: nothing scrolls sideways, no policy is broken."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from accounts.models import Subscriber
from bookings import figures, operations
from stations import clock
from stations.models import Network
from tests import factories
from tests.browser.conftest import Screen

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NOON = datetime(2027, 11, 23, 12, tzinfo=UTC)


@pytest.fixture
def at_desk(city: Network, chloe: Subscriber, time: Any) -> dict[str, str]:
    """Of three days the middle one is not computed. The cookies of Odile's browser."""
    time.jump_to(NOON)
    booking = operations.take_now(subscriber=chloe, station=city.stations.get(code="bastille"), actor="test")
    operations.end_trip(booking=booking, actor="test", reason="test")
    time.jump_to(NOON + timedelta(days=3))
    today = figures.date_at(city, clock.now())
    for days_ago in (3, 1):
        figures.compute_day(network=city, date=today - timedelta(days=days_ago))
    client = Client()
    client.force_login(factories.operator(city))
    return {name: client.cookies[name].value for name in client.cookies}


@pytest.mark.parametrize(("language", "width"), [("fr", 360), ("en", 1280)])
def test_the_indicators_fit(language: str, width: int, at_desk: dict[str, str], screen: Callable[..., Screen]) -> None:
    desk = screen(language=language, width=width, cookies=at_desk, color_scheme="dark" if width > 500 else "light")
    desk.go("/admin/figures/?days=7")
    for name, way in (("figures", "#days tbody a"), ("figures-day", "#rows tbody a"), ("figures-station", "")):
        desk.page.screenshot(path=str(desk.folder / f"{name}.png"), full_page=True)
        assert not desk.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        if way:
            desk.page.locator(way).first.click()
