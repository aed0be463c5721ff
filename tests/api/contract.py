"""Holds every answer of the tests against the published description."""

import re
from functools import cache
from typing import Any

from django.http import HttpResponse
from jsonschema import Draft202012Validator

from autolib.api.docs import openapi


@cache
def patterns() -> list[tuple[re.Pattern[str], str]]:
    return [(re.compile(re.sub(r"\\{\w+\\}", r"[^/]+", re.escape(path)) + r"\Z"), path) for path in openapi()["paths"]]


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    for pattern, template in patterns():
        if pattern.match(path):
            found: dict[str, Any] | None = openapi()["paths"][template].get(method.lower())
            return found
    return None


def check(method: str, path: str, response: HttpResponse) -> None:
    """The status is documented and the body is as described."""
    operation = operation_of(method, path)
    if operation is None:
        return
    documented = operation["responses"].get(str(response.status_code))
    assert documented, f"{method} {path} answered {response.status_code}, which is not documented: {response.content!r}"
    content = documented.get("content")
    if content is None:
        assert response.content == b""
        return
    media_type = response["Content-Type"].partition(";")[0]
    assert media_type in content, f"{method} {path} answered {media_type}"
    if media_type.endswith("json"):
        schema = {"components": openapi()["components"], **content[media_type]["schema"]}
        errors = sorted(Draft202012Validator(schema).iter_errors(response.json()), key=str)
        assert not errors, f"{method} {path}: {errors[0].json_path} {errors[0].message}"
