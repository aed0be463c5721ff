"""The console's pages that stand before the door: its frame, without the way to anything behind it."""

from typing import Any

from django.contrib.admin.sites import site
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

HIDDEN: dict[str, Any] = {"is_nav_sidebar_enabled": False, "available_apps": []}


def page(
    request: HttpRequest, template: str, title: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    request.current_app = site.name  # type: ignore[attr-defined]
    return TemplateResponse(
        request, template, {**site.each_context(request), **HIDDEN, "title": title, **context}, status=status
    )
