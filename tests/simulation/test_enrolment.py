"""The simulator's own subscribers and the keys of the devices, made in demo and test mode."""

from typing import Any

import pytest

from accounts.models import ApiToken
from accounts.operations import digest_of_token
from autolib.simulation.enrolment import enrol
from autolib.simulation.run import Wishes
from autolib.simulation.scenario import Scenario, Unusable
from bookings.operations import plugged, unplugged
from stations import clock
from stations.devices import device_key
from stations.models import Device, Network, Station
from tests import factories
from vehicles.models import Vehicle


@pytest.fixture
def paris(paris: Network, bastille: Station, nation: Station) -> Network:
    factories.plan(paris)
    return paris


def three_riders() -> Scenario:
    return enrol(network="paris", riders=lambda cars: 3, name="rider")


def test_riders_stations_and_cars_come_with_their_keys(paris: Network, bastille: Station) -> None:
    scenario = three_riders()

    station = scenario.stations[bastille.pk]
    assert [rider.email for rider in scenario.subscribers] == [f"rider-00{n}@sim.example" for n in (1, 2, 3)]
    assert len({rider.badge for rider in scenario.subscribers}) == 3
    assert [dock.number for dock in station.docks] == [1, 2, 3, 4]
    assert station.post.key == device_key(Device.objects.get(identifier=station.post.identifier))
    assert len(scenario.cars) == 2


def test_the_riders_of_a_new_simulator_are_the_same_people_with_new_tokens(paris: Network) -> None:
    first, second = three_riders(), three_riders()

    assert [rider.badge for rider in first.subscribers] == [rider.badge for rider in second.subscribers]
    assert not ApiToken.objects.filter(digest=digest_of_token(first.subscribers[0].token)).exists()
    assert ApiToken.objects.filter(digest=digest_of_token(second.subscribers[0].token)).exists()


def test_a_car_that_nobody_drives_and_that_stands_nowhere_is_astray(paris: Network, bastille: Station) -> None:
    car = Vehicle.objects.filter(dock__station=bastille).first()
    dock = car.dock
    unplugged(dock=dock, vehicle=car, event_time=clock.now(), actor="device:post")
    assert three_riders().cars[car.pk].is_astray

    plugged(dock=dock, vehicle=car, event_time=clock.now(), actor="device:post")

    assert not three_riders().cars[car.pk].is_astray


def test_production_makes_no_simulated_people(paris: Network, settings: Any) -> None:
    settings.PRODUCTION = True

    with pytest.raises(Unusable, match="--scenario"):
        three_riders()


def test_an_empty_city_is_told_how_to_fill_it(db: None) -> None:
    factories.network("lyon")

    with pytest.raises(Unusable, match="import_stations"):
        enrol(network="lyon", riders=lambda cars: 3, name="rider")


@pytest.mark.parametrize(("cars", "riders"), [(1, 1), (20, 5), (400, 66), (2_843, 174)])
def test_a_gentle_simulator_takes_a_quarter_of_the_cars_at_most(cars: int, riders: int) -> None:
    wishes = Wishes(base_url="http://localhost", seed=1, speed=4, is_gentle=True)

    assert wishes.riders_for(cars) == riders
