"""How often one caller of the API may ask, and how often somebody may try to sign in."""

import hashlib
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from autolib.counting import caller_of, count, neighbourhood_of

WINDOW_SECONDS = 60
READS_PER_WINDOW = 600
WRITES_PER_WINDOW = 120
SIGN_IN_WINDOW_SECONDS = 300
SIGN_INS_PER_ACCOUNT = 5
SIGN_INS_PER_NEIGHBOURHOOD = 30


class Throttle(BaseThrottle):
    """Per person, however many tokens; else per neighbourhood of addresses."""

    left = 0.0

    def allow_request(self, request: Request, view: Any) -> bool:
        if not settings.RATE_LIMITS:
            return True
        is_read = request.method in {"GET", "HEAD", "OPTIONS"}
        scope, limit = ("read", READS_PER_WINDOW) if is_read else ("write", WRITES_PER_WINDOW)
        requests, self.left = count(f"{scope}:{caller_of(request)}", window_seconds=WINDOW_SECONDS)
        return requests <= limit

    def wait(self) -> float:
        return self.left


def limit_sign_ins(request: HttpRequest, *, email: str) -> None:
    """Raise Throttled after too many tries for this account or from this neighbourhood. Counted before any check."""
    if not settings.RATE_LIMITS:
        return
    account = hashlib.sha256(email.strip().lower().encode()).hexdigest()
    tries = [
        (f"sign-in:account:{account}", SIGN_INS_PER_ACCOUNT),
        (f"sign-in:address:{neighbourhood_of(request)}", SIGN_INS_PER_NEIGHBOURHOOD),
    ]
    waits = []
    for key, limit in tries:
        requests, left = count(key, window_seconds=SIGN_IN_WINDOW_SECONDS)
        if requests > limit:
            waits.append(left)
    if waits:
        raise Throttled(wait=max(waits))
