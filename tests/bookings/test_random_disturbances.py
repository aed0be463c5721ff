"""Stations close, docks and cars fail, at random, while people reserve and drive: nobody is left on what is closed."""

import os
from datetime import timedelta

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from bookings import claims, operations
from bookings.availability import counts
from bookings.models import Booking, State
from bookings.operations.rehousing import stranded_bookings, stranded_holds
from stations import clock
from stations.closing import call_off_closure, keep_closures, plan_closure
from stations.equipment import return_dock, withdraw_dock
from stations.models import Dock, PlannedClosure
from stations.operations import close_station, open_station
from stations.refusals import Refusal
from tests import factories
from tests.bookings.test_random_commands import require_sound_claims
from vehicles.models import Vehicle

PEOPLE, PLACES = 4, 3
BY = {"actor": "test", "reason": "Flood"}
whom, where = st.integers(0, PEOPLE - 1), st.integers(0, PLACES - 1)


class Disturbances(RuleBasedStateMachine):
    @initialize()
    def found(self) -> None:
        self.all_undone = transaction.atomic()
        self.all_undone.__enter__()
        network = factories.network(minimum_charge_percent=50)
        self.places = [factories.station(network, f"Place{n}", cars=[90, 80], free_docks=1) for n in range(PLACES)]
        self.people = [factories.subscriber(network, f"Person{n}") for n in range(PEOPLE)]
        self.cars = list(Vehicle.objects.order_by("pk"))
        self.docks = list(Dock.objects.order_by("pk"))

    def teardown(self) -> None:
        clock.shift(timedelta(0))
        if hasattr(self, "all_undone"):
            transaction.set_rollback(True)
            self.all_undone.__exit__(None, None, None)

    def attempt(self, operation: object, **arguments: object) -> object | None:
        try:
            return operation(**arguments)  # type: ignore[operator]
        except Refusal:
            return None

    def place(self, number: int):
        self.places[number].refresh_from_db()
        return self.places[number]

    @rule(person=whom, place=where, goal=st.none() | where)
    def reserve(self, person: int, place: int, goal: int | None) -> None:
        target = None if goal is None else self.place(goal)
        made = self.attempt(
            operations.reserve,
            subscriber=self.people[person],
            station=self.place(place),
            destination=target,
            actor="test",
        )
        if isinstance(made, Booking):
            assert made.vehicle.is_in_service
            assert made.origin_station.is_renting

    @rule(person=whom)
    def drive(self, person: int) -> None:
        for booking in claims.live_bookings().filter(subscriber=self.people[person], state=State.RESERVED):
            dock = booking.vehicle.dock
            if self.attempt(operations.start_trip, booking=booking, actor="test") and dock is not None:
                operations.unplugged(dock=dock, vehicle=None, event_time=clock.now(), actor="test")

    @rule(person=whom, number=st.integers(0, 3 * PLACES - 1))
    def plug(self, person: int, number: int) -> None:
        trip = Booking.objects.filter(subscriber=self.people[person], state=State.ON_TRIP).first()
        if trip is not None and not Vehicle.objects.filter(dock=self.docks[number]).exists():
            operations.plugged(dock=self.docks[number], vehicle=trip.vehicle, event_time=clock.now(), actor="test")

    @rule(place=where, is_returning=st.booleans())
    def close(self, place: int, is_returning: bool) -> None:
        self.attempt(close_station, station=self.place(place), is_returning=is_returning, **BY)

    @rule(place=where)
    def open(self, place: int) -> None:
        self.attempt(open_station, station=self.place(place), actor="test")

    @rule(place=where, begins=st.integers(0, 120), lasts=st.integers(1, 60))
    def plan(self, place: int, begins: int, lasts: int) -> None:
        from_at = clock.now() + timedelta(minutes=begins)
        until_at = from_at + timedelta(minutes=lasts)
        self.attempt(plan_closure, station=self.place(place), from_at=from_at, until_at=until_at, **BY)

    @rule()
    def call_off(self) -> None:
        for closure in PlannedClosure.objects.filter(called_off_at=None, ended_at=None)[:1]:
            self.attempt(call_off_closure, closure=closure, **BY)

    @rule(number=st.integers(0, 3 * PLACES - 1), is_back=st.booleans())
    def dock(self, number: int, is_back: bool) -> None:
        self.attempt(return_dock if is_back else withdraw_dock, dock=self.docks[number], **BY)

    @rule(number=st.integers(0, 2 * PLACES - 1), is_back=st.booleans())
    def car(self, number: int, is_back: bool) -> None:
        car = self.cars[number]
        if is_back:
            self.attempt(operations.return_to_service, vehicle=car, actor="test")
            return
        held = claims.live_bookings().filter(vehicle=car, state=State.RESERVED).first()
        moved = self.attempt(
            operations.withdraw_vehicle, vehicle=car, cause=Vehicle.Cause.DAMAGE, note="Flood", actor="test"
        )
        assert (moved is not None) <= (held is not None)

    @rule(minutes=st.sampled_from([1, 14, 31, 61]))
    def wait(self, minutes: int) -> None:
        """The sweeper came by all the while: nobody is left on something closed for a minute."""
        self.sweep()
        clock.shift(clock._offset + timedelta(minutes=minutes))
        self.sweep()

    @rule()
    def sweep(self) -> None:
        """As the worker does, one claim at a time: who gets nothing could not have been given anything."""
        keep_closures()
        operations.expire_due_bookings()
        operations.expire_due_holds()
        for _ in range(4 * PEOPLE):
            for one in operations.rehouse(limit=1):
                if one.booking.state == State.CANCELLED and one.car is None:
                    offered = counts(place.pk for place in self.places)
                    assert not any(of_station.cars for of_station in offered.values())
        assert not stranded_bookings().exists()
        assert not stranded_holds().exists()

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "places"):
            return
        withdrawn = claims.live_bookings().filter(state=State.RESERVED, vehicle__is_in_service=False)
        assert not withdrawn.exists()
        require_sound_claims()


@pytest.mark.django_db
def test_random_disturbances_leave_nobody_behind() -> None:
    sequences = int(os.environ.get("RANDOM_SEQUENCES", "25"))

    run_state_machine_as_test(
        Disturbances, settings=settings(max_examples=sequences, stateful_step_count=25, deadline=None)
    )
