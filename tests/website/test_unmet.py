"""A search that finds nothing within a walk is counted: where, not for what words, and not again for a reload."""

from django.test import Client

from accounts.models import Subscriber
from bookings import operations
from bookings.models import RefusedRequest
from stations.models import Network, Place, Station
from tests import factories
from tests.conftest import Clock
from tests.website.visitor import Visitor


def kept() -> list[tuple[str, str, Subscriber | None]]:
    rows = RefusedRequest.objects.order_by("pk").select_related("station", "subscriber")
    return [(row.need, row.station.name, row.subscriber) for row in rows]


def test_a_journey_without_car_and_dock_counts_at_both_ends(visitor: Visitor, anne: Subscriber) -> None:
    factories.station(anne.network, "Versailles", latitude=48.8044, longitude=2.1232)
    factories.station(anne.network, "Vincennes", latitude=48.8474, longitude=2.4390)

    visitor.go("/?q=versailles&to=vincennes")

    assert kept() == [("car", "Versailles", anne), ("dock", "Vincennes", anne)]
    assert {row.command for row in RefusedRequest.objects.all()} == {"search"}


def test_a_reload_does_not_count_and_a_later_look_does(visitor: Visitor, nation: Station, time: Clock) -> None:
    for minutes in (0, 2, 2):
        time.forward(minutes=minutes)
        visitor.go("/?q=nation")
    assert len(kept()) == 1

    time.forward(minutes=2)
    visitor.go("/?q=nation")
    assert len(kept()) == 2


def test_strangers_are_told_apart_by_their_browsers(stranger: Visitor, nation: Station) -> None:
    other = Visitor(Client(headers={"user-agent": "Firefox/140.0 Android"}))
    for someone in (stranger, other, stranger, other):
        someone.go("/?q=nation")

    assert kept() == [("car", "Nation", None)] * 2


def test_what_was_found_and_what_is_elsewhere_does_not_count(
    visitor: Visitor, paris: Network, bastille: Station
) -> None:
    Place.objects.create(network=paris, name="Marseille", latitude=43.2965, longitude=5.3698)

    for page in ("/", "/?q=bastille", "/?q=bastille&to=bastille", "/?q=marseille", "/?q=nowhere-at-all"):
        visitor.go(page)
    visitor.client.head("/?q=marseille")

    assert kept() == []


def test_the_nearest_station_stands_for_a_place_and_for_a_position(visitor: Visitor, paris: Network) -> None:
    factories.station(paris, "Nation", latitude=48.8484, longitude=2.3959)
    Place.objects.create(network=paris, name="Cours de Vincennes", latitude=48.8475, longitude=2.4060)

    visitor.go("/?q=cours+de+vincennes")
    visitor.go("/?near=48.8500,2.3900")

    assert kept() == [("car", "Nation", RefusedRequest.objects.first().subscriber)]


def test_a_dock_sought_from_a_car_or_for_a_booking_counts(
    visitor: Visitor, anne: Subscriber, bastille: Station
) -> None:
    factories.station(anne.network, "Vincennes", latitude=48.8874, longitude=2.4390)
    visitor.go(f"/stations/{bastille.code}/?to=vincennes")
    booking = operations.reserve(subscriber=anne, station=bastille, actor="test")
    visitor.go(f"/bookings/{booking.pk}/?to=vincennes")

    assert kept() == [("dock", "Vincennes", anne)]


def test_a_form_that_is_refused_counts_once(visitor: Visitor, anne: Subscriber, bastille: Station) -> None:
    visitor.go(f"/stations/{bastille.code}/")
    form = visitor.fields_of("Reserve")
    operations.reserve(subscriber=anne, station=bastille, actor="test")

    visitor.send(f"/stations/{bastille.code}/", form)
    visitor.send(f"/stations/{bastille.code}/", form)

    row = RefusedRequest.objects.get()
    assert (row.code, row.subscriber, row.station) == ("already_holding", anne, bastille)
