"""A battery is in one car at most, and its history follows it."""

import pytest

from stations.models import Network
from tests import factories
from vehicles.batteries import BatteryElsewhere, SameBattery, swap_battery
from vehicles.models import Battery


def test_a_swapped_battery_leaves_the_one_before_without_a_car(paris: Network) -> None:
    car = factories.vehicle(network=paris)
    old = swap_battery(vehicle=car, serial="lmp-001", reason="New car", actor="operator:1")

    new = swap_battery(vehicle=car, serial="LMP-002 ", reason="Worn out", actor="operator:1")

    old.refresh_from_db()
    assert (old.serial, old.vehicle, old.fitted_at) == ("LMP-001", None, None)
    assert (new.vehicle, new.capacity_kwh) == (car, car.vehicle_type.battery_kwh)
    assert Battery.objects.count() == 2


def test_a_battery_is_not_taken_out_of_another_car_unseen(paris: Network) -> None:
    first, second = factories.vehicle(network=paris), factories.vehicle(network=paris)
    swap_battery(vehicle=first, serial="LMP-001", reason="New car", actor="operator:1")

    with pytest.raises(SameBattery):
        swap_battery(vehicle=first, serial="LMP-001", reason="Again", actor="operator:1")
    with pytest.raises(BatteryElsewhere, match="battery_elsewhere") as refused:
        swap_battery(vehicle=second, serial="LMP-001", reason="Typing error", actor="operator:1")
    assert first.plate in refused.value.message
    assert Battery.objects.get().vehicle == first
