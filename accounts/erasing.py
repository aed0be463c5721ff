"""A person who leaves: what names them goes, and what the law makes us keep stays without a name.

Whoever adds a table that points at a person says here, or in the table's own app, whether its rows go (`DELETED`) or
stay, and why (`KEPT`). A test walks the models and finds the one that was forgotten.
"""

import uuid
from typing import Any

import structlog
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from psycopg2.extras import DateTimeTZRange

from accounts import sign_ins
from accounts.models import (
    ApiToken,
    Badge,
    Favourite,
    PushSubscription,
    SignIn,
    Subscriber,
    Subscription,
    User,
)
from accounts.refusals import OperatorAccount
from stations import clock
from stations.models import ImportRun

log = structlog.get_logger(__name__)

# Reserved by RFC 2606: no mail ever arrives there.
NOWHERE = "deleted.invalid"

# By their column `user`.
DELETED: list[type[models.Model]] = [EmailAddress, Authenticator, SignIn, Favourite, PushSubscription]
KEPT = {
    "accounts.Subscriber": "the owner of past bookings: a reference and a network, no name",
    "accounts.Subscription": "which contract a trip was driven on; it ends now",
    "accounts.ApiToken": "revoked, without its label, so that a refused program can be told from an unknown one",
    "accounts.Badge": "switched off, without its number, so that the card can be somebody's again",
    "accounts.Appointment": "operators only, and they do not erase themselves",
    "accounts.User_groups": "operators only, and they do not erase themselves",
    "accounts.User_user_permissions": "operators only, and they do not erase themselves",
    "admin.LogEntry": "what operators did, without the names of those to whom; and they do not erase themselves",
}


def erase(*, user: User) -> None:
    """Make the account nobody's, for good. The caller has made sure that nothing of it is still running.

    Refuses OperatorAccount. Erased twice is erased once.
    """
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if user.is_staff or user.is_superuser:
            raise OperatorAccount
        sign_ins.end(user.sign_ins.all())
        for model in DELETED:
            model._default_manager.filter(user=user).delete()
        ApiToken.objects.filter(user=user).update(label="")
        ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=clock.instant())
        _forget_in_history(user)
        _forget_in_imports(user)
        for subscriber in Subscriber.objects.filter(user=user):
            Subscriber.objects.filter(pk=subscriber.pk).update(
                wanted_plan=None, blocked_reason="", blocked_ground="", blocked_until=None
            )
            _end_contract(subscriber)
            log.info("account erased", subscriber=str(subscriber.reference))
        _make_nobody(user)


def is_erased(user: User) -> bool:
    return user.email.endswith(f"@{NOWHERE}")


def _end_contract(subscriber: Subscriber) -> None:
    at = clock.now()
    contracts = Subscription.objects.filter(subscriber=subscriber)
    contracts.filter(during__startswith__gt=at).delete()
    for running in contracts.filter(during__contains=at):
        contracts.filter(pk=running.pk).update(during=DateTimeTZRange(running.during.lower, at))
    for badge in Badge.objects.filter(subscriber=subscriber):
        Badge.objects.filter(pk=badge.pk).update(digest=uuid.uuid4().hex, last_four="", is_active=False)


def _forget_in_history(user: User) -> None:
    """What operators did stays; the console keeps with it how the person was called."""
    named: list[models.QuerySet[Any]] = [
        User.objects.filter(pk=user.pk),
        Subscriber.objects.filter(user=user),
        Badge.objects.filter(subscriber__user=user),
        Subscription.objects.filter(subscriber__user=user),
    ]
    for rows in named:
        lines = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(rows.model))
        lines.filter(object_id__in=[str(key) for key in rows.values_list("pk", flat=True)]).update(object_repr="–")


def _forget_in_imports(user: User) -> None:
    """What a table once changed of the person can no longer be undone, nor read."""
    named = {"model": User._meta.label_lower, "pk": user.pk}
    for run in ImportRun.objects.select_for_update(no_key=True).filter(changed__contains=[named]).order_by("pk"):
        run.changed = [each for each in run.changed if (each["model"], each["pk"]) != tuple(named.values())]
        run.save(update_fields=["changed"])


def _make_nobody(user: User) -> None:
    user.email = f"{uuid.uuid4().hex}@{NOWHERE}"
    user.full_name = user.phone = ""
    user.is_active = False
    user.last_login = None
    user.set_unusable_password()
    user.save(update_fields=["email", "full_name", "phone", "is_active", "last_login", "password"])
