"""The demo's networks, stations, places and cars: hand-written, real places with invented stations."""

import csv
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts.models import Plan
from autolib.demo.picture import dusk
from stations.importing.applying import create_stations
from stations.importing.rows import OPEN, StationRow
from stations.models import Network, Place, Station
from stations.operations import close_station
from stations.station_photos import set_photo
from vehicles.placing import place_cars, vehicle_types
from vehicles.task_rules import RULES, make_round

FOLDER = Path(__file__).parent
PICTURED = 2  # stations of a city that have a photo
CAPTION = "Dessin de la station le soir : le kiosque éclairé, puis deux bornes au bord du trottoir."
NETWORKS: dict[str, dict[str, Any]] = {
    "paris": {
        "name": "Autolib’ Paris",
        "latitude": 48.8566,
        "longitude": 2.3522,
        "time_zone": "Europe/Paris",
        "languages": ["fr", "en"],
        "car_hold_seconds": 30 * 60,
        "dock_hold_seconds": 90 * 60,
        "minimum_charge_percent": 55,
        # The posts of the demo speak in turn, so that a large city takes hours to be heard once.
        "post_silence_seconds": 24 * 3600,
        "contact_email": "paris@autolib.example",
        # Drawn by hand around the towns that ever had a station, with some kilometers to spare.
        "area": [
            [2.02, 48.84],
            [2.03, 48.92],
            [2.10, 49.00],
            [2.24, 49.04],
            [2.42, 49.04],
            [2.56, 49.00],
            [2.64, 48.94],
            [2.65, 48.84],
            [2.61, 48.74],
            [2.52, 48.67],
            [2.38, 48.64],
            [2.20, 48.65],
            [2.08, 48.71],
            [2.02, 48.77],
        ],
    },
    "lyon": {
        "name": "Bluely Lyon",
        "latitude": 45.7580,
        "longitude": 4.8357,
        "time_zone": "Europe/Paris",
        "languages": ["fr", "en"],
        "car_hold_seconds": 30 * 60,
        "dock_hold_seconds": 90 * 60,
        "minimum_charge_percent": 55,
        # The posts of the demo speak in turn, so that a large city takes hours to be heard once.
        "post_silence_seconds": 24 * 3600,
        "contact_email": "lyon@autolib.example",
        "area": [
            [4.72, 45.75],
            [4.76, 45.81],
            [4.84, 45.83],
            [4.93, 45.82],
            [4.99, 45.76],
            [4.97, 45.70],
            [4.88, 45.66],
            [4.79, 45.67],
            [4.73, 45.71],
        ],
    },
}
PLANS = {
    "paris": {
        "year": {"name": "1 an", "duration_days": 365},
        "month": {"name": "1 mois", "duration_days": 30},
        "ready-to-drive": {"name": "Prêt à rouler", "duration_days": None},
    },
    "lyon": {
        "year": {"name": "1 an", "duration_days": 365},
        "ready-to-drive": {"name": "Sans abonnement", "duration_days": None},
    },
}


@transaction.atomic
def seed_city(slug: str, *, has_stations: bool) -> Network:
    """Make what is missing of a city; what is there stays as it is. Stations come only where the network has none."""
    network, _is_new = Network.objects.get_or_create(slug=slug, defaults=NETWORKS[slug])
    for code, described in PLANS[slug].items():
        Plan.objects.get_or_create(network=network, code=code, defaults=described)
    vehicle_types()
    if not Place.objects.filter(network=network).exists():
        _seed_places(network)
    if has_stations and not Station.objects.filter(network=network).exists():
        _seed_stations(network)
        make_round(RULES, network=network)  # the crews find work: cars that were brought back low
    return network


def _lines(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _seed_places(network: Network) -> None:
    for line in _lines(f"{network.slug}_places.csv"):
        Place.objects.create(
            network=network, name=line["name"], latitude=float(line["latitude"]), longitude=float(line["longitude"])
        )


def _seed_stations(network: Network) -> None:
    rows = station_rows(network.slug)
    made = create_stations(network=network, rows=rows, is_published=False)
    for station, line in zip(made, _station_lines(network.slug), strict=True):
        if line["closure_reason"]:
            close_station(station=station, reason=line["closure_reason"], actor="system")
    kiosks = [station for station in made if station.kind == Station.Kind.KIOSK][:PICTURED]
    for seed, station in enumerate(kiosks, start=1):
        set_photo(station=station, photo=dusk(seed), caption=CAPTION, reason="demo", actor="system")
    place_cars(network=network, counters={row.code: row.cars for row in rows})


def _station_lines(slug: str) -> list[dict[str, str]]:
    return _lines(f"{slug}_stations.csv")


def station_rows(slug: str) -> list[StationRow]:
    return [_station_row(line) for line in _station_lines(slug)]


def _station_row(line: dict[str, str]) -> StationRow:
    return StationRow(
        code=line["code"],
        name=line["name"],
        address=line["address"],
        postal_code=line["postal_code"],
        city=line["city"],
        latitude=float(line["latitude"]),
        longitude=float(line["longitude"]),
        kind=line["kind"],
        status=OPEN,
        scheduled_at="",
        access_note=line["access_note"],
        capacity=int(line["docks"]),
        cars={"bluecar": int(line["bluecar"]), "utilib": int(line["utilib"]), "utilib-14": int(line["utilib_14"])},
    )
