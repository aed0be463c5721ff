"""Who calls: a bearer token, or the session of the website."""

from django.http import HttpRequest
from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed

from accounts.models import ApiToken, User
from accounts.operations import digest_of_token


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer <token>`. A wrong token is refused, never taken for an anonymous caller."""

    def authenticate(self, request: HttpRequest) -> tuple[User, ApiToken] | None:
        scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() not in {"bearer", "token"}:
            return None
        found = (
            ApiToken.objects.select_related("user__subscriber__network")
            .filter(digest=digest_of_token(token.strip()), revoked_at=None, user__is_active=True)
            .first()
        )
        if found is None:
            raise AuthenticationFailed(_("This token is not known or was revoked."))
        return found.user, found

    def authenticate_header(self, request: HttpRequest) -> str:
        return "Bearer"
