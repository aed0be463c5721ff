"""Writes about people: who may reserve, with which card, and which programs may speak for them."""

import hashlib
import secrets
from datetime import timedelta

import structlog
from django.db import transaction
from psycopg2.extras import DateTimeTZRange

from accounts import plan_versions
from accounts.models import ApiToken, Badge, Favourite, Plan, Subscriber, Subscription, User
from accounts.refusals import (
    AccountClosed,
    BadgeOff,
    BadgeTaken,
    PlanClosed,
    SubscribedAlready,
    TooManyFavourites,
)
from stations import clock
from stations.devices import badge_digest
from stations.models import Network, Station
from stations.refusals import require_reason
from stations.rows import Columns, rows

MOST_FAVOURITES = 20

log = structlog.get_logger(__name__)


def lock_person(user: User) -> User:
    """For whoever writes something that names a person: one who left meanwhile is left alone. Refuses AccountClosed."""
    person = User.objects.select_for_update(no_key=True).filter(pk=user.pk, is_active=True).first()
    if person is None:
        raise AccountClosed
    return person


def become_subscriber(*, user: User, network: Network, wanted_plan: Plan | None = None) -> Subscriber:
    """The network's record of a person who signed up; the same one however often it is asked for."""
    new = {"network": network, "wanted_plan": wanted_plan}
    subscriber, _created = Subscriber.objects.get_or_create(user=user, defaults=new)
    return subscriber


def subscribe_as_wanted(*, user: User) -> Subscription | None:
    """Start the contract that was chosen at sign-up, once; None where none was, or where it is no longer to be had."""
    with transaction.atomic():
        subscriber = Subscriber.objects.select_for_update(no_key=True, of=("self",)).filter(user=user).first()
        if subscriber is None or subscriber.wanted_plan_id is None:
            return None
        plan = Plan.objects.get(pk=subscriber.wanted_plan_id)
        Subscriber.objects.filter(pk=subscriber.pk).update(wanted_plan=None)
        try:
            with transaction.atomic():
                return subscribe(subscriber=subscriber, plan=plan)
        except (PlanClosed, SubscribedAlready):
            return None


def subscribe(*, subscriber: Subscriber, plan: Plan) -> Subscription:
    """Start a contract now. Refuses PlanClosed, AccountClosed, or SubscribedAlready while another one runs."""
    with transaction.atomic():
        Subscriber.objects.select_for_update(no_key=True).get(pk=subscriber.pk)
        lock_person(subscriber.user)
        at = clock.now()
        # As it is sold at this instant: not as the page showed it, nor as it was until the sweep comes by.
        sold = plan_versions.at(Plan.objects.get(pk=plan.pk), at)
        if not sold["is_open"] or plan.network_id != subscriber.network_id:
            raise PlanClosed
        if Subscription.objects.filter(subscriber=subscriber, during__contains=at).exists():
            raise SubscribedAlready
        end = at + timedelta(days=sold["duration_days"]) if sold["duration_days"] else None
        return Subscription.objects.create(subscriber=subscriber, plan=plan, during=DateTimeTZRange(at, end))


def current_subscription(subscriber: Subscriber) -> Subscription | None:
    return (
        Subscription.objects.filter(subscriber=subscriber, during__contains=clock.instant())
        .select_related("plan")
        .first()
    )


def give_badge(*, subscriber: Subscriber, uid: str) -> Badge:
    """Register a card. Refuses BadgeTaken when it belongs to somebody."""
    digest = badge_digest(uid)
    if Badge.objects.filter(digest=digest).exists():
        raise BadgeTaken
    return Badge.objects.create(subscriber=subscriber, digest=digest, last_four=uid.strip()[-4:])


def keep_favourite(*, user: User, name: str, station: Station | None = None) -> Favourite:
    """Keep a place at hand; kept already, it stays as it is. Refuses TooManyFavourites."""
    with transaction.atomic():
        lock_person(user)
        known = Favourite.objects.filter(user=user, name=name).first()
        if known is not None:
            return known
        if Favourite.objects.filter(user=user).count() >= MOST_FAVOURITES:
            raise TooManyFavourites(most=MOST_FAVOURITES)
        return Favourite.objects.create(user=user, name=name, station=station)


def drop_favourite(*, user: User, name: str) -> None:
    Favourite.objects.filter(user=user, name=name).delete()


def digest_of_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


TOKEN, USER, SUBSCRIBER = Columns(ApiToken, "token"), Columns(User, "person"), Columns(Subscriber, "subscriber")
NETWORK = Columns(Network, "network")
BEARER = f"""
SELECT {TOKEN.sql}, {USER.sql}, {SUBSCRIBER.sql}, {NETWORK.sql} FROM accounts_apitoken AS token
JOIN accounts_user AS person ON person.id = token.user_id AND person.is_active
LEFT JOIN accounts_subscriber AS subscriber ON subscriber.user_id = person.id
LEFT JOIN stations_network AS network ON network.id = subscriber.network_id
WHERE token.digest = %(digest)s AND token.revoked_at IS NULL
"""  # noqa: S608


def bearer_of(token: str) -> ApiToken | None:
    """The token that is valid now, with its user and, where there is one, the subscriber and network."""
    for values in rows(BEARER, digest=digest_of_token(token)):
        found, rest = TOKEN.read(values)
        found.user, rest = USER.read(rest)
        subscriber, rest = SUBSCRIBER.read(rest)
        if subscriber is not None:
            subscriber.network, _rest = NETWORK.read(rest)
            found.user.subscriber = subscriber
        bearer: ApiToken = found
        return bearer
    return None


def issue_token(*, user: User, scopes: list[str], label: str = "") -> str:
    """A new bearer token. It is shown once: only its digest is kept."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        lock_person(user)
        ApiToken.objects.create(user=user, digest=digest_of_token(token), scopes=scopes, label=label)
    return token


def revoke_token(*, token: ApiToken) -> None:
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=clock.now())


def disable_badge(*, badge: Badge, reason: str, actor: str) -> None:
    """Make a lost card worthless, for good. Refuses BadgeOff."""
    reason = require_reason(reason)
    if not Badge.objects.filter(pk=badge.pk, is_active=True).update(is_active=False):
        raise BadgeOff
    log.info("badge switched off", badge=badge.pk, actor=actor, reason=reason)
