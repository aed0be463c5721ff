"""Nobody works in the console on a password alone.

Whoever signed in with one shows a second factor before any other page; a passkey at the sign-in counts as both.
Grave acts ask again with `require_fresh_proof` when the last proof is older than OPERATOR_PROOF_SECONDS.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_used
from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.second_factors import is_asked_of
from autolib import proofs
from autolib.callers import is_by_a_person

TYPED = "operator_typed"
MOST_TYPED = 20_000  # characters; a session is no place for files

View = TypeVar("View", bound=Callable[..., Any])


def open_without_proof(view: View) -> View:
    """Marks the few views of the console that come before it."""
    view.is_open_without_proof = True  # type: ignore[attr-defined]
    return view


def gate(request: HttpRequest) -> HttpResponseRedirect | None:
    """Where an operator who has shown no second factor in this session must go first."""
    if not is_asked_of(request.user) or proofs.is_given(request):
        return None
    if request.method in {"GET", "HEAD"}:
        go_on = request.get_full_path() if is_by_a_person(request) else reverse("admin:index")
    else:
        messages.warning(request, _("Nothing was changed yet: show first that it is you, then do it once more."))
        go_on = ours(request, request.headers.get("Referer", ""))
    return proofs.ask(go_on=go_on)


def require_fresh_proof(request: HttpRequest, *, go_on: str) -> HttpResponseRedirect | None:
    """Where to show anew that it is oneself, if the last proof is too old for a grave act; `go_on` is the act's page.

    What was posted waits in the session for `typed_before`, which that page shows again to be confirmed.
    """
    if not is_asked_of(request.user) or proofs.is_fresh(request):
        return None
    if request.method == "POST":
        _keep_what_was_typed(request, go_on)
        messages.warning(request, _("Nothing was changed yet: show first that it is you, then confirm once more."))
    return proofs.ask(go_on=go_on)


def _keep_what_was_typed(request: HttpRequest, page: str) -> None:
    typed = request.POST.copy()
    for name in [name for name in typed if name == "csrfmiddlewaretoken" or "password" in name]:
        del typed[name]
    content = typed.urlencode()
    if len(content) <= MOST_TYPED:
        request.session[TYPED] = {"page": page, "content": content}


def typed_before(request: HttpRequest) -> QueryDict | None:
    """What was posted to this page when it asked for a proof: once."""
    kept = request.session.get(TYPED)
    if not kept or kept["page"] != request.get_full_path():
        return None
    del request.session[TYPED]
    return QueryDict(kept["content"])


def ours(request: HttpRequest, address: str) -> str:
    """The address if it is one of this site, else the console's first page."""
    is_secure = request.is_secure()
    is_one = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()}, require_https=is_secure)
    return address if address and is_one else reverse("admin:index")


@receiver(user_logged_in)
def begin(request: HttpRequest, user: User, **kwargs: Any) -> None:
    """A new sign-in starts without proof, unless it was by passkey; those always ask for finger, face or PIN."""
    proofs.forget(request)
    request.session.pop(TYPED, None)
    last = next(iter(reversed(get_authentication_records(request, user))), {})
    if user.is_staff and last.get("type") == Authenticator.Type.WEBAUTHN and last.get("passwordless"):
        proofs.note(request, at=datetime.fromtimestamp(last["at"], UTC))


@receiver(authenticator_used)
def passkey_used(request: HttpRequest, user: User, authenticator: Authenticator, **kwargs: Any) -> None:
    is_here = request.user.is_authenticated and request.user.pk == user.pk
    if is_here and user.is_staff and authenticator.type == Authenticator.Type.WEBAUTHN:
        proofs.note(request)
