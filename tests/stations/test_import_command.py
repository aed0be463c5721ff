"""import_stations at the command line: exit status, what it says, and cars."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from autolib.management.commands.import_stations import Bar
from stations.models import Dock, Event, Network, Station
from tests import factories
from tests.stations.published import file_of, files_of, line
from vehicles.models import Vehicle


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "stations.csv"


def run(file: Path, *, network: str = "paris", **options: object) -> tuple[int, str, str]:
    """Exit status, output, errors."""
    out, err = StringIO(), StringIO()
    try:
        call_command("import_stations", str(file), network=network, stdout=out, stderr=err, **options)
    except SystemExit as stopped:
        return int(stopped.code or 0), out.getvalue(), err.getvalue()
    except CommandError as error:
        return error.returncode, out.getvalue(), str(error)
    return 0, out.getvalue(), err.getvalue()


def test_all_good(paris: Network, file: Path) -> None:
    file.write_bytes(files_of(["one", "two"]))

    assert run(file) == (
        0,
        "2 created, 0 updated, 0 unchanged, 0 vanished, 0 refused. 12 docks in 2 stations of the file.\n",
        "",
    )


def test_some_rows_refused(paris: Network, file: Path) -> None:
    file.write_bytes(file_of(line("one"), line("two", Slots="?")))

    status, out, err = run(file)

    assert status == 1
    assert err == "refused: line 3 (two): “Slots” must be a whole number, 0 or more\n"
    assert out.startswith("1 created, 0 updated, 0 unchanged, 0 vanished, 1 refused")


def test_every_row_refused(paris: Network, file: Path) -> None:
    file.write_bytes(file_of(line("one", Slots="?"), line("two", Geo_point="")))

    status, _out, err = run(file)

    assert status == 2
    assert err.endswith("Nothing was imported: every row was refused.\n")
    assert not Station.objects.exists()


@pytest.mark.parametrize("data", [b"", b"{}", b"\0\1\2", b"a,b\n1,2\n"])
def test_another_file(paris: Network, file: Path, data: bytes) -> None:
    file.write_bytes(data)

    status, _out, err = run(file)

    assert status == 2
    assert err.startswith("Nothing was imported. ")


def test_a_wrong_capacity_list_stops_the_import(paris: Network, file: Path, tmp_path: Path) -> None:
    file.write_bytes(files_of(["one"]))
    capacities = tmp_path / "capacities.csv"
    capacities.write_bytes(files_of(["one"]))

    status, _out, err = run(file, capacities=capacities)

    assert (status, Station.objects.count()) == (2, 0)
    assert "The capacity list cannot be used: These columns are missing: Identifiant Autolib'" in err


def test_a_missing_file_or_network_is_named(paris: Network, file: Path) -> None:
    assert run(file)[2] == f"Nothing was imported. {file}: No such file or directory."
    file.write_bytes(files_of(["one"]))
    assert run(file, network="lyon")[2].startswith("Nothing was imported. There is no network “lyon”; known: paris.")


def test_a_dry_run_writes_nothing(paris: Network, file: Path) -> None:
    file.write_bytes(files_of(["one", "two"]))

    status, out, _err = run(file, dry_run=True, place_cars=True)

    assert (status, Station.objects.count()) == (0, 0)
    assert out.startswith("Dry run, nothing was written: 2 created, 0 updated")
    assert out.endswith("The file counts 6 cars.\n")


def test_cars_stand_where_the_counters_say_with_a_report_and_a_device(paris: Network, file: Path) -> None:
    file.write_bytes(file_of(line("one"), line("two", Cars="0", Bluecar_counter="0", Utilib_counter="0")))

    status, out, _err = run(file, place_cars=True)

    assert status == 0
    assert "3 cars placed. Their charge and mileage are assumed: the file has none." in out
    cars = Vehicle.objects.order_by("dock__number").select_related("dock__station", "vehicle_type", "report", "device")
    assert [(car.dock.station.code, car.dock.number, car.vehicle_type.code) for car in cars] == [
        ("one", 1, "bluecar"),
        ("one", 2, "bluecar"),
        ("one", 3, "utilib"),
    ]
    assert all(car.is_in_service and 20 <= car.report.charge_percent <= 100 for car in cars)
    assert {car.device.identifier for car in cars} == {f"paris.{car.plate}" for car in cars}


def test_cars_are_placed_once(paris: Network, file: Path) -> None:
    file.write_bytes(files_of(["one"]))
    run(file, place_cars=True)

    status, out, _err = run(file, place_cars=True)

    assert (status, Vehicle.objects.count()) == (0, 3)
    assert "No cars were placed. This network has cars already." in out


def test_the_same_file_makes_the_same_fleet_in_each_network(db: None, file: Path) -> None:
    for slug in ("paris", "lyon"):
        factories.network(slug)
        file.write_bytes(files_of(["one", "two"]))
        run(file, network=slug, place_cars=True)
    plates = {
        slug: set(Vehicle.objects.filter(network__slug=slug).values_list("plate", flat=True))
        for slug in ("paris", "lyon")
    }

    assert len(plates["paris"]) == len(plates["lyon"]) == 6
    assert not plates["paris"] & plates["lyon"]


def test_cars_without_an_empty_dock_are_counted(paris: Network, file: Path) -> None:
    file.write_bytes(files_of(["one"]))
    run(file)
    Dock.objects.filter(number__gt=1).delete()

    _status, out, _err = run(file, place_cars=True)

    assert "1 cars placed" in out
    assert "2 found no empty dock: ['one']" in out


def test_what_vanished_is_listed(paris: Network, file: Path) -> None:
    file.write_bytes(files_of([f"station-{number:02}" for number in range(25)]))
    run(file)
    file.write_bytes(files_of(["station-00"]))

    _status, out, _err = run(file)
    _status, all_of_it, _err = run(file, verbosity=2)

    assert "vanished: station-01 (Paris/Clichy/2) is no longer in the file; kept" in out
    assert "vanished: and 4 more" in out
    assert all_of_it.count("vanished: station-") == 24
    assert not Event.objects.exists()


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_shows_on_a_terminal_only() -> None:
    log, terminal = StringIO(), Terminal()

    for stream in (log, terminal):
        with Bar(stream, "stations") as bar:
            bar.show(1, 2)
            bar.show(2, 2)

    assert log.getvalue() == ""
    assert "2 of 2 stations" in terminal.getvalue()
    assert terminal.getvalue().endswith("\r\033[K")
