"""When something went wrong."""

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.test import Client

from tests.pages.registry import shows
from tests.pages.world import Speaker, World
from tests.website.visitor import Visitor


def _broken_by(world: World, error: Exception) -> Visitor:
    def fail(*args: object, **kwargs: object) -> None:
        raise error

    world.monkeypatch.setattr("autolib.website.views.home.network_of", fail)
    visitor = world.stranger
    visitor.client.raise_request_exception = False
    return visitor.go("/")


@shows("errors/400.html")
def not_understood(world: World) -> Visitor:
    return _broken_by(world, SuspiciousOperation())


@shows("errors/403.html")
def forbidden(world: World) -> Visitor:
    return _broken_by(world, PermissionDenied())


@shows("errors/404.html")
def not_there(world: World) -> Visitor:
    return world.visitor.go("/nothing/")


@shows("errors/500.html")
def broken(world: World) -> Visitor:
    return _broken_by(world, RuntimeError("boom"))


@shows("errors/503.html")
def database_away(world: World) -> Visitor:
    return _broken_by(world, OperationalError("away"))


@shows("errors/csrf.html")
def open_for_too_long(world: World) -> Visitor:
    visitor = Speaker(Client(enforce_csrf_checks=True, SERVER_NAME="localhost"), world.language).go("/account/login/")
    return visitor.press("Sign in", csrfmiddlewaretoken="")


@shows("errors/network_missing.html")
def not_set_up(world: World) -> Visitor:
    world.settings.NETWORK = "rome"
    return world.stranger.go("/")


@shows("429.html")
def too_often(world: World) -> Visitor:
    world.settings.ACCOUNT_RATE_LIMITS = {"reset_password": "1/m/ip"}
    page = world.stranger.go("/account/password/reset/")
    page.press("Send me the link", email="chloe@example.org").go("/account/password/reset/")
    return page.press("Send me the link", email="chloe@example.org")
