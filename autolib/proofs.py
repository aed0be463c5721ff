"""When an operator last showed a second factor: an instant that stands in the session, and ends with it.

Here, because the console asks for it and the website must not change an operator's ways in without it.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.second_factors import has_any, is_asked_of
from stations import clock

PROVED_AT = "operator_proved_at"


def note(request: HttpRequest, *, at: datetime | None = None) -> None:
    request.session[PROVED_AT] = (at or clock.now()).isoformat()


def forget(request: HttpRequest) -> None:
    request.session.pop(PROVED_AT, None)


def is_given(request: HttpRequest) -> bool:
    return PROVED_AT in request.session


def is_fresh(request: HttpRequest) -> bool:
    if not is_given(request):
        return False
    age = clock.now() - datetime.fromisoformat(request.session[PROVED_AT])
    return age < timedelta(seconds=settings.OPERATOR_PROOF_SECONDS)


def ask(*, go_on: str) -> HttpResponseRedirect:
    """To the page that asks for it, and from there on."""
    response = HttpResponseRedirect(f"{reverse('admin:prove')}?{urlencode({'next': go_on})}")
    add_never_cache_headers(response)
    return response


def ask_before_changing_factors(request: HttpRequest, *, go_on: str) -> HttpResponseRedirect | None:
    """A password alone must not give itself a passkey where another second factor stands already."""
    user = request.user
    if not user.is_authenticated or not is_asked_of(user) or is_fresh(request) or not has_any(user):  # type: ignore[arg-type]
        return None
    messages.info(request, _("Your ways into the console are changed only after you have shown that it is you."))
    return ask(go_on=go_on)
