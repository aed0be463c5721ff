"""Tokens: signing in for programs, and out again."""

from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth import authenticate
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import APIException, PermissionDenied
from rest_framework.request import Request

from accounts.models import ApiToken
from accounts.operations import issue_token, revoke_token
from autolib.api.answers import command_answer
from autolib.api.fields import Email, Nothing, Strict, Text
from autolib.api.resource import PublicResource, Resource
from autolib.api.schema import operation
from autolib.api.throttling import limit_sign_ins


class WrongCredentials(APIException):
    status_code = 401
    default_code = "wrong_credentials"
    auth_header = "Bearer"


class EmailUnconfirmed(PermissionDenied):
    default_code = "email_unconfirmed"


class Credentials(Strict):
    """Who signs in."""

    email = Email(max_length=254)
    password = Text(max_length=1000, trim_whitespace=False)
    label = Text(max_length=60, required=False, help_text="What uses the token, to recognise it later.")


class IssuedToken(serializers.Serializer[Any]):
    token = serializers.CharField(help_text="Shown once: only its digest is kept.")
    scopes = serializers.ListField(child=serializers.CharField())


class TokensView(PublicResource):
    # A cookie means nothing here: nobody signs another in, or in as another, by a page that they were lured to.
    authentication_classes = []

    @operation(
        "tokens",
        answer=IssuedToken,
        status=201,
        body=Credentials,
        codes=("wrong_credentials", "email_unconfirmed"),
        example={"token": "qv1bO2hE3Jm8Yt7uKxw5c0aN9rZs4dLfGiTpWyVBeRM", "scopes": ["booking"]},
        body_examples={"sign in": {"email": "anne@example.org", "password": "correct horse battery", "label": "phone"}},
    )
    def post(self, request: Request) -> HttpResponse:
        """Sign in: e-mail and password for a token.

        Send it as `Authorization: Bearer …`. It carries the scope `booking`: your own bookings. Few tries are allowed
        in five minutes, for each account and for each neighbourhood of addresses.
        """
        limit_sign_ins(request._request, email=self.fields["email"])
        # Takes the same work for an address that nobody has: the backend hashes the password all the same.
        user = authenticate(request._request, email=self.fields["email"], password=self.fields["password"])
        if user is None:
            raise WrongCredentials(_("E-mail and password do not match."))
        if not EmailAddress.objects.filter(user=user, verified=True).exists():
            raise EmailUnconfirmed(
                _("The e-mail address has not been confirmed yet: open the link that was sent to it.")
            )
        scopes = [ApiToken.Scope.BOOKING.value]
        token = issue_token(user=user, scopes=scopes, label=self.fields.get("label", ""))
        return command_answer({"token": token, "scopes": scopes}, status=201)


class RevokeView(Resource):
    scopes = frozenset(ApiToken.Scope.values)
    accepts_session = False

    @operation("tokens", answer=None, status=204, body=Nothing)
    def post(self, request: Request) -> HttpResponse:
        """Sign out: the token that this request carries is worthless from now on."""
        revoke_token(token=request.auth)
        return HttpResponse(status=204)
