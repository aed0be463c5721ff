"""The page of the console that asks for the second factor: a code, or a passkey."""

from typing import Any

import structlog
from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth
from allauth.utils import get_form_class
from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from accounts import second_factors
from accounts.refusals import WrongCode
from autolib import counting, proofs
from autolib.console import factor_mail
from autolib.console.pages import CodeInput, page
from autolib.console.proof import open_without_proof, ours

log = structlog.get_logger()

WRONG_CODES = 5
WINDOW_SECONDS = 15 * 60
FEW_LEFT = 3
TOO_MANY = gettext_lazy("Too many attempts. Wait a quarter of an hour, or use a passkey.")


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=second_factors.LONGEST_CODE,
        widget=CodeInput({"autofocus": True}),
        help_text=gettext_lazy("The six digits that your authenticator app shows now, or one of your recovery codes."),
    )


def is_counted_out(user: Any) -> bool:
    """Counts an attempt; at the one too many its owner is told, for whoever guesses knows the password."""
    attempts, _left = counting.count(_key(user), window_seconds=WINDOW_SECONDS)
    if attempts == WRONG_CODES + 1:
        log.warning("operator_codes_guessed", user=user.pk)
        factor_mail.tell(user, "guessed")
    return attempts > WRONG_CODES


def _key(user: Any) -> str:
    return f"operator-code:{user.pk}"


@open_without_proof
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: HttpRequest) -> HttpResponse:
    """Show that it is you. An operator who has nothing to show sets something up first."""
    go_on = ours(request, request.POST.get("next") or request.GET.get("next", ""))
    if not second_factors.is_asked_of(request.user):
        return HttpResponseRedirect(go_on)
    if not second_factors.has_any(request.user):
        return HttpResponseRedirect(f"{reverse('admin:factors')}?{urlencode({'next': go_on})}")
    form = CodeForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _asking(request, form, go_on)
    if is_counted_out(request.user):
        form.add_error("code", str(TOO_MANY))
        return _asking(request, form, go_on, status=429)
    try:
        left = second_factors.accept_code(user=request.user, code=form.cleaned_data["code"])
    except WrongCode as refusal:
        form.add_error("code", refusal.message)
        return _asking(request, form, go_on)
    counting.give_back(_key(request.user), window_seconds=WINDOW_SECONDS)
    if left is not None:
        _say_how_many_are_left(request, left)
    proofs.note(request)
    return HttpResponseRedirect(go_on)


def _say_how_many_are_left(request: HttpRequest, left: int) -> None:
    sentence = ngettext(
        "This recovery code is used up; %(count)s is left.", "This recovery code is used up; %(count)s are left.", left
    )
    messages.warning(request, sentence % {"count": left})
    if left <= FEW_LEFT:
        messages.warning(request, _("Make new ones on the page “Your second step”."))
    factor_mail.tell(request.user, "code_used", left=left)


@open_without_proof
@require_POST
def prove_by_passkey(request: HttpRequest) -> HttpResponse:
    go_on = ours(request, request.POST.get("next", ""))
    if not second_factors.is_asked_of(request.user):
        raise Http404
    form = get_form_class(app_settings.FORMS, "reauthenticate_webauthn", ReauthenticateWebAuthnForm)(
        request.POST, user=request.user
    )
    if not form.is_valid():
        messages.error(request, _("This passkey did not work here. Try once more, or use a code."))
        return proofs.ask(go_on=go_on)
    form.save()  # which is noted as a proof, wherever it happens
    return HttpResponseRedirect(go_on)


def _asking(request: HttpRequest, form: CodeForm, go_on: str, *, status: int = 200) -> HttpResponse:
    types = set(Authenticator.objects.filter(user=request.user.pk).values_list("type", flat=True))
    has_passkey = Authenticator.Type.WEBAUTHN in types
    context = {
        "form": form,
        "go_on": go_on,
        "takes_codes": bool(types - {Authenticator.Type.WEBAUTHN}),
        "has_passkey": has_passkey,
        "options": auth.begin_authentication(request.user) if has_passkey else None,
    }
    return page(request, "admin/prove.html", _("Show that it is you"), context, status=status)
