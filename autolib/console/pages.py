"""The console's pages that stand before the door: its frame, without the way to anything behind it; and their field."""

from typing import Any

from django import forms
from django.contrib.admin.sites import site
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

HIDDEN: dict[str, Any] = {"is_nav_sidebar_enabled": False, "available_apps": []}


class CodeInput(forms.TextInput):
    """Ready to be typed into, and empty after a refusal: a code is never sent twice."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"autocomplete": "one-time-code", "inputmode": "numeric", "size": 14, **(attrs or {})})

    def format_value(self, value: Any) -> None:
        return None


def page(
    request: HttpRequest, template: str, title: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    request.current_app = site.name  # type: ignore[attr-defined]
    return TemplateResponse(
        request, template, {**site.each_context(request), **HIDDEN, "title": title, **context}, status=status
    )
