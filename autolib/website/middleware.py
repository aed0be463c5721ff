"""When PostgreSQL is away or too slow, or holds no network yet, say so; never with a bare 500."""

from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from autolib.outage import unavailable
from autolib.website.networks import NetworkMissing


class AvailabilityMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, OperationalError | InterfaceError):
            return unavailable(request)
        if isinstance(exception, NetworkMissing):
            return render(request, "errors/network_missing.html", {"slug": str(exception)}, status=503)
        return None
