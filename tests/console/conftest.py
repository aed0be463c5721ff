"""Two cities, each with one of everything, and their operators."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts import operations as accounts
from accounts import plan_versions
from accounts.models import Subscriber, User
from bookings import operations as bookings
from bookings import refused
from bookings.models import Booking, Notification
from stations import clock, pulses, rules, traces
from stations.closing import plan_closure
from stations.models import Device, DeviceMessage, Dock, ImportRun, Network, Place, Station
from stations.rights import Role
from tests import factories
from vehicles import task_rules
from vehicles.batteries import swap_battery
from vehicles.models import Vehicle


@dataclass
class City:
    """One of everything. `mark` is in every name, so that a leak can be seen."""

    network: Network
    mark: str
    station: Station
    dock: Dock
    vehicle: Vehicle
    subscriber: Subscriber
    trip: Booking
    message: DeviceMessage


def build(network: Network, mark: str, number: int = 1) -> City:
    mark = f"{mark}{number}"
    network.name = f"{mark} Ville"
    network.save(update_fields=["name"])
    station = factories.station(network, f"{mark} Gare", cars=[90], free_docks=1, code=f"{mark}-gare")
    Vehicle.objects.filter(dock__station=station).update(plate=f"{mark}-1")
    vehicle = Vehicle.objects.get(dock__station=station)
    return City(network, mark, station, *_rows(network, mark, station, vehicle))


def _rows(network: Network, mark: str, station: Station, vehicle: Vehicle) -> tuple:
    subscriber = factories.subscriber(network, mark)
    factories.operator(network, name=f"{mark} Auditor", role=Role.AUDITOR)
    accounts.give_badge(subscriber=subscriber, uid=f"{mark}-uid")
    accounts.issue_token(user=subscriber.user, scopes=["booking"], label=f"{mark} phone")
    EmailAddress.objects.create(user=subscriber.user, email=subscriber.user.email, verified=True, primary=True)
    target = factories.station(network, f"{mark} Port", free_docks=1, code=f"{mark}-port")
    trip = bookings.reserve(subscriber=subscriber, vehicle=vehicle, destination=target, actor="test")
    trip = bookings.start_trip(booking=trip, actor="test")
    Notification.objects.create(booking=trip, kind=Notification.Kind.REMINDER, key=mark, created_at=clock.now())
    refused.note_search(network=network, subscriber=subscriber, station_id=station.pk, need="car")
    bookings.promise_credit(subscriber=subscriber, amount=Decimal(5), reason=f"{mark} waited", actor="test")
    Place.objects.create(network=network, name=f"{mark} Place", latitude=45, longitude=4)
    dock = station.docks.order_by("number").last()
    Device.objects.filter(pk=dock.charge_point.device_id).update(identifier=f"{mark}-post")
    type(dock.charge_point).objects.filter(pk=dock.charge_point_id).update(identity=f"{mark}-post")
    message = DeviceMessage.objects.create(
        device_id=dock.charge_point.device_id,
        msg_id=f"{mark}-message",
        kind="plugged",
        event_time=clock.now() - timedelta(minutes=1),
        received_at=clock.now(),
        payload={"note": mark},
        outcome=DeviceMessage.Outcome.QUARANTINED,
        reason="dock_taken",
    )
    traces.write(
        network_id=network.pk, actor="operator:1", act="close", model="stations.station", object_id=0, reason=mark
    )
    swap_battery(vehicle=vehicle, serial=f"{mark}-battery", reason=mark, actor="operator:1")
    plan_closure(
        station=target,
        from_at=clock.now() + timedelta(days=1),
        until_at=clock.now() + timedelta(days=2),
        reason=mark,
        actor="operator:1",
    )
    decide_rules(network, mark)
    change_a_plan(network, mark)
    ImportRun.objects.create(
        network=network, kind="docks", file=f"{mark}.csv", at=clock.now(), actor="operator:1", fingerprint=mark
    )
    pulses.beat("sweep")
    task_rules.settle(network, task_rules.RULES)
    factories.task(dock=dock, why=mark)
    return dock, vehicle, subscriber, trip, message


def decide_rules(network: Network, mark: str) -> None:
    """Rules that are planned, and others that wait for a second person."""
    later = clock.now() + timedelta(days=7)
    plan = {"network": network, "reason": mark, "actor": "operator:0"}
    rules.change(values={"cancel_undo_seconds": 61 + network.rule_versions.count()}, valid_from=later, **plan)
    rules.change(values={"car_hold_seconds": 300}, **plan)


def change_a_plan(network: Network, mark: str) -> None:
    plan = factories.plan(network, code=mark.lower(), name=f"{mark} Plan")
    tomorrow = clock.now() + timedelta(days=1)
    plan_versions.change(plan=plan, values={"is_open": False}, valid_from=tomorrow, reason=mark, actor="operator:1")


@pytest.fixture
def paris_city(paris: Network) -> City:
    return build(paris, "Quaisecret")


@pytest.fixture
def lyon(db: None) -> Network:
    return factories.network("lyon", latitude=45.76, longitude=4.84)


@pytest.fixture
def lyon_city(lyon: Network) -> City:
    return build(lyon, "Traboule")


@pytest.fixture
def lucien(lyon: Network) -> User:
    """Operates Lyon, and Lyon alone."""
    return factories.operator(lyon, name="Lucien")


@pytest.fixture
def odile(paris: Network) -> User:
    """Operates Paris, and Paris alone."""
    return factories.operator(paris, name="Odile")


@pytest.fixture
def at_desk(client: Client, lucien: User) -> Client:
    """Lucien's browser, signed in, in English."""
    client.force_login(lucien)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def lucie(lyon: Network) -> User:
    """Finance of Lyon: approves, and sets no rules."""
    return factories.operator(lyon, name="Lucie", role=Role.FINANCE)


@pytest.fixture
def at_other_desk(lucie: User) -> Client:
    client = Client()
    client.force_login(lucie)
    client.cookies["django_language"] = "en"
    return client
