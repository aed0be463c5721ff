"""Passkeys as this site knows them: made and used on one host, always with the person's finger, face or PIN."""

from typing import Any
from urllib.parse import urlsplit

from allauth.core import context as current
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from autolib import sealing
from autolib.website.browsers import in_words, recognised
from autolib.website.inputs import text

LONGEST_NAME = 60
# What a credential that no browser made can break in the code that reads it.
MALFORMED = (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError)


def site_id() -> str:
    """The host that passkeys belong to, whatever other name the site is reached by."""
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"


def passkeys_of(user: User) -> list[Authenticator]:
    return list(Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).order_by("pk"))


class PasskeyAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": _("This passkey did not work here. Try once more, or use your password."),
    }

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": site_id(), "name": "Autolib’"}

    def encrypt(self, text: str) -> str:
        return sealing.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.unseal(encrypted_text)

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        return in_words(*recognised(current.request.META.get("HTTP_USER_AGENT", "")))


class NamedPasskey(forms.Form):
    name = forms.CharField(label=_("Name of the passkey"), max_length=LONGEST_NAME, required=False)

    def clean_name(self) -> str:
        """A passkey that was just made is not lost for want of a name."""
        given = text(self.cleaned_data, "name", longest=LONGEST_NAME)
        return given or str(self.get_initial_for_field(self.fields["name"], "name"))


class AddPasskeyForm(NamedPasskey, webauthn.AddWebAuthnForm):
    passwordless = None
    field_order = ["name", "credential"]

    def clean(self) -> dict[str, Any]:
        try:
            cleaned: dict[str, Any] = super().clean()
        except MALFORMED as error:
            raise PasskeyAdapter().validation_error("incorrect_code") from error
        return cleaned


class RenamePasskeyForm(NamedPasskey, webauthn.EditWebAuthnForm):
    pass


class ReadCredential(forms.Form):
    def clean_credential(self) -> Authenticator:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except ValidationError:
            raise
        except MALFORMED as error:
            raise PasskeyAdapter().validation_error("incorrect_code") from error


class LoginPasskeyForm(ReadCredential, webauthn.LoginWebAuthnForm):
    pass


class ReauthenticatePasskeyForm(ReadCredential, webauthn.ReauthenticateWebAuthnForm):
    pass
