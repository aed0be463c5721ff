"""A seeded world for programs that check the product from outside: the same seed gives the same world and keys."""

import hashlib
import hmac
from random import Random
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from psycopg2.extras import DateTimeTZRange

from accounts.models import ApiToken, Badge, Plan, Subscriber, Subscription, User
from accounts.operations import digest_of_token
from stations import clock
from stations.devices import badge_digest, device_key
from stations.models import ChargePoint, Device, Dock, Network, Station
from vehicles.models import Vehicle, VehicleReport, VehicleType

# Two cities far apart, so that nothing of one is near the other.
CITIES = [("a", "Scenario A", 48.8566, 2.3522), ("b", "Scenario B", 45.7640, 4.8357)]
RULES = ("car_hold_seconds", "dock_hold_seconds", "minimum_charge_percent", "clock_tolerance_seconds")


def secret(seed: int, name: str) -> str:
    """A password or token that follows from the seed and this installation's own secret, and from nothing public."""
    return hmac.new(settings.SECRET_KEY.encode(), f"scenario:{seed}:{name}".encode(), hashlib.sha256).hexdigest()[:40]


@transaction.atomic
def seed_scenario(
    *, seed: int, stations: int, docks: int, cars: int, subscribers: int, rules: dict[str, int]
) -> dict[str, Any]:
    """Make or find the world of the seed; the numbers are per network. The answer holds every id and key of it."""
    random = Random(seed)
    worlds = [_network(seed, random, city, stations, docks, cars, subscribers, rules) for city in CITIES]
    auditor = _user(seed, "auditor", is_superuser=True, is_staff=True)
    return {
        "seed": seed,
        "networks": worlds,
        "auditor": {"email": auditor.email, "token": _token(seed, auditor, [ApiToken.Scope.AUDIT])},
    }


def _network(
    seed: int,
    random: Random,
    city: tuple[str, str, float, float],
    stations: int,
    docks: int,
    cars: int,
    subscribers: int,
    rules: dict[str, int],
) -> dict[str, Any]:
    suffix, name, latitude, longitude = city
    network, _created = Network.objects.update_or_create(
        slug=f"scenario-{seed}-{suffix}",
        defaults={"name": f"{name} {seed}", "latitude": latitude, "longitude": longitude, **rules},
    )
    plan, _created = Plan.objects.get_or_create(network=network, code="scenario", defaults={"name": "Scenario"})
    places = [_station(network, random, number, docks) for number in range(stations)]
    fleet = _fleet(network, random, places, cars)
    operator = _user(seed, f"operator-{suffix}", is_staff=True)
    operator.networks.set([network])
    return {
        "id": network.pk,
        "slug": network.slug,
        "rules": {rule: getattr(network, rule) for rule in RULES},
        "stations": places,
        "vehicles": fleet,
        "subscribers": [_subscriber(seed, network, plan, f"{suffix}-{number}") for number in range(subscribers)],
        "operator": {
            "email": operator.email,
            "password": secret(seed, operator.email),
            "token": _token(seed, operator, [ApiToken.Scope.AUDIT]),
        },
    }


def _station(network: Network, random: Random, number: int, docks: int) -> dict[str, Any]:
    station, _created = Station.objects.get_or_create(
        network=network,
        code=f"{network.slug}-{number}",
        defaults={
            "name": f"Scenario {number}",
            "latitude": network.latitude + random.uniform(-0.03, 0.03),
            "longitude": network.longitude + random.uniform(-0.04, 0.04),
        },
    )
    device = _device(network, f"{station.code}-post", Device.Kind.POST)
    charge_point, _created = ChargePoint.objects.get_or_create(
        identity=device.identifier, defaults={"station": station, "device": device}
    )
    made = [
        Dock.objects.get_or_create(
            station=station, number=number, defaults={"charge_point": charge_point, "connector": number}
        )[0]
        for number in range(1, docks + 1)
    ]
    return {
        "id": station.pk,
        "code": station.code,
        "latitude": station.latitude,
        "longitude": station.longitude,
        "device": {"identifier": device.identifier, "key": device_key(device)},
        "docks": [
            {"id": dock.pk, "number": dock.number, "charge_point": charge_point.identity, "connector": dock.connector}
            for dock in made
        ],
    }


def _fleet(network: Network, random: Random, places: list[dict[str, Any]], cars: int) -> list[dict[str, Any]]:
    bluecar, _created = VehicleType.objects.get_or_create(code="bluecar", defaults={"name": "Bluecar"})
    all_docks = [dock["id"] for place in places for dock in place["docks"]]
    chosen = random.sample(all_docks, min(cars, len(all_docks)))
    fleet = []
    for number, dock_id in enumerate(chosen):
        device = _device(network, f"{network.slug}-car-{number}", Device.Kind.CAR)
        vehicle, is_new = Vehicle.objects.get_or_create(
            network=network,
            plate=f"S{network.slug[-1].upper()}-{number:04}",
            defaults={"vehicle_type": bluecar, "dock_id": dock_id, "device": device},
        )
        charge = random.randint(60, 100)
        if is_new:
            at = clock.now()
            VehicleReport.objects.create(vehicle=vehicle, charge_percent=charge, event_time=at, received_at=at)
        fleet.append(
            {
                "id": vehicle.pk,
                "plate": vehicle.plate,
                "dock": vehicle.dock_id,
                "device": {"identifier": device.identifier, "key": device_key(device)},
            }
        )
    return fleet


def _device(network: Network, identifier: str, kind: Device.Kind) -> Device:
    return Device.objects.get_or_create(identifier=identifier, defaults={"network": network, "kind": kind})[0]


def _user(seed: int, name: str, **fields: Any) -> User:
    email = f"{name}@scenario-{seed}.example"
    user = User.objects.filter(email=email).first()
    user = user or User.objects.create_user(email, secret(seed, email), full_name=name, language="en", **fields)
    EmailAddress.objects.get_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
    return user


def _token(seed: int, user: User, scopes: list[str]) -> str:
    token = secret(seed, f"token:{user.email}")
    ApiToken.objects.get_or_create(
        digest=digest_of_token(token), defaults={"user": user, "scopes": scopes, "label": "scenario"}
    )
    return token


def _subscriber(seed: int, network: Network, plan: Plan, name: str) -> dict[str, Any]:
    user = _user(seed, f"subscriber-{name}")
    subscriber, _created = Subscriber.objects.get_or_create(user=user, defaults={"network": network})
    if not Subscription.objects.filter(subscriber=subscriber).exists():
        Subscription.objects.create(subscriber=subscriber, plan=plan, during=DateTimeTZRange(clock.now(), None))
    badge = f"04{secret(seed, f'badge:{user.email}')[:12].upper()}"
    Badge.objects.get_or_create(
        digest=badge_digest(badge), defaults={"subscriber": subscriber, "last_four": badge[-4:]}
    )
    return {
        "reference": str(subscriber.reference),
        "email": user.email,
        "password": secret(seed, user.email),
        "token": _token(seed, user, [ApiToken.Scope.BOOKING]),
        "badge": badge,
    }
