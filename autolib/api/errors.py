"""One place gives every error of the API the same form."""

from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions

from autolib.problems import RETRY_AFTER_SECONDS, as_response, body_of, problem_response
from autolib.strict_json import Unacceptable
from stations.refusals import Refusal

CODES: dict[type[Exception], str] = {
    exceptions.ParseError: "malformed",
    exceptions.ValidationError: "invalid",
    exceptions.NotAuthenticated: "not_authenticated",
    exceptions.AuthenticationFailed: "authentication_failed",
    exceptions.PermissionDenied: "forbidden",
    exceptions.NotFound: "not_found",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    exceptions.Throttled: "rate_limited",
}


def problem(exception: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """The exception as a problem, or None for what nobody foresaw (a 500, logged)."""
    match exception:
        case Refusal():
            return as_response(body_of(exception), retry_after=RETRY_AFTER_SECONDS.get(exception.code))
        case Unacceptable():
            return problem_response(status=exception.status, code=exception.code, detail=str(exception))
        case Http404():
            return problem_response(
                status=404, code="not_found", detail=_("This does not exist, or it is not yours to see.")
            )
        case exceptions.ValidationError():
            return problem_response(
                status=400,
                code="invalid",
                detail=_("Some fields are not right; see “errors”."),
                errors=by_field(exception),
            )
        case exceptions.Throttled():
            return problem_response(
                status=429,
                code="rate_limited",
                detail=_("Too many requests. Please wait a moment."),
                retry_after=max(1, round(exception.wait or 1)),
            )
        case exceptions.APIException():
            code = CODES.get(type(exception)) or str(exception.default_code)
            response = problem_response(status=exception.status_code, code=code, detail=str(exception.detail))
            if authenticate := getattr(exception, "auth_header", None):
                response["WWW-Authenticate"] = authenticate
            return response
    return None


def by_field(exception: exceptions.ValidationError) -> dict[str, list[str]]:
    details = exception.detail if isinstance(exception.detail, dict) else {"non_field_errors": exception.detail}
    return {
        name: [str(line) for line in (lines if isinstance(lines, list) else [lines])] for name, lines in details.items()
    }
