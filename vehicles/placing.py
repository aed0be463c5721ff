"""Putting a first fleet on the street: where the counters of a published file say that cars stand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from random import Random

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from stations import clock
from stations.models import Device, Dock, Network
from stations.refusals import Refusal
from stations.statistics import renew
from vehicles.models import Vehicle, VehicleReport, VehicleType

BATCH = 1000
# Utilib' is the Bluecar without its rear seats; the 1.4 holds 1.4 cubic meters.
TYPES = {
    "bluecar": {"name": "Bluecar", "seats": 4, "boot_liters": 350},
    "utilib": {"name": "Utilib’", "seats": 2, "boot_liters": 900},
    "utilib-14": {"name": "Utilib’ 1.4", "seats": 2, "boot_liters": 1400},
}
# French plates since 2009: no I, O or U, and no SS.
LETTERS = "ABCDEFGHJKLMNPQRSTVWXYZ"


class NetworkHasCars(Refusal):
    code = "network_has_cars"
    sentence = _("This network has cars already. Cars are placed from counters only once, on a network without any.")


@dataclass(frozen=True)
class Placement:
    """How many cars were placed, and how many were left over at stations (by code) without an empty dock for them."""

    placed: int
    left_over: dict[str, int] = field(default_factory=dict)


def vehicle_types() -> dict[str, VehicleType]:
    """The three types of the real network by their code, made where they are missing."""
    return {
        code: VehicleType.objects.get_or_create(code=code, defaults=described)[0] for code, described in TYPES.items()
    }


def place_cars(*, network: Network, counters: Mapping[str, Mapping[str, int]]) -> Placement:
    """`counters`: station code → code of the vehicle type → cars. Refuses NetworkHasCars. Locks: the network.

    Plates, charge and mileage follow from the network's name alone, so the same file makes the same fleet. Charge and
    mileage are assumed: no published file has them. Whatever a car reports later takes their place.
    """
    with transaction.atomic():
        network = Network.objects.select_for_update(no_key=True).get(pk=network.pk)
        if Vehicle.objects.filter(network=network).exists():
            raise NetworkHasCars
        random = Random(f"fleet of {network.slug}")
        types = vehicle_types()
        places, left_over = _places(network, counters)
        plates = _plates(random, len(places))
        identifiers = [f"{network.slug[:38]}.{plate}" for plate in plates]
        devices = Device.objects.bulk_create(
            [Device(network=network, identifier=identifier, kind=Device.Kind.CAR) for identifier in identifiers],
            batch_size=BATCH,
        )
        vehicles = Vehicle.objects.bulk_create(
            [
                Vehicle(network=network, vehicle_type=types[code], plate=plate, dock=dock, device=device)
                for (dock, code), plate, device in zip(places, plates, devices, strict=True)
            ],
            batch_size=BATCH,
        )
        at = clock.now()
        VehicleReport.objects.bulk_create(
            [_assumed_report(vehicle, random, at) for vehicle in vehicles], batch_size=BATCH
        )
        renew((Device, Vehicle, VehicleReport), written=len(vehicles))
        return Placement(len(vehicles), left_over)


def _places(
    network: Network, counters: Mapping[str, Mapping[str, int]]
) -> tuple[list[tuple[Dock, str]], dict[str, int]]:
    """A dock for each car with the code of its type, and the cars that found none by station."""
    docks: dict[str, list[Dock]] = {}
    for dock in Dock.objects.filter(station__network=network).select_related("station").order_by("station", "number"):
        docks.setdefault(dock.station.code, []).append(dock)
    places: list[tuple[Dock, str]] = []
    left_over: dict[str, int] = {}
    for station_code, by_type in sorted(counters.items()):
        cars = [type_code for type_code, count in by_type.items() for _number in range(count)]
        there = docks.get(station_code, [])
        places += zip(there, cars, strict=False)
        if len(cars) > len(there):
            left_over[station_code] = len(cars) - len(there)
    return places, left_over


def _plates(random: Random, count: int) -> list[str]:
    plates: dict[str, None] = {}
    while len(plates) < count:
        # BX to FA: registered from 2011 to 2018.
        first = f"{random.choice('BCDEF')}{random.choice(LETTERS)}"
        last = f"{random.choice(LETTERS)}{random.choice(LETTERS)}"
        if "SS" not in (first, last) and "BX" <= first <= "FA":
            plates[f"{first}-{random.randint(1, 999):03}-{last}"] = None
    return list(plates)


def _assumed_report(vehicle: Vehicle, random: Random, at: datetime) -> VehicleReport:
    """Plugged in, most cars are nearly full; one in twelve has come back low and cannot be rented yet."""
    charge = random.randint(20, 54) if random.random() < 1 / 12 else round(random.triangular(55, 100, 97))
    return VehicleReport(
        vehicle=vehicle,
        charge_percent=Decimal(charge),
        range_km=vehicle.vehicle_type.max_range_km * charge // 100,
        odometer_km=Decimal(random.randint(4_000, 95_000)),
        event_time=at,
        received_at=at,
    )
