"""People whom an operator brings along: known to the network at once, and bound by nothing until they come."""

from collections.abc import Sequence
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import Plan, Subscriber, User
from stations.models import Network

BATCH = 1000


@dataclass(frozen=True)
class Newcomer:
    email: str
    full_name: str
    phone: str = ""
    language: str = "fr"
    wanted_plan: Plan | None = None


@dataclass(frozen=True)
class Enrolled:
    user: User
    address: EmailAddress
    subscriber: Subscriber


def enrol(*, network: Network, people: Sequence[Newcomer]) -> list[Enrolled]:
    """Accounts without a password, which their owners set by the link of “forgotten”; nobody is written to.

    The address is not confirmed; the contract for the wanted plan starts once it is (`subscribe_as_wanted`).
    """
    users = [
        User(email=each.email, full_name=each.full_name, phone=each.phone, language=each.language) for each in people
    ]
    for user in users:
        user.set_unusable_password()
    with transaction.atomic():
        User.objects.bulk_create(users, batch_size=BATCH)
        addresses = EmailAddress.objects.bulk_create(
            [EmailAddress(user=user, email=user.email, verified=False, primary=True) for user in users],
            batch_size=BATCH,
        )
        subscribers = Subscriber.objects.bulk_create(
            [
                Subscriber(user=user, network=network, wanted_plan=each.wanted_plan)
                for user, each in zip(users, people, strict=True)
            ],
            batch_size=BATCH,
        )
    return [Enrolled(*each) for each in zip(users, addresses, subscribers, strict=True)]
