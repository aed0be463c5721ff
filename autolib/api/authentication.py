"""Who calls: a bearer token, or the session of the website."""

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from accounts.models import ApiToken, Subscriber, User
from accounts.operations import bearer_of
from stations.models import Network

# Asked at every request, so written by hand; what is not named here is read when somebody asks for it.
NAMED = {
    ApiToken: ("id", "user_id", "scopes"),
    User: ("id", "email", "full_name", "language", "is_active", "is_staff", "is_superuser"),
    Subscriber: ("id", "user_id", "network_id", "reference", "is_blocked"),
    Network: ("id", "slug", "name"),
}
TOKEN = f"""
SELECT {", ".join(f'"{model._meta.db_table}"."{name}"' for model, names in NAMED.items() for name in names)}
FROM accounts_apitoken JOIN accounts_user ON accounts_user.id = accounts_apitoken.user_id
LEFT JOIN accounts_subscriber ON accounts_subscriber.user_id = accounts_user.id
LEFT JOIN stations_network ON stations_network.id = accounts_subscriber.network_id
WHERE accounts_apitoken.digest = %s AND accounts_apitoken.revoked_at IS NULL AND accounts_user.is_active
"""  # noqa: S608


def token_with_its_people(digest: str) -> ApiToken | None:
    """The token that is valid now, with its user and that one's subscriber, in one look."""
    with connection.cursor() as cursor:
        cursor.execute(TOKEN, [digest])
        values = cursor.fetchone()
    if values is None:
        return None
    columns = iter(values)
    token, user, subscriber, network = (
        model.from_db("default", names, [next(columns) for _name in names]) for model, names in NAMED.items()
    )
    token.user = user
    if subscriber.pk is None:
        User._meta.get_field("subscriber").set_cached_value(user, None)
    else:
        subscriber.network = network
        user.subscriber = subscriber
    return token


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer <token>`. A wrong token is refused, never taken for an anonymous caller."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() not in {"bearer", "token"}:
            return None
        found = bearer_of(token.strip())
        if found is None:
            raise AuthenticationFailed(_("This token is not known or was revoked."))
        return found.user, found

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class CsrfFailed(PermissionDenied):
    default_code = "csrf_failed"


class SessionAuthentication(authentication.SessionAuthentication):
    """The website's own pages may call the API; what changes something needs their CSRF token."""

    def enforce_csrf(self, request: HttpRequest) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as error:
            raise CsrfFailed(
                _("Signed in by cookie: send the CSRF token of the page in the header X-CSRFToken, or use a token.")
            ) from error


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"
    priority = 1

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token from `POST /api/v1/tokens`, or one that an operator issued.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = SessionAuthentication
    name = "session"
    priority = 1

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "The session of the website. Commands also need its CSRF token in `X-CSRFToken`.",
        }
