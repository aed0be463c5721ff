"""Who calls: a bearer token, or the session of the website."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.request import Request

from accounts.models import ApiToken, User
from accounts.operations import bearer_of


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
