"""The product, really served, with a small seeded city; and simulations of it that end within seconds."""

from collections.abc import Callable
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from autolib.scenario import seed_scenario
from autolib.simulation.errands import Habits
from autolib.simulation.run import Simulation, Wishes
from autolib.simulation.scenario import from_document

# A trip of 38 minutes takes a second; holds run out in two.
SPEED = 2_300.0
EVERYTHING = Habits(cancels=0.15, lets_lapse=0.15, extends=0.2, moves_destination=0.3, returns_elsewhere=0.2)

Simulate = Callable[..., Simulation]


@pytest.fixture
def world(transactional_db: None, settings: Any) -> dict[str, Any]:
    """Ten stations with 50 docks, 20 cars and 12 subscribers; holds of two seconds."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    rules = {"car_hold_seconds": 2, "dock_hold_seconds": 4}
    return seed_scenario(seed=1, stations=10, docks=5, cars=20, subscribers=12, rules=rules)["networks"][0]


@pytest.fixture
def simulate(world: dict[str, Any], live_server: LiveServer, settings: Any) -> Simulate:
    """A simulation of the world that is served, not yet run."""
    settings.RATE_LIMITS = False

    def prepare(**wishes: Any) -> Simulation:
        asked = {"seed": 3, "speed": SPEED, "riders": 12, "seconds": 2.5, "habits": EVERYTHING, **wishes}
        told: list[str] = []
        simulation = Simulation(from_document(world), Wishes(base_url=live_server.url, **asked), tell=told.append)
        simulation.told = told  # type: ignore[attr-defined]
        return simulation

    return prepare
