"""The demo's stand-ins: a mailbox and each station's virtual post, which speaks as a real one does."""

from pathlib import Path

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from pytest_django import Settings

from bookings import operations
from bookings.models import Booking, State
from stations.models import DeviceMessage, Event, Station
from tests.conftest import Clock
from tests.website.visitor import Visitor


@pytest.fixture
def demo(settings: Settings, tmp_path: Path) -> None:
    settings.DEMO = True
    settings.MAIL_DIR = settings.EMAIL_FILE_PATH = str(tmp_path)
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"


def test_outside_the_demo_there_is_none(bastille: Station, client: Client) -> None:
    assert client.get("/demo/mail/").status_code == 404
    assert client.get(f"/demo/posts/{bastille.code}/").status_code == 404


def test_the_mailbox_shows_the_newest_first_with_links(demo: None, stranger: Visitor) -> None:
    EmailMessage("Première", "http://localhost/un", to=["anne@example.org"]).send()
    EmailMessage(
        "Seconde", "<b>gras</b>", to=["anne@example.org"], headers={"Date": "Mon, 1 Jan 2035 00:00:00 -0000"}
    ).send()

    stranger.go("/demo/mail/")

    assert stranger.text.index("Seconde") < stranger.text.index("Première")
    assert ("http://localhost/un", "http://localhost/un") in stranger.page.links
    assert "<b>gras</b>" in stranger.text


def test_the_mailbox_may_be_empty(demo: None, stranger: Visitor) -> None:
    assert "No mail yet." in stranger.go("/demo/mail/").text


def test_a_trip_by_the_posts_alone(
    demo: None, bastille: Station, nation: Station, visitor: Visitor, time: Clock
) -> None:
    visitor.go(f"/demo/posts/{bastille.code}/").press("Hold up my badge")
    booking = Booking.objects.get()
    assert f"Welcome. Your car is {booking.vehicle.plate}, at dock 1." in visitor.text

    time.forward(seconds=2)
    visitor.press(f"Unplug {booking.vehicle.plate}")
    assert "Thank you, that is noted." in visitor.text

    time.forward(minutes=5)
    visitor.go(f"/demo/posts/{nation.code}/").press("Plug in")
    booking.refresh_from_db()
    assert (booking.state, booking.end_station) == (State.COMPLETED, nation)
    assert list(DeviceMessage.objects.order_by("id").values_list("kind", flat=True)) == [
        "badge",
        "unplugged",
        "plugged",
    ]
    actors = set(Event.objects.filter(type__in=["trip_start", "trip_end"]).values_list("actor", flat=True))
    assert all(actor.startswith("device:") for actor in actors)


def test_the_posts_screen_says_why_it_refuses(demo: None, bastille: Station, stranger: Visitor) -> None:
    stranger.go(f"/demo/posts/{bastille.code}/").press("Hold it up", badge="0000")

    assert "This badge is not known or no longer active." in stranger.text


def test_the_posts_screen_speaks_french(demo: None, bastille: Station, stranger: Visitor) -> None:
    stranger.headers = {"accept-language": "fr"}

    stranger.go(f"/demo/posts/{bastille.code}/").press("Le présenter", badge="0000")

    assert "Ce badge est inconnu ou n’est plus actif." in stranger.text
    assert stranger.page.language == "fr"


def test_the_booking_page_leads_to_the_post(demo: None, bastille: Station, anne: object, visitor: Visitor) -> None:
    booking = operations.reserve(subscriber=anne, station=bastille, actor="test")

    visitor.go(f"/bookings/{booking.pk}/").follow("use the virtual post").press("Hold up my badge")

    booking.refresh_from_db()
    assert booking.state == State.ON_TRIP


@pytest.mark.parametrize(
    "sent", [{}, {"act": "unplug", "dock": "99"}, {"act": "plug", "dock": "1"}, {"act": "²", "dock": "²"}]
)
def test_nonsense_at_the_post_is_answered(demo: None, bastille: Station, client: Client, sent: dict[str, str]) -> None:
    assert client.post(f"/demo/posts/{bastille.code}/", sent).status_code == 200
