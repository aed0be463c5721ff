"""The whole simulator against the product, served over HTTP."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django.live_server_helper import LiveServer

from accounts.models import ApiToken
from autolib.simulation.errands import Habits
from bookings.audit import audit
from bookings.claims import live_bookings
from bookings.models import Booking, State
from bookings.operations import withdraw_vehicle
from tests.simulation.conftest import SPEED, Simulate
from vehicles.models import Vehicle


def broken_invariants() -> dict[str, Any]:
    return {finding["sentence"]: finding["examples"] for finding in audit() if finding["violations"]}


def test_a_run_leaves_everything_in_order(simulate: Simulate) -> None:
    simulation = simulate()

    simulation.run()

    assert simulation.told[1:] == []
    assert simulation.is_finished
    assert simulation.figures.actions["plugged", ""] > 0
    assert broken_invariants() == {}
    assert not live_bookings().exists()
    assert not Vehicle.objects.filter(dock=None).exists()


def test_holds_that_ran_out_are_found_unusable(simulate: Simulate) -> None:
    simulation = simulate(habits=Habits(lets_lapse=1, walks_up=0, cancels=0), seconds=3.2)

    simulation.run()

    assert simulation.told[1:] == []
    assert simulation.figures.actions["start trip", "not_live"] > 0
    assert simulation.figures.actions["start trip", ""] == 0


def test_what_a_killed_simulator_leaves_open_is_finished_by_the_next(simulate: Simulate) -> None:
    killed = simulate(speed=100, seconds=2, seconds_to_finish=0, habits=Habits(walk_minutes=1, cancels=0))
    killed.run()
    left = Booking.objects.filter(state=State.ON_TRIP).count()

    simulation = simulate(speed=100, seconds=0.1)
    simulation.run()

    assert left > 0
    assert simulation.is_finished
    assert simulation.figures.actions["resume", ""] >= left
    assert not live_bookings().exists()
    assert not Vehicle.objects.filter(dock=None).exists()
    assert broken_invariants() == {}


def test_a_gentle_simulator_leaves_a_car_everywhere_and_most_cars_alone(simulate: Simulate, world: Any) -> None:
    alone = [station["id"] for station in world["stations"][:4]]
    for station in alone:
        for vehicle in Vehicle.objects.filter(dock__station=station)[1:]:
            withdraw_vehicle(vehicle=vehicle, cause=Vehicle.Cause.CLEANING, note="coffee", actor="system")
    simulation = simulate(is_gentle=True, riders=None, seconds=2.5, habits=Habits(cancels=0, walks_up=0.5))

    simulation.run()

    assert len({booking.subscriber_id for booking in Booking.objects.all()}) <= 5
    assert Booking.objects.count() > 0
    assert not Booking.objects.filter(origin_station__in=alone).exists()


def test_a_simulator_whose_tokens_were_taken_away_ends(simulate: Simulate) -> None:
    simulation = simulate(seconds=60)
    ApiToken.objects.all().delete()

    simulation.run()

    assert simulation.is_dismissed


def test_the_command_reports_what_it_saw(world: Any, live_server: LiveServer, tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.json"
    scenario.write_text(json.dumps({"networks": [world]}))
    output = StringIO()

    wishes = {"scenario": scenario, "base_url": live_server.url, "riders": 6, "speed": SPEED, "duration": 1}
    call_command("simulate", stdout=output, **wishes)

    assert "Nothing impossible, no error of the server." in output.getvalue()
    assert "POST /api/v1/bookings " in output.getvalue()
    assert "p99" in output.getvalue()


def test_a_city_elsewhere_is_not_driven_by_accident(settings: Any) -> None:
    settings.PUBLIC_URL = "https://autolib.example"

    with pytest.raises(CommandError, match=r"--base-url https://autolib.example"):
        call_command("simulate")


def test_nobody_at_home_is_said_plainly(world: Any, tmp_path: Path) -> None:
    scenario = tmp_path / "scenario.json"
    scenario.write_text(json.dumps({"networks": [world]}))

    with pytest.raises(CommandError, match=r"Nobody answers at http://127\.0\.0\.1:9"):
        call_command("simulate", scenario=scenario, base_url="http://127.0.0.1:9")
