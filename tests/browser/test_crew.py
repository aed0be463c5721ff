"""A member of the crew at a kerb: one hand, a phone, French; two tasks, one of them with the keyboard alone."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from bookings import operations
from stations.models import Network, Station
from tests import factories
from tests.browser.conftest import Screen
from tests.browser.inspection import AXE, CUT_OFF, EVERY_RULE, RUN_AXE
from tests.browser.test_keyboard import enter, tab_to
from tests.vehicles.test_photos import with_position
from vehicles.models import FieldPhoto, FieldTask, Vehicle

pytestmark = pytest.mark.browser

NATION = {"latitude": 48.8484, "longitude": 2.3959}


@pytest.fixture
def fatou(city: Network) -> User:
    return factories.crew(city, language="fr")


@pytest.fixture
def work(city: Network) -> list[FieldTask]:
    """A dirty car at Bastille, out of service, and a dock to look at near Nation."""
    Station.objects.filter(code="bastille").update(access_note="Portail bleu, code 1789")
    car = Vehicle.objects.filter(dock__station__code="bastille")[0]
    operations.withdraw_vehicle(vehicle=car, cause=Vehicle.Cause.CLEANING, note="Boue", actor="desk")
    clean = factories.task(vehicle=car, why="Sièges couverts de boue")
    check = factories.task(dock=Station.objects.get(code="nation").docks.all()[0], kind=FieldTask.Kind.CHECK)
    return [clean, check]


def phone(screen: Callable[..., Screen], person: User, **options: Any) -> Screen:
    client = Client()
    client.force_login(person)
    cookies = {name: client.cookies[name].value for name in client.cookies}
    visitor = screen(language="fr", width=390, cookies=cookies, **options)
    visitor.context.add_init_script(AXE)
    return visitor


def press(visitor: Screen, english: str, context: str = "a field task") -> None:
    visitor.page.get_by_role("button", name=visitor.say(english, context), exact=True).click()


def look_over(visitor: Screen, name: str) -> None:
    """As every page is: by eye, by axe in both themes, at 320 pixels."""
    visitor.photograph(name)
    for theme in ("light", "dark"):
        visitor.page.emulate_media(color_scheme=theme)
        assert visitor.page.evaluate(RUN_AXE, EVERY_RULE) == [], (name, theme)
    visitor.page.emulate_media(color_scheme="light")
    visitor.page.set_viewport_size({"width": 320, "height": 640})
    assert visitor.page.evaluate(CUT_OFF) == [], name
    visitor.page.set_viewport_size({"width": 390, "height": 844})


def test_two_tasks_of_a_shift(screen: Callable[..., Screen], fatou: User, work: list[FieldTask]) -> None:
    visitor = phone(screen, fatou, geolocation=NATION, permissions=["geolocation"])
    visitor.go("/admin/tasks/")
    visitor.sees("Next, the longest waiting first")
    look_over(visitor, "waiting")

    visitor.press("Take it")
    press(visitor, "Start")
    visitor.sees("The car may be rented again")
    look_over(visitor, "under way")
    photo = {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": with_position()}
    visitor.page.set_input_files("input[type=file]", [photo])
    visitor.page.get_by_label(visitor.say("Note (optional)")).fill("Aspirée")
    visitor.page.get_by_label(visitor.say("The car may be rented again")).check()
    press(visitor, "Done")
    visitor.sees("Next, from %(place)s", place="Bastille")
    look_over(visitor, "the next one")

    clean, check = work
    clean.refresh_from_db()
    assert (clean.state, clean.outcome, clean.vehicle.is_in_service) == ("done", "Aspirée", True)
    assert FieldPhoto.objects.get().task == clean

    # The second by the keyboard alone.
    tab_to(visitor, visitor.say("Take it"))
    enter(visitor)
    tab_to(visitor, visitor.say("It cannot be done"))
    visitor.page.keyboard.press("Enter")
    tab_to(visitor, visitor.say("Why not?"))
    visitor.page.keyboard.type("Neige")
    look_over(visitor, "cannot be done")
    tab_to(visitor, visitor.say("Hand it back"))
    enter(visitor)
    tab_to(visitor, visitor.say("Take it"))
    enter(visitor)
    tab_to(visitor, visitor.say("Start", "a field task"))
    enter(visitor)
    tab_to(visitor, visitor.say("Note (optional)"))
    visitor.page.keyboard.type("Rien vu")
    enter(visitor)
    visitor.sees("Nothing is waiting: every task is done or taken.")
    look_over(visitor, "nothing left")

    check.refresh_from_db()
    assert (check.state, check.outcome) == ("done", "Rien vu")


def test_the_position_of_the_phone_is_asked_for_by_a_button(
    screen: Callable[..., Screen], fatou: User, work: list[FieldTask]
) -> None:
    visitor = phone(screen, fatou, geolocation=NATION, permissions=["geolocation"])
    visitor.go("/admin/tasks/")
    first = "document.querySelector('.card .where strong').innerText"
    assert visitor.page.evaluate(first) == "Bastille"

    with visitor.page.expect_navigation():
        visitor.press("Nearest to where I am")

    assert visitor.page.evaluate(first) == "Nation"
    visitor.sees("Next, from where you are")
    assert "48.8" not in visitor.page.url
    look_over(visitor, "from here")


def test_a_phone_that_does_not_tell_its_position_and_one_without_scripts(
    screen: Callable[..., Screen], fatou: User, work: list[FieldTask]
) -> None:
    silent = phone(screen, fatou, permissions=[])
    silent.go("/admin/tasks/")
    silent.press("Nearest to where I am")
    silent.sees("Your phone does not tell its position. Type the name of a station instead.")

    plain = phone(screen, fatou, java_script_enabled=False)
    plain.go("/admin/tasks/")
    assert plain.page.get_by_role("button", name=plain.say("Nearest to where I am")).count() == 0
    plain.page.get_by_label(plain.say("Where are you? A station, a street or a place")).fill("nation")
    press(plain, "Show", "nearest tasks")
    plain.sees("Next, from %(place)s", place="Nation")
    plain.press("Take it")
    plain.sees("Yours")
