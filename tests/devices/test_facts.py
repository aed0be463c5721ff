"""Facts through the public address: a badge, a plug, an unplugging. No worker runs in these tests."""

import json
from datetime import timedelta

import pytest

from accounts import operations as people
from accounts.models import Subscriber
from bookings import operations
from bookings.models import Booking, DockHold, State
from stations.models import DeviceMessage, Event, Network, Station
from tests import factories
from tests.devices.signing import Sender, named, post_of, said
from vehicles.models import Vehicle

UID = "04:A2:2B:9C:11:6F:80"


@pytest.fixture
def anne(paris: Network) -> Subscriber:
    subscriber = factories.subscriber(paris, "Anne")
    people.give_badge(subscriber=subscriber, uid=UID)
    return subscriber


def posts(station: Station) -> Sender:
    return post_of(station.docks.order_by("number").first())


def best_car(station: Station) -> Vehicle:
    return Vehicle.objects.filter(dock__station=station).order_by("-report__charge_percent").first()


def drive_away(subscriber: Subscriber, station: Station) -> Booking:
    """A walk-up, and the unplugging that the post reports."""
    booking = operations.take_now(subscriber=subscriber, station=station, actor="test")
    dock = booking.vehicle.dock
    told = posts(station).tell(said("unplugged", dock=named(dock), vehicle=booking.vehicle.plate))
    assert told["outcome"] == "applied"
    return booking


def test_a_badge_starts_the_trip_that_was_reserved(bastille: Station, anne: Subscriber) -> None:
    booking = operations.reserve(subscriber=anne, station=bastille, actor="test")
    dock = booking.vehicle.dock

    told = posts(bastille).tell(said("badge", badge=UID.lower()))

    booking.refresh_from_db()
    assert booking.state == State.ON_TRIP
    assert told == {
        "msg_id": told["msg_id"],
        "outcome": "applied",
        "booking": str(booking.pk),
        "vehicle": booking.vehicle.plate,
        "dock_number": dock.number,
        "unlock": named(dock),
        "duplicate": False,
    }


def test_a_badge_without_a_reservation_takes_the_best_car(bastille: Station, anne: Subscriber) -> None:
    told = posts(bastille).tell(said("badge", badge=UID))

    assert told["vehicle"] == best_car(bastille).plate
    assert Booking.objects.get(pk=told["booking"]).subscriber == anne


def test_a_badge_during_a_trip_opens_no_other_car(bastille: Station, nation: Station, anne: Subscriber) -> None:
    booking = drive_away(anne, bastille)

    told = posts(nation).tell(said("badge", badge=UID))

    assert (told["outcome"], told["booking"], told["unlock"]) == ("applied", str(booking.pk), None)


def test_a_refused_badge_is_an_answer_and_stays_the_answer(
    bastille: Station, nation: Station, anne: Subscriber
) -> None:
    operations.reserve(subscriber=anne, station=bastille, actor="test")
    message = said("badge", badge=UID)

    first = posts(nation).tell(message)
    again = posts(nation).tell(message)

    assert (first["outcome"], first["code"], first["duplicate"]) == ("refused", "car_elsewhere", False)
    assert "Bastille" in first["detail"]
    assert again == {**first, "duplicate": True}
    assert Booking.objects.get().state == State.RESERVED


def test_a_badge_that_was_presented_long_ago_unlocks_nothing(bastille: Station, anne: Subscriber, time) -> None:
    told = posts(bastille).tell(said("badge", at=time.now() - timedelta(hours=6), badge=UID))

    assert (told["outcome"], told["reason"]) == ("stale", "too_late")
    assert not Booking.objects.exists()


def test_the_number_of_a_badge_is_kept_nowhere(bastille: Station, anne: Subscriber) -> None:
    posts(bastille).send(said("badge", badge=UID), said("badge", badge="04FFFFFFFFFFFF"))

    kept = json.dumps(list(DeviceMessage.objects.values_list("payload", "answer")))
    assert UID not in kept
    assert "04FFFFFFFFFFFF" not in kept


def test_plugging_in_ends_the_trip_with_every_worker_dead(bastille: Station, nation: Station, anne: Subscriber) -> None:
    booking = drive_away(anne, bastille)
    dock = nation.docks.get()
    message = said("plugged", dock=named(dock), vehicle=booking.vehicle.plate)

    told = posts(nation).tell(message)
    again = posts(nation).tell(message)

    booking.refresh_from_db()
    assert (booking.state, booking.end_station) == (State.COMPLETED, nation)
    assert Vehicle.objects.get(pk=booking.vehicle_id).dock == dock
    assert (told["outcome"], told["booking"]) == ("applied", str(booking.pk))
    assert again == {**told, "duplicate": True}
    assert Event.objects.filter(type="trip_end").count() == 1


def test_a_plug_reported_hours_late_ends_the_trip_at_its_true_time(
    bastille: Station, nation: Station, anne: Subscriber, time
) -> None:
    booking = drive_away(anne, bastille)
    arrival = time.now() + timedelta(minutes=20)
    time.forward(hours=6)

    told = posts(nation).tell(
        said("plugged", at=arrival, dock=named(nation.docks.get()), vehicle=booking.vehicle.device.identifier)
    )

    booking.refresh_from_db()
    assert told["outcome"] == "applied"
    assert booking.ended_at == arrival


def test_a_fact_from_the_future_is_never_applied(bastille: Station, nation: Station, anne: Subscriber, time) -> None:
    booking = drive_away(anne, bastille)
    dock = named(nation.docks.get())
    at = time.now() + timedelta(minutes=3)

    told = posts(nation).tell(said("plugged", at=at, dock=dock, vehicle=booking.vehicle.plate))
    now = posts(nation).tell(said("plugged", dock=dock, vehicle=booking.vehicle.plate))

    assert (told["outcome"], told["reason"]) == ("quarantined", "future")
    assert now["outcome"] == "applied"


def test_a_plug_into_a_dock_held_by_another_displaces_the_hold_to_the_next_best_dock(
    bastille: Station, nation: Station, paris: Network, anne: Subscriber
) -> None:
    booking = drive_away(anne, bastille)
    bruno = factories.subscriber(paris, "Bruno")
    held = operations.reserve(subscriber=bruno, station=bastille, destination=nation, actor="test")
    dock = nation.docks.get()

    told = posts(nation).tell(said("plugged", dock=named(dock), vehicle=booking.vehicle.plate))

    booking.refresh_from_db()
    assert (told["outcome"], booking.state) == ("applied", State.COMPLETED)
    states = held.dock_holds.order_by("id").values_list("state", "dock__station__name")
    assert list(states) == [("displaced", "Nation"), ("held", "Bastille")]
    assert Event.objects.filter(type="dock_hold_displaced", aggregate_id=dock.pk).count() == 1


def test_two_cars_in_one_dock_are_looked_at_by_a_person_yet_the_trip_ends(
    bastille: Station, nation: Station, anne: Subscriber
) -> None:
    booking = drive_away(anne, bastille)
    other = factories.vehicle(nation.docks.get())

    told = posts(nation).tell(said("plugged", dock=named(nation.docks.get()), vehicle=booking.vehicle.plate))

    booking.refresh_from_db()
    message = DeviceMessage.objects.get(msg_id=told["msg_id"])
    assert (told["outcome"], told["reason"]) == ("quarantined", "dock_taken")
    assert (message.outcome, message.reason, message.resolved_at) == ("quarantined", "dock_taken", None)
    assert booking.state == State.COMPLETED
    assert Vehicle.objects.get(dock=nation.docks.get()) == other


def test_a_car_that_appears_elsewhere_than_recorded_stands_where_it_was_plugged_in(
    bastille: Station, nation: Station
) -> None:
    car = best_car(bastille)
    old, new = car.dock, nation.docks.get()

    told = posts(nation).tell(said("plugged", dock=named(new), vehicle=car.plate))

    assert told["outcome"] == "applied"
    assert Vehicle.objects.get(pk=car.pk).dock == new
    left = Event.objects.get(type="unplugged", aggregate="dock", aggregate_id=old.pk)
    assert left.data["inferred"] is True


def test_a_car_unplugged_by_nobody_is_unaccounted_for(bastille: Station, anne: Subscriber) -> None:
    car = best_car(bastille)

    told = posts(bastille).tell(said("unplugged", dock=named(car.dock)))

    assert told["outcome"] == "applied"
    assert Vehicle.objects.get(pk=car.pk).dock is None
    assert Event.objects.get(type="unplugged", aggregate="vehicle").data["unaccounted"] is True


def test_facts_of_one_request_are_applied_in_the_order_in_which_they_happened(
    bastille: Station, nation: Station, anne: Subscriber, time
) -> None:
    booking = drive_away(anne, bastille)
    dock = named(nation.docks.get())
    arrived = said("plugged", dock=dock, vehicle=booking.vehicle.plate)
    left = said("unplugged", at=time.now() + timedelta(seconds=1), dock=dock, vehicle=booking.vehicle.plate)

    told = posts(nation).send(left, arrived)

    assert [one["msg_id"] for one in told] == [left["msg_id"], arrived["msg_id"]]
    assert [one["outcome"] for one in told] == ["applied", "applied"]
    assert Vehicle.objects.get(pk=booking.vehicle_id).dock is None


def test_a_car_or_a_connector_that_nobody_told_us_of_is_looked_at_by_a_person(bastille: Station) -> None:
    dock = named(bastille.docks.first())

    told = posts(bastille).send(
        said("plugged", dock=dock, vehicle="XX-999-XX"),
        said("unplugged", dock=dock, vehicle="XX-999-XX"),
        said("plugged", dock={**dock, "connector": 9}, vehicle=best_car(bastille).plate),
    )

    assert [one["reason"] for one in told] == ["unknown_vehicle", "unknown_vehicle", "unknown_connector"]
    assert DeviceMessage.objects.filter(outcome="quarantined").count() == 3


def test_a_dock_hold_is_used_by_its_own_car(bastille: Station, nation: Station, anne: Subscriber) -> None:
    booking = operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test")
    posts(bastille).tell(said("badge", badge=UID))

    posts(nation).tell(said("plugged", dock=named(nation.docks.get()), vehicle=booking.vehicle.plate))

    assert booking.dock_holds.get().state == DockHold.State.USED
