"""The table of rights, cell by cell: each role opens each page and does each act, or is refused, as the table says."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.admin.sites import site
from django.test import Client
from django.urls import reverse

from accounts.models import Appointment
from autolib.console.tables import SHEETS
from stations import clock, rights
from stations.acts import ActsAdmin
from stations.models import ImportRun, Network, Station
from stations.rights import TABLE, Right, Role
from tests import factories
from tests.console.conftest import City
from tests.console.pages import REGISTERED, SCOPED, label, rows_of, url

# What each page of the admin takes. A model that is missing here fails the test: a new page has to say who it is for.
SEES, BUILDS, KNOWS, BOOKS = Right.SEE_NETWORK, Right.BUILD_STATIONS, Right.SEE_PEOPLE, Right.SEE_BOOKINGS
MACHINES, KEYS, FLEET, PLANS = Right.SEE_MACHINES, Right.KEEP_KEYS, Right.KEEP_FLEET, Right.SELL_PLANS
TASKS, GIVES = Right.WORK_TASKS, Right.GIVE_TASKS
SUPERUSER = None
PAGES: dict[str, dict[str, Right | None]] = {
    "account.EmailAddress": {"view": KNOWS, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "accounts.Appointment": {
        "view": Right.SEE_TRACES,
        "add": Right.APPOINT,
        "change": SUPERUSER,
        "delete": SUPERUSER,
    },
    "accounts.ApiToken": {"view": KNOWS, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "accounts.Badge": {"view": KNOWS, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "accounts.Plan": {"view": SEES, "add": PLANS, "change": SUPERUSER, "delete": SUPERUSER},
    "accounts.PlanVersion": {"view": SEES, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "accounts.Subscriber": {"view": KNOWS, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "accounts.Subscription": {"view": KNOWS, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "accounts.User": {"view": KNOWS, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "auth.Group": {"view": SUPERUSER, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "bookings.Booking": {"view": BOOKS, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "bookings.CreditPromise": {"view": KNOWS, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "bookings.DockHold": {"view": BOOKS, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "bookings.Notification": {"view": BOOKS, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "bookings.RefusedRequest": {"view": BOOKS, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "stations.ChargePoint": {"view": SEES, "add": BUILDS, "change": BUILDS, "delete": SUPERUSER},
    "stations.Device": {"view": MACHINES, "add": KEYS, "change": KEYS, "delete": SUPERUSER},
    "stations.DeviceMessage": {"view": MACHINES, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "stations.Dock": {"view": SEES, "add": BUILDS, "change": BUILDS, "delete": SUPERUSER},
    "stations.Event": {"view": MACHINES, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "stations.ImportRun": {"view": SEES, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "stations.Network": {"view": SEES, "add": SUPERUSER, "change": Right.SET_RULES, "delete": SUPERUSER},
    "stations.Place": {"view": SEES, "add": BUILDS, "change": BUILDS, "delete": BUILDS},
    "stations.PlannedClosure": {"view": SEES, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "stations.Proposal": {"view": Right.APPROVE, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "stations.Pulse": {"view": MACHINES, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "stations.RuleVersion": {"view": SEES, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "stations.Trace": {"view": Right.SEE_TRACES, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "stations.Station": {"view": SEES, "add": BUILDS, "change": BUILDS, "delete": SUPERUSER},
    "vehicles.Battery": {"view": SEES, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
    "vehicles.FieldTask": {"view": TASKS, "add": GIVES, "change": SUPERUSER, "delete": SUPERUSER},
    "vehicles.TaskRule": {"view": SEES, "add": SUPERUSER, "change": Right.SET_RULES, "delete": SUPERUSER},
    "vehicles.Vehicle": {"view": SEES, "add": FLEET, "change": FLEET, "delete": SUPERUSER},
    "vehicles.VehicleType": {"view": SEES, "add": SUPERUSER, "change": SUPERUSER, "delete": SUPERUSER},
}
ACTS: dict[str, Right | None] = {
    "accounts.ApiToken revoke": Right.CARE_FOR_PEOPLE,
    "accounts.Appointment dismiss": Right.APPOINT,
    "accounts.Badge disable": Right.CARE_FOR_PEOPLE,
    "accounts.Plan change": Right.SELL_PLANS,
    "accounts.PlanVersion withdraw": Right.SELL_PLANS,
    "accounts.Subscriber block": Right.BLOCK_PEOPLE,
    "accounts.Subscriber give_badge": Right.CARE_FOR_PEOPLE,
    "accounts.Subscriber promise_credit": Right.CARE_FOR_PEOPLE,
    "accounts.Subscriber subscribe": Right.CARE_FOR_PEOPLE,
    "accounts.Subscriber unblock": Right.BLOCK_PEOPLE,
    "accounts.User remove_second_steps": SUPERUSER,
    "bookings.Booking cancel": Right.STEER_BOOKINGS,
    "bookings.Booking drop_dock": Right.STEER_BOOKINGS,
    "bookings.Booking end_trip": Right.STEER_BOOKINGS,
    "bookings.Booking lengthen": Right.STEER_BOOKINGS,
    "bookings.Booking lengthen_dock": Right.STEER_BOOKINGS,
    "bookings.Booking move_dock": Right.STEER_BOOKINGS,
    "bookings.Booking prolong": Right.STEER_BOOKINGS,
    "bookings.Booking promise_credit": Right.CARE_FOR_PEOPLE,
    "bookings.CreditPromise withdraw": Right.CARE_FOR_PEOPLE,
    "stations.ChargePoint return": Right.RUN_STATIONS,
    "stations.ChargePoint withdraw": Right.RUN_STATIONS,
    "stations.Device replace_key": Right.KEEP_KEYS,
    "stations.DeviceMessage resolve": Right.SETTLE_MESSAGES,
    "stations.Dock ask": Right.GIVE_TASKS,
    "stations.Dock return": Right.RUN_STATIONS,
    "stations.Dock withdraw": Right.RUN_STATIONS,
    "stations.PlannedClosure call_off": Right.RUN_STATIONS,
    "stations.Network close_network": Right.SET_RULES,
    "stations.Network open_network": Right.SET_RULES,
    "stations.Proposal approve": Right.APPROVE,
    "stations.Proposal decline": Right.APPROVE,
    "stations.Proposal take_back": Right.APPROVE,
    "stations.RuleVersion withdraw": Right.SET_RULES,
    "stations.Station bring": Right.GIVE_TASKS,
    "stations.Station close": Right.RUN_STATIONS,
    "stations.Station plan_closure": Right.RUN_STATIONS,
    "stations.Station take_away": Right.GIVE_TASKS,
    "stations.Station open": Right.RUN_STATIONS,
    "stations.Station remove_photo": Right.BUILD_STATIONS,
    "stations.Station set_photo": Right.BUILD_STATIONS,
    "vehicles.Vehicle move": Right.RUN_CARS,
    "vehicles.FieldTask assign": Right.GIVE_TASKS,
    "vehicles.FieldTask cancel": Right.GIVE_TASKS,
    "vehicles.FieldTask hand_back": Right.GIVE_TASKS,
    "vehicles.Vehicle ask": Right.GIVE_TASKS,
    "vehicles.Vehicle return": Right.RUN_CARS,
    "vehicles.Vehicle swap_battery": Right.RUN_CARS,
    "vehicles.Vehicle withdraw": Right.RUN_CARS,
}


# What is imported from a table, and the page that takes it back.
IMPORTS: dict[str, Right] = {
    "cars": Right.KEEP_FLEET,
    "docks": Right.BUILD_STATIONS,
    "stations": Right.BUILD_STATIONS,
    "subscribers": Right.CARE_FOR_PEOPLE,
}


def is_granted(role: Role, right: Right | None) -> bool:
    return right is not None and rights.grants(role, right)


@pytest.fixture(params=list(Role), ids=str)
def role(request: pytest.FixtureRequest) -> Role:
    return request.param


@pytest.fixture
def desk(client: Client, role: Role, lyon: Network) -> Client:
    client.force_login(factories.operator(lyon, name="Lucien", role=role))
    client.cookies["django_language"] = "en"
    return client


def test_the_table_has_a_cell_for_each_role_and_nobody_has_nothing() -> None:
    assert set(TABLE) == set(Right)
    assert {len(row) for row in TABLE.values()} == {len(Role)}
    assert all(TABLE[right][list(Role).index(Role.MANAGER)] for right in Right)


def test_each_role_opens_the_pages_that_are_its_own(desk: Client, role: Role, lyon_city: City) -> None:
    assert {label(model) for model in REGISTERED} == set(PAGES)
    wrong = []
    for model in REGISTERED:
        row = (rows_of(lyon_city, model) if model in SCOPED else model.objects.all()).first()
        for act, right in PAGES[label(model)].items():
            is_open = _opens(desk, model, act, row)
            if is_open is not None and is_open != is_granted(role, right):
                wrong.append((label(model), act, right, is_open))
    assert wrong == []


def _opens(desk: Client, model: Any, act: str, row: Any) -> bool | None:
    """Whether the page opens, and for a change whether it can be saved."""
    if act == "view":
        pages = [url(model, "changelist"), *([url(model, "change", row.pk)] if row else [])]
        opened = {desk.get(page).status_code for page in pages}
        assert len(opened) == 1, (label(model), opened)
        return opened == {200}
    if act == "add":
        return desk.get(url(model, "add")).status_code == 200
    if row is None:
        return None
    page = desk.get(url(model, act, row.pk))
    if act == "delete":
        return page.status_code == 200
    return page.status_code == 200 and 'name="_save"' in page.content.decode()


def test_each_role_does_the_acts_that_are_its_own(desk: Client, role: Role, lyon_city: City) -> None:
    found = dict(_acts())
    assert set(found) == set(ACTS)
    for name, (model, act) in found.items():
        row = rows_of(lyon_city, model).first()
        page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_act", args=[act.name])

        asked = desk.get(page, {"id": row.pk}).status_code
        done = desk.post(page, {"id": row.pk}).status_code  # without a reason: allowed, but nothing is done

        assert (name, role, asked, done) == (name, role, *((200,) * 2 if is_granted(role, ACTS[name]) else (404,) * 2))


def _acts() -> Iterator[tuple[str, tuple[Any, Any]]]:
    for model, model_admin in site._registry.items():
        if isinstance(model_admin, ActsAdmin):
            for act in model_admin.acts:
                yield f"{label(model)} {act.name}", (model, act)


def test_each_role_imports_and_takes_back_what_is_its_own(desk: Client, role: Role, lyon_city: City) -> None:
    assert {*SHEETS, "stations"} == set(IMPORTS)
    for kind, right in IMPORTS.items():
        done = {"file": "x", "fingerprint": "x", "columns": [["stations.dock", ["id"]]]}
        run = ImportRun.objects.create(network=lyon_city.network, kind=kind, at=clock.now(), actor="operator:1", **done)
        address = url(Station, "import") if kind == "stations" else reverse("admin:import_table", args=[kind])
        pages = [address] if kind == "stations" else [address, reverse("admin:import_table_template", args=[kind])]
        expected = 200 if is_granted(role, right) else 403

        assert {desk.get(page).status_code for page in pages} == {expected}, (kind, role)
        assert {desk.post(page).status_code for page in pages[:1]} == {expected}, (kind, role)
        undo = desk.get(reverse("admin:stations_importrun_undo", args=[run.pk]))
        assert undo.status_code == (200 if is_granted(role, right) else 404), (kind, role)
        offered = "Undo this import" in desk.get(url(ImportRun, "change", run.pk)).content.decode()
        assert offered == is_granted(role, right)


@pytest.mark.parametrize("kind", sorted(SHEETS))
def test_the_list_offers_the_import_to_whoever_may(kind: str) -> None:
    found = [model_admin for model_admin in site._registry.values() if getattr(model_admin, "imported_as", "") == kind]

    assert [each.needs["import"] for each in found] == [SHEETS[kind].needs] == [IMPORTS[kind]]


def test_a_role_here_is_none_there(client: Client, lyon_city: City, paris_city: City) -> None:
    """Who manages Lyon and works in the field in Paris sees no booking of Paris, and closes no station there."""
    both = factories.operator(lyon_city.network, name="Lucien")
    Appointment.objects.create(user=both, network=paris_city.network, role=Role.CREW)
    client.force_login(both)
    booking, station = type(lyon_city.trip), type(lyon_city.station)

    seen = client.get(url(booking, "changelist"))
    page = reverse("admin:stations_station_act", args=["close"])
    closing = client.post(page, {"id": [lyon_city.station.pk, paris_city.station.pk], "reason": "Flood"})

    assert {row.network_id for row in seen.context["cl"].queryset} == {lyon_city.network.pk}
    assert client.get(url(booking, "change", paris_city.trip.pk)).status_code == 404
    assert client.get(url(station, "change", paris_city.station.pk)).status_code == 200
    assert 'name="_save"' not in client.get(url(station, "change", paris_city.station.pk)).content.decode()
    assert closing.status_code == 302
    assert station.objects.get(pk=lyon_city.station.pk).is_renting is False
    assert station.objects.get(pk=paris_city.station.pk).is_renting is True
