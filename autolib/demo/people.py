"""The demo's people. Their passwords follow from SECRET_KEY, so each start can print them again and stores none."""

import base64
import hashlib
import hmac
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.models import Appointment, Badge, Plan, Subscriber, User
from accounts.operations import become_subscriber, current_subscription, give_badge, subscribe
from stations.devices import badge_digest
from stations.models import Network
from stations.rights import Role

ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
SALT_LENGTH = 22


@dataclass(frozen=True)
class Person:
    role: str
    email: str
    full_name: str
    language: str = "fr"
    plan: str = ""
    appointed: Role | None = None


PEOPLE = [
    Person("subscriber", "anne@autolib.example", "Anne Morel", plan="year"),
    Person("subscriber", "bruno@autolib.example", "Bruno Keller", language="en", plan="ready-to-drive"),
    Person("network manager", "odile@autolib.example", "Odile Garnier", appointed=Role.MANAGER),
    Person("control room", "karim@autolib.example", "Karim Haddad", appointed=Role.CONTROL),
    Person("field crew", "fatou@autolib.example", "Fatou Diallo", appointed=Role.CREW),
    Person("customer care", "celine@autolib.example", "Céline Roy", appointed=Role.CARE),
    Person("superuser", "admin@autolib.example", "Alix Renaud"),
]


@transaction.atomic
def seed_people(network: Network) -> list[dict[str, str]]:
    """Make who is missing, mend what a login needs, and answer role, e-mail and password of each."""
    return [_seed(person, network) for person in PEOPLE]


def _seed(person: Person, network: Network) -> dict[str, str]:
    user = User.objects.filter(email=person.email).first() or User(
        email=person.email, full_name=person.full_name, language=person.language
    )
    _let_sign_in(user, person)
    login = {"role": person.role, "email": person.email, "password": password_of(person.email)}
    if person.appointed:
        Appointment.objects.get_or_create(user=user, network=network, role=person.appointed)
    if person.plan:
        login["badge"] = _make_subscriber(user, person, network)
    return login


def _let_sign_in(user: User, person: Person) -> None:
    wanted = {
        "is_active": True,
        "is_staff": person.appointed is not None or person.role == "superuser",
        "is_superuser": person.role == "superuser",
    }
    changed = [name for name, value in wanted.items() if getattr(user, name) != value]
    for name in changed:
        setattr(user, name, wanted[name])
    salt = _salt_of(person.email)
    # The salt tells that the password is ours and of this SECRET_KEY; to check the password itself takes half a second.
    if f"${salt}$" not in user.password:
        user.password = make_password(password_of(person.email), salt=salt)
        changed.append("password")
    if user.pk is None:
        user.save()
    elif changed:
        user.save(update_fields=changed)
    EmailAddress.objects.update_or_create(user=user, email=person.email, defaults={"verified": True, "primary": True})


def _make_subscriber(user: User, person: Person, network: Network) -> str:
    subscriber: Subscriber = become_subscriber(user=user, network=network)
    if current_subscription(subscriber) is None:
        subscribe(subscriber=subscriber, plan=Plan.objects.get(network=network, code=person.plan))
    uid = f"04{_secret('badge', person.email).hex()[:12].upper()}"
    if not Badge.objects.filter(subscriber=subscriber, digest=badge_digest(uid)).exists():
        give_badge(subscriber=subscriber, uid=uid)
    return uid


def password_of(email: str) -> str:
    """Twelve letters and digits in groups, like `k7dq-mx2p-a4tz`."""
    letters = base64.b32encode(_secret("password", email)).decode().lower()
    return "-".join(letters[start : start + 4] for start in (0, 4, 8))


def _salt_of(email: str) -> str:
    return "".join(ALPHANUMERIC[byte % len(ALPHANUMERIC)] for byte in _secret("salt", email)[:SALT_LENGTH])


def _secret(purpose: str, email: str) -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), f"demo:{purpose}:{email}".encode(), hashlib.sha256).digest()
