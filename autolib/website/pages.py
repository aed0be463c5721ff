"""How a page is made: in the person's language, in the network's time zone."""

import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.models import User
from autolib.website.networks import network_of


def page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """Render `template`. Every form on it that commands something carries the fresh `key`."""
    with timezone.override(ZoneInfo(network_of(request).time_zone)):
        return render(request, template, {"key": uuid.uuid4(), **(context or {})}, status=status)


def person(request: HttpRequest) -> User:
    """Whoever is signed in, behind `login_required`."""
    assert isinstance(request.user, User)
    return request.user
