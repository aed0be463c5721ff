"""The answer while PostgreSQL is away or too slow."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from autolib.problems import is_for_machines, problem_response

RETRY_AFTER_SECONDS = 5


def unavailable(request: HttpRequest) -> HttpResponse:
    """503 with Retry-After; says that nothing was lost, for every write is one transaction."""
    if is_for_machines(request):
        return problem_response(
            status=503,
            code="unavailable",
            detail=_("The service cannot answer at the moment. Nothing was changed, or your key tells: try again."),
            retry_after=RETRY_AFTER_SECONDS,
        )
    response = render(request, "errors/503.html", status=503)
    response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return response
