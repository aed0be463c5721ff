"""A working day in the control room, in both languages: what is worst is seen first, and mended in a press or two."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from bookings import operations, refused, tasks
from bookings.models import Booking, State
from stations import clock
from stations.models import Dock, DockReport, Network, Station, Trace
from stations.operations import open_station
from stations.rights import Role
from tests import factories
from tests.browser.conftest import SCREENSHOTS, Screen
from tests.browser.effort import Effort
from tests.browser.inspection import AXE, EVERY_RULE
from tests.browser.test_second_step import RUN_AXE_ALONE
from vehicles.models import FieldTask, Vehicle

pytestmark = pytest.mark.browser

MOST_SECONDS = 60


@pytest.fixture
def karim(city: Network) -> User:
    return factories.operator(city, name="Karim", role=Role.CONTROL)


@pytest.fixture
def morning(city: Network) -> Booking:
    """Chloé waits for a car at Bastille and drives to a dock at Nation; Bruno has been driving since last night."""
    bastille, nation = Station.objects.get(code="bastille"), Station.objects.get(code="nation")
    bruno = factories.subscriber(city, "Bruno")
    night = factories.vehicle(factories.dock(bastille))
    trip = operations.take_now(subscriber=bruno, vehicle=night, actor="test")
    Booking.objects.filter(pk=trip.pk).update(started_at=clock.now() - timedelta(hours=14))
    return operations.reserve(
        subscriber=factories.subscriber(city, "Chloé"), station=bastille, destination=nation, actor="test"
    )


def at_the_desk(screen: Callable[..., Screen], user: User, language: str, width: int = 1280) -> Screen:
    User.objects.filter(pk=user.pk).update(language=language)
    client = Client()
    client.force_login(user)
    cookies = {name: client.cookies[name].value for name in client.cookies}
    visitor = screen(language=language, width=width, cookies={**cookies, "django_language": language})
    visitor.page.add_init_script(AXE)
    visitor.go("/admin/")
    return visitor


def look_at(visitor: Screen, name: str) -> None:
    page, faults = visitor.page, []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.wait_for_timeout(300)
        faults += [f"{theme} {fault}" for fault in page.evaluate(RUN_AXE_ALONE, EVERY_RULE)]
        wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        faults += [f"{theme} scrolls sideways"] if wide else []
        page.screenshot(path=str(visitor.folder / f"console-{name}-{theme}.png"), full_page=True)
    page.emulate_media(color_scheme="light")
    assert faults == [], name


def trouble(visitor: Screen, code: str):
    return visitor.page.locator(f'[data-part="{code}"]')


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_morning_without_cars(screen: Callable[..., Screen], karim: User, city: Network, language: str) -> None:
    """People ask in vain at Nation, Bastille has more than it needs: two presses, the crew's phone, and it is over."""
    nation, fatou = Station.objects.get(code="nation"), factories.crew(city)
    for number in range(3):
        person = factories.subscriber(city, f"Early{number}")
        refused.note_search(network=city, subscriber=person, station_id=nation.pk, need="car")
    visitor = at_the_desk(screen, karim, language)
    page, effort = visitor.page, Effort()

    effort.decides("where people ask in vain")
    effort.press()
    unmet = trouble(visitor, "refusals").get_by_role("listitem").filter(has_text="Nation")
    assert unmet.locator(".figure").inner_text() == "3"
    unmet.get_by_role("link", name=visitor.say("Bring cars")).click()
    page.get_by_label("Bastille").first.wait_for()
    assert page.locator("input[type=checkbox]:checked").count() == 1
    look_at(visitor, f"bring-{language}")
    effort.decides("which car")
    effort.press()
    visitor.press("Bring cars here")
    page.locator(".messagelist .success").first.wait_for()
    trouble(visitor, "empty").get_by_text(visitor.say("%(count)s car is asked for") % {"count": 1}).wait_for()
    effort.write(SCREENSHOTS / f"morning-{language}.txt")
    assert effort.seconds <= MOST_SECONDS

    # The crew takes it out, drives, and plugs it in: the station has a car, and the board is calm again.
    task = FieldTask.objects.get(target=nation)
    phone = at_the_desk(screen, fatou, language, width=390)
    phone.go("/admin/tasks/")
    phone.press("Take it")
    phone.page.get_by_role("button", name=phone.say("Start", "a field task"), exact=True).click()
    phone.page.get_by_role("button", name=phone.say("Done", "a field task"), exact=True).wait_for()
    look_at(phone, f"moving-{language}")
    car, now = task.vehicle, clock.now()
    operations.unplugged(dock=car.dock, vehicle=car, event_time=now, actor="device:x")
    operations.plugged(dock=nation.docks.first(), vehicle=car, event_time=now + timedelta(seconds=1), actor="device:x")
    phone.page.get_by_role("button", name=phone.say("Done", "a field task"), exact=True).click()
    phone.page.get_by_text(phone.say("Nothing is waiting: every task is done or taken.")).wait_for()

    visitor.go("/admin/")
    page.locator(".as-of").wait_for()
    names = trouble(visitor, "empty").locator(".what").all_inner_texts()
    assert not any("Nation" in name for name in names)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_post_dies_and_a_car_park_is_flooded(
    screen: Callable[..., Screen], karim: User, morning: Booking, language: str
) -> None:
    visitor = at_the_desk(screen, karim, language)
    page, effort = visitor.page, Effort()
    look_at(visitor, f"board-{language}")

    # A post at Nation reports a fault while the board is open: it appears by itself, at the top.
    kept = morning.dock_holds.get().dock
    at = clock.now()
    DockReport.objects.create(dock=kept, status="Faulted", error_code="GroundFailure", event_time=at, received_at=at)
    trouble(visitor, "docks_at_risk").wait_for()
    effort.decides("the dock in fault")
    effort.press()
    trouble(visitor, "faults").get_by_role("link", name=visitor.say("Take out of service")).click()
    page.locator(".touched", has_text="Chloé").wait_for()
    look_at(visitor, f"act-{language}")
    page.get_by_label(visitor.say("Reason")).fill(effort.types("Post dead"))
    effort.press()
    visitor.press("Take the dock out of service")
    page.locator(".messagelist .success").first.wait_for()
    hold = morning.dock_holds.get(state="held")
    assert (hold.dock.station.code, hold.dock == kept) == ("nation", False)

    # Water in the car park: the station closes, whoever waits there gets the next car or a word.
    bastille = Station.objects.get(code="bastille")
    near = factories.station(bastille.network, "Faidherbe", cars=[80], latitude=48.8545, longitude=2.3705)
    visitor.go("/admin/stations/station/?q=bastille")
    page.get_by_role("link", name="Bastille").first.click()
    page.get_by_role("link", name=visitor.say("Close the station")).click()
    page.locator(".touched", has_text="Faidherbe").wait_for()
    page.get_by_label(visitor.say("Reason")).fill("Inondation")
    visitor.press("Close the station")
    page.locator(".messagelist .success").first.wait_for()
    moved = Booking.objects.get(replaces=morning)
    assert (moved.origin_station, moved.dock_holds.get(state="held").dock.station.code) == (near, "nation")

    # What was done stands in the history of the station, by name and with the reason.
    visitor.go(f"/admin/stations/station/{bastille.pk}/history/")
    page.get_by_role("row", name="Inondation").filter(has_text="Karim").first.wait_for()
    look_at(visitor, f"history-{language}")
    mail.outbox.clear()
    tasks.deliver()
    tasks.send_notifications()
    assert {one.to[0].split("@")[0].rstrip("0123456789") for one in mail.outbox} >= {"chloé"}


def test_the_worst_of_the_network_is_mended_without_a_manual(
    screen: Callable[..., Screen], karim: User, morning: Booking
) -> None:
    """From the first page: the trip that never ended is on top, and one press and a reason end it."""
    visitor = at_the_desk(screen, karim, "en")
    page, effort = visitor.page, Effort()
    first = page.locator("#board .trouble").first
    assert first.get_attribute("data-part") == "overlong"

    effort.decides("what is worst")
    effort.press()
    first.get_by_role("link", name="End the trip").click()
    effort.decides("why")
    page.get_by_label("Reason").fill(effort.types("He called: plugged in, the post was dead"))
    effort.press()
    visitor.press("End the trip")
    page.locator(".messagelist .success").first.wait_for()

    ended = Booking.objects.get(subscriber__user__full_name="Bruno")
    assert (ended.state, ended.end_note) == (State.COMPLETED, "He called: plugged in, the post was dead")
    assert Trace.objects.filter(act="end_trip", actor=f"operator:{karim.pk}").exists()
    effort.write(SCREENSHOTS / "first-trouble.txt")
    assert effort.seconds <= MOST_SECONDS


def test_the_board_by_keyboard_on_a_phone_and_calm(
    screen: Callable[..., Screen], karim: User, morning: Booking
) -> None:
    visitor = at_the_desk(screen, karim, "fr", width=390)
    page = visitor.page
    look_at(visitor, "board-phone")

    page.locator("#board .trouble .act").first.focus()
    page.keyboard.press("Enter")
    page.get_by_label("Motif").wait_for()

    operations.end_trip(booking=Booking.objects.get(state=State.ON_TRIP), reason="x", actor="test")
    Vehicle.objects.filter(dock=None).update(dock=Dock.objects.filter(station__code="daumesnil").first())
    open_station(station=Station.objects.get(code="odeon"), actor="test")
    visitor.go("/admin/")
    page.get_by_text("Rien ne demande quelqu’un pour le moment.").wait_for()
    look_at(visitor, "board-calm")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_subscriber_calls(screen: Callable[..., Screen], karim: User, morning: Booking, language: str) -> None:
    """By the telephone number that the display shows, to what happened, to ten more minutes."""
    User.objects.filter(pk=morning.subscriber.user_id).update(phone="+33 6 12 34 56 78")
    visitor = at_the_desk(screen, karim, language)
    page = visitor.page

    visitor.go("/admin/accounts/subscriber/")
    page.locator("#searchbar").fill("06 12 34 56 78")
    page.keyboard.press("Enter")
    page.locator("#result_list").get_by_role("link", name="Chloé").first.click()
    visitor.follow("What happened")
    page.locator(".timeline", has_text="Bastille").wait_for()
    look_at(visitor, f"timeline-{language}")

    visitor.go(f"/admin/bookings/booking/{morning.pk}/change/")
    visitor.follow("Hold the car longer")
    page.get_by_label(visitor.say("Minutes more")).fill("10")
    page.get_by_label(visitor.say("Reason")).fill("Stuck in the metro")
    visitor.press("Hold the car longer")
    page.locator(".messagelist .success").first.wait_for()

    before = morning.held_until
    morning.refresh_from_db()
    assert morning.held_until - before == timedelta(minutes=10)
