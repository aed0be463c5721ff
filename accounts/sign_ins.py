"""Where people are signed in. A sign-in stands as long as its session is valid; ending one ends the session."""

from collections.abc import Iterator

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from accounts.models import PushSubscription, SignIn, User
from stations import clock


def note(*, user: User, session_key: str, browser: str, system: str) -> None:
    """The person uses this session now."""
    at = clock.instant()
    made = SignIn(user=user, session_key=session_key, browser=browser, system=system, signed_in_at=at, last_used_at=at)
    SignIn.objects.bulk_create(
        [made],
        update_conflicts=True,
        unique_fields=["session_key"],
        update_fields=["user", "browser", "system", "last_used_at"],
    )


def standing(user: User) -> list[SignIn]:
    """The sign-ins that would be let in now, the last used first."""
    valid = set(_valid_session_keys(user))
    return [one for one in user.sign_ins.order_by("-last_used_at", "-pk") if one.session_key in valid]


def _valid_session_keys(user: User) -> Iterator[str]:
    """A session from before a change of the password still has its row, but opens nothing."""
    hashes = {user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()}
    sessions = Session.objects.filter(
        session_key__in=user.sign_ins.values("session_key"), expire_date__gt=clock.instant()
    )
    for session in sessions:
        kept = session.get_decoded()
        if kept.get(SESSION_KEY) == str(user.pk) and kept.get(HASH_SESSION_KEY) in hashes:
            yield session.session_key


def end(sign_ins: QuerySet[SignIn]) -> int:
    """Sign these out; how many."""
    with transaction.atomic():
        keys = list(sign_ins.values_list("session_key", flat=True))
        Session.objects.filter(session_key__in=keys).delete()
        PushSubscription.objects.filter(session_key__in=keys).exclude(session_key="").delete()
        return SignIn.objects.filter(session_key__in=keys).delete()[0]


def end_others(*, user: User, session_key: str | None) -> int:
    with transaction.atomic():
        PushSubscription.objects.filter(user=user).exclude(session_key=session_key or "").delete()
        return end(user.sign_ins.exclude(session_key=session_key))


def forget_ended() -> None:
    """Drop sessions that ran out, and sign-ins without a session."""
    Session.objects.filter(expire_date__lt=clock.instant()).delete()
    SignIn.objects.filter(~Exists(Session.objects.filter(session_key=OuterRef("session_key")))).delete()
