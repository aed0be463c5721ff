"""The pages on which operators set up what they show beside the password, and remove it again.

Whoever has nothing yet comes here after a password that was said just now; whoever has something shows it first.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.mfa import app_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed
from allauth.mfa.utils import decrypt, encrypt
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from allauth.mfa.webauthn.internal import auth
from allauth.utils import get_form_class
from cryptography.fernet import InvalidToken
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts import second_factors
from accounts.refusals import LastSecondFactor, WrongCode
from autolib import proofs
from autolib.console import factor_mail
from autolib.console.factor_mail import named
from autolib.console.pages import CodeInput, page
from autolib.console.proof import open_without_proof, ours, require_fresh_proof
from autolib.console.qr import squares
from autolib.console.sessions import SIGNED_IN_AT

SECRET_KEPT = "operator_app_secret"  # noqa: S105 - the name, not the thing
CODES_TO_SHOW = "operator_codes_to_show"

View = Callable[..., HttpResponse]


class AppForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code that the app shows"),
        max_length=second_factors.LONGEST_CODE,
        widget=CodeInput,
    )


def changes_factors(view: View) -> View:
    """Only whoever has just shown who he is; the view gets where the person wants to go as `go_on`."""

    @open_without_proof
    @require_http_methods(["GET", "HEAD", "POST"])
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not second_factors.is_asked_of(request.user):
            raise Http404
        go_on = ours(request, request.POST.get("next") or request.GET.get("next", ""))
        here = f"{request.path}?{urlencode({'next': go_on})}"
        if second_factors.has_any(request.user):
            asked = require_fresh_proof(request, go_on=here)
        else:
            asked = _ask_for_the_password(request, here)
        return asked or view(request, *args, go_on=go_on, **kwargs)

    return guarded


def _ask_for_the_password(request: HttpRequest, here: str) -> HttpResponse | None:
    signed_in_at = request.session.get(SIGNED_IN_AT)
    age = timezone.now() - datetime.fromisoformat(signed_in_at) if signed_in_at else timedelta.max
    if age < timedelta(seconds=settings.OPERATOR_PROOF_SECONDS) or did_recently_reauthenticate(request):
        return None
    return HttpResponseRedirect(f"{reverse('account_reauthenticate')}?{urlencode({'next': here})}")


@changes_factors
def factors(request: HttpRequest, *, go_on: str) -> HttpResponse:
    """What there is; and, by POST, new recovery codes."""
    found = list(second_factors.factors_of(request.user))
    if request.method == "POST" and found:
        second_factors.make_recovery_codes(user=request.user)
        factor_mail.tell(request.user, "codes_made")
        return _show_codes(request, go_on)
    context = {
        "factors": [(factor, named(factor)) for factor in found],
        "has_app": any(factor.type == Authenticator.Type.TOTP for factor in found),
        "codes_left": len(second_factors.recovery_codes_of(request.user)),
        "go_on": go_on,
    }
    return page(request, "admin/factors.html", _("Your second step"), context)


@sensitive_post_parameters("code")
@changes_factors
def set_up_app(request: HttpRequest, *, go_on: str) -> HttpResponse:
    """The secret waits in the session, sealed, until the app has shown that it holds it."""
    secret = _secret_in_the_making(request)
    form = AppForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            factor = second_factors.set_up_app(user=request.user, secret=secret, code=form.cleaned_data["code"])
        except WrongCode as refusal:
            form.add_error("code", refusal.message)
        else:
            del request.session[SECRET_KEPT]
            return _added(request, factor, go_on)
    context = {
        "form": form,
        "go_on": go_on,
        "squares": squares(get_adapter().build_totp_url(request.user, secret)),
        "secret": [secret[start : start + 4] for start in range(0, len(secret), 4)],
        "replaces": second_factors.factors_of(request.user).filter(type=Authenticator.Type.TOTP).exists(),
    }
    return page(request, "admin/factor_app.html", _("Set up the authenticator app"), context)


def _secret_in_the_making(request: HttpRequest) -> str:
    try:
        return decrypt(request.session[SECRET_KEPT])
    except (KeyError, InvalidToken):
        secret = second_factors.new_secret()
        request.session[SECRET_KEPT] = encrypt(secret)
        return secret


@changes_factors
def add_passkey(request: HttpRequest, *, go_on: str) -> HttpResponse:
    form_class = get_form_class(app_settings.FORMS, "add_webauthn", AddWebAuthnForm)
    form = form_class(request.POST or None, user=request.user)
    if request.method == "POST":
        if form.is_valid():
            made = auth.WebAuthn.add(request.user, form.cleaned_data["name"], form.cleaned_data["credential"])
            return _added(request, made.instance, go_on)
        messages.error(request, _("No passkey was made. You may try once more."))
    context = {"form": form, "go_on": go_on, "options": auth.begin_registration(request.user, passwordless=True)}
    return page(request, "admin/factor_passkey.html", _("Make a passkey"), context)


def _added(request: HttpRequest, factor: Authenticator, go_on: str) -> HttpResponse:
    """Whoever made it holds it: that is a proof too. Whoever has no recovery codes gets some."""
    proofs.note(request)
    authenticator_added.send(sender=Authenticator, request=request, user=request.user, authenticator=factor)
    messages.success(request, _("“%(name)s” is set up.") % {"name": named(factor)})
    if second_factors.recovery_codes_of(request.user):
        return HttpResponseRedirect(go_on)
    second_factors.make_recovery_codes(user=request.user)
    return _show_codes(request, go_on)


def _show_codes(request: HttpRequest, go_on: str) -> HttpResponse:
    request.session[CODES_TO_SHOW] = True
    return HttpResponseRedirect(f"{reverse('admin:factor_codes')}?{urlencode({'next': go_on})}")


@changes_factors
def codes(request: HttpRequest, *, go_on: str) -> HttpResponse:
    """New codes, in the session that made them, until the person says that they are kept; then never again."""
    if not request.session.get(CODES_TO_SHOW):
        return HttpResponseRedirect(reverse("admin:factors"))
    if request.method == "POST":
        del request.session[CODES_TO_SHOW]
        return HttpResponseRedirect(go_on)
    kept = second_factors.recovery_codes_of(request.user)
    shown = [f"{code[:5]} {code[5:]}" for code in kept]
    return page(request, "admin/factor_codes.html", _("Your recovery codes"), {"codes": shown, "go_on": go_on})


@changes_factors
def remove(request: HttpRequest, factor_id: int, *, go_on: str) -> HttpResponse:
    factor = get_object_or_404(second_factors.factors_of(request.user), pk=factor_id)
    name = named(factor)
    if request.method != "POST":
        return page(request, "admin/factor_remove.html", _("Remove “%(name)s”") % {"name": name}, {"go_on": go_on})
    try:
        second_factors.remove(user=request.user, factor=factor)
    except LastSecondFactor as refusal:
        messages.error(request, refusal.message)
    else:
        authenticator_removed.send(sender=Authenticator, request=request, user=request.user, authenticator=factor)
        messages.success(request, _("“%(name)s” is removed.") % {"name": name})
    return HttpResponseRedirect(reverse("admin:factors"))
