"""The cast and the places of the tests. States are reached by operations, never by writing columns.

Anne is a subscriber in good standing, Bruno another one; Odile operates Paris, Lucien operates Lyon.
"""

from base64 import urlsafe_b64encode
from datetime import timedelta
from io import BytesIO
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from PIL import Image
from psycopg2.extras import DateTimeTZRange

from accounts.models import Plan, PushSubscription, Subscriber, Subscription, User
from accounts.push import keep_subscription
from stations import clock
from stations.models import ChargePoint, Device, Dock, Network, Station, StationPhoto
from stations.rights import Role
from stations.station_photos import set_photo
from vehicles import fieldwork
from vehicles.models import FieldTask, Vehicle, VehicleReport, VehicleType

serial = count(1)


def network(slug: str = "paris", **rules: Any) -> Network:
    defaults = {"name": slug.title(), "latitude": 48.8566, "longitude": 2.3522, **rules}
    return Network.objects.get_or_create(slug=slug, defaults=defaults)[0]


def vehicle_type(code: str = "bluecar") -> VehicleType:
    return VehicleType.objects.get_or_create(code=code, defaults={"name": code.title()})[0]


def station(
    network: Network,
    name: str,
    *,
    cars: list[int] | None = None,
    free_docks: int = 0,
    latitude: float = 48.8531,
    longitude: float = 2.3691,
    **fields: Any,
) -> Station:
    """A station with one car a number in `cars` (its charge in percent), and free docks beside."""
    made = Station.objects.create(
        network=network,
        code=fields.pop("code", f"{network.slug}-{name.lower()}-{next(serial)}"),
        name=name,
        latitude=latitude,
        longitude=longitude,
        **fields,
    )
    for charge in cars or []:
        vehicle(dock(made), charge=charge)
    for _ in range(free_docks):
        dock(made)
    return made


def photo(station: Station, *, caption: str = "", size: tuple[int, int] = (640, 400), **fields: Any) -> StationPhoto:
    """A photo of the station, as plain as can be."""
    sent = BytesIO()
    Image.new("RGB", size, fields.pop("colour", "#39506b")).save(sent, "PNG")
    asked = {"reason": "It is hard to find", "actor": "test", **fields}
    return set_photo(station=station, photo=sent.getvalue(), caption=caption, **asked)


def dock(station: Station, **fields: Any) -> Dock:
    number = station.docks.count() + 1
    post = Device.objects.create(network=station.network, identifier=f"post-{next(serial)}", kind=Device.Kind.POST)
    charge_point = ChargePoint.objects.create(station=station, identity=post.identifier, device=post)
    return Dock.objects.create(station=station, number=number, charge_point=charge_point, **fields)


def vehicle(
    dock: Dock | None = None, *, charge: int | None = 90, network: Network | None = None, **fields: Any
) -> Vehicle:
    number = next(serial)
    owner = network or dock.station.network
    car = Device.objects.create(network=owner, identifier=f"car-{number}", kind=Device.Kind.CAR)
    made = Vehicle.objects.create(
        network=owner, vehicle_type=vehicle_type(), plate=f"AB-{number:03}-CD", dock=dock, device=car, **fields
    )
    if charge is not None:
        at = clock.now()
        VehicleReport.objects.create(vehicle=made, charge_percent=charge, event_time=at, received_at=at)
    return made


def plan(network: Network, *, code: str = "year", **fields: Any) -> Plan:
    return Plan.objects.get_or_create(network=network, code=code, defaults={"name": "1 an", **fields})[0]


def user(email: str | None = None, **fields: Any) -> User:
    return User.objects.create_user(email or f"person{next(serial)}@example.org", **fields)


def subscriber(network: Network, name: str = "Anne", *, is_subscribed: bool = True, **fields: Any) -> Subscriber:
    person = user(f"{name.lower()}{next(serial)}@example.org", full_name=name, language=fields.pop("language", "en"))
    made = Subscriber.objects.create(user=person, network=network, **fields)
    if is_subscribed:
        start = clock.now() - timedelta(days=1)
        Subscription.objects.create(
            subscriber=made, plan=plan(network), during=DateTimeTZRange(start, start + timedelta(days=3650))
        )
    return made


def device(
    person: User, *, name: str = "phone", host: str = "fcm.googleapis.com", session_key: str = ""
) -> PushSubscription:
    """A browser of this person that is told; its keys are real, and nobody has the private half."""
    point = (
        ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    )
    p256dh, auth = (urlsafe_b64encode(key).rstrip(b"=").decode() for key in (point, b"sixteen bytes..."))
    return keep_subscription(
        user=person, endpoint=f"https://{host}/send/{name}", p256dh=p256dh, auth=auth, session_key=session_key
    )


def operator(*networks: Network, name: str = "Odile", role: Role = Role.MANAGER, **fields: Any) -> User:
    made = user(f"{name.lower()}{next(serial)}@example.org", full_name=name, is_staff=True, **fields)
    made.networks.set(networks, through_defaults={"role": role})
    return made


def task(
    *,
    vehicle: Vehicle | None = None,
    dock: Dock | None = None,
    kind: FieldTask.Kind = FieldTask.Kind.CLEAN,
    urgency: FieldTask.Urgency = FieldTask.Urgency.TODAY,
    why: str = "Muddy seats",
    **fields: Any,
) -> FieldTask:
    """A field task that a person asks for."""
    network = vehicle.network if vehicle else dock.station.network if dock else fields["station"].network
    asked = {"kind": kind, "urgency": urgency, "vehicle": vehicle, "dock": dock, "why": why, "actor": "desk", **fields}
    return fieldwork.ask_for(network=network, **asked)


def crew(*networks: Network, name: str = "Fatou", **fields: Any) -> User:
    return operator(*networks, name=name, role=Role.CREW, **fields)
