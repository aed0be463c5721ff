"""What an import changes in a network: only what the file says anew."""

from collections.abc import Iterator

import pytest
from django.utils import translation

from stations.importing import Plan, PlanOutdated, apply, plan
from stations.models import ChargePoint, Device, Dock, Event, Network, Station
from stations.operations import close_station, install_docks
from tests import factories
from tests.stations.published import file_of, files_of, line

CAPACITIES = "ID;Identifiant Autolib';Rue;Code postal;Ville;Coordonnées geo;Emplacement;Autolib';Tiers;Abri"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def network(db: None) -> Network:
    return factories.network(languages=["en"], area=[[2.0, 48.5], [2.8, 48.5], [2.8, 49.1], [2.0, 49.1]])


def bring(network: Network, data: bytes, capacities: bytes | None = None) -> Plan:
    made = plan(network=network, stations=data, capacities=capacities)
    apply(made, actor="system")
    return made


def listed(*rows: tuple[str, str, int]) -> bytes:
    """The list of 2014: name, point, docks."""
    lines = [f"75118-40;{name};rue;75018;Paris;{point};Voirie;{docks};0;0" for name, point, docks in rows]
    return "\n".join([CAPACITIES, *lines]).encode()


def test_a_station_comes_with_its_docks_posts_and_devices(network: Network) -> None:
    bring(network, file_of(line("paris-clichy-2", Displayed_comment="Niveau -1", Kind="PARKING")))

    station = Station.objects.get()
    assert (station.network, station.code, station.kind) == (network, "paris-clichy-2", Station.Kind.CAR_PARK)
    assert (station.is_installed, station.is_renting, station.is_returning) == (True, True, True)
    assert (station.access_note, station.sort_name) == ("Niveau -1", "paris clichy 2")
    assert "75018" in station.search_text
    assert (Dock.objects.count(), ChargePoint.objects.count(), Device.objects.count()) == (6, 6, 6)
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("status", "rental", "flags", "reason"),
    [
        ("ok", "operational", (True, True, True), ""),
        ("closed", "broken", (True, False, False), "Closed by the operator."),
        ("scheduled", "future", (False, False, False), "Not open yet."),
        ("closed", "nonexistent", (False, False, False), "Information centre: no cars here."),
    ],
)
def test_a_status_decides_what_a_new_station_offers(
    network: Network, status: str, rental: str, flags: tuple[bool, bool, bool], reason: str
) -> None:
    bring(network, file_of(line(Status=status, Rental_status=rental)))

    station = Station.objects.get()
    assert (station.is_installed, station.is_renting, station.is_returning) == flags
    assert station.closure_reason == reason


def test_the_same_file_again_changes_nothing_even_what_the_operator_decided(network: Network) -> None:
    data = files_of(["one", "two", "three"])
    bring(network, data)
    one = Station.objects.get(code="one")
    close_station(station=one, reason="Works", actor="operator:1")
    Station.objects.filter(code="two").update(name="Renamed by hand", access_note="Ring twice")
    install_docks(docks=[(one, 1)])
    before = list(Station.objects.order_by("pk").values())

    again = bring(network, data)

    assert (again.has_changes, again.comparison.unchanged) == (False, 3)
    assert list(Station.objects.order_by("pk").values()) == before
    assert (Event.objects.count(), Dock.objects.count()) == (1, 19)


def test_only_the_changed_field_of_the_changed_row_is_written(network: Network) -> None:
    bring(network, files_of(["one", "two"]))
    Station.objects.filter(code="one").update(name="Renamed by hand")

    made = bring(network, file_of(line("one", Address="4 boulevard de Clichy"), line("two")))

    (update,) = made.comparison.updated
    assert update.changes == {"address": ("2 boulevard de Clichy", "4 boulevard de Clichy")}
    assert made.comparison.unchanged == 1
    one = Station.objects.get(code="one")
    assert (one.name, one.address) == ("Renamed by hand", "4 boulevard de Clichy")
    assert "4 boulevard" in one.search_text
    assert not Event.objects.exists()


def test_counters_that_move_without_their_sum_are_no_news(network: Network) -> None:
    bring(network, file_of(line(Cars="2", Bluecar_counter="2", Slots="3")))

    made = bring(network, file_of(line(Cars="4", Bluecar_counter="4", Slots="1")))

    assert made.has_changes is False


def test_a_changed_status_closes_and_opens_with_events(network: Network) -> None:
    bring(network, file_of(line()))
    bring(network, file_of(line(Status="closed", Rental_status="broken")))
    closed = Station.objects.get()
    bring(network, file_of(line()))

    assert (closed.is_renting, closed.closure_reason) == (False, "Closed by the operator.")
    assert Station.objects.get().is_renting is True
    assert list(Event.objects.order_by("version").values_list("type", "actor")) == [
        ("station_closed", "system"),
        ("station_opened", "system"),
    ]


def test_a_status_that_the_operator_already_gave_is_taken_note_of(network: Network) -> None:
    bring(network, file_of(line()))
    close_station(station=Station.objects.get(), reason="Works", actor="operator:1")

    bring(network, file_of(line(Status="closed", Rental_status="broken")))

    assert Event.objects.count() == 1
    assert Station.objects.get().closure_reason == "Works"


def test_docks_grow_and_never_shrink(network: Network) -> None:
    bring(network, file_of(line(Slots="3")))
    grown = bring(network, file_of(line(Slots="5")))
    shrunk = bring(network, file_of(line(Slots="1")))

    assert grown.comparison.updated[0].changes == {"capacity": (6, 8)}
    assert Dock.objects.count() == 8
    assert shrunk.has_changes is False
    assert [(one.code, one.docks, one.said) for one in shrunk.comparison.smaller] == [("paris-clichy-2", 8, 4)]


def test_capacity_is_the_larger_of_both_files_by_name_or_within_40_meters(network: Network) -> None:
    data = file_of(
        line("named", Public_name="Paris/Sœur Rosalie/4", Geo_point="48.80, 2.30"),
        line("renamed", Public_name="Paris/New/1", Geo_point="48.81, 2.30"),
        line("far", Public_name="Paris/Far/1", Geo_point="48.82, 2.30"),
        line("small", Public_name="Paris/Small/1", Geo_point="48.83, 2.30"),
        line("center", Public_name="Paris/Center/1", Geo_point="48.84, 2.30", Kind="CENTER"),
    )
    capacities = listed(
        ("Paris/S\x9cur Rosalie/4", "48.90, 2.40", 9),
        ("Paris/Old/1", "48.8103, 2.30", 8),
        ("Paris/Old/2", "48.8204, 2.30", 8),
        ("Paris/Small/1", "48.83, 2.30", 2),
        ("Paris/Center/1", "48.84, 2.30", 9),
    )

    made = bring(network, data, capacities)

    assert {row.code: row.capacity for row in made.rows} == {
        "named": 9,
        "renamed": 8,
        "far": 6,
        "small": 6,
        "center": 6,
    }
    assert {station.code: station.docks.count() for station in Station.objects.all()} == {
        row.code: row.capacity for row in made.rows
    }


def test_a_bad_row_of_the_capacity_list_is_named(network: Network) -> None:
    made = plan(
        network=network,
        stations=file_of(line()),
        capacities=listed(("Paris/Clichy/2", "48.88, 2.33", 9)) + b"\n;;;;;;;many;;",
    )

    assert [(problem.source, problem.line, problem.reason) for problem in made.problems] == [
        ("capacities", 3, "“Identifiant Autolib'” is missing")
    ]
    assert made.rows[0].capacity == 9


def test_vanished_stations_are_reported_and_kept(network: Network) -> None:
    bring(network, files_of(["one", "two", "three"]))
    factories.station(network, "By hand")

    made = bring(network, file_of(line("one"), line("three", Slots="many")))

    assert made.comparison.vanished == [("two", "Paris/Clichy/2")]
    assert made.comparison.unpublished == 1
    assert [(problem.line, problem.code) for problem in made.problems] == [(3, "three")]
    assert Station.objects.count() == 4


def test_the_first_of_two_rows_with_one_id_counts(network: Network) -> None:
    made = bring(network, file_of(line("one", Address="first"), line("one", Address="second"), line("two")))

    assert [(problem.line, problem.reason) for problem in made.problems] == [(3, "“ID” one is already on line 2")]
    assert Station.objects.get(code="one").address == "first"


def test_a_plan_writes_nothing_and_goes_stale(network: Network) -> None:
    previewed = plan(network=network, stations=files_of(["one", "two"]))
    assert not Station.objects.exists()

    bring(network, files_of(["one"]))

    with pytest.raises(PlanOutdated):
        apply(previewed, actor="operator:1")
    assert Station.objects.count() == 1


def test_the_same_file_previewed_twice_has_one_fingerprint(network: Network) -> None:
    first = plan(network=network, stations=files_of(["one", "two"]))
    second = plan(network=network, stations=files_of(["two", "one"]))
    other = plan(network=network, stations=files_of(["one", "three"]))

    assert first.fingerprint == second.fingerprint
    assert first.fingerprint != other.fingerprint


def test_two_networks_may_use_one_code(network: Network) -> None:
    lyon = factories.network("lyon")

    bring(network, files_of(["one"]))
    bring(lyon, files_of(["one"]))

    assert Station.objects.filter(code="one").count() == 2


def test_progress_counts_every_changed_station(network: Network) -> None:
    bring(network, files_of(["one"]))
    seen: list[tuple[int, int]] = []

    made = plan(network=network, stations=file_of(line("one", City="Lyon"), line("two"), line("three")))
    apply(made, actor="system", progress=lambda done, total: seen.append((done, total)))

    assert seen == [(2, 3), (3, 3)]
