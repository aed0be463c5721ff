"""Pages and problems for what went wrong, each in the caller's format."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from autolib.problems import is_for_machines, problem_response


def _error(request: HttpRequest, *, status: int, code: str, detail: str) -> HttpResponse:
    if is_for_machines(request):
        return problem_response(status=status, code=code, detail=detail)
    return render(request, f"errors/{status}.html", status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, status=400, code="bad_request", detail=_("The request could not be understood."))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, status=403, code="forbidden", detail=_("You may not do this."))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, status=404, code="not_found", detail=_("There is nothing at this address."))


def server_error(request: HttpRequest) -> HttpResponse:
    return _error(request, status=500, code="server_error", detail=_("Something broke on our side. It has been noted."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if is_for_machines(request):
        return problem_response(status=403, code="csrf_failed", detail=_("The page had expired. Load it again."))
    return render(request, "errors/csrf.html", status=403)
