"""Devices that are told: which addresses we call, and whose they are.

The address of a device is given by a browser, so it could name anything that our servers reach. We call https only,
hosts of PUSH_HOSTS only, and read the address in one place, so that what is checked is what is called.
"""

import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.db import transaction

from accounts.models import PushSubscription, User
from accounts.operations import lock_person
from stations import clock

LONGEST_ENDPOINT = 1000
HTTPS_PORT = 443
# Nothing that two programs could read differently: no user, no backslash, no capital, no number in another script.
ENDPOINT = re.compile(
    r"https://(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::(?P<port>[0-9]{1,5}))?(?P<path>/[A-Za-z0-9_.~%:/?=&+!*,;@$()-]*)"
)


class Unusable(ValueError):
    """Not the address or the keys of a device at a push service that we know."""


@dataclass(frozen=True)
class Address:
    host: str
    port: int
    path: str


def address_of(endpoint: str) -> Address:
    """Where to call. Raises Unusable for whatever is not a push service that we know."""
    match = ENDPOINT.fullmatch(endpoint) if len(endpoint) <= LONGEST_ENDPOINT else None
    if match is None:
        raise Unusable("not an https address as browsers give them")
    address = Address(match["host"], int(match["port"] or HTTPS_PORT), match["path"])
    if not any(_is_at(address, allowed) for allowed in settings.PUSH_HOSTS):
        raise Unusable("not a push service that we know")
    return address


def _is_at(address: Address, allowed: str) -> bool:
    name, _colon, port = allowed.partition(":")
    if address.port != int(port or HTTPS_PORT):
        return False
    return address.host.endswith(name[1:]) if name.startswith("*.") else address.host == name


def keep_subscription(*, user: User, endpoint: str, p256dh: str, auth: str, session_key: str = "") -> PushSubscription:
    """Tell this device from now on, on behalf of this person alone. Raises Unusable; refuses AccountClosed.

    The oldest device makes room when there are more than PUSH_DEVICES_A_PERSON.
    """
    address_of(endpoint)
    _check_keys(p256dh, auth)
    with transaction.atomic():
        lock_person(user)
        now = {"user": user, "p256dh": p256dh, "auth": auth, "session_key": session_key, "created_at": clock.now()}
        kept, _created = PushSubscription.objects.update_or_create(endpoint=endpoint, defaults=now)
        newest_first = PushSubscription.objects.filter(user=user).order_by("-created_at", "-pk")
        too_many = list(newest_first.values_list("pk", flat=True)[settings.PUSH_DEVICES_A_PERSON :])
        if too_many:
            PushSubscription.objects.filter(pk__in=too_many).delete()
    return kept


def _check_keys(p256dh: str, auth: str) -> None:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(p256dh, longest=100))
        is_secret = len(_decoded(auth, longest=40)) == 16
    except ValueError as error:
        raise Unusable("not the keys of a browser") from error
    if not is_secret:
        raise Unusable("not the keys of a browser")


def _decoded(key: str, *, longest: int) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9_-]+={0,2}", key) or len(key) > longest:
        raise ValueError("not base64url")
    return urlsafe_b64decode(key.rstrip("=") + "=" * (-len(key.rstrip("=")) % 4))


def drop_subscription(*, user: User, endpoint: str) -> None:
    """Tell this device no more; somebody else's is left alone."""
    if ENDPOINT.fullmatch(endpoint):
        PushSubscription.objects.filter(user=user, endpoint=endpoint).delete()


def drop_subscriptions(*, user: User) -> None:
    PushSubscription.objects.filter(user=user).delete()
