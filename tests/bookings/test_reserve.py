"""Reserving: what is granted, what is refused, and that both or neither are held."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Subscriber
from bookings import operations
from bookings.models import Booking, DockHold, State
from bookings.refusals import (
    AlreadyHolding,
    CarUnavailable,
    DockUnavailable,
    NetworkClosed,
    NotFound,
    StationClosed,
    SubscriberBlocked,
    SubscriptionRequired,
)
from stations.models import Event, Network, Station
from tests import factories
from vehicles.models import Vehicle


def test_the_best_car_of_the_station_is_held_for_half_an_hour(bastille: Station, anne: Subscriber) -> None:
    booking = operations.reserve(subscriber=anne, station=bastille, actor="test")

    assert booking.state == State.RESERVED
    assert booking.vehicle.report.charge_percent == 90
    assert booking.held_until - booking.reserved_at == timedelta(minutes=30)


def test_car_and_dock_are_held_together_and_told_in_two_events(
    bastille: Station, nation: Station, anne: Subscriber
) -> None:
    booking = operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test")

    hold = booking.dock_holds.get()
    assert hold.dock.station == nation
    assert hold.held_until - booking.reserved_at == timedelta(minutes=90)
    told = Event.objects.filter(ref=booking.pk).order_by("id").values_list("aggregate", "type", "version")
    assert list(told) == [("vehicle", "reservation_start", 1), ("dock", "dock_hold_start", 1)]


def test_without_a_free_dock_no_car_is_held_either(
    bastille: Station, nation: Station, anne: Subscriber, bruno: Subscriber
) -> None:
    operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test")

    with pytest.raises(DockUnavailable) as refused:
        operations.reserve(subscriber=bruno, station=bastille, destination=nation, actor="test")

    assert [way_out["name"] for way_out in refused.value.alternatives] == ["Bastille"]
    assert not Booking.objects.filter(subscriber=bruno).exists()
    assert DockHold.objects.count() == 1


def test_a_given_car_is_reserved_once(bastille: Station, anne: Subscriber, bruno: Subscriber) -> None:
    car = Vehicle.objects.filter(dock__station=bastille).first()
    operations.reserve(subscriber=anne, vehicle=car, actor="test")

    with pytest.raises(CarUnavailable):
        operations.reserve(subscriber=bruno, vehicle=car, actor="test")


def test_one_booking_a_subscriber(bastille: Station, anne: Subscriber) -> None:
    operations.reserve(subscriber=anne, station=bastille, actor="test")

    with pytest.raises(AlreadyHolding):
        operations.reserve(subscriber=anne, station=bastille, actor="test")


def test_a_car_under_the_minimum_charge_is_not_rented(paris: Network, anne: Subscriber) -> None:
    low = factories.station(paris, "Étoile", cars=[54])

    with pytest.raises(CarUnavailable):
        operations.reserve(subscriber=anne, station=low, actor="test")


def test_who_may_not_reserve_is_told_why(bastille: Station, paris: Network) -> None:
    with pytest.raises(SubscriptionRequired):
        operations.reserve(subscriber=factories.subscriber(paris, is_subscribed=False), station=bastille, actor="test")
    with pytest.raises(SubscriberBlocked):
        operations.reserve(subscriber=factories.subscriber(paris, is_blocked=True), station=bastille, actor="test")


def test_closed_places_rent_nothing(paris: Network, nation: Station, anne: Subscriber) -> None:
    closed = factories.station(paris, "Odéon", cars=[90], is_renting=False, is_returning=False)

    with pytest.raises(StationClosed):
        operations.reserve(subscriber=anne, station=closed, actor="test")

    Network.objects.update(is_open=False)
    with pytest.raises(NetworkClosed):
        operations.reserve(subscriber=anne, station=closed, actor="test")


def test_another_networks_station_does_not_exist(anne: Subscriber) -> None:
    elsewhere = factories.station(factories.network("lyon"), "Bellecour", cars=[90])

    with pytest.raises(NotFound):
        operations.reserve(subscriber=anne, station=elsewhere, actor="test")


def test_a_hold_past_its_time_blocks_nobody_with_every_worker_dead(
    paris: Network, anne: Subscriber, bruno: Subscriber, time
) -> None:
    place = factories.station(paris, "Alésia", cars=[80])
    target = factories.station(paris, "Glacière", free_docks=1)
    first = operations.reserve(subscriber=anne, station=place, destination=target, actor="test")
    time.forward(minutes=30)

    second = operations.reserve(subscriber=bruno, station=place, destination=target, actor="test")

    first.refresh_from_db()
    assert (first.state, first.ended_at) == (State.EXPIRED, first.held_until)
    assert second.vehicle == first.vehicle
    assert Event.objects.get(type="reservation_expired").occurred_at == first.held_until
    assert set(DockHold.objects.values_list("state", flat=True)) == {"expired", "held"}


def test_the_database_itself_refuses_an_overlapping_claim(
    bastille: Station, nation: Station, anne: Subscriber, bruno: Subscriber
) -> None:
    booking = operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test")
    copies = {
        "no_car_is_claimed_twice": "INSERT INTO bookings_booking SELECT (jsonb_populate_record(b, jsonb_build_object("
        "'id', gen_random_uuid(), 'subscriber_id', %(other)s))).* FROM bookings_booking b WHERE id = %(booking)s",
        "no_subscriber_books_twice": "INSERT INTO bookings_booking SELECT (jsonb_populate_record(b, "
        "jsonb_build_object('id', gen_random_uuid(), 'vehicle_id', (SELECT id FROM vehicles_vehicle WHERE id <> "
        "b.vehicle_id LIMIT 1)))).* FROM bookings_booking b WHERE id = %(booking)s",
        "no_dock_is_held_twice": "INSERT INTO bookings_dockhold SELECT (jsonb_populate_record(h, jsonb_build_object("
        "'id', 0, 'subscriber_id', %(other)s))).* FROM bookings_dockhold h WHERE booking_id = %(booking)s",
    }

    for constraint, statement in copies.items():
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement, {"booking": str(booking.pk), "other": bruno.pk})
