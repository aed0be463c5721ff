"""Nobody is left on something closed: the next best car or dock, and a notice."""

import pytest
from django.core import mail
from django.db import IntegrityError

from accounts.models import Subscriber
from bookings import operations, tasks
from bookings.locking import Locked
from bookings.models import Booking, DockHold, State
from bookings.operations import rehousing
from bookings.operations.rehousing import stranded_bookings, stranded_holds, touched_by_closing
from stations.equipment import withdraw_dock
from stations.models import Event, Network, Station
from stations.operations import close_station
from tests import factories
from vehicles.models import Vehicle


@pytest.fixture
def near(paris: Network) -> Station:
    """Two hundred metres from Bastille."""
    return factories.station(paris, "Faidherbe", cars=[70], free_docks=2, latitude=48.8545, longitude=2.3705)


def close(station: Station, **how: bool) -> Station:
    return close_station(station=station, reason="Water in the car park", actor="operator:1", **how)


def tell() -> list[str]:
    mail.outbox.clear()
    tasks.deliver()
    tasks.send_notifications()
    return [sent.subject for sent in mail.outbox]


def test_a_reserved_car_is_exchanged_for_the_next_best_and_its_dock_comes_along(
    booking: Booking, bastille: Station, near: Station, anne: Subscriber, time
) -> None:
    tell()
    held = booking.dock_holds.get()
    time.forward(minutes=20)
    close(bastille)

    moved = operations.rehouse(station=bastille)

    booking.refresh_from_db()
    new = Booking.objects.get(replaces=booking)
    assert [(one.booking, one.car, one.dock) for one in moved] == [(booking, new.vehicle, held.dock)]
    assert (booking.state, booking.end_cause) == (State.CANCELLED, Booking.EndCause.MOVED)
    assert (new.state, new.origin_station, new.subscriber) == (State.RESERVED, near, anne)
    assert (new.held_until - new.reserved_at).total_seconds() == new.network.car_hold_seconds
    assert new.dock_holds.get().dock == held.dock
    assert not stranded_bookings().exists()
    assert tell() == ["Another car waits for you"]
    assert "Faidherbe" in mail.outbox[0].body
    assert "Nation" in mail.outbox[0].body


def test_where_no_car_is_near_the_reservation_ends_with_a_word(
    booking: Booking, bastille: Station, nation: Station
) -> None:
    tell()
    close(bastille)

    (moved,) = operations.rehouse()

    booking.refresh_from_db()
    assert (moved.car, booking.end_cause) == (None, Booking.EndCause.WITHDRAWN)
    assert booking.dock_holds.get().state == DockHold.State.RELEASED
    assert tell() == ["Your reserved car is not available"]


def test_a_held_dock_is_exchanged_for_the_next_best(booking: Booking, nation: Station, near: Station) -> None:
    tell()
    operations.start_trip(booking=booking, actor="test")
    close(nation)

    (moved,) = operations.rehouse()

    old, new = booking.dock_holds.order_by("pk")
    assert (old.state, new.state, new.dock, new.dock.station) == ("displaced", "held", moved.dock, near)
    assert not stranded_holds().exists()
    assert tell() == ["Your dock had to be closed"]
    assert "Faidherbe" in mail.outbox[0].body


def test_a_dock_out_of_service_gives_way_to_its_neighbour(booking: Booking, nation: Station) -> None:
    factories.dock(nation)
    dock = booking.dock_holds.get().dock
    withdraw_dock(dock=dock, reason="Flap broken", actor="operator:1")

    (moved,) = operations.rehouse()

    assert moved.dock is not None
    assert (moved.dock.station, moved.dock == dock) == (nation, False)


def test_closed_for_renting_alone_no_dock_has_to_move(booking: Booking, nation: Station, near: Station) -> None:
    close(nation, is_returning=True)

    assert operations.rehouse() == []
    assert booking.dock_holds.get().state == DockHold.State.HELD


def test_what_ran_out_on_the_next_car_and_dock_is_closed_before_they_are_given(
    bastille: Station, nation: Station, anne: Subscriber, bruno: Subscriber, near: Station, time
) -> None:
    late = operations.reserve(subscriber=bruno, station=near, destination=nation, actor="test")
    time.forward(minutes=31)
    booking = operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test")
    close(bastille)

    operations.rehouse()
    tasks.sweep()

    late.refresh_from_db()
    new = Booking.objects.get(replaces=booking)
    last = Event.objects.filter(aggregate="vehicle", aggregate_id=new.vehicle_id).latest("version")
    assert (late.state, late.vehicle_id) == (State.EXPIRED, new.vehicle_id)
    assert (last.type, last.data["state"]["booking"]) == ("reservation_start", str(new.pk))


def test_a_withdrawn_car_whose_hold_runs_out_meanwhile_does_not_stand_for_itself(
    booking: Booking, time, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehousing, "release_hold", lambda *_, **__: time.forward(minutes=31))

    operations.withdraw_vehicle(vehicle=booking.vehicle, cause=Vehicle.Cause.DAMAGE, note="dent", actor="operator:1")

    booking.refresh_from_db()
    assert booking.end_cause == Booking.EndCause.WITHDRAWN
    assert not Booking.objects.filter(replaces=booking).exists()


def test_a_claim_that_cannot_be_moved_leaves_no_other_behind(
    booking: Booking, bastille: Station, bruno: Subscriber, near: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = operations.reserve(subscriber=bruno, station=bastille, actor="test")
    close(bastille)
    move = rehousing.move_reservation

    def fails_for_the_first(locked: Locked, **how: str) -> object:
        if locked.booking == booking:
            raise IntegrityError
        return move(locked, **how)

    monkeypatch.setattr(rehousing, "move_reservation", fails_for_the_first)

    assert [one.booking for one in operations.rehouse()] == [other]


def test_a_trip_and_a_hold_that_ran_out_are_left_alone(
    booking: Booking, bastille: Station, bruno: Subscriber, near: Station, time
) -> None:
    operations.start_trip(booking=booking, actor="test")
    operations.reserve(subscriber=bruno, station=bastille, actor="test")
    time.forward(minutes=31)
    close(bastille)

    assert operations.rehouse() == []
    booking.refresh_from_db()
    assert booking.state == State.ON_TRIP


def test_a_subscriber_who_may_no_longer_reserve_gets_no_other_car(
    booking: Booking, bastille: Station, near: Station, anne: Subscriber
) -> None:
    Subscriber.objects.filter(pk=anne.pk).update(is_blocked=True)
    close(bastille)

    (moved,) = operations.rehouse()

    assert moved.car is None
    assert not Booking.objects.filter(replaces=booking).exists()


def test_what_would_be_touched_is_known_before(booking: Booking, bastille: Station, nation: Station) -> None:
    assert [list(rows) for rows in touched_by_closing(bastille)] == [[booking], []]
    assert [list(rows) for rows in touched_by_closing(nation)] == [[], [booking.dock_holds.get()]]
    assert list(touched_by_closing(nation, is_returning=True)[1]) == []


def test_the_sweeper_finds_whoever_slipped_in(booking: Booking, bastille: Station, near: Station) -> None:
    close(bastille)

    tasks.sweep()

    assert not stranded_bookings().exists()


def test_staff_moves_a_car_without_alarm_and_it_serves_again_where_it_arrives(
    bastille: Station, nation: Station, time
) -> None:
    car = bastille.docks.order_by("number").first()
    vehicle = Vehicle.objects.get(dock=car)
    operations.move_vehicle(vehicle=vehicle, reason="To Nation, for the morning", actor="operator:1")
    time.forward(minutes=1)
    operations.unplugged(dock=car, vehicle=vehicle, event_time=time.now(), actor="test")
    time.forward(minutes=10)

    operations.plugged(dock=nation.docks.first(), vehicle=vehicle, event_time=time.now(), actor="test")

    vehicle.refresh_from_db()
    assert (vehicle.is_in_service, vehicle.dock.station) == (True, nation)
    told = list(Event.objects.filter(aggregate="vehicle").order_by("id").values_list("type", flat=True))
    assert told == ["service_end", "unplugged", "plugged", "service_start"]
    assert Event.objects.get(type="unplugged", aggregate="vehicle").data["unaccounted"] is False
