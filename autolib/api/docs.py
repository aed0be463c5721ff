"""The API's own description: OpenAPI for programs, and a page made from it for people."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, override
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.types import OpenApiTypes
from rest_framework import serializers
from rest_framework.request import Request

from autolib.api.fields import Strict
from autolib.api.problem_codes import all_codes
from autolib.api.resource import PublicResource
from autolib.api.schema import operation


@cache
def openapi() -> dict[str, Any]:
    """In English, made once: it changes with the code only."""
    with override("en"):
        document: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    # Lazy texts and tuples become what a reader of the JSON would see.
    plain: dict[str, Any] = json.loads(json.dumps(document, default=str))
    return plain


class SchemaView(PublicResource):
    @operation("description", answer=OpenApiTypes.OBJECT)
    def get(self, request: Request) -> HttpResponse:
        """This description, as OpenAPI 3.1."""
        return self.show(openapi(), cache="public, max-age=300")


class DocsQuery(Strict):
    lang = serializers.ChoiceField(choices=[code for code, _name in settings.LANGUAGES], required=False)


class DocsView(PublicResource):
    schema = None

    @operation("description", answer=None, query=DocsQuery)
    def get(self, request: Request) -> HttpResponse:
        """A page for people."""
        with override(self.query.get("lang", get_language())):
            response = render(
                request._request,
                "api/docs.html",
                {
                    "info": openapi()["info"],
                    "introduction": prose(openapi()["info"]["description"]),
                    "tags": tags(),
                    "codes": all_codes(),
                    "languages": settings.LANGUAGES,
                },
            )
            response["Content-Language"] = get_language()
        return response


@cache
def tags() -> list[dict[str, Any]]:
    """The operations by subject, as the page shows them."""
    document = openapi()
    found = [
        shown(method, path, described, document)
        for path, methods in document["paths"].items()
        for method, described in methods.items()
    ]
    return [
        {
            "name": tag["name"],
            "description": prose(tag["description"]),
            "operations": [one for one in found if one["tag"] == tag["name"]],
        }
        for tag in document["tags"]
    ]


def shown(method: str, path: str, described: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    body = described.get("requestBody", {}).get("content", {}).get("application/json", {})
    succeeded = next(status for status in described["responses"] if status.startswith("2"))
    answer = described["responses"][succeeded].get("content", {}).get("application/json", {})
    return {
        "id": described["operationId"],
        "tag": described["tags"][0],
        "method": method.upper(),
        "path": path,
        "short_path": path.removeprefix("/api/v1"),
        "summary": described["summary"],
        "description": prose(described["description"].partition("\n")[2].strip()),
        "is_public": {} in described.get("security", [{}]),
        "parameters": [
            {
                **parameter,
                "description": prose(parameter.get("description", "")),
                "kind": kind(parameter["schema"], document),
            }
            for parameter in described.get("parameters", [])
        ],
        "body_fields": list(fields(body.get("schema"), document)),
        "body_examples": [(one.get("summary", ""), pretty(one["value"])) for one in body.get("examples", {}).values()],
        "succeeded": succeeded,
        "answer_fields": list(fields(answer.get("schema"), document)),
        "answer_example": next((pretty(example["value"]) for example in answer.get("examples", {}).values()), ""),
        "problems": list(problems(described["responses"])),
    }


def problems(responses: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for status, response in responses.items():
        examples = response.get("content", {}).get("application/problem+json", {}).get("examples", {})
        if examples:
            yield status, list(examples)


def fields(schema: dict[str, Any] | None, document: dict[str, Any], above: str = "") -> Iterator[dict[str, Any]]:
    """The fields of an object and of the objects in it, with dotted names."""
    resolved = resolve(schema or {}, document)
    for name, field in resolved.get("properties", {}).items():
        inner = resolve(field, document)
        yield {
            "name": above + name,
            "kind": kind(field, document),
            "is_required": name in resolved.get("required", []),
            "description": prose(field.get("description") or ""),
        }
        is_list = inner.get("type") == "array"
        yield from fields(inner["items"] if is_list else inner, document, f"{above}{name}{'[]' if is_list else ''}.")


def resolve(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """The schema behind references and behind “this, or null”."""
    if "$ref" in schema:
        found = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        return resolve(found, document)
    if "properties" not in schema:
        for combined in ("allOf", "oneOf", "anyOf"):
            for part in schema.get(combined, []):
                if part.get("type") != "null":
                    return resolve(part, document)
    return schema


def kind(schema: dict[str, Any], document: dict[str, Any]) -> str:
    inner = resolve(schema, document)
    if "enum" in inner:
        return " | ".join(json.dumps(value) for value in inner["enum"])
    name = inner.get("type", "value")
    if name == "array":
        return f"list of {kind(inner['items'], document)}"
    names = name if isinstance(name, list) else [name]
    is_nullable = any(part.get("type") == "null" for part in [*schema.get("oneOf", []), *schema.get("anyOf", [])])
    return " or ".join([*names, *(["null"] if is_nullable else [])]) + (
        f" ({inner['format']})" if "format" in inner else ""
    )


def pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)


def prose(text: str) -> SafeString:
    """Plain text with `code` in it; only an empty line begins a new paragraph."""
    joined = re.sub(r"(?<!\n)\n(?!\n)", " ", escape(text))
    return mark_safe(re.sub(r"`([^`]+)`", r"<code>\1</code>", joined))  # noqa: S308 - escaped just here
