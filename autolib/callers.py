"""Where a request comes from, and whether a person sent it.

`X-Forwarded-For` is believed only as far as proxies of ours wrote it.
"""

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The caller's address; with TRUSTED_PROXIES=n, the n-th from the right of X-Forwarded-For."""
    if settings.TRUSTED_PROXIES:
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
        if len(hops) >= settings.TRUSTED_PROXIES:
            return hops[-settings.TRUSTED_PROXIES]
    return str(request.META.get("REMOTE_ADDR", ""))


def is_by_a_person(request: HttpRequest) -> bool:
    """Whether somebody did something, as against an open page that asks by itself."""
    return request.headers.get("Sec-Fetch-Mode", "navigate") == "navigate"
