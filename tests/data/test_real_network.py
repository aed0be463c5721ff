"""The network as it was published in May 2018, whole."""

import csv
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from autolib.demo.cities import NETWORKS, seed_city, station_rows
from bookings.audit import INVARIANTS
from bookings.availability import counts
from stations.geography import is_inside
from stations.models import ChargePoint, Device, Dock, Event, Network, Station
from vehicles.models import Vehicle, VehicleReport

pytestmark = [pytest.mark.data, pytest.mark.django_db]

SNAPSHOT, CAPACITIES = "stations_snapshot_2018-05-18.csv", "stations_capacity_c2014.csv"
STATIONS, DOCKS, CARS = 1119, 5784, {"bluecar": 2615, "utilib": 71, "utilib-14": 157}

Import = Callable[..., tuple[int, str, str]]


@pytest.fixture
def paris() -> Network:
    """The real city in the area that we drew by hand, without the demo's stations."""
    return seed_city("paris", has_stations=False)


@pytest.fixture
def import_file(published_files: Path) -> Import:
    def run(file: Path, **options: object) -> tuple[int, str, str]:
        out, err = StringIO(), StringIO()
        status = 0
        try:
            call_command(
                "import_stations",
                str(file),
                network="paris",
                capacities=published_files / CAPACITIES,
                stdout=out,
                stderr=err,
                **options,
            )
        except SystemExit as stopped:
            status = int(stopped.code or 0)
        return status, out.getvalue(), err.getvalue()

    return run


def test_every_station_dock_and_car_arrives(paris: Network, published_files: Path, import_file: Import) -> None:
    status, out, err = import_file(published_files / SNAPSHOT, place_cars=True)

    assert (status, err) == (0, "")
    assert f"{STATIONS} created, 0 updated, 0 unchanged, 0 vanished, 0 refused" in out
    assert "2843 cars placed. Their charge and mileage are assumed" in out
    assert Station.objects.count() == STATIONS
    assert Dock.objects.count() == ChargePoint.objects.count() == DOCKS
    assert Device.objects.count() == DOCKS + sum(CARS.values())
    assert {code: Vehicle.objects.filter(vehicle_type__code=code).count() for code in CARS} == CARS
    assert VehicleReport.objects.count() == Vehicle.objects.filter(dock__isnull=False).count() == sum(CARS.values())
    assert not Event.objects.exists()
    with connection.cursor() as cursor:
        assert [invariant.sentence for invariant in INVARIANTS if invariant.broken_by(cursor)] == []
        # Plans for all stations at once would else be made for tables that were empty a minute ago.
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname IN ('stations_dock', 'vehicles_vehicle')")
        assert sorted(cursor.fetchall()) == [(2843,), (DOCKS,)]


def test_stations_are_as_published(paris: Network, published_files: Path, import_file: Import) -> None:
    import_file(published_files / SNAPSHOT, place_cars=True)

    stations = Station.objects.filter(network=paris)
    assert {kind: stations.filter(kind=kind).count() for kind in Station.Kind} == {
        Station.Kind.STREET: 985,
        Station.Kind.KIOSK: 84,
        Station.Kind.CAR_PARK: 49,
        Station.Kind.CENTER: 1,
    }
    assert stations.filter(is_renting=True, is_returning=True).count() == 1033
    assert stations.filter(is_installed=False).count() == 9
    assert stations.exclude(access_note="").count() == 25
    assert stations.filter(docks=None).count() == 34
    offered = counts(stations.values_list("pk", flat=True))
    assert sum(of_station.capacity for of_station in offered.values()) == DOCKS
    # One car in twelve is placed below the minimum charge.
    assert 2500 < sum(of_station.cars for of_station in offered.values()) < 2700


def test_every_published_car_stands_where_it_was_counted(
    paris: Network, published_files: Path, import_file: Import
) -> None:
    import_file(published_files / SNAPSHOT, place_cars=True)
    with (published_files / SNAPSHOT).open(encoding="utf-8") as file:
        counted = {
            row["ID"]: sum(int(row[column]) for column in ("Bluecar counter", "Utilib counter", "Utilib 1.4 counter"))
            for row in csv.DictReader(file, delimiter=";")
        }

    standing = dict.fromkeys(counted, 0)
    for code in Vehicle.objects.values_list("dock__station__code", flat=True):
        standing[code] += 1

    assert standing == counted


def test_the_second_run_changes_nothing(paris: Network, published_files: Path, import_file: Import) -> None:
    import_file(published_files / SNAPSHOT, place_cars=True)
    before = list(Station.objects.order_by("pk").values())

    status, out, _err = import_file(published_files / SNAPSHOT, place_cars=True)

    assert status == 0
    assert f"0 created, 0 updated, {STATIONS} unchanged, 0 vanished, 0 refused" in out
    assert "No cars were placed. This network has cars already" in out
    assert list(Station.objects.order_by("pk").values()) == before
    assert (Event.objects.count(), Dock.objects.count(), Vehicle.objects.count()) == (0, DOCKS, 2843)


def test_one_changed_row_is_one_update(
    paris: Network, published_files: Path, import_file: Import, tmp_path: Path
) -> None:
    import_file(published_files / SNAPSHOT)
    changed = tmp_path / "later.csv"
    text = (published_files / SNAPSHOT).read_text(encoding="utf-8")
    changed.write_text(text.replace("65 rue Ordener;", "67 rue Ordener;"), encoding="utf-8")

    status, out, _err = import_file(changed)

    assert status == 0
    assert f"0 created, 1 updated, {STATIONS - 1} unchanged, 0 vanished, 0 refused" in out
    assert Station.objects.get(code="paris-ordener-65").address == "67 rue Ordener"
    assert not Event.objects.exists()


def test_bad_rows_among_the_real_ones_cost_only_themselves(
    paris: Network, published_files: Path, import_file: Import, tmp_path: Path
) -> None:
    lines = (published_files / SNAPSHOT).read_bytes().splitlines()
    damaged = [
        *lines[:10],
        lines[10].replace(b"48.", b""),
        lines[11].replace(b";ok;", b";fine;"),
        lines[12] + b";",
        lines[13].replace(b";", b";\xff", 1),
        *lines[14:1119],
        lines[1],
    ]
    file = tmp_path / "damaged.csv"
    file.write_bytes(b"\xef\xbb\xbf" + b"\r\n".join(damaged))

    status, out, err = import_file(file)

    assert status == 1
    assert [refused.split(":")[1].split(" (")[0].strip() for refused in err.splitlines()] == [
        "line 11",
        "line 12",
        "line 13",
        "line 14",
        "line 1120",
    ]
    assert f"{STATIONS - 5} created, 0 updated, 0 unchanged, 0 vanished, 5 refused" in out


def test_other_real_files_are_not_stations(
    paris: Network, published_files: Path, import_file: Import, tmp_path: Path
) -> None:
    latin = tmp_path / "latin.csv"
    latin.write_text((published_files / SNAPSHOT).read_text(encoding="utf-8"), encoding="latin-1", errors="replace")
    others = ["stations_normalised.csv", "paris_arrondissements.geojson", "availability_sample_2018-04-01_09.csv"]

    for file in [latin, published_files / CAPACITIES, *(published_files / name for name in others)]:
        with pytest.raises(CommandError) as refused:
            import_file(file)
        assert refused.value.returncode == 2
    assert not Station.objects.exists()


def test_the_demo_city_stands_in_its_towns(published_files: Path) -> None:
    """Each demo station lies in the arrondissement of its postcode, or in the town that it names."""
    quarters = _rings(published_files / "paris_arrondissements.geojson", "arrondissement")
    towns = _rings(published_files / "communes_ile_de_france.geojson", "nom")

    for row in station_rows("paris"):
        if row.city == "Paris":
            assert _ring_of(quarters, row.latitude, row.longitude) == int(row.postal_code[3:]), row.name
        else:
            town = str(_ring_of(towns, row.latitude, row.longitude))
            assert row.city.removeprefix("Le ").removeprefix("Les ") == town, row.name
        assert is_inside(latitude=row.latitude, longitude=row.longitude, ring=NETWORKS["paris"]["area"])


def _rings(path: Path, name: str) -> list[tuple[object, list[list[float]]]]:
    rings = []
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        shape = feature["geometry"]
        polygons = shape["coordinates"] if shape["type"] == "MultiPolygon" else [shape["coordinates"]]
        rings += [(feature["properties"][name], polygon[0]) for polygon in polygons]
    return rings


def _ring_of(rings: list[tuple[object, list[list[float]]]], latitude: float, longitude: float) -> object:
    return next((name for name, ring in rings if is_inside(latitude=latitude, longitude=longitude, ring=ring)), None)
