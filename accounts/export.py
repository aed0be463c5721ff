"""Everything that the accounts know of one person, for that person to keep."""

from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator

from accounts import sign_ins
from accounts.models import ApiToken, Badge, Favourite, PushSubscription, Subscription, User


def exported(user: User) -> dict[str, Any]:
    """Plain values under plain names. No key, no password, and of a card and a token only what the owner may see."""
    return {
        "profile": {
            "name": user.full_name,
            "e_mail": user.email,
            "phone": user.phone,
            "language": user.language,
            "joined_at": written(user.date_joined),
            "last_signed_in_at": written(user.last_login),
        },
        "e_mail_addresses": [
            {"address": one.email, "is_confirmed": one.verified, "is_in_use": one.primary}
            for one in EmailAddress.objects.filter(user=user).order_by("pk")
        ],
        "passkeys": [
            {"name": str(one), "made_at": written(one.created_at), "last_used_at": written(one.last_used_at)}
            for one in Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).order_by("pk")
        ],
        "devices": [
            {
                "browser": one.browser,
                "system": one.system,
                "signed_in_at": written(one.signed_in_at),
                "last_used_at": written(one.last_used_at),
            }
            for one in sign_ins.standing(user)
        ],
        "tokens": [
            {
                "label": one.label,
                "scopes": one.scopes,
                "made_at": written(one.created_at),
                "revoked_at": written(one.revoked_at),
            }
            for one in ApiToken.objects.filter(user=user).order_by("pk")
        ],
        "subscriptions": [
            {"plan": one.plan.name, "from": written(one.during.lower), "until": written(one.during.upper)}
            for one in Subscription.objects.filter(subscriber__user=user).select_related("plan").order_by("during")
        ],
        "badges": [
            {"last_four": one.last_four, "is_active": one.is_active}
            for one in Badge.objects.filter(subscriber__user=user).order_by("pk")
        ],
        "favourites": list(Favourite.objects.filter(user=user).order_by("name").values_list("name", flat=True)),
        "devices_that_are_told": [
            {"at": urlsplit(one.endpoint).hostname, "since": written(one.created_at)}
            for one in PushSubscription.objects.filter(user=user).order_by("pk")
        ],
    }


def written(at: datetime | None) -> str | None:
    """As ISO 8601 writes it, in UTC, to the second."""
    return at.isoformat(timespec="seconds") if at is not None else None
