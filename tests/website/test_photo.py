"""The photo of a station: on its page and with a booking, at an address that caches may keep for ever."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from accounts.models import Subscriber
from bookings import operations
from stations.models import Network, Station
from stations.station_photos import remove_photo
from tests import factories
from tests.website.visitor import Visitor


def address(photo) -> str:
    return f"/stations/photos/{photo.digest}.jpg"


def page_of(visitor: Visitor, path: str) -> str:
    return visitor.go(path).response.content.decode()


def test_the_page_shows_the_photo_with_its_size_and_words(bastille: Station, stranger: Visitor) -> None:
    page = f"/stations/{bastille.code}/"
    assert "<img" not in page_of(stranger, page)
    photo = factories.photo(bastille, size=(320, 200))

    assert (
        f'<img src="{address(photo)}" width="320" height="200" loading="lazy" alt="Photo of station Bastille">'
    ) in page_of(stranger, page)

    factories.photo(bastille, caption='"><script>alert(1)</script>')
    assert 'alt="&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"' in page_of(stranger, page)


def test_who_walks_to_a_car_and_who_drives_to_a_dock_sees_where(
    bastille: Station, nation: Station, anne: Subscriber, visitor: Visitor
) -> None:
    start, end = factories.photo(bastille, size=(30, 20)), factories.photo(nation, size=(20, 30))
    booking = operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test")

    held = page_of(visitor, f"/bookings/{booking.pk}/")
    operations.start_trip(booking=booking, actor="test")
    driving = page_of(visitor, f"/bookings/{booking.pk}/")

    assert (address(start) in held, address(end) in held) == (True, False)
    assert (address(start) in driving, address(end) in driving) == (False, True)


def test_the_file_may_be_kept_for_ever_and_signs_nobody_in(bastille: Station, anne: Subscriber, client: Client) -> None:
    photo = factories.photo(bastille)
    client.force_login(anne.user)

    answer = client.get(address(photo))

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.content.startswith(b"\xff\xd8\xff")
    assert not answer.cookies
    assert "Cookie" not in answer.get("Vary", "")
    assert client.head(address(photo)).status_code == 200
    assert client.post(address(photo)).status_code == 405


def test_what_is_no_photo_any_more_or_never_was_is_not_found(bastille: Station, client: Client) -> None:
    first = factories.photo(bastille)
    second = factories.photo(bastille, colour="#ffffff")

    assert (client.get(address(first)).status_code, client.get(address(second)).status_code) == (404, 200)
    remove_photo(station=bastille, reason="Faces", actor="test")
    for path in (address(second), "/stations/photos/%00.jpg", f"/stations/photos/{'0' * 32}.jpg"):
        assert client.get(path).status_code == 404


def test_no_page_reads_the_file_nor_asks_more_for_it(
    paris: Network, anne: Subscriber, client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    place = factories.station(paris, "Alésia", cars=[80])
    factories.photo(place)
    client.force_login(anne.user)

    with django_assert_num_queries(12), CaptureQueriesContext(connection) as asked:
        client.get(f"/stations/{place.code}/")

    assert not [query for query in asked if "stationphotofile" in query["sql"]]
