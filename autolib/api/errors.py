"""One place gives every error of the API the same form."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response

from autolib.problems import RETRY_AFTER_SECONDS, body_of, problem_body
from stations.refusals import Refusal

CODES: dict[type[Exception], str] = {
    exceptions.ParseError: "malformed",
    exceptions.ValidationError: "invalid",
    exceptions.NotAuthenticated: "not_authenticated",
    exceptions.AuthenticationFailed: "authentication_failed",
    exceptions.PermissionDenied: "forbidden",
    exceptions.NotFound: "not_found",
    exceptions.MethodNotAllowed: "method_not_allowed",
    exceptions.NotAcceptable: "not_acceptable",
    exceptions.UnsupportedMediaType: "unsupported_media_type",
    exceptions.Throttled: "rate_limited",
}


def problem(exception: Exception, context: dict[str, Any]) -> Response | None:
    """The exception as a problem, or None for what nobody foresaw (a 500, logged)."""
    if isinstance(exception, Refusal):
        retry_after = RETRY_AFTER_SECONDS.get(exception.code)
        return _response(body_of(exception), {"Retry-After": str(retry_after)} if retry_after else {})
    if isinstance(exception, Http404):
        exception = exceptions.NotFound(_("This does not exist, or it is not yours to see."))
    if not isinstance(exception, exceptions.APIException):
        return None
    code = CODES.get(type(exception), "refused")
    status = exception.status_code
    headers = {}
    if isinstance(exception, exceptions.Throttled) and exception.wait is not None:
        headers["Retry-After"] = str(max(1, round(exception.wait)))
    if authenticate := getattr(exception, "auth_header", None):
        headers["WWW-Authenticate"] = authenticate
    if isinstance(exception, exceptions.ValidationError):
        body = problem_body(status=status, code=code, detail=_("Some fields are not right; see “errors”."))
        body["errors"] = exception.get_full_details() if not isinstance(exception.detail, dict) else _by_field(exception)
        return _response(body, headers)
    return _response(problem_body(status=status, code=code, detail=str(exception.detail)), headers)


def _by_field(exception: exceptions.ValidationError) -> dict[str, list[str]]:
    details = exception.detail
    assert isinstance(details, dict)
    return {name: [str(line) for line in (lines if isinstance(lines, list) else [lines])] for name, lines in details.items()}


def _response(body: dict[str, Any], headers: dict[str, str]) -> Response:
    return Response(body, status=body["status"], headers=headers, content_type="application/problem+json")


