"""Hostile values in every field, parameter and path of every operation: refused or harmless, never a 5xx."""

import json
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.test import Client

from autolib.api.docs import openapi, resolve
from stations.models import Network, Station
from tests import factories
from tests.api import contract
from tests.api.conftest import Caller, calling_as

TEXTS = [
    "",
    " ",
    "x" * 10_000,
    "🚗" * 300,
    "\x00",
    "a\x00b",
    "'; DROP TABLE bookings_booking; --",
    "<script>alert(1)</script>",
    "%s%n{{7*7}}${7*7}",
    "../../etc/passwd",
    "NaN",
    "Infinity",
    "-1",
    "0",
    "1e400",
    "9" * 5_000,
    str(2**63),
    str(2**64 - 1),
    "-" + "9" * 30,
    "2026-02-30T25:61:00Z",
    "0001-01-01T00:00:00+23:59",
    str(uuid4()),
    "null",
    "true",
    "[]",
    "{}",
    "٣",
    "\u202e\ufeff",
    "\ufffd",
    ",",
    ",,,",
    "1,2,3,4",
    "W10=",
    "WyJcdTAwMDAiLDFd",
    "WzFlNDAwXQ==",
    "WyIyMDI2LTAxLTAxIiwieCJd",
    "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzIzOjU5IiwiMCJd",
]
NESTED: Any = 1
for _ in range(40):
    NESTED = [NESTED]
VALUES = [*TEXTS, None, True, False, 0, -1, 1.5, 2**63, -(2**63), [], {}, [1], {"id": 1}, {"$ne": 1}, NESTED]
RAW = [
    b"NaN",
    b"-Infinity",
    b"1e999",
    b"9" * 5_000,
    b'"\\ud800"',
    b'"\\u0000"',
    b"[" * 5_000 + b"]" * 5_000,
    b"\xff",
    b"",
]


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method.upper(), path, described)
        for path, methods in openapi()["paths"].items()
        for method, described in methods.items()
    ]


def body_fields(described: dict[str, Any]) -> list[str]:
    schema = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    return sorted(resolve(schema, openapi()).get("properties", {}))


@pytest.fixture
def caller(paris: Network, bastille: Station, nation: Station) -> Caller:
    person = factories.subscriber(paris)
    person.user.networks.add(paris)
    return calling_as(person, "booking", "audit", is_forgiving=True)


def sent(caller: Caller, method: str, path: str, content: bytes = b"{}", **headers: str) -> int:
    response = caller.client.generic(
        method,
        path,
        content if method == "POST" else b"",
        content_type="application/json",
        headers={**caller.headers, "idempotency-key": str(uuid4()), **headers},
    )
    # Readiness is about the service, not about the request.
    if not path.startswith("/readyz"):
        assert response.status_code < 500, f"{method} {path[:200]} {content[:200]!r}: {response.content[:300]!r}"
    contract.check(method, path.partition("?")[0], response)
    return response.status_code


@pytest.mark.parametrize(
    ("method", "path", "described"), operations(), ids=lambda value: value if isinstance(value, str) else ""
)
def test_parameters(caller: Caller, bastille: Station, method: str, path: str, described: dict[str, Any]) -> None:
    path = path.replace("{id}", str(uuid4()) if "bookings" in path else str(bastille.pk))
    names = [parameter["name"] for parameter in described.get("parameters", []) if parameter["in"] == "query"]
    required = "&q=x" if path.endswith("/places") else ""

    for name in names:
        for text in TEXTS:
            others = required if name != "q" else ""
            sent(caller, method, f"{path}?{quote(name)}={quote(text)}{others}")
    for name in [*names, "unknown", "format", "x" * 3_000, "\x00", "🚗"]:
        for text in ("%ff%fe", "%ed%a0%80", "%00", f"1&{quote(name)}=2"):
            sent(caller, method, f"{path}?{quote(name)}={text}{required}")


@pytest.mark.parametrize(
    ("method", "path", "described"),
    [one for one in operations() if one[0] == "POST"],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_bodies(caller: Caller, method: str, path: str, described: dict[str, Any]) -> None:
    path = path.replace("{id}", str(uuid4()))
    if path.endswith("revoke"):
        caller.headers = {}
    names = body_fields(described)

    for name in [*names, "unknown"]:
        valid = {other: {"email": "a@example.org", "password": "x"}.get(other, 1) for other in names[:1]}
        for value in VALUES if names else VALUES[::6]:
            sent(caller, method, path, json.dumps({**valid, name: value}).encode())
        for raw in RAW:
            sent(caller, method, path, b'{"' + name.encode() + b'": ' + raw + b"}")
    for raw in [*RAW, b"null", b"[]", b'"x"', b"1", b"{", b"\x00", b"{}" * 2, b'{"' + b"x" * 10_000 + b'": 1}']:
        sent(caller, method, path, raw)


@pytest.mark.parametrize(
    "path", [path for _method, path, _described in operations() if "{id}" in path], ids=lambda path: path
)
def test_paths(caller: Caller, path: str) -> None:
    for text in TEXTS:
        sent(caller, "GET", path.replace("{id}", quote(text, safe="")[:8000]))


def test_headers(caller: Caller) -> None:
    for text in TEXTS:
        if text.isprintable():
            plain = text.encode("utf-8").decode("latin-1")[:4000]
            for header in ("accept", "accept-language", "if-none-match", "host", "x-csrftoken"):
                sent(caller, "GET", "/api/v1/clock", **{header: plain})
            sent(caller, "GET", "/api/v1/clock", authorization=f"Bearer {plain}")
            sent(caller, "POST", "/api/v1/bookings", b'{"station": 1}', **{"idempotency-key": plain})


def test_where_a_caller_comes_from_is_not_believed_blindly(settings, db: None) -> None:
    settings.RATE_LIMITS = True
    settings.TRUSTED_PROXIES = 1

    for text in TEXTS:
        if text.isprintable():
            response = Client().get("/api/v1/clock", headers={"x-forwarded-for": text.encode().decode("latin-1")})
            assert response.status_code == 200
