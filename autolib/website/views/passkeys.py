"""Passkeys: allauth's views behind our own addresses, and no others of its second factors."""

from typing import Any

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.core.internal import ratelimit
from allauth.mfa.webauthn import views as webauthn
from allauth.mfa.webauthn.internal import auth
from django.contrib import messages
from django.db import transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse, reverse_lazy
from django.views.generic import RedirectView, View

from accounts.refusals import LastSecondFactor
from accounts.second_factors import require_another
from autolib.proofs import ask_before_changing_factors

SECURITY = reverse_lazy("account_security")


class SignIn(webauthn.LoginWebAuthnView):
    """Asking for a challenge makes a session: that is limited like the answer to it."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        refused = ratelimit.consume_or_429(request, app="allauth.mfa", action="webauthn_login", limit_get=True)
        return refused or super().get(request, *args, **kwargs)


class OperatorsProve(View):
    """An operator's passkey opens the console: it is not made or removed on a password alone."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return ask_before_changing_factors(request, go_on=request.path) or super().dispatch(request, *args, **kwargs)


class AddPasskey(OperatorsProve, webauthn.AddWebAuthnView):
    """Every passkey can sign in by itself, so that it is kept by the device and asks for finger, face or PIN."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super(webauthn.AddWebAuthnView, self).get_context_data(**kwargs)
        options = auth.begin_registration(self.request.user, passwordless=True)
        return {**context, "options": options}

    def get_success_url(self) -> str:
        return str(SECURITY)


class RenamePasskey(webauthn.EditWebAuthnView):
    success_url = SECURITY


class RemovePasskey(OperatorsProve, webauthn.RemoveWebAuthnView):
    success_url = SECURITY

    def form_valid(self, form: BaseForm) -> HttpResponse:
        try:
            with transaction.atomic():
                require_another(user=self.request.user, factor=self.get_object())
                removed: HttpResponse = super().form_valid(form)
                return removed
        except LastSecondFactor as refusal:
            messages.error(self.request, refusal.message)
            return HttpResponseRedirect(self.get_success_url())


class Reauthenticate(webauthn.ReauthenticateWebAuthnView):
    def form_invalid(self, form: BaseForm) -> HttpResponse:
        for message in form.errors.get("credential", []):
            messages.error(self.request, message)
        return HttpResponseRedirect(self.passthrough_next_url(self.request.path))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return {**context, "options": context["js_data"]["request_options"]}


add = AddPasskey.as_view()
rename = RenamePasskey.as_view()
remove = RemovePasskey.as_view()
sign_in = SignIn.as_view()
reauthenticate = Reauthenticate.as_view()
passkeys = RedirectView.as_view(url=SECURITY)


def confirm_first(request: HttpRequest, *, go_on: str) -> HttpResponse | None:
    """Where to say once more who one is, when that is not so recent that it still counts."""
    if did_recently_reauthenticate(request):
        return None
    return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?next={go_on}")
