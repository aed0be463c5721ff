"""The board: trouble first, oldest first, with the act that mends it; nobody else's, and not for those who may not."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import User
from autolib.console.trouble import KINDS, troubles
from bookings import operations, refused
from bookings.models import Notification
from stations import clock, pulses
from stations.models import DockReport, Network, Pulse, Station
from stations.operations import close_station
from stations.rights import Role
from tests import factories
from tests.conftest import Clock, counted
from tests.console.conftest import City, build
from vehicles import fieldwork
from vehicles.models import Vehicle, VehicleReport


def found(user: User, *networks: Network) -> dict[str, Any]:
    with translation.override("en"):
        return {one.kind.code: one for one in troubles(user, list(networks), back="/admin/")}


def fault(dock: Any, status: str, *, minutes: int = 5) -> None:
    at = clock.now() - timedelta(minutes=minutes)
    DockReport.objects.create(dock=dock, status=status, error_code="GroundFailure", event_time=at, received_at=at)


def trouble_of_every_kind(network: Network, time: Clock) -> None:
    """One row of each kind at least."""
    station = factories.station(network, "Gare", cars=[90, 90, 90, 90], free_docks=3)
    cars = list(Vehicle.objects.filter(dock__station=station).order_by("pk"))
    docks = list(station.docks.filter(pk__in=station.docks.exclude(pk__in=[car.dock_id for car in cars])))
    people = [factories.subscriber(network, f"Person{number}") for number in range(4)]
    target = factories.station(network, "Port", free_docks=1)
    trip = operations.take_now(subscriber=people[0], vehicle=cars[0], actor="test")
    Notification.objects.create(booking=trip, kind="return", key="k", created_at=clock.now(), attempts=3)
    operations.unplugged(dock=cars[1].dock, vehicle=cars[1], event_time=time.now(), actor="test")
    Vehicle.objects.filter(pk=cars[2].pk).update(disputed_dock=docks[0])
    time.forward(hours=13)
    VehicleReport.objects.filter(vehicle=cars[3]).update(charge_percent=9)
    for report in VehicleReport.objects.filter(vehicle=cars[2]):
        VehicleReport.objects.filter(pk=report.pk).update(received_at=clock.now() - timedelta(hours=25))
    fault(cars[3].dock, "Available")
    late = factories.vehicle(factories.dock(station))
    held = operations.reserve(subscriber=people[1], vehicle=late, destination=target, actor="test")
    fault(late.dock, "Faulted")
    fault(held.dock_holds.get().dock, "Faulted")
    fault(docks[1], "Charging")
    Station.objects.filter(pk=target.pk).update(access_note="x")
    type(docks[2].charge_point.device).objects.filter(pk=docks[2].charge_point.device_id).update(
        last_seen_at=clock.now() - timedelta(hours=1)
    )
    fieldwork.ask_for(
        network=network, kind="tow", urgency=1, vehicle=cars[1], why="Stands in the way", actor="operator:1"
    )
    close_station(station=factories.station(network, "Parking", free_docks=1), reason="Flood", actor="test")


def test_every_kind_of_trouble_is_found_with_its_age(lyon_city: City, lucien: User, time: Clock) -> None:
    trouble_of_every_kind(lyon_city.network, time)

    board = found(lucien, lyon_city.network)

    assert set(board) == {kind.code for kind in KINDS}
    assert all(item.since is None or item.since <= time.now() for one in board.values() for item in one.items)
    assert all(item.since is not None for code in ("overlong", "unplugged", "faults") for item in board[code].items)


def test_a_calm_network_has_none_that_hurries(paris: Network, time: Clock) -> None:
    factories.station(paris, "Gare", cars=[90], free_docks=1)

    assert found(factories.operator(paris), paris) == {}


def test_the_oldest_comes_first_with_the_act_that_mends_it(at_desk: Client, lyon: Network, time: Clock) -> None:
    docks = [factories.dock(factories.station(lyon, name, cars=[90], free_docks=1)) for name in ("Un", "Deux")]
    fault(docks[0], "Faulted", minutes=2)
    fault(docks[1], "Faulted", minutes=75)

    page = at_desk.get("/admin/").content.decode()
    shown = page[page.index("Docks in fault") :]

    assert shown.index("Deux · 3") < shown.index("Un · 3")
    assert "1 h" in shown
    assert "2 min" in shown
    assert f'href="/admin/stations/dock/act/withdraw/?id={docks[1].pk}&amp;back=%2Fadmin%2F"' in shown


def test_what_is_refused_most_is_mended_from_where_it_is_told(client: Client, lyon: Network) -> None:
    station = factories.station(lyon, "Gare", free_docks=1)
    for need in ("car", "car", "dock"):
        refused.note_search(network=lyon, subscriber=factories.subscriber(lyon), station_id=station.pk, need=need)
    for role, acts in ((Role.CONTROL, ["bring", "take_away"]), (Role.CREW, []), (Role.AUDITOR, [])):
        client.force_login(factories.operator(lyon, role=role))

        shown = client.get("/admin/board/").content.decode().partition('data-part="refusals"')[2]

        assert re.findall(r"/admin/stations/station/act/(\w+)/", shown) == acts


def test_the_cars_that_are_on_their_way_are_counted(lyon: Network, lucien: User) -> None:
    dry, wet = factories.station(lyon, "Dry", free_docks=2), factories.station(lyon, "Wet", cars=[90, 90])
    for car in Vehicle.objects.filter(dock__station=wet):
        factories.task(vehicle=car, kind="move", target=dry)

    assert [item.name for item in found(lucien, lyon)["empty"].items] == ["Dry · 2 cars are asked for"]


def test_late_work_of_the_system_is_said(at_desk: Client, lyon: Network, time: Clock) -> None:
    pulses.beat("sweep")
    assert "is late" not in at_desk.get("/admin/board/").content.decode()
    Pulse.objects.update(at=clock.now() - timedelta(minutes=5))

    assert "is late" in at_desk.get("/admin/board/").content.decode()


def test_a_role_sees_its_trouble_and_its_acts_and_no_other_network(
    client: Client, lyon_city: City, paris_city: City, time: Clock
) -> None:
    trouble_of_every_kind(lyon_city.network, time)
    trouble_of_every_kind(paris_city.network, time)
    crew = factories.operator(lyon_city.network, name="Fatou", role=Role.CREW)

    board = found(crew, lyon_city.network)

    assert {"overlong", "at_risk", "quarantined", "unsent"}.isdisjoint(board)
    assert board["faults"].items[0].acts == []
    assert [label for label, _url in board["unplugged"].items[0].acts] == ["Withdraw"]
    client.force_login(crew)
    page = client.get("/admin/").content.decode() + client.get("/admin/board/").content.decode()
    assert "Quaisecret" not in page
    assert client.get("/admin/board/", {"network": paris_city.network.pk}).content.decode().count("Quaisecret") == 0


@pytest.mark.parametrize("cities", [1, 3])
def test_the_board_asks_as_often_whatever_it_finds(at_desk: Client, lyon: Network, time: Clock, cities: int) -> None:
    for number in range(cities):
        build(lyon, "Traboule", number + 1)
        trouble_of_every_kind(lyon, time)

    with CaptureQueriesContext(connection) as asked:
        at_desk.get("/admin/board/")

    # Session, person, appointments, the clock twice, the day, proposals, late work, refusals; of each kind two.
    assert len(counted(asked)) == 9 + 2 * len(KINDS)


def test_whoever_runs_no_network_has_no_board(client: Client, db: None) -> None:
    client.force_login(factories.user(is_staff=True))

    assert client.get("/admin/").status_code == 200
    assert 'id="board"' not in client.get("/admin/").content.decode()
