"""What forms may change: descriptions yes, states no; and never what somebody else changed meanwhile."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.db.models import Model
from django.test import Client

from accounts.models import ApiToken, User
from accounts.operations import digest_of_token
from stations import operations
from stations.models import ChargePoint, Device, Dock, Event, Network, Place, Station, Trace
from tests import factories
from tests.console.conftest import City
from tests.console.pages import REGISTERED, label, rows_of, url
from vehicles.models import Vehicle

STATION = {
    "name": "Perrache",
    "kind": "street",
    "latitude": "45.75",
    "longitude": "4.83",
    "docks-TOTAL_FORMS": "0",
    "docks-INITIAL_FORMS": "0",
}


@pytest.fixture
def boss(db: None, client: Client) -> Client:
    """A superuser's browser."""
    client.force_login(factories.user("boss@example.org", is_staff=True, is_superuser=True))
    client.cookies["django_language"] = "en"
    return client


def errors(response: Any) -> dict[str, Any]:
    return response.context["adminform"].errors if response.context else {}


def test_a_station_is_renamed_and_found_under_its_new_name(at_desk: Client, lyon_city: City) -> None:
    station = lyon_city.station

    response = at_desk.post(url(Station, "change", station.pk), {**STATION, "name": "Étoile"})

    station.refresh_from_db()
    assert response.status_code == 302, errors(response)
    assert (station.name, station.sort_name, station.version) == ("Étoile", "etoile", 0)
    assert at_desk.get(url(Station, "changelist"), {"q": "etoile"}).context["cl"].result_count == 1


def test_states_and_identity_are_not_set_by_a_form(at_desk: Client, lyon_city: City, paris: Network) -> None:
    station, car = lyon_city.station, lyon_city.vehicle
    smuggled = {
        "is_renting": "",
        "is_returning": "",
        "closure_reason": "x",
        "version": "9",
        "code": "x",
        "network": paris.pk,
    }

    at_desk.post(url(Station, "change", station.pk), {**STATION, **smuggled})
    at_desk.post(
        url(Vehicle, "change", car.pk),
        {"plate": "NEW", "vehicle_type": car.vehicle_type_id, "dock": "", "is_in_service": "", "network": paris.pk},
    )

    before = (station.code, True, True, "", 0, station.network_id, car.dock_id, True, car.network_id)
    station.refresh_from_db()
    car.refresh_from_db()
    assert car.plate == "NEW"
    assert before == (
        station.code,
        station.is_renting,
        station.is_returning,
        station.closure_reason,
        station.version,
        station.network_id,
        car.dock_id,
        car.is_in_service,
        car.network_id,
    )


def test_a_form_does_not_undo_what_was_decided_while_it_was_open(
    at_desk: Client, lyon_city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = lyon_city.station
    clean = Station.clean_fields

    def meanwhile(row: Station, exclude: Any = None) -> None:
        operations.close_station(station=row, reason="flood", actor="test")
        clean(row, exclude)

    monkeypatch.setattr(Station, "clean_fields", meanwhile)

    response = at_desk.post(url(Station, "change", station.pk), {**STATION, "name": "Perrache"})

    station.refresh_from_db()
    assert response.status_code == 302
    assert (station.name, station.is_renting, station.version) == ("Perrache", False, 1)


def test_operators_add_stations_docks_posts_and_cars(at_desk: Client, lyon: Network) -> None:
    at_desk.post(url(Station, "add"), {**STATION, "network": lyon.pk, "code": "perrache"})
    station = Station.objects.get(code="perrache")
    at_desk.post(url(ChargePoint, "add"), {"station": station.pk, "identity": "FR*BLY*1"})
    at_desk.post(url(Dock, "add"), {"station": station.pk, "number": 1, "connector": 1})
    bluecar = factories.vehicle_type()
    at_desk.post(url(Vehicle, "add"), {"network": lyon.pk, "plate": "LY-1", "vehicle_type": bluecar.pk})

    assert ChargePoint.objects.get().station == station
    assert Dock.objects.get().is_in_service
    assert Vehicle.objects.get().dock is None
    assert not Event.objects.exists()


def test_what_belongs_together_is_of_one_network_for_superusers_too(
    boss: Client, lyon_city: City, paris_city: City
) -> None:
    foreign_car = Device.objects.create(network=paris_city.network, identifier="car-x", kind=Device.Kind.CAR)
    own = {"plate": "x", "vehicle_type": lyon_city.vehicle.vehicle_type_id}

    added = boss.post(url(Vehicle, "add"), {"network": lyon_city.network.pk, **own, "device": foreign_car.pk})
    changed = boss.post(url(Vehicle, "change", lyon_city.vehicle.pk), {**own, "device": foreign_car.pk})
    post = boss.post(url(Vehicle, "change", lyon_city.vehicle.pk), {**own, "device": lyon_city.message.device_id})
    other_station = boss.post(
        url(Dock, "add"),
        {
            "station": lyon_city.trip.origin_station_id,
            "number": 9,
            "connector": 9,
            "charge_point": _post_elsewhere(lyon_city),
        },
    )

    assert [list(errors(response)) for response in (added, changed, post, other_station)] == [
        ["device"],
        ["device"],
        ["device"],
        ["charge_point"],
    ]


def _post_elsewhere(city: City) -> int:
    return ChargePoint.objects.filter(station__network=city.network).exclude(station=city.station)[0].pk


def test_a_form_sets_no_rule_and_nothing_of_what_a_network_is(at_desk: Client, lyon: Network) -> None:
    columns = {field.name: getattr(lyon, field.name) for field in Network._meta.concrete_fields if field.name != "area"}
    asked = {
        **columns,
        "car_hold_seconds": 600,
        "name": "Mine",
        "is_open": "",
        "slug": "mine",
        "contact_email": "a@b.fr",
    }

    response = at_desk.post(url(Network, "change", lyon.pk), asked)

    lyon.refresh_from_db()
    assert response.status_code == 302, errors(response)
    assert (lyon.car_hold_seconds, lyon.name, lyon.is_open, lyon.slug) == (1800, "Lyon", True, "lyon")
    assert lyon.contact_email == "a@b.fr"
    assert at_desk.get(url(Network, "add")).status_code == 403


def test_whoever_sets_a_network_up_gives_it_its_first_rules(boss: Client, db: None) -> None:
    page = boss.get(url(Network, "add"))
    first = {name: value for name, value in page.context["adminform"].form.initial.items() if value is not None}
    rules = {name: Network._meta.get_field(name).default for name in ("reminder_lead_seconds", "dock_hold_seconds")}
    wanted = {"slug": "bordeaux", "name": "Bordeaux", "latitude": 44.8, "longitude": -0.6, "car_hold_seconds": 1200}

    response = boss.post(url(Network, "add"), {**_defaults(), **first, **rules, **wanted})

    assert response.status_code == 302, errors(response)
    assert Network.objects.get(slug="bordeaux").car_hold_seconds == 1200


def _defaults() -> dict[str, Any]:
    known = {f.name: f.get_default() for f in Network._meta.concrete_fields if f.has_default()}
    return {**known, "languages": "fr,en", "area": "[]"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("time_zone", "Europe/Lutece"),
        ("time_zone", "../../etc/passwd"),
        ("languages", "fr,xx"),
        ("languages", ""),
        ("currency", "euro"),
        ("area", "[[2, 48], [3, 49]]"),
        ("area", '{"a": "\\u0000"}'),
        ("area", "[[200, 48], [3, 49], [3, 48]]"),
        ("area", "[[NaN, 48], [3, 49], [3, 48]]"),
        ("latitude", "nan"),
        ("name", "a\0b"),
        ("name", "x" * 10_000),
    ],
)
def test_descriptions_that_make_no_sense_are_refused_at_their_field(
    field: str, value: str, boss: Client, lyon: Network
) -> None:
    rules = {f.name: getattr(lyon, f.name) for f in Network._meta.concrete_fields}
    good = {**rules, "area": "[]", "languages": "fr,en", "is_open": "on", "contact_email": ""}
    assert boss.post(url(Network, "change", lyon.pk), good).status_code == 302

    response = boss.post(url(Network, "change", lyon.pk), {**good, field: value})

    assert response.status_code == 200
    assert {*errors(response)} - {"__all__"} <= {field}
    assert errors(response)


def test_history_rows_are_added_changed_and_deleted_by_nobody(boss: Client, lyon_city: City) -> None:
    editable = {
        "account.EmailAddress",
        "accounts.User",
        "auth.Group",
        "stations.ChargePoint",
        "stations.Device",
        "stations.Dock",
        "stations.Network",
        "stations.Place",
        "stations.Station",
        "vehicles.FieldTask",
        "vehicles.TaskRule",
        "vehicles.Vehicle",
        "vehicles.VehicleType",
    }
    added = {"accounts.ApiToken", "accounts.Appointment", "accounts.Plan"}
    for model in REGISTERED:
        row = model.objects.first()
        if label(model) in editable or row is None:
            continue
        assert boss.post(url(model, "change", row.pk), {}).status_code == 403, label(model)
        assert label(model) in added or boss.get(url(model, "add")).status_code == 403
        assert boss.post(url(model, "delete", row.pk), {"post": "yes"}).status_code == 403


def test_places_may_be_deleted_stations_not(at_desk: Client, lyon_city: City) -> None:
    place = rows_of(lyon_city, Place)[0]

    at_desk.post(url(Place, "delete", place.pk), {"post": "yes"})
    refused = at_desk.post(url(Station, "delete", lyon_city.station.pk), {"post": "yes"})

    assert not Place.objects.exists()
    assert refused.status_code == 403


def test_no_secret_is_shown(boss: Client, lyon_city: City) -> None:
    token = ApiToken.objects.get()
    badge = lyon_city.subscriber.badges.get()
    secrets = [token.digest, badge.digest, lyon_city.subscriber.user.password]
    rows: list[Model] = [token, badge, lyon_city.subscriber, lyon_city.subscriber.user]

    shown = "".join(
        boss.get(page).content.decode()
        for row in rows
        for page in (url(type(row), "changelist"), url(type(row), "change", row.pk))
    )

    assert [secret for secret in secrets if secret in shown] == []


def test_a_superuser_issues_a_token_and_reads_it_once(boss: Client, lyon: Network) -> None:
    user = factories.operator(lyon)

    response = boss.post(url(ApiToken, "add"), {"user": user.pk, "label": "audit", "scopes": ["audit"]}, follow=True)

    token = ApiToken.objects.get()
    told = str(next(iter(response.context["messages"])))
    assert digest_of_token(told.removeprefix("The token is ").split(" ")[0]) == token.digest
    assert (token.user, token.scopes) == (user, ["audit"])


def test_a_superuser_makes_an_operator(boss: Client, lyon: Network) -> None:
    passwords = {"usable_password": "true", "password1": "Vaulx-en-Velin", "password2": "Vaulx-en-Velin"}
    boss.post(url(User, "add"), {"email": "Marie@Example.org", **passwords})
    marie = User.objects.get(email="marie@example.org")

    response = boss.post(
        url(User, "change", marie.pk),
        {
            "email": marie.email,
            "full_name": "Marie",
            "language": "fr",
            "is_active": "on",
            "is_staff": "on",
            "appointments-TOTAL_FORMS": 1,
            "appointments-INITIAL_FORMS": 0,
            "appointments-0-network": lyon.pk,
            "appointments-0-role": "care",
        },
    )

    marie.refresh_from_db()
    assert response.status_code == 302, errors(response)
    assert (marie.is_staff, marie.appointments.get().network, marie.appointments.get().role) == (True, lyon, "care")
    assert marie.check_password("Vaulx-en-Velin")


def test_an_operator_makes_nobody_an_operator(at_desk: Client, lyon_city: City, lucien: User) -> None:
    person = lyon_city.subscriber.user
    page = url(User, "change", person.pk)

    shown = at_desk.get(page).content.decode()

    assert "is_superuser" not in shown
    assert at_desk.post(page, {"email": person.email, "is_staff": "on"}).status_code == 403
    assert at_desk.get(url(User, "add")).status_code == 403
    assert at_desk.get(f"/admin/accounts/user/{person.pk}/password/").status_code == 404
    assert at_desk.get(url(User, "change", lucien.pk)).status_code == 404


def test_no_permission_to_change_addresses_reaches_an_operator(
    at_desk: Client, lyon: Network, lyon_city: City, lucien: User
) -> None:
    """A superuser who also drives: with the address one would get the link that sets a new password."""
    driving = factories.subscriber(lyon).user
    User.objects.filter(pk=driving.pk).update(is_staff=True, is_superuser=True)
    own = EmailAddress.objects.create(user=driving, email=driving.email, verified=True, primary=True)
    persons = EmailAddress.objects.get(user=lyon_city.subscriber.user)
    lucien.user_permissions.set(Permission.objects.filter(codename__in=["add_emailaddress", "change_emailaddress"]))
    taken = {"email": "taken@example.org", "verified": "on"}

    added = at_desk.post(url(EmailAddress, "add"), {**taken, "user": driving.pk})
    changed = at_desk.post(url(EmailAddress, "change", own.pk), {**taken, "user": driving.pk})
    moved = at_desk.post(url(EmailAddress, "change", persons.pk), {**taken, "user": driving.pk})
    allowed = at_desk.post(url(EmailAddress, "change", persons.pk), {**taken, "user": persons.user_id})

    assert [response.status_code for response in (added, changed, moved, allowed)] == [403, 403, 403, 302]
    assert [address.email for address in EmailAddress.objects.filter(user=driving)] == [driving.email]


def test_groups_are_a_superusers_and_leave_traces(boss: Client, lyon: Network) -> None:
    permission = Permission.objects.get(codename="change_vehicletype")
    boss.post(url(Group, "add"), {"name": "Fleet", "permissions": [permission.pk]})
    group = Group.objects.get()
    trace = Trace.objects.latest("id")
    assert (trace.act, trace.model) == ("add", "auth.group")
    assert trace.after == {"name": "Fleet", "permissions": [permission.pk]}

    lucien = factories.operator(lyon)
    lucien.user_permissions.set(Permission.objects.filter(content_type__app_label="auth"))
    lucien.groups.add(group)
    boss.force_login(lucien)

    assert boss.get(url(Group, "changelist")).status_code == 403
    assert boss.post(url(Group, "change", group.pk), {"name": "Fleet", "permissions": []}).status_code == 403
