"""Trips and physical facts: a return is never refused, and never lost."""

from datetime import timedelta

import pytest
from django.db import connection

from accounts.blocking import block
from accounts.models import Subscriber
from accounts.operations import give_badge
from bookings import operations, picking
from bookings.audit import INVARIANTS
from bookings.models import Booking, DockHold, State
from bookings.refusals import BadgeUnknown, CarElsewhere, CarOnTrip, NotLive, SubscriberBlocked
from stations.devices import badge_digest
from stations.models import Dock, Event, Network, Station
from stations.refusals import Busy, ReasonRequired
from tests import factories
from vehicles.models import Vehicle


@pytest.fixture
def trip(bastille: Station, nation: Station, anne: Subscriber, time) -> Booking:
    """Anne drives the best car of Bastille; a dock at Nation is kept for her."""
    booking = operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test")
    booking = operations.start_trip(booking=booking, actor="test")
    time.forward(seconds=20)
    operations.unplugged(dock=booking.vehicle.dock, vehicle=None, event_time=time.now(), actor="test")
    time.forward(minutes=15)
    booking.refresh_from_db()
    return booking


def test_plugging_in_at_the_kept_dock_ends_the_trip_at_the_plug_time(trip: Booking, nation: Station, time) -> None:
    plugged_at = time.now()
    time.forward(minutes=5)

    fact = operations.plugged(dock=nation.docks.get(), vehicle=trip.vehicle, event_time=plugged_at, actor="test")

    trip.refresh_from_db()
    assert fact.outcome == "applied"
    assert (trip.state, trip.ended_at, trip.end_station) == (State.COMPLETED, plugged_at, nation)
    assert trip.dock_holds.get().state == DockHold.State.USED
    assert Vehicle.objects.get(pk=trip.vehicle_id).dock == nation.docks.get()


def test_any_other_dock_ends_the_trip_and_frees_the_kept_one(trip: Booking, bastille: Station, time) -> None:
    free = bastille.docks.last()

    operations.plugged(dock=free, vehicle=trip.vehicle, event_time=time.now(), actor="test")

    trip.refresh_from_db()
    assert (trip.state, trip.end_station) == (State.COMPLETED, bastille)
    assert trip.dock_holds.get().state == DockHold.State.RELEASED


def test_a_dock_kept_for_another_is_taken_and_the_other_gets_the_next_best(
    trip: Booking, paris: Network, bastille: Station, bruno: Subscriber, time
) -> None:
    target = factories.station(paris, "République", free_docks=1, latitude=48.8675, longitude=2.3638)
    others = operations.reserve(subscriber=bruno, station=bastille, destination=target, actor="test")

    operations.plugged(dock=target.docks.get(), vehicle=trip.vehicle, event_time=time.now(), actor="test")

    trip.refresh_from_db()
    assert trip.state == State.COMPLETED
    states = dict(others.dock_holds.values_list("dock__station__name", "state"))
    assert states == {"République": "displaced", "Bastille": "held"}
    assert Event.objects.filter(type="dock_hold_displaced", ref=others.pk).count() == 1


def test_the_next_best_dock_is_claimed_from_when_it_was_free_on(
    trip: Booking, paris: Network, bastille: Station, bruno: Subscriber, time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by a fault campaign: its former holder let it go after the plug-in had read the clock."""
    target = factories.station(paris, "République", free_docks=2, latitude=48.8675, longitude=2.3638)
    chloe = factories.subscriber(paris, "Chloé")
    cars = factories.station(paris, "Temple", cars=[90, 90], latitude=48.866, longitude=2.361)
    others = operations.reserve(subscriber=bruno, station=cars, destination=target, actor="test")
    leaving = operations.reserve(subscriber=chloe, station=cars, destination=target, actor="test")
    pick_dock = picking.pick_dock

    def pick_after_the_other_left(station: Station, *, may_wait: bool) -> Dock | None:
        if Booking.objects.get(pk=leaving.pk).is_open:
            operations.cancel(booking=leaving, actor="test")
        return pick_dock(station, may_wait=may_wait)

    monkeypatch.setattr(picking, "pick_dock", pick_after_the_other_left)
    kept = others.dock_holds.get().dock

    operations.plugged(dock=kept, vehicle=trip.vehicle, event_time=time.now(), actor="test")

    moved = others.dock_holds.get(state=DockHold.State.HELD)
    assert moved.dock == leaving.dock_holds.get().dock
    assert moved.during.lower >= leaving.dock_holds.get().during.upper


def test_a_reservation_that_runs_out_while_its_hold_is_moved_gets_no_other_dock(
    trip: Booking, paris: Network, bastille: Station, bruno: Subscriber, time, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by a fault campaign: the half hour ended between two statements."""
    target = factories.station(paris, "République", free_docks=2, latitude=48.8675, longitude=2.3638)
    others = operations.reserve(subscriber=bruno, station=bastille, destination=target, actor="test")
    pick_dock = picking.pick_dock

    def pick_too_late(station: Station, *, may_wait: bool) -> Dock | None:
        time.jump_to(others.held_until)
        return pick_dock(station, may_wait=may_wait)

    monkeypatch.setattr(picking, "pick_dock", pick_too_late)

    fact = operations.plugged(
        dock=others.dock_holds.get().dock, vehicle=trip.vehicle, event_time=time.now(), actor="test"
    )

    assert fact.outcome == "applied"
    assert others.dock_holds.get().state == DockHold.State.DISPLACED


def test_a_dead_hold_beside_the_replacement_hides_nothing(
    trip: Booking, paris: Network, bastille: Station, bruno: Subscriber, time
) -> None:
    """Found by a fault campaign: the next best dock had an overdue hold that no sweeper had closed yet."""
    place = factories.station(paris, "République", cars=[90, 90, 90], free_docks=2, latitude=48.8675, longitude=2.3638)
    first, second = place.docks.order_by("number")[3:]
    lapsed, others = (factories.subscriber(paris, name) for name in ("Chloé", "Denis"))
    operations.reserve(subscriber=lapsed, station=place, destination=place, actor="test")
    booking = operations.reserve(subscriber=others, station=place, destination=place, actor="test")
    operations.extend(booking=booking, actor="test")
    assert booking.dock_holds.get().dock == second
    time.forward(minutes=31)
    driver = operations.take_now(subscriber=bruno, station=place, actor="test")
    time.forward(seconds=5)
    operations.plugged(dock=second, vehicle=trip.vehicle, event_time=time.now(), actor="test")
    assert booking.dock_holds.get(state=DockHold.State.HELD).dock == first
    time.forward(seconds=5)

    operations.plugged(dock=first, vehicle=driver.vehicle, event_time=time.now(), actor="test")

    held = DockHold.objects.filter(state=DockHold.State.HELD)
    assert not held.filter(dock__in=[first, second]).exists()
    with connection.cursor() as cursor:
        assert [one.sentence for one in INVARIANTS if one.code in {"I2", "I8"} and one.broken_by(cursor)] == []


def test_two_cars_in_one_dock_are_disputed_but_the_trip_is_over(trip: Booking, bastille: Station, time) -> None:
    taken = Vehicle.objects.exclude(pk=trip.vehicle_id).get(dock__station=bastille).dock

    fact = operations.plugged(dock=taken, vehicle=trip.vehicle, event_time=time.now(), actor="test")

    trip.refresh_from_db()
    assert (fact.outcome, fact.reason) == ("quarantined", "dock_taken")
    assert trip.state == State.COMPLETED
    assert Vehicle.objects.get(pk=trip.vehicle_id).dock is None


def test_a_dispute_ends_when_the_late_unplugging_comes(trip: Booking, bastille: Station, time) -> None:
    """Posts that were offline tell in any order: the new car first, then that the old one had left before."""
    other = Vehicle.objects.exclude(pk=trip.vehicle_id).get(dock__station=bastille)
    place, left_at = other.dock, time.now()
    time.forward(seconds=30)
    operations.plugged(dock=place, vehicle=trip.vehicle, event_time=time.now(), actor="test")

    operations.unplugged(dock=place, vehicle=other, event_time=left_at, actor="test")

    assert Vehicle.objects.get(pk=other.pk).dock is None
    settled = Vehicle.objects.get(pk=trip.vehicle_id)
    assert (settled.dock, settled.disputed_dock) == (place, None)
    with connection.cursor() as cursor:
        assert [one.sentence for one in INVARIANTS if one.code == "I8" and one.broken_by(cursor)] == []


def test_a_missed_unplugging_is_inferred(bastille: Station, nation: Station, anne: Subscriber, time) -> None:
    booking = operations.take_now(subscriber=anne, station=bastille, actor="test")
    left = booking.vehicle.dock
    time.forward(minutes=10)

    operations.plugged(dock=nation.docks.get(), vehicle=booking.vehicle, event_time=time.now(), actor="test")

    assert not Vehicle.objects.filter(dock=left).exists()
    assert Event.objects.get(aggregate="dock", aggregate_id=left.pk).data["inferred"] is True
    assert Booking.objects.get().state == State.COMPLETED


def test_late_and_repeated_facts_change_nothing(trip: Booking, nation: Station, time) -> None:
    dock, before = nation.docks.get(), time.now() - timedelta(hours=2)
    arrived = time.now()
    operations.plugged(dock=dock, vehicle=trip.vehicle, event_time=arrived, actor="test")
    events = Event.objects.count()

    again = operations.plugged(dock=dock, vehicle=trip.vehicle, event_time=arrived, actor="test")
    late = operations.unplugged(dock=dock, vehicle=trip.vehicle, event_time=before, actor="test")

    assert (again.outcome, late.outcome) == ("stale", "stale")
    assert Event.objects.count() == events


def test_a_plug_in_a_dock_that_was_just_taken_back_is_told_again(trip: Booking, nation: Station, time) -> None:
    dock = factories.dock(nation)
    Dock.objects.filter(pk=dock.pk).delete()

    with pytest.raises(Busy):
        operations.plugged(dock=dock, vehicle=trip.vehicle, event_time=time.now(), actor="test")


def test_a_plug_older_than_the_departure_is_looked_at_by_a_person(trip: Booking, nation: Station, time) -> None:
    before = time.now() - timedelta(hours=2)

    fact = operations.plugged(dock=nation.docks.get(), vehicle=trip.vehicle, event_time=before, actor="test")

    assert (fact.outcome, fact.reason) == ("quarantined", "older_than_departure")


def test_unplugged_without_a_booking_is_unaccounted_and_not_rented(bastille: Station, anne: Subscriber, time) -> None:
    car = Vehicle.objects.filter(dock__station=bastille).order_by("-report__charge_percent").first()
    time.forward(seconds=1)

    operations.unplugged(dock=car.dock, vehicle=None, event_time=time.now(), actor="test")

    assert Event.objects.get(aggregate="vehicle").data["unaccounted"] is True
    assert operations.reserve(subscriber=anne, station=bastille, actor="test").vehicle != car


def test_a_badge_starts_what_was_reserved_here_or_rents_at_once(
    bastille: Station, nation: Station, anne: Subscriber, bruno: Subscriber
) -> None:
    for subscriber, uid in ((anne, "04AABBCC"), (bruno, "04DDEEFF")):
        give_badge(subscriber=subscriber, uid=uid)
    reserved = operations.reserve(subscriber=anne, station=bastille, actor="test")
    with pytest.raises(CarElsewhere):
        operations.present_badge(digest=badge_digest("04aabbcc"), station=nation, actor="post")

    taken = operations.present_badge(digest=badge_digest("04aabbcc"), station=bastille, actor="post")
    walked_up = operations.present_badge(digest=badge_digest("04ddeeff"), station=bastille, actor="post")

    assert (taken.pk, taken.state) == (reserved.pk, State.ON_TRIP)
    events = Event.objects.count()
    assert operations.present_badge(digest=badge_digest("04aabbcc"), station=nation, actor="post").pk == reserved.pk
    assert Event.objects.count() == events
    assert (walked_up.subscriber, walked_up.state) == (bruno, State.ON_TRIP)
    with pytest.raises(BadgeUnknown):
        operations.present_badge(digest=badge_digest("04000000"), station=bastille, actor="post")


def test_who_was_blocked_meanwhile_does_not_drive_off(bastille: Station, anne: Subscriber) -> None:
    booking = operations.reserve(subscriber=anne, station=bastille, actor="test")
    block(subscriber=anne, ground="unpaid", reason="Unpaid invoices", actor="operator:1")

    with pytest.raises(SubscriberBlocked):
        operations.start_trip(booking=booking, actor="test")


def test_an_operator_ends_a_trip_with_a_reason_only(trip: Booking) -> None:
    with pytest.raises(ReasonRequired):
        operations.end_trip(booking=trip, actor="operator:1", reason=" ")

    ended = operations.end_trip(booking=trip, actor="operator:1", reason="Called: the post is dead")

    assert (ended.state, ended.end_cause) == (State.COMPLETED, Booking.EndCause.OPERATOR)
    assert Event.objects.get(type="trip_end").data["reason"] == "Called: the post is dead"
    with pytest.raises(NotLive):
        operations.end_trip(booking=trip, actor="operator:1", reason="again")


def test_withdrawing_the_last_car_cancels_the_reservation_with_a_cause(
    paris: Network, nation: Station, anne: Subscriber
) -> None:
    alone = factories.station(paris, "Alone", cars=[90], latitude=48.7, longitude=2.1)
    booking = operations.reserve(subscriber=anne, station=alone, destination=nation, actor="test")

    operations.withdraw_vehicle(
        vehicle=booking.vehicle, cause=Vehicle.Cause.DAMAGE, note="Broken mirror", actor="operator:1"
    )

    booking.refresh_from_db()
    assert (booking.state, booking.end_cause) == (State.CANCELLED, Booking.EndCause.WITHDRAWN)
    assert booking.dock_holds.get().state == DockHold.State.RELEASED
    back = operations.return_to_service(vehicle=booking.vehicle, actor="operator:1")
    assert back.is_in_service
    assert operations.reserve(subscriber=anne, vehicle=back, actor="test").vehicle == back


def test_a_car_on_a_trip_is_not_withdrawn(trip: Booking) -> None:
    with pytest.raises(CarOnTrip):
        operations.withdraw_vehicle(vehicle=trip.vehicle, cause=Vehicle.Cause.OTHER, note="x", actor="operator:1")
