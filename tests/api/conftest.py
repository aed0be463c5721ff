"""Callers of the API. Each answer that they get is held against the published description (`contract`)."""

import json
from collections.abc import Callable
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import Client
from django.test.client import ClientHandler

from accounts.models import Subscriber, User
from accounts.operations import issue_token
from stations.models import Network
from tests import factories
from tests.api import contract

keys = count(1)
# One for all: each handler of its own would look through every static file again.
HANDLER = ClientHandler(enforce_csrf_checks=False)


@pytest.fixture(autouse=True)
def unlimited(settings: LazySettings) -> None:
    """Tests of the limits turn them on themselves; hashing is cheap here."""
    settings.RATE_LIMITS = False
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


class Caller:
    """A program with a token, or without one."""

    def __init__(self, token: str | None = None, *, is_forgiving: bool = False) -> None:
        self.headers = {"authorization": f"Bearer {token}"} if token else {}
        self.client = Client(raise_request_exception=not is_forgiving)
        self.client.handler = HANDLER

    def get(self, path: str, *, headers: dict[str, str] | None = None, **query: Any) -> HttpResponse:
        address = f"{path}?{urlencode(query)}" if query else path
        response = self.client.get(address, headers={**self.headers, **(headers or {})})
        contract.check("GET", path, response)
        return response

    def post(
        self, path: str, body: Any = None, *, key: str | None = "", raw: bytes | None = None, **headers: str
    ) -> HttpResponse:
        """A new Idempotency-Key each time; `key=None` sends none."""
        sent = {**self.headers, **headers}
        if key is not None:
            sent["idempotency-key"] = key or f"key-{next(keys)}"
        content = raw if raw is not None else json.dumps({} if body is None else body).encode()
        response = self.client.post(path, content, content_type="application/json", headers=sent)
        contract.check("POST", path, response)
        return response


def calling_as(principal: Subscriber | User, *scopes: str, **options: Any) -> Caller:
    user = principal.user if isinstance(principal, Subscriber) else principal
    return Caller(issue_token(user=user, scopes=list(scopes or ["booking"])), **options)


@pytest.fixture
def anyone() -> Caller:
    return Caller()


@pytest.fixture
def anne(paris: Network) -> Subscriber:
    return factories.subscriber(paris, "Anne")


@pytest.fixture
def bruno(paris: Network) -> Subscriber:
    return factories.subscriber(paris, "Bruno")


@pytest.fixture
def as_anne(anne: Subscriber) -> Caller:
    return calling_as(anne)


@pytest.fixture
def as_bruno(bruno: Subscriber) -> Caller:
    return calling_as(bruno)


@pytest.fixture
def auditor(paris: Network) -> Caller:
    return calling_as(factories.operator(paris, name="Claude"), "audit")


@pytest.fixture
def count_queries(django_assert_num_queries: Any) -> Callable[[int], Any]:
    return django_assert_num_queries
