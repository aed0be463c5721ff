"""What a first visit costs on a phone: the bytes of the first page with its map, packed as they are sent."""

import gzip
import posixpath
import random
import re

from django.contrib.staticfiles import finders
from django.db import connection
from django.test import Client

from autolib.demo.cities import NETWORKS
from stations.importing.applying import create_stations
from stations.importing.rows import OPEN, StationRow
from stations.models import Network
from vehicles.placing import place_cars, vehicle_types

STATIONS = 1119
MOST_BYTES = 150_000
IMPORTS = re.compile(r'^import .*? from "(\.{1,2}/.+?)";', re.MULTILINE)


def rows() -> list[StationRow]:
    """As many stations as Paris had, with names, codes and places as long and as different."""
    chance = random.Random(2011)
    streets = [f"{kind} {name}" for kind in ("Rue", "Avenue", "Place", "Quai") for name in ("Lafayette", "Voltaire",
               "du Général de Gaulle", "de la Bastille", "Jean Jaurès", "de Charonne", "Diderot")]  # fmt: skip
    return [
        StationRow(
            code=f"{chance.choice(['paris', 'clichy', 'boulogne-billancourt'])}-{number:04}-{chance.randrange(1000)}",
            name=f"{chance.choice(['Paris', 'Clichy'])}/{chance.choice(streets)}/{chance.randrange(1, 400)}",
            address=f"{chance.randrange(1, 400)} {chance.choice(streets)}",
            postal_code=f"75{chance.randrange(1, 21):03}",
            city="Paris",
            latitude=48.8566 + chance.uniform(-0.08, 0.08),
            longitude=2.3522 + chance.uniform(-0.12, 0.12),
            kind="street",
            status=OPEN,
            scheduled_at="",
            access_note="",
            capacity=2,
            cars={"bluecar": chance.randrange(0, 3), "utilib": 0, "utilib-14": 0},
        )
        for number in range(STATIONS)
    ]


def test_the_first_page_with_its_map_is_light(db: None, client: Client) -> None:
    network = Network.objects.create(slug="paris", **NETWORKS["paris"])
    vehicle_types()
    made = rows()
    create_stations(network=network, rows=made, is_published=False)
    place_cars(network=network, counters={row.code: row.cars for row in made})

    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # As autovacuum does within a minute; without it plans follow what other tests left.

    weights = weights_of_the_first_visit(client)

    assert {"/", "leaflet.js", "site.css", "map.js", "paris.json"} <= {
        name.rpartition("/")[2] or "/" for name in weights
    }
    assert sum(weights.values()) < MOST_BYTES, weights


def weights_of_the_first_visit(client: Client) -> dict[str, int]:
    """Of the page and of everything that it and its scripts ask for."""
    page = client.get("/", headers={"accept-encoding": "gzip"})
    html = gzip.decompress(page.content).decode()
    weights = {"/": len(page.content)}
    asked = re.findall(r'(?:src|href|data-layout|data-live|data-outline)="(/(?:static/|live|layout)[^"]+)"', html)
    for address in asked:
        if address.startswith("/static/"):
            weights |= packed_files(address.removeprefix("/static/"))
        else:
            weights[address] = len(client.get(address, headers={"accept-encoding": "gzip"}).content)
    return weights


def packed_files(name: str) -> dict[str, int]:
    path = finders.find(name)
    assert isinstance(path, str), name
    with open(path, "rb") as file:
        content = file.read()
    weights = {name: len(gzip.compress(content))}
    for imported in IMPORTS.findall(content.decode()) if name.endswith(".js") else []:
        weights |= packed_files(posixpath.normpath(f"{name.rpartition('/')[0]}/{imported}"))
    return weights
