"""The indicators: a network's own, down to the rows, at the same cost for any number of days."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from autolib.console.figure_columns import lasting, one_decimal, percent, whole
from bookings import figures, operations, refused
from bookings.models import Booking, NetworkDay
from stations import clock
from stations.models import Network, Station
from tests import factories
from tests.conftest import counted
from tests.console.conftest import City, build
from vehicles.models import Vehicle

PAGE = "/admin/figures/"
NOON = datetime(2027, 11, 23, 12, tzinfo=UTC)
# Session, person, networks, permissions of the person and of the groups.
USUAL = 5


def queries_of(client: Client, page: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert client.get(page).status_code == 200
    return len(counted(asked))


def computed(network: Network, *, days_ago: int = 1) -> NetworkDay:
    date = figures.date_at(network, clock.now()) - timedelta(days=days_ago)
    return figures.compute_day(network=network, date=date)


def a_trip(network: Network, origin: Station) -> Booking:
    """There and back into the same dock."""
    person = factories.subscriber(network)
    trip = operations.take_now(subscriber=person, station=origin, actor="test")
    car = Vehicle.objects.select_related("dock").get(pk=trip.vehicle_id)
    operations.unplugged(dock=car.dock, vehicle=car, event_time=clock.now(), actor="test")
    operations.plugged(dock=car.dock, vehicle=car, event_time=clock.now() + timedelta(seconds=1), actor="test")
    return Booking.objects.get(pk=trip.pk)


@pytest.fixture
def gare(lyon: Network) -> Station:
    return factories.station(lyon, "Gare", cars=[90], free_docks=1)


@pytest.fixture
def yesterday(lyon: Network, gare: Station, time: Any) -> NetworkDay:
    """One trip from Gare to Gare."""
    time.jump_to(NOON)
    a_trip(lyon, gare)
    time.jump_to(NOON + timedelta(days=1))
    return computed(lyon)


def test_before_any_day_is_computed_the_page_says_so(at_desk: Client, lyon: Network) -> None:
    page = at_desk.get(PAGE)

    assert "No day of this period has figures yet" in page.content.decode()


def test_an_operator_of_nothing_is_told_so(client: Client, db: None) -> None:
    client.force_login(factories.operator(name="Nadine"))
    client.cookies["django_language"] = "en"

    assert "You run no network" in client.get(PAGE).content.decode()


def test_the_index_leads_to_the_indicators(at_desk: Client, lyon: Network) -> None:
    assert f'href="{PAGE}"' in at_desk.get(reverse("admin:index")).content.decode()


def test_a_number_leads_to_its_rows(at_desk: Client, yesterday: NetworkDay) -> None:
    page = at_desk.get(PAGE)

    (row,) = page.context["days"].rows
    cells = dict(zip([column.key for column in page.context["columns"]], row["cells"], strict=True))
    assert (cells["trips"].text, cells["kept"].text, cells["expired"].text) == ("1", "100%", "0")
    assert cells["expired"].url == ""
    for key in ("per_car", "without_car"):
        assert at_desk.get(cells[key].url).context["row"] == yesterday
    for key in ("reservations", "trips", "kept"):
        found = at_desk.get(cells[key].url)
        assert list(found.context["cl"].queryset) == list(Booking.objects.all()), key
        earlier = yesterday.begins_at - timedelta(days=1)
        other_day = cells[key].url.replace(f"{yesterday.ends_at:%Y-%m-%d}", f"{yesterday.begins_at:%Y-%m-%d}")
        other_day = other_day.replace(f"gte={yesterday.begins_at:%Y-%m-%d}", f"gte={earlier:%Y-%m-%d}")
        assert not at_desk.get(other_day).context["cl"].queryset, key


def test_a_day_leads_to_its_stations_and_cars_and_they_to_bookings_and_events(
    at_desk: Client, yesterday: NetworkDay, gare: Station
) -> None:
    (row,) = at_desk.get(PAGE).context["days"].rows
    day = at_desk.get(row["url"])
    (station,) = day.context["rows"].rows
    cars = at_desk.get(row["url"], {"of": "cars"})
    course = at_desk.get(station["url"])

    for way in ("departures", "arrivals"):
        assert station[way].text == "1"
        assert list(at_desk.get(station[way].url).context["cl"].queryset) == list(Booking.objects.all())
    assert [car["trips"] for car in cars.context["rows"].rows] == ["1"]
    moments = course.context["rows"].rows
    assert [(moment["type"], moment["cars"]) for moment in moments if moment["about"].startswith("vehicle")] == [
        ("reservation start", 0),
        ("trip start", 0),
        ("unplugged", 0),
        ("trip end", 1),
    ]
    assert at_desk.get(moments[0]["url"]).context["cl"].result_count == 4


def test_refusals_are_counted_by_day_and_in_all(at_desk: Client, yesterday: NetworkDay, time: Any) -> None:
    now = time.now()
    time.jump_to(yesterday.begins_at + timedelta(hours=3))
    station = yesterday.network.stations.first()
    for _ in range(7):
        refused.note_search(network=yesterday.network, subscriber=None, station_id=station.pk, need="car")
    time.jump_to(now)

    page = at_desk.get(PAGE).content.decode()

    assert len(re.findall(r"<td>(?:<a [^>]*>)?7\b", page)) == 2
    rows = re.search(r'href="([^"]*refusedrequest[^"]*)"', page)
    assert rows is not None
    assert at_desk.get(rows[1].replace("&amp;", "&")).context["cl"].result_count == 7


def test_another_network_is_never_seen(at_desk: Client, lyon_city: City, paris_city: City, time: Any) -> None:
    time.jump_to(NOON)
    own, foreign = computed(lyon_city.network), computed(paris_city.network)

    pages = [
        at_desk.get(PAGE),
        at_desk.get(reverse("admin:figures_day", args=[lyon_city.network.pk, own.date])),
        at_desk.get(reverse("admin:figures_day", args=[lyon_city.network.pk, own.date]), {"of": "cars"}),
        at_desk.get(reverse("admin:figures_station", args=[lyon_city.network.pk, own.date, lyon_city.station.pk])),
    ]
    for page in pages:
        assert page.status_code == 200
        assert lyon_city.mark in page.content.decode()
        assert paris_city.mark not in page.content.decode()
    assert at_desk.get(PAGE, {"network": paris_city.network.pk}).status_code == 404
    bookings = reverse("admin:bookings_booking_changelist")
    for name in ("origin", "end"):
        assert paris_city.mark not in at_desk.get(bookings, {name: paris_city.station.pk}).content.decode()
    for args in (
        [paris_city.network.pk, foreign.date],
        [paris_city.network.pk, foreign.date, paris_city.station.pk],
        [lyon_city.network.pk, own.date, paris_city.station.pk],
    ):
        name = "admin:figures_day" if len(args) == 2 else "admin:figures_station"
        assert at_desk.get(reverse(name, args=args)).status_code == 404


def test_pages_cost_the_same_for_any_number_of_rows(at_desk: Client, lyon: Network, time: Any) -> None:
    time.jump_to(NOON)
    build(lyon, "Traboule", 1)
    time.jump_to(NOON + timedelta(days=1))
    day = computed(lyon)
    of_day = reverse("admin:figures_day", args=[lyon.pk, day.date])
    pages = (PAGE, of_day, f"{of_day}?of=cars")
    of_one = [queries_of(at_desk, page) for page in pages]
    time.jump_to(NOON + timedelta(days=3))
    build(lyon, "Traboule", 2)
    build(lyon, "Traboule", 3)
    for days_ago in (3, 2, 1):
        computed(lyon, days_ago=days_ago)

    # The clock, days, stations in order, their names, their hours, charge; the day, stations, names; the day, cars.
    assert of_one == [USUAL + 7, USUAL + 4, USUAL + 4]
    assert [queries_of(at_desk, page) for page in pages] == of_one


def test_what_is_asked_wrongly_is_said_or_ignored(at_desk: Client, yesterday: NetworkDay, lyon: Network) -> None:
    for asked in (
        {"first": "x"},
        {"first": "2026-02-30"},
        {"first": "9999-12-31"},
        {"last": "0001-01-01"},
        {"first": "2000-01-01"},
    ):
        assert at_desk.get(PAGE, asked).context["complaint"], asked
    for ignored in ({"days": "x"}, {"p": "x"}, {"s": "9" * 99}, {"need": "x"}, {"of": "x"}):
        assert at_desk.get(PAGE, ignored).status_code == 200, ignored
    assert at_desk.get(PAGE, {"network": "x"}).status_code == 404
    for day in ("x", "2026-02-30", "1999-01-01"):
        assert at_desk.get(f"{PAGE}{lyon.pk}/{day}/").status_code == 404


def test_plots_say_in_words_what_they_show(at_desk: Client, yesterday: NetworkDay) -> None:
    page = at_desk.get(PAGE, {"days": 7})

    told = page.content.decode()
    assert told.count('<svg viewBox="0 0 360 160" role="img"') == told.count("</desc>") == 4
    assert "highest 1 on" in told
    assert "style=" not in told.split('id="content-main"')[1]


def test_coordinates_have_a_point_in_every_language(at_desk: Client, yesterday: NetworkDay) -> None:
    at_desk.cookies["django_language"] = "fr"

    shapes = re.findall(r'(?:width|height|x|y|x1|y1|cx|cy)="([^"]*)"', at_desk.get(PAGE).content.decode())

    assert any("." in each for each in shapes)
    assert not any("," in each for each in shapes)


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", ["—", "0%", "67%", "0.4%", "99.6%", "100%", "3", "42.2", "24 h", "1 h 30 min"]),
        ("fr", ["—", "0 %", "67 %", "0,4 %", "99,6 %", "100 %", "3", "42,2", "24 h", "1 h 30"]),
    ],
)
def test_numbers_are_rounded_and_a_little_is_not_nothing(language: str, expected: list[str]) -> None:
    with override(language):
        shown = [percent(share) for share in (None, 0, 2 / 3, 0.004, 0.996, 1)]
        shown += [whole(2.6), one_decimal(Decimal("42.25")), lasting(86_400), lasting(5_430)]

    assert [one.replace("\N{NO-BREAK SPACE}", " ") for one in shown] == expected
