"""Reports of cars through the public address: the newest possible one stands, and nothing silences a car for ever."""

import json
import random
from datetime import datetime, timedelta

import pytest

from stations.models import DeviceMessage, Station
from tests.devices.signing import Sender, car, said
from vehicles.models import Vehicle, VehicleReport
from vehicles.reports import apply_pending


@pytest.fixture
def bluecar(bastille: Station) -> Vehicle:
    vehicle = Vehicle.objects.filter(dock__station=bastille).first()
    VehicleReport.objects.filter(vehicle=vehicle).delete()
    return vehicle


@pytest.fixture
def driver(bluecar: Vehicle) -> Sender:
    return car(bluecar)


def charge(vehicle: Vehicle) -> float:
    return float(VehicleReport.objects.get(vehicle=vehicle).charge_percent)


def outcomes() -> list[tuple[str, str]]:
    return list(DeviceMessage.objects.order_by("id").values_list("outcome", "reason"))


def test_duplicated_late_reordered_and_future_reports_end_with_the_newest(
    driver: Sender, bluecar: Vehicle, time
) -> None:
    """A day of a car, 30 % repeated, shuffled within a window, every tenth from 2099."""
    chance = random.Random(20111205)
    start = time.now() - timedelta(hours=5)
    day = [
        said("vehicle_status", at=start + timedelta(minutes=minute), charge_percent=90 - minute / 10,
             range_km=200, odometer_km=10_000 + minute, seq=minute)
        for minute in range(290)
    ]  # fmt: skip
    poison = [
        said("vehicle_status", at=datetime(2099, 1, 1, tzinfo=start.tzinfo) + timedelta(days=number), charge_percent=1)
        for number in range(29)
    ]
    sent = [*day, *poison, *chance.sample(day, 87)]
    sent = [one for _, one in sorted((place + chance.uniform(0, 150), one) for place, one in enumerate(sent))]

    told = []
    for first in range(0, len(sent), 40):
        told += driver.send(*sent[first : first + 40])
        apply_pending()

    report = VehicleReport.objects.get(vehicle=bluecar)
    assert (charge(bluecar), report.odometer_km, report.source_seq) == (61.1, 10_289, 289)
    assert sum(one["duplicate"] for one in told) == 87
    assert outcomes().count(("quarantined", "future")) == 29
    assert {outcome for outcome, _ in outcomes()} == {"applied", "stale", "quarantined"}


def test_after_a_message_from_2099_normal_ones_win(driver: Sender, bluecar: Vehicle) -> None:
    driver.tell(said("vehicle_status", at=datetime.fromisoformat("2099-01-01T00:00:00+00:00"), charge_percent=3))
    driver.tell(said("vehicle_status", charge_percent=80))

    apply_pending()

    assert charge(bluecar) == 80


def test_at_the_same_instant_the_higher_sequence_wins(driver: Sender, bluecar: Vehicle, time) -> None:
    at = time.now()
    for seq, percent in [(7, 70), (9, 90), (8, 80)]:
        driver.tell(said("vehicle_status", at=at, charge_percent=percent, seq=seq))
        apply_pending()

    assert charge(bluecar) == 90


@pytest.mark.parametrize("percent", [-0.5, 100.004, 1e300, -(10**18)])
def test_an_impossible_charge_is_looked_at_by_a_person(driver: Sender, bluecar: Vehicle, percent: float) -> None:
    driver.send(
        said("vehicle_status", charge_percent=60),
        said("vehicle_status", charge_percent=percent),
    )

    apply_pending()

    assert charge(bluecar) == 60
    assert ("quarantined", "charge_out_of_range") in outcomes()


def test_an_odometer_that_runs_backwards_is_not_believed_at_once(driver: Sender, bluecar: Vehicle, time) -> None:
    start = time.now() - timedelta(hours=3)

    def report(minutes: int, odometer: float, percent: int) -> float:
        at = start + timedelta(minutes=minutes)
        driver.tell(said("vehicle_status", at=at, charge_percent=percent, odometer_km=odometer))
        apply_pending()
        return charge(bluecar)

    assert report(0, 10_000, 90) == 90
    assert report(1, 9_999.5, 89) == 89
    assert report(2, 900_000, 88) == 88
    assert report(3, 10_001, 87) == 88
    assert report(63, 10_003, 86) == 86
    assert outcomes()[3] == ("quarantined", "odometer_backwards")


def test_what_is_not_said_is_not_known(driver: Sender, bluecar: Vehicle, time) -> None:
    driver.tell(said("vehicle_status", charge_percent=60, range_km=100, odometer_km=5))
    driver.tell(said("vehicle_status", charge_percent=59, range_km=None))

    apply_pending()

    report = VehicleReport.objects.get(vehicle=bluecar)
    assert (report.charge_percent, report.range_km, report.odometer_km) == (59, None, None)


def test_a_device_that_is_in_no_car_is_looked_at_by_a_person(driver: Sender, bluecar: Vehicle) -> None:
    Vehicle.objects.filter(pk=bluecar.pk).update(device=None)

    told = driver.tell(said("vehicle_status", charge_percent=60))

    assert (told["outcome"], told["reason"]) == ("quarantined", "unknown_vehicle")
    assert json.loads(json.dumps(DeviceMessage.objects.get().payload))["charge_percent"] == 60
