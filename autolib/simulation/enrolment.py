"""The simulator's credentials from the database, in demo and test mode only. After this it speaks HTTP like anybody."""

from collections.abc import Callable, Iterable

from django.conf import settings
from django.db import transaction
from django.utils.crypto import salted_hmac

from accounts.models import ApiToken, Badge, Plan, User
from accounts.operations import become_subscriber, current_subscription, give_badge, issue_token, subscribe
from autolib.simulation.scenario import Car, Dock, NotYet, Scenario, Signer, Station, Subscriber, Unusable
from bookings.models import Booking, State
from stations.devices import badge_digest, device_key
from stations.models import ChargePoint, Device, Network
from stations.models import Station as DockedStation
from vehicles.models import Vehicle

LABEL = "simulation"
DOMAIN = "sim.example"


def enrol(*, network: str, riders: Callable[[int], int], name: str) -> Scenario:
    """The network's devices with their keys, and subscribers of our own with fresh tokens: `riders` of so many cars.

    The tokens of an earlier simulator of the same `name` end here: two never drive the same riders.
    """
    if settings.PRODUCTION:
        raise Unusable("Simulated riders are made in demo and test mode only; in production give --scenario FILE.")
    city = Network.objects.filter(slug=network).first()
    if city is None:
        raise NotYet(f"There is no network “{network}”. Name another (--network), or make the demo: manage.py up")
    stations, cars = _stations(city), _cars(city)
    if not stations or not cars:
        raise NotYet(
            f"Network “{network}” has {len(stations)} stations with posts and {len(cars)} cars: nothing can be driven. "
            "Load some with: manage.py import_stations FILE --place-cars"
        )
    return Scenario(
        slug=network,
        stations={station.id: station for station in stations},
        cars={car.id: car for car in cars},
        subscribers=_subscribers(city, [f"{name}-{n:03}@{DOMAIN}" for n in range(1, riders(len(cars)) + 1)]),
    )


def _stations(network: Network) -> list[Station]:
    """Rows, not model instances: the simulator runs for weeks beside everything else, and stays small."""
    posts = ChargePoint.objects.filter(station__network=network, device__is_active=True, docks__isnull=False)
    docks: dict[int, list[Dock]] = {}
    speakers: dict[int, Signer] = {}
    for place, identity, identifier, version, dock, number, connector in posts.order_by("identity").values_list(
        *("station", "identity", "device__identifier", "device__key_version"),
        *("docks__pk", "docks__number", "docks__connector"),
    ):
        docks.setdefault(place, []).append(Dock(dock, number, identity, connector))
        if place not in speakers:
            speakers[place] = _signer(identifier, version)
    places = (
        DockedStation.objects.filter(pk__in=docks).order_by("pk").values_list("pk", "code", "latitude", "longitude")
    )
    return [
        Station(pk, code, latitude, longitude, speakers[pk], tuple(sorted(docks[pk], key=lambda dock: dock.number)))
        for pk, code, latitude, longitude in places
    ]


def _cars(network: Network) -> list[Car]:
    driven = set(Booking.objects.filter(network=network, state=State.ON_TRIP).values_list("vehicle_id", flat=True))
    cars = Vehicle.objects.filter(network=network).order_by("pk")
    return [
        Car(
            id=pk,
            plate=plate,
            device=_signer(identifier, version) if identifier else None,
            is_astray=dock is None and is_in_service and pk not in driven,
        )
        for pk, plate, dock, is_in_service, identifier, version in cars.values_list(
            "pk", "plate", "dock", "is_in_service", "device__identifier", "device__key_version"
        )
    ]


def _signer(identifier: str, key_version: int) -> Signer:
    return Signer(identifier, device_key(Device(identifier=identifier, key_version=key_version)))


@transaction.atomic
def _subscribers(network: Network, emails: Iterable[str]) -> list[Subscriber]:
    plan = Plan.objects.filter(network=network, is_open=True).order_by("pk").first()
    if plan is None:
        raise Unusable(f"Network “{network.slug}” sells no plan, so nobody can reserve. Add one in the admin.")
    people = []
    for email in emails:
        user = User.objects.filter(email=email).first() or User.objects.create_user(
            email, full_name=f"Simulation {email.partition('@')[0]}"
        )
        subscriber = become_subscriber(user=user, network=network)
        if current_subscription(subscriber) is None:
            subscribe(subscriber=subscriber, plan=plan)
        uid = f"53{salted_hmac('autolib.simulation.badge', email).hexdigest()[:12].upper()}"
        if not Badge.objects.filter(digest=badge_digest(uid)).exists():
            give_badge(subscriber=subscriber, uid=uid)
        ApiToken.objects.filter(user=user, label=LABEL).delete()
        token = issue_token(user=user, scopes=[ApiToken.Scope.BOOKING], label=LABEL)
        people.append(Subscriber(email=email, token=token, badge=uid))
    return people
