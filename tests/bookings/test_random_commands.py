"""Random sequences of commands against a model of a few lines: whatever happens, they agree, and the audit is clean."""

import os
from dataclasses import dataclass, field
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from django.db import connection, transaction
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bookings import operations
from bookings.audit import INVARIANTS
from bookings.availability import counts
from bookings.claims import live_bookings, live_holds
from bookings.figures.days import Day
from bookings.figures.reading import standing_at_midnight
from bookings.models import Booking, State
from stations import clock
from stations.models import Dock, Station
from stations.refusals import Refusal
from tests import factories
from vehicles.models import Vehicle

PEOPLE, PLACES = 3, 3
CAR_HOLD, DOCK_HOLD, UNDO = 30, 90, 10
whom = st.integers(0, PEOPLE - 1)
where = st.integers(0, PLACES - 1)


@dataclass
class Ride:
    """The model's booking: minutes since the start of the run."""

    car: int
    until: float
    is_trip: bool = False
    extensions: int = 0
    dock: int | None = None
    dock_until: float = 0
    dock_extensions: int = 0

    def ends(self) -> float:
        return float("inf") if self.is_trip else self.until

    def dock_ends(self) -> float:
        return self.dock_until if self.is_trip else min(self.dock_until, self.until)


@dataclass
class World:
    minute: float = 0
    rides: dict[int, Ride] = field(default_factory=dict)
    dock_of: dict[int, int | None] = field(default_factory=dict)
    given_back: dict[int, tuple[Ride, float, int | None]] = field(default_factory=dict)

    def ride(self, person: int) -> Ride | None:
        ride = self.rides.get(person)
        return ride if ride and ride.ends() > self.minute else None

    def live(self) -> dict[int, Ride]:
        return {person: ride for person in self.rides if (ride := self.ride(person))}

    def claimed(self) -> set[int]:
        return {ride.car for ride in self.live().values()}

    def kept(self) -> set[int]:
        return {r.dock for r in self.live().values() if r.dock is not None and r.dock_ends() > self.minute}


def require_sound_claims() -> None:
    with connection.cursor() as cursor:
        for rule_of_ours in INVARIANTS:
            if rule_of_ours.code in {"I1", "I2", "I3", "I8"}:
                assert rule_of_ours.broken_by(cursor) == [], rule_of_ours.sentence


class Commands(RuleBasedStateMachine):
    @initialize()
    def found(self) -> None:
        self.all_undone = transaction.atomic()
        self.all_undone.__enter__()
        network = factories.network(minimum_charge_percent=50, cancel_undo_seconds=UNDO * 60)
        self.places = [factories.station(network, f"Place{n}", cars=[90], free_docks=1) for n in range(PLACES)]
        self.people = [factories.subscriber(network, f"Person{n}") for n in range(PEOPLE)]
        self.world = World(dock_of=dict(Vehicle.objects.values_list("pk", "dock_id")))
        self.docks_at = {s.pk: list(Dock.objects.filter(station=s).values_list("pk", flat=True)) for s in self.places}

    def teardown(self) -> None:
        clock.shift(timedelta(0))
        if hasattr(self, "all_undone"):
            transaction.set_rollback(True)
            self.all_undone.__exit__(None, None, None)

    def attempt(self, operation: object, **arguments: object) -> object | None:
        try:
            return operation(actor="test", **arguments)  # type: ignore[operator]
        except Refusal:
            return None

    def booking(self, person: int) -> Booking | None:
        return Booking.objects.filter(subscriber=self.people[person]).order_by("-reserved_at").first()

    def free_dock(self, station: Station, *, apart_from: int | None = None) -> bool:
        taken = set(self.world.dock_of.values()) | self.world.kept()
        return any(dock not in taken for dock in self.docks_at[station.pk])

    def free_car(self, station: Station) -> bool:
        here = {car for car, dock in self.world.dock_of.items() if dock in self.docks_at[station.pk]}
        return bool(here - self.world.claimed())

    @rule(person=whom, place=where, goal=st.none() | where)
    def reserve(self, person: int, place: int, goal: int | None) -> None:
        start, target = self.places[place], None if goal is None else self.places[goal]
        allowed = (
            self.world.ride(person) is None and self.free_car(start) and (target is None or self.free_dock(target))
        )

        made = self.attempt(operations.reserve, subscriber=self.people[person], station=start, destination=target)

        assert bool(made) == allowed
        if isinstance(made, Booking):
            assert made.vehicle_id not in self.world.claimed()
            ride = Ride(made.vehicle_id, self.world.minute + CAR_HOLD)
            if hold := made.dock_holds.first():
                assert hold.dock_id not in self.world.kept() | set(self.world.dock_of.values())
                ride.dock, ride.dock_until = hold.dock_id, self.world.minute + DOCK_HOLD
            self.world.rides[person] = ride
            self.world.given_back.pop(person, None)

    @rule(person=whom)
    def extend(self, person: int) -> None:
        ride = self.world.ride(person)
        allowed = ride is not None and not ride.is_trip and ride.extensions < 1
        if (booking := self.booking(person)) is None:
            return
        done = self.attempt(operations.extend, booking=booking)
        assert bool(done) == allowed
        if done and ride:
            if ride.dock is not None and ride.dock_ends() <= self.world.minute:
                ride.dock = None
            ride.until += CAR_HOLD
            ride.extensions += 1

    @rule(person=whom, goal=where)
    def move(self, person: int, goal: int) -> None:
        ride, target = self.world.ride(person), self.places[goal]
        if (booking := self.booking(person)) is None:
            return
        has_dock = ride is not None and ride.dock is not None and ride.dock_ends() > self.world.minute
        is_same = ride is not None and has_dock and ride.dock in self.docks_at[target.pk]
        allowed = ride is not None and not is_same and self.free_dock(target)

        done = self.attempt(operations.move_destination, booking=booking, station=target)

        assert bool(done) == allowed
        if done and ride:
            ride.dock = booking.dock_holds.get(state="held").dock_id
            ride.dock_until, ride.dock_extensions = self.world.minute + DOCK_HOLD, 0

    @rule(person=whom)
    def drop(self, person: int) -> None:
        ride = self.world.ride(person)
        allowed = ride is not None and ride.dock is not None and ride.dock_ends() > self.world.minute
        if booking := self.booking(person):
            assert bool(self.attempt(operations.drop_destination, booking=booking)) == allowed
            if allowed and ride:
                ride.dock = None

    @rule(person=whom)
    def cancel(self, person: int) -> None:
        ride = self.world.ride(person)
        if booking := self.booking(person):
            allowed = ride is not None and not ride.is_trip
            assert bool(self.attempt(operations.cancel, booking=booking)) == allowed
            if allowed and ride:
                if ride.dock_ends() <= self.world.minute:
                    ride.dock = None
                del self.world.rides[person]
                self.world.given_back[person] = (ride, self.world.minute, self.world.dock_of[ride.car])

    @rule(person=whom)
    def undo_cancel(self, person: int) -> None:
        """Within ten minutes of the model, and where the car still stands: with what was promised, and not more."""
        if (booking := self.booking(person)) is None:
            return
        ride, at, stood_at = self.world.given_back.get(person, (None, 0, None))
        allowed = (
            ride is not None
            and self.world.ride(person) is None
            and self.world.minute < min(ride.until, at + UNDO)
            and ride.car not in self.world.claimed()
            and self.station_of(self.world.dock_of[ride.car]) == self.station_of(stood_at)
        )

        made = self.attempt(operations.undo_cancel, booking=booking)

        assert bool(made) == allowed
        if isinstance(made, Booking) and ride:
            wanted = next((place for place in self.places if ride.dock in self.docks_at[place.pk]), None)
            hold = made.dock_holds.first()
            is_kept = wanted is not None and self.free_dock(wanted) and ride.dock_until > self.world.minute
            assert (hold is not None) == is_kept
            ride.dock = hold.dock_id if hold else None
            self.world.rides[person] = ride
            del self.world.given_back[person]

    def station_of(self, dock: int | None) -> int | None:
        return next((station for station, docks in self.docks_at.items() if dock in docks), None)

    @rule(person=whom)
    def start_trip(self, person: int) -> None:
        ride = self.world.ride(person)
        if booking := self.booking(person):
            allowed = ride is not None and not ride.is_trip
            assert bool(self.attempt(operations.start_trip, booking=booking)) == allowed
            if allowed and ride:
                ride.is_trip = True

    @rule(person=whom)
    def unplug(self, person: int) -> None:
        ride = self.world.ride(person)
        if ride is None or not ride.is_trip or self.world.dock_of[ride.car] is None:
            return
        dock = Dock.objects.get(pk=self.world.dock_of[ride.car])
        operations.unplugged(dock=dock, vehicle=None, event_time=clock.now(), actor="test")
        self.world.dock_of[ride.car] = None

    @rule(person=whom, number=st.integers(0, 2 * PLACES - 1))
    def plug(self, person: int, number: int) -> None:
        """A physical fact: into any dock where no car stands, kept for somebody or not."""
        ride = self.world.ride(person)
        dock = [dock for docks in self.docks_at.values() for dock in docks][number]
        if ride is None or not ride.is_trip or dock in self.world.dock_of.values():
            return
        fact = operations.plugged(
            dock=Dock.objects.get(pk=dock),
            vehicle=Vehicle.objects.get(pk=ride.car),
            event_time=clock.now(),
            actor="test",
        )
        assert fact.outcome == "applied"
        self.world.dock_of[ride.car] = dock
        del self.world.rides[person]
        for other in self.world.live().values():
            if other.dock == dock and other.dock_ends() > self.world.minute:
                moved = live_holds().filter(booking__vehicle_id=other.car).first()
                other.dock = moved.dock_id if moved else None
                other.dock_until, other.dock_extensions = self.world.minute + DOCK_HOLD, 0

    @rule(minutes=st.sampled_from([1, 5, 14, 29, 31, 61]))
    def wait(self, minutes: int) -> None:
        self.world.minute += minutes
        clock.shift(timedelta(minutes=self.world.minute))

    @rule()
    def sweep(self) -> None:
        operations.expire_due_bookings()
        operations.expire_due_holds()
        operations.owe_reminders()
        self.the_log_tells_what_is_offered()

    def the_log_tells_what_is_offered(self) -> None:
        """Charge is not in the log, but all cars of this world are charged."""
        at = clock.now() + timedelta(seconds=1)
        told = standing_at_midnight(self.places[0].network, Day(at.date(), at, at + timedelta(days=1))).stations
        offered = counts(told)
        assert {pk: (tally.cars, tally.docks) for pk, tally in told.items()} == {
            pk: (of_station.cars, of_station.docks) for pk, of_station in offered.items()
        }

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "world"):
            return
        live = self.world.live()
        assert {self.people[person].pk: (ride.car, ride.is_trip) for person, ride in live.items()} == {
            booking.subscriber_id: (booking.vehicle_id, booking.state == State.ON_TRIP) for booking in live_bookings()
        }
        assert self.world.kept() == set(live_holds().values_list("dock_id", flat=True))
        assert self.world.dock_of == dict(Vehicle.objects.values_list("pk", "dock_id"))
        require_sound_claims()


@pytest.mark.django_db
def test_random_commands_agree_with_the_model() -> None:
    sequences = int(os.environ.get("RANDOM_SEQUENCES", "40"))

    run_state_machine_as_test(
        Commands, settings=settings(max_examples=sequences, stateful_step_count=25, deadline=None)
    )
