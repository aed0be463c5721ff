"""The seeded world: the same seed, the same world; refused in production."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from accounts.models import User
from stations.models import Network, Station
from vehicles.models import Vehicle


def seed(**options: Any) -> dict[str, Any]:
    out = StringIO()
    call_command("seed_scenario", seed=7, stations=3, docks=2, cars=4, subscribers=2, json=True, stdout=out, **options)
    return json.loads(out.getvalue())


def test_the_same_seed_gives_the_same_world_once(db: None) -> None:
    first = seed()

    assert seed() == first
    assert (Station.objects.count(), Vehicle.objects.count()) == (6, 8)
    assert [len(network["subscribers"]) for network in first["networks"]] == [2, 2]


def test_operators_see_one_network_each(db: None) -> None:
    world = seed()

    for network in world["networks"]:
        operator = User.objects.get(email=network["operator"]["email"])
        assert [mine.slug for mine in operator.networks.all()] == [network["slug"]]
        assert operator.check_password(network["operator"]["password"])


def test_rules_may_be_set(db: None) -> None:
    seed(car_hold_seconds=1)

    assert set(Network.objects.values_list("car_hold_seconds", flat=True)) == {1}


@override_settings(PRODUCTION=True)
def test_it_is_refused_in_production(db: None) -> None:
    with pytest.raises(CommandError, match="production"):
        seed()
