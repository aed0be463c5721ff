"""Errors for programs: `application/problem+json` (RFC 9457), one shape everywhere."""

from typing import Any

from django.http import HttpRequest, JsonResponse

from stations.refusals import Refusal

# What a refusal's code means in HTTP; every other refusal is a conflict with the state of things (409).
STATUSES = {
    "not_found": 404,
    "subscription_required": 403,
    "subscriber_blocked": 403,
    "badge_unknown": 403,
    "reason_required": 400,
    "idempotency_key_required": 400,
    "idempotency_key_reused": 422,
    "rate_limited": 429,
    "busy": 503,
}
RETRY_AFTER_SECONDS = {"busy": 1, "in_progress": 1}
MACHINE_PATHS = ("/api/", "/devices/", "/feeds/")
CONTENT_TYPE = "application/problem+json"


def status_of(refusal: Refusal) -> int:
    return STATUSES.get(refusal.code, 409)


def body_of(refusal: Refusal) -> dict[str, Any]:
    body = problem_body(status=status_of(refusal), code=refusal.code, detail=refusal.message)
    if refusal.field:
        body["field"] = refusal.field
    if refusal.alternatives:
        body["alternatives"] = refusal.alternatives
    return body


def problem_body(*, status: int, code: str, detail: str) -> dict[str, Any]:
    return {
        "type": f"/api/docs/#problem-{code}",
        "title": code.replace("_", " "),
        "status": status,
        "code": code,
        "detail": detail,
    }


def problem_response(
    *, status: int, code: str, detail: str, retry_after: int | None = None, **more: Any
) -> JsonResponse:
    """The problem, with `more` members beside the standard ones. Never kept by a cache."""
    return as_response({**problem_body(status=status, code=code, detail=detail), **more}, retry_after=retry_after)


def as_response(body: dict[str, Any], *, retry_after: int | None = None) -> JsonResponse:
    response = JsonResponse(body, status=body["status"], content_type=CONTENT_TYPE)
    response["Cache-Control"] = "no-store"
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def is_for_machines(request: HttpRequest) -> bool:
    return request.path.startswith(MACHINE_PATHS)
