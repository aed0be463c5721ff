"""The demo: made once, completed where something is missing, refused in production."""

import csv
import json
from collections.abc import Iterator
from io import StringIO
from itertools import combinations

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext

from accounts.models import Badge, Plan, Subscriber, Subscription, User
from accounts.operations import current_subscription
from autolib.demo.cities import FOLDER, NETWORKS, station_rows
from bookings.availability import counts
from stations.geography import distance_meters, is_inside
from stations.importing import apply, plan
from stations.models import Dock, Event, Network, Place, Station, StationPhoto
from tests import factories
from tests.stations.published import files_of
from vehicles.models import FieldTask, TaskRule, Vehicle, VehicleReport, VehicleType


@pytest.fixture(autouse=True)
def _quick_hashes() -> Iterator[None]:
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


def seed(**options: object) -> list[dict[str, str]]:
    out = StringIO()
    call_command("seed_demo", stdout=out, **options)
    return json.loads(out.getvalue().splitlines()[-1])


def everything() -> dict[str, list[dict[str, object]]]:
    models = [Network, Station, Dock, Place, Plan, Vehicle, VehicleReport, VehicleType, User, Subscriber, Subscription]
    models += [FieldTask, TaskRule, StationPhoto]
    return {
        model.__name__: list(model.objects.order_by("pk").values()) for model in [*models, Badge, Event, EmailAddress]
    }


def test_two_cities_come_alive(db: None) -> None:
    seed()

    paris, lyon = Network.objects.get(slug="paris"), Network.objects.get(slug="lyon")
    assert (paris.car_hold_seconds, paris.dock_hold_seconds, paris.minimum_charge_percent) == (1800, 5400, 55)
    assert paris.languages == ["fr", "en"]
    assert (paris.stations.count(), lyon.stations.count()) == (162, 11)
    assert paris.places.count() > 150
    offered = counts(paris.stations.values_list("pk", flat=True)).values()
    assert sum(1 for station in offered if not station.docks) > 10
    assert sum(1 for station in offered if not station.cars) > 10
    closed = paris.stations.filter(is_renting=False)
    assert closed.count() == 4
    assert not closed.filter(closure_reason="").exists()
    assert Event.objects.filter(type="station_closed").count() == 4
    assert [StationPhoto.objects.filter(station__network=city).count() for city in (paris, lyon)] == [2, 0]
    assert Vehicle.objects.filter(network=lyon, dock__station__network=lyon).count() == 41
    assert VehicleReport.objects.count() == Vehicle.objects.count()
    work = FieldTask.objects.filter(network=paris, state=FieldTask.State.OPEN)
    assert 3 <= work.count() <= 20
    assert set(work.values_list("origin", flat=True)) == {"low_charge"}


def test_the_second_run_changes_nothing_and_says_the_same(db: None) -> None:
    first = seed()
    before = everything()

    with CaptureQueriesContext(connection) as queries:
        again = seed()

    assert again == first
    assert len(queries) < 70
    assert everything() == before


def test_the_people_can_sign_in_at_once(db: None) -> None:
    logins = seed()

    staff = ["network manager", "control room", "field crew", "customer care", "superuser"]
    assert [login["role"] for login in logins] == ["subscriber", "subscriber", *staff]
    for login in logins:
        assert authenticate(None, email=login["email"], password=login["password"]) is not None
        assert EmailAddress.objects.get(email=login["email"]).verified
    for login in logins[:2]:
        subscriber = Subscriber.objects.get(user__email=login["email"])
        assert current_subscription(subscriber) is not None
        assert subscriber.badges.get().last_four == login["badge"][-4:]
    *operators, superuser = (User.objects.get(email=login["email"]) for login in logins[2:])
    assert {(one.is_staff, one.is_superuser, one.networks.get().slug) for one in operators} == {(True, False, "paris")}
    assert [one.appointments.get().role for one in operators] == ["manager", "control", "crew", "care"]
    assert (superuser.is_staff, superuser.is_superuser) == (True, True)


def test_a_password_that_was_changed_or_a_new_secret_key_is_mended(db: None) -> None:
    before = seed()
    anne = User.objects.get(email=before[0]["email"])
    anne.set_password("something else")
    anne.save()

    assert seed() == before
    assert authenticate(None, email=before[0]["email"], password=before[0]["password"]) == anne
    with override_settings(SECRET_KEY="another secret key of this installation, long enough"):
        after = seed()
        assert authenticate(None, email=after[0]["email"], password=after[0]["password"]) == anne
    assert after[0]["password"] != before[0]["password"]


def test_a_network_with_stations_gets_none_of_the_demo(db: None) -> None:
    network = factories.network()
    apply(plan(network=network, stations=files_of(["one", "two"])), actor="system")

    seed()

    assert list(network.stations.order_by("code").values_list("code", flat=True)) == ["one", "two"]
    assert not Vehicle.objects.filter(network=network).exists()


@pytest.mark.parametrize("is_by_environment", [True, False])
def test_the_networks_may_stay_empty_for_a_published_one(
    db: None, monkeypatch: pytest.MonkeyPatch, is_by_environment: bool
) -> None:
    if is_by_environment:
        monkeypatch.setenv("AUTOLIB_DEMO_STATIONS", "no")

    logins = seed(no_stations=not is_by_environment)

    assert len(logins) == 7
    assert Network.objects.count() == 2
    assert not Station.objects.exists()


def test_refused_in_production(db: None) -> None:
    with override_settings(PRODUCTION=True), pytest.raises(CommandError, match="refused in production"):
        seed()

    assert not User.objects.exists()


@pytest.mark.parametrize("slug", ["paris", "lyon"])
def test_the_stations_are_plausible(slug: str) -> None:
    rows = station_rows(slug)

    cars = [sum(row.cars.values()) for row in rows]
    assert len({row.code for row in rows}) == len({row.name for row in rows}) == len(rows)
    assert {row.kind for row in rows} <= set(Station.Kind.values)
    assert all(3 <= row.capacity <= 7 for row in rows)
    assert all(count <= row.capacity for count, row in zip(cars, rows, strict=True))
    assert 0.5 < sum(cars) / sum(row.capacity for row in rows) < 0.7
    for row in rows:
        assert is_inside(latitude=row.latitude, longitude=row.longitude, ring=NETWORKS[slug]["area"]), row.name
    for one, other in combinations(rows, 2):
        meters = distance_meters(
            from_latitude=one.latitude,
            from_longitude=one.longitude,
            to_latitude=other.latitude,
            to_longitude=other.longitude,
        )
        assert meters >= 120, f"{one.name} and {other.name}"


@pytest.mark.parametrize("slug", ["paris", "lyon"])
def test_the_places_lie_in_the_city(slug: str) -> None:
    with (FOLDER / f"{slug}_places.csv").open(encoding="utf-8") as file:
        places = list(csv.DictReader(file))

    assert len({place["name"] for place in places}) == len(places)
    for place in places:
        point = {"latitude": float(place["latitude"]), "longitude": float(place["longitude"])}
        assert is_inside(**point, ring=NETWORKS[slug]["area"]), place["name"]
