"""The website as an app: manifest, worker, the page without a network, and what a browser keeps for it."""

import json
import re
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import Subscriber
from bookings import operations
from bookings.models import Booking
from stations.models import Network, Station
from tests import factories
from tests.conftest import Clock
from tests.website.visitor import Visitor

STATIC = Path(django_settings.BASE_DIR) / "autolib/website/static"


@pytest.fixture
def booking(bastille: Station, nation: Station, anne: Subscriber) -> Booking:
    Station.objects.filter(pk=bastille.pk).update(address="1 rue de la Roquette", access_note="Blue door, code 1789")
    Station.objects.filter(pk=nation.pk).update(address="2 place de la Nation", postal_code="75012", city="Paris")
    return operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test")


def test_the_manifest_makes_it_installable(stranger: Visitor) -> None:
    page = stranger.client.get("/", headers={"accept-language": "fr"}).content.decode()
    address = re.search(r'rel="manifest" href="([^"]+)"', page)
    assert address is not None
    response = stranger.client.get(address[1], headers={"accept-language": "en"})

    manifest = response.json()
    assert response["Content-Type"] == "application/manifest+json"
    assert (manifest["name"], manifest["lang"], manifest["display"]) == ("Paris", "fr", "standalone")
    assert (manifest["start_url"], manifest["scope"]) == ("/", "/")
    assert f"--page: {manifest['theme_color']};" in (STATIC / "site.css").read_text()
    assert f'content="{manifest["theme_color"]}"' in page
    assert {icon["sizes"] for icon in manifest["icons"]} >= {"any", "192x192", "512x512"}
    assert "maskable" in {icon["purpose"] for icon in manifest["icons"]}


def test_every_icon_is_there_in_the_size_that_it_says(stranger: Visitor) -> None:
    icons = stranger.client.get("/manifest.webmanifest").json()["icons"]

    for icon in icons:
        found = finders.find(icon["src"].removeprefix("/static/"))
        assert found is not None
        picture = Path(found).read_bytes()
        if icon["type"] == "image/png":
            width, height = (int.from_bytes(picture[at : at + 4], "big") for at in (16, 20))
            assert f"{width}x{height}" == icon["sizes"]


def files_of(worker: str) -> list[str]:
    kept = re.search(r"const FILES = (\[.*\]);", worker)
    assert kept is not None
    files: list[str] = json.loads(kept[1])
    return files


def version_of(client: Client) -> str:
    found = re.search(r'const VERSION = "(\w+)"', client.get("/service-worker.js").content.decode())
    assert found is not None
    return found[1]


def test_the_worker_serves_the_whole_site_and_keeps_files_that_exist(
    stranger: Visitor, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        response = stranger.client.get("/service-worker.js")

    assert response["Content-Type"].startswith("text/javascript")
    assert response["Cache-Control"] == "no-cache"
    assert "worker-src 'self'" in response["Content-Security-Policy"]
    files = files_of(response.content.decode())
    assert [file for file in files if finders.find(file.removeprefix("/static/")) is None] == []


def test_everything_that_the_offline_page_asks_for_is_kept(stranger: Visitor) -> None:
    page = stranger.client.get("/offline/").content.decode()
    asked = set(re.findall(r'<(?:script|link rel="(?:stylesheet|icon)")[^>]* (?:src|href)="([^"]+)"', page))

    assert asked
    assert asked <= set(files_of(stranger.client.get("/service-worker.js").content.decode()))


def test_a_worker_is_sent_once_and_changes_with_what_it_keeps(stranger: Visitor) -> None:
    first = stranger.client.get("/service-worker.js")
    again = stranger.client.get("/service-worker.js", headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    before = version_of(stranger.client)
    assert version_of(stranger.client) == before

    Network.objects.update(contact_email="bonjour@autolib.example")

    assert version_of(stranger.client) != before


@pytest.mark.parametrize(("asked", "words"), [("fr", "Aller au contenu"), ("en", "Skip to the content")])
def test_the_offline_page_speaks_as_asked_whatever_the_browser_says(stranger: Visitor, asked: str, words: str) -> None:
    other = {"fr": "en", "en": "fr"}[asked]
    response = stranger.client.get(f"/offline/?language={asked}", headers={"accept-language": other})

    assert response["Content-Language"] == asked
    assert f'<html lang="{asked}">' in response.content.decode()
    assert words in response.content.decode()


def test_the_offline_page_is_the_same_for_everybody(visitor: Visitor, stranger: Visitor, booking: Booking) -> None:
    pages = [one.client.get("/offline/?language=en").content.decode() for one in (visitor, stranger)]

    assert pages[0] == pages[1]
    assert "csrf" not in pages[0]
    assert "<form" not in pages[0]


def test_the_pocket_holds_the_present_booking(visitor: Visitor, booking: Booking) -> None:
    response = visitor.client.get("/bookings/pocket.json", headers={"accept-language": "en"})

    kept = response.json()["booking"]
    local = booking.held_until.astimezone(ZoneInfo("Europe/Paris"))
    assert response["Cache-Control"] == "no-store"
    assert (kept["phase"], kept["plate"]) == ("held", booking.vehicle.plate)
    assert kept["station"] == {
        "city": "Paris",
        "name": "Bastille",
        "address": "1 rue de la Roquette",
        "access_note": "Blue door, code 1789",
        "dock": 1,
    }
    assert kept["until"]["said"] == f"{local:%H:%M}"
    assert kept["dock"]["city"] == "Paris · 75012"
    assert (kept["dock"]["name"], kept["dock"]["address"]) == ("Nation", "2 place de la Nation")
    assert kept["dock"]["until"]["at"] > kept["until"]["at"]


def test_while_driving_it_holds_the_way_back(visitor: Visitor, booking: Booking) -> None:
    operations.start_trip(booking=booking, actor="test")

    kept = visitor.client.get("/bookings/pocket.json").json()["booking"]

    assert (kept["phase"], kept["until"], kept["dock"]["name"]) == ("driving", None, "Nation")
    assert kept["since"] is not None


def test_it_is_empty_when_nothing_stands(visitor: Visitor, booking: Booking, time: Clock) -> None:
    time.jump_to(booking.held_until + timedelta(seconds=1))

    assert visitor.client.get("/bookings/pocket.json").json()["booking"] is None


def test_nobody_else_finds_it(booking: Booking, paris: Network, stranger: Visitor) -> None:
    other = Client()
    other.force_login(factories.subscriber(paris, "Bruno").user)

    told = other.get("/bookings/pocket.json").json()
    assert told["booking"] is None
    assert told["account"]
    assert stranger.client.get("/bookings/pocket.json").status_code == 302


def test_the_pocket_asks_a_fixed_number_of_questions(
    visitor: Visitor, booking: Booking, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(6):
        visitor.client.get("/bookings/pocket.json")


def mark_of(page: str) -> tuple[str, str]:
    found = re.search(r'<meta name="pocket" content="(\w*)"[^>]*data-current="([^"]*)"', page)
    assert found is not None
    return found[1], found[2]


def test_each_page_tells_the_script_whose_pocket_it_is(visitor: Visitor, booking: Booking) -> None:
    account, current = mark_of(visitor.client.get("/").content.decode())
    assert account == visitor.client.get("/bookings/pocket.json").json()["account"]
    assert current == str(booking.pk)

    visitor.go("/account/").press("Sign out")

    assert mark_of(visitor.response.content.decode()) == ("", "")


def test_the_page_says_when_the_time_is_nearly_over(visitor: Visitor, booking: Booking, time: Clock) -> None:
    address = f"/bookings/{booking.pk}/"
    early = visitor.go(address).response.content.decode()
    assert re.search(r"data-nearly-over=[^>]* hidden>", early)
    time.jump_to(booking.held_until - timedelta(minutes=9))

    visitor.go(address)

    local = booking.held_until.astimezone(ZoneInfo("Europe/Paris"))
    assert f"The time is nearly over: be at the car by {local:%H:%M}, or keep it longer." in visitor.text
    assert not re.search(r"data-nearly-over=[^>]* hidden>", visitor.response.content.decode())
    visitor.press("Keep it longer")
    time.forward(minutes=31)
    assert "or keep it longer" not in visitor.go(address).text
