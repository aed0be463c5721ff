"""The published description: complete, valid, and changed only on purpose."""

import json
import os
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.urls import URLPattern

from autolib.api import urls
from autolib.api.docs import openapi
from autolib.api.problem_codes import REQUEST_PROBLEMS, all_codes
from autolib.problems import STATUSES
from bookings import refusals
from stations.refusals import Refusal
from tests.api.conftest import Caller

GOLDEN = Path(__file__).parents[1] / "golden" / "openapi.json"
REFRESH = f"""
The description of the API has changed. If that is what you want, refresh the golden copy and look at the difference:

    REFRESH_GOLDEN=1 python3 manage.py test {Path(__file__).relative_to(Path(__file__).parents[2])}
    git diff {GOLDEN.relative_to(Path(__file__).parents[2])}
"""
OPERATIONS = [
    pytest.param(operation, id=f"{method.upper()} {path}")
    for path, methods in openapi()["paths"].items()
    for method, operation in methods.items()
]


def test_the_description_is_the_golden_one() -> None:
    described = json.dumps(openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    if os.environ.get("REFRESH_GOLDEN"):
        GOLDEN.write_text(described, encoding="utf-8")

    assert described == GOLDEN.read_text(encoding="utf-8"), REFRESH


def test_the_description_is_valid_openapi() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO(), stderr=StringIO())


def test_it_is_published_for_programs(anyone: Caller, db: None) -> None:
    response = anyone.get("/api/schema/")

    assert response.json()["openapi"] == "3.1.0"
    assert response.json() == openapi()


def test_every_address_is_described() -> None:
    routes = [route for route in urls.urlpatterns if isinstance(route, URLPattern) and route.name != "docs"]
    ours = [path for path in openapi()["paths"] if path.startswith("/api/")]

    assert len(ours) == len(routes)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_says_what_it_does_and_shows_it(operation: dict) -> None:
    succeeded = next(answer for status, answer in operation["responses"].items() if status.startswith("2"))
    schema = succeeded.get("content", {}).get("application/json", {})

    assert len(operation["summary"]) > 5
    assert operation["description"].startswith(operation["summary"])
    if "$ref" in schema.get("schema", {}):
        assert schema["examples"]
    if "$ref" in operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {}):
        assert operation["requestBody"]["content"]["application/json"]["examples"]


def test_the_contracts_codes_keep_their_names_and_statuses() -> None:
    promised = {
        "car_unavailable": 409,
        "dock_unavailable": 409,
        "already_holding": 409,
        "not_live": 409,
        "in_progress": 409,
        "idempotency_key_reused": 422,
        "rate_limited": 429,
    }

    known = {problem.code: problem.status for problem in all_codes()}

    assert {code: known[code] for code in promised} == promised
    assert set(STATUSES) | set(REQUEST_PROBLEMS) <= set(known)


def test_every_code_that_the_source_names_is_explained() -> None:
    written = re.compile(r'(?:problem_response|_error)\([^)]*?code="(\w+)"|Problem\(\s*\d+,\s*"(\w+)"')
    sources = [path.read_text(encoding="utf-8") for path in (Path(__file__).parents[2] / "autolib").rglob("*.py")]

    named = {code for source in sources for codes in written.findall(source) for code in codes if code}

    assert len(named) > 5
    assert named <= {problem.code for problem in all_codes()}


def test_every_refusal_of_bookings_is_listed() -> None:
    codes = {problem.code for problem in all_codes()}

    found = {one.code for one in vars(refusals).values() if isinstance(one, type) and issubclass(one, Refusal)}

    assert found - {Refusal.code} <= codes
