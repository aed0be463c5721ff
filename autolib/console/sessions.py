"""How long an operator stays signed in: not long unattended, and never longer than a working day.

The end stands in the session as an instant, so that nothing else that saves the session moves it; Django itself
refuses a session whose end has passed. Subscribers keep SESSION_COOKIE_AGE.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from autolib.callers import address_of, is_by_a_person

SIGNED_IN_AT = "operator_signed_in_at"
# The end moves in steps of this part of the idle time (a minute of 30): not every request writes the session.
STEP = 1 / 30


@receiver(user_logged_in)
def begin(request: HttpRequest, user: Any, **kwargs: Any) -> None:
    request.session.pop(SIGNED_IN_AT, None)
    if user.is_staff:
        prolong(request.session)


def prolong(session: SessionBase) -> None:
    now = timezone.now()
    signed_in_at = datetime.fromisoformat(session.get(SIGNED_IN_AT, now.isoformat()))
    idle = timedelta(seconds=settings.OPERATOR_IDLE_SECONDS)
    end = min(now + idle, signed_in_at + timedelta(seconds=settings.OPERATOR_SESSION_SECONDS))
    if SIGNED_IN_AT in session and end - session.get_expiry_date() < idle * STEP:
        return
    session[SIGNED_IN_AT] = signed_in_at.isoformat()
    session.set_expiry(end)


class OperatorSessions:
    """Whatever a person does prolongs the session; what an open page asks by itself does not."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.came_from = address_of(request)  # type: ignore[attr-defined] # for the trace of what is done
        response = self.get_response(request)
        # A session that nobody read was not used to do anything, and an outage is no time for more questions.
        if response.status_code < 500 and request.session.accessed and SESSION_KEY in request.session:
            is_new = SIGNED_IN_AT not in request.session
            if request.user.is_staff and (is_new or is_by_a_person(request)):
                prolong(request.session)
        return response
