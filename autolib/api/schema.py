"""What an operation takes and answers, said once: it checks the request and describes it in OpenAPI."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus
from inspect import cleandoc
from typing import Any

from django.utils.translation import override
from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiRequest, OpenApiResponse
from rest_framework import serializers

from autolib.api.fields import Nothing, Strict, read, read_query
from autolib.api.problem_codes import all_codes
from autolib.problems import CONTENT_TYPE, problem_body
from stations.refusals import Refusal

COMMAND_CODES = ("idempotency_key_required", "idempotency_key_reused", "in_progress", "busy")
BODY_CODES = ("malformed", "length_required", "body_too_large", "unsupported_media_type")


class Alternative(serializers.Serializer[Any]):
    """A station near by where it would work."""

    station = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()
    cars_available = serializers.IntegerField()
    docks_available = serializers.IntegerField()
    distance_meters = serializers.IntegerField()
    walking_minutes = serializers.IntegerField()


class Problem(serializers.Serializer[Any]):
    """RFC 9457. `code` is stable; `title` is it in words; `detail` is for people, in the language asked for."""

    type = serializers.CharField(help_text="Where this code is explained.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    field = serializers.CharField(required=False, help_text="The field that the problem is about, where there is one.")
    errors = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="For `invalid`: what is wrong, by field.",
    )
    alternatives = Alternative(many=True, required=False)


@dataclass(frozen=True)
class Operation:
    """One method of one address."""

    summary: str
    description: str
    tag: str
    answer: type[serializers.BaseSerializer[Any]] | None
    status: int
    query: type[Strict]
    body: type[Strict] | None
    is_command: bool
    refusals: tuple[type[Refusal], ...]
    codes: tuple[str, ...]
    example: Any = None
    body_examples: dict[str, Any] = field(default_factory=dict)


def operation(
    tag: str,
    *,
    answer: type[serializers.BaseSerializer[Any]] | None,
    status: int = 200,
    query: type[Strict] = Nothing,
    body: type[Strict] | None = None,
    is_command: bool = False,
    refusals: tuple[type[Refusal], ...] = (),
    codes: tuple[str, ...] = (),
    example: Any = None,
    body_examples: dict[str, Any] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """For a method of a Resource: `self.query` and `self.fields` hold what came in, checked, before it runs.

    The first line of its docstring is the summary, the rest the description.
    """

    def decorate(method: Callable[..., Any]) -> Callable[..., Any]:
        summary, _blank, description = cleandoc(method.__doc__ or "").partition("\n")

        @wraps(method)
        def checked(view: Any, request: Any, *args: Any, **path: Any) -> Any:
            view.query = read_query(query, request.query_params)
            view.fields = read(body, request.data) if body else {}
            return method(view, request, *args, **path)

        checked.operation = Operation(  # type: ignore[attr-defined]
            summary=summary.rstrip("."),
            description=f"{summary}\n{description}".strip(),
            tag=tag,
            answer=answer,
            status=status,
            query=query,
            body=body,
            is_command=is_command,
            refusals=refusals,
            codes=codes,
            example=example,
            body_examples=body_examples or {},
        )
        return checked

    return decorate


class Schema(AutoSchema):
    """OpenAPI from the `operation` of each method."""

    @property
    def operation(self) -> Operation:
        found: Operation = getattr(self.view, self.method.lower()).operation
        return found

    def get_operation_id(self) -> str:
        words = [word for word in self.path.replace("/api/v1/", "").split("/") if word and not word.startswith("{")]
        one = "one" if self.path.endswith("}") else ""
        return "_".join(filter(None, [self.method.lower(), *words, one])).replace("-", "_")

    def get_summary(self) -> str:
        return self.operation.summary

    def get_description(self) -> str:
        return self.operation.description

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        return super().get_serializer_name(serializer, direction).removesuffix("Shape")

    def get_tags(self) -> list[str]:
        return [self.operation.tag]

    def get_request_serializer(self) -> Any:
        body = self.operation.body
        if body is None or issubclass(body, Nothing):
            return None
        examples = [OpenApiExample(name, value) for name, value in self.operation.body_examples.items()]
        return {"application/json": OpenApiRequest(body, examples=examples)}

    def get_override_parameters(self) -> list[Any]:
        parameters: list[Any] = [self.operation.query()] if self.operation.query is not Nothing else []
        succeeded = str(self.operation.status)
        if self.operation.is_command:
            parameters += [
                OpenApiParameter(
                    "Idempotency-Key",
                    {"type": "string", "pattern": r"^[\x21-\x7e]{1,255}$"},
                    OpenApiParameter.HEADER,
                    required=True,
                    description="New for each new command. The same key and body again get the same answer.",
                ),
                _header("Idempotent-Replayed", "`true` on an answer that was given before.", [succeeded]),
            ]
        if self.method == "GET" and self.operation.answer is not None:
            parameters.append(
                _header("ETag", "Send it back in `If-None-Match`: 304 when nothing changed.", [succeeded, "304"])
            )
        waits = ["429", "503", *(["409"] if self.operation.is_command else [])]
        parameters.append(_header("Retry-After", "Seconds to wait.", waits))
        return parameters

    def get_response_serializers(self) -> dict[Any, Any]:
        asked = self.operation
        examples = [OpenApiExample("answer", asked.example)] if asked.example is not None else []
        phrase = HTTPStatus(asked.status).phrase
        responses: dict[Any, Any] = {
            asked.status: OpenApiResponse(asked.answer, description=f"{phrase}.", examples=examples)
        }
        if self.method == "GET" and asked.answer is not None:
            responses[304] = OpenApiResponse(description="Not modified: the caller's ETag is still right.")
        for status, codes in sorted(self._problems().items()):
            described = ", ".join(f"`{code}`" for code in codes)
            responses[status, CONTENT_TYPE] = OpenApiResponse(
                Problem, description=f"{HTTPStatus(status).phrase}: {described}.", examples=_examples(status, codes)
            )
        return responses

    def _problems(self) -> dict[int, list[str]]:
        codes = {"invalid", "rate_limited", "unavailable", *self.operation.codes}
        codes.update(refusal.code for refusal in self.operation.refusals)
        if self.view.get_authenticators():
            codes.add("authentication_failed")
            if self.view.is_private:
                codes |= {"not_authenticated", "forbidden"}
            if self.method != "GET":
                codes.add("csrf_failed")
        if self.method != "GET":
            codes.update(BODY_CODES)
        if self.operation.is_command:
            codes.update(COMMAND_CODES)
        if "{" in self.path:
            codes.add("not_found")
        by_status: dict[int, list[str]] = {}
        for known in all_codes():
            if known.code in codes:
                by_status.setdefault(known.status, []).append(known.code)
        return by_status


class StrictScheme(OpenApiSerializerExtension):
    target_class = Strict
    match_subclasses = True

    def map_serializer(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        described = auto_schema._map_serializer(self.target, direction, bypass_extensions=True)
        return {**described, **self.target.also, "additionalProperties": False}


def _header(name: str, description: str, statuses: list[str]) -> OpenApiParameter:
    return OpenApiParameter(name, str, OpenApiParameter.HEADER, description=description, response=statuses)


def _examples(status: int, codes: list[str]) -> list[OpenApiExample]:
    with override("en"):
        meanings = {known.code: known.meaning for known in all_codes()}
    return [OpenApiExample(code, problem_body(status=status, code=code, detail=meanings[code])) for code in codes]
