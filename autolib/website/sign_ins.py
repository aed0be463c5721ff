"""Who is signed in where is noted when they sign in, and then at most once an hour for each session.

The instant of the last note stands in the session, which is read anyway: pages ask the database nothing more.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import sign_ins
from accounts.models import SignIn, User
from autolib.callers import is_by_a_person
from autolib.website.browsers import recognised

NOTED_AT = "sign_in_noted_at"


@receiver(user_logged_in)
def begin(request: HttpRequest, user: User, **kwargs: Any) -> None:
    _note(request, user)


@receiver(user_logged_out)
def finish(request: HttpRequest, **kwargs: Any) -> None:
    if request.session.session_key:
        SignIn.objects.filter(session_key=request.session.session_key).delete()


def _note(request: HttpRequest, user: User) -> None:
    browser, system = recognised(request.META.get("HTTP_USER_AGENT", ""))
    if request.session.session_key is None:  # another person was signed in here until now
        request.session.create()
    key = str(request.session.session_key)
    sign_ins.note(user=user, session_key=key, browser=browser, system=system)
    request.session[NOTED_AT] = timezone.now().isoformat()


class SignIns:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # As with operators' sessions: one that nobody read was not used, and an outage is no time for more questions.
        is_in_use = response.status_code < 500 and request.session.accessed and SESSION_KEY in request.session
        if is_in_use and _is_due(request) and request.user.is_authenticated:
            _note(request, request.user)  # type: ignore[arg-type]
        return response


def _is_due(request: HttpRequest) -> bool:
    noted_at = request.session.get(NOTED_AT)
    if noted_at is None:
        return True
    is_old = timezone.now() - datetime.fromisoformat(noted_at) > timedelta(seconds=settings.SIGN_IN_NOTED_SECONDS)
    return is_old and is_by_a_person(request)
