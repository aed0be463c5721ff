"""What a select box may ask for."""

from typing import Any

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignObjectRel
from django.http import HttpRequest, JsonResponse


class Choices(AutocompleteJsonView):
    """The stock view, which fails in the middle when asked for the far end of somebody else's field.

    Whose names it tells is traced as a list's are.
    """

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        self.told: list[Any] = []
        response: JsonResponse = super().get(request, *args, **kwargs)
        if getattr(self.model_admin, "is_personal", False):
            self.model_admin.trace_list(request, self.told, searched=bool(self.term))
        return response

    def serialize_result(self, obj: Any, to_field_name: str) -> dict[str, str]:
        self.told.append(obj)
        result: dict[str, str] = super().serialize_result(obj, to_field_name)
        return result

    def process_request(self, request: HttpRequest) -> tuple[Any, ...]:
        asked: tuple[Any, ...] = super().process_request(request)
        if isinstance(asked[2], ForeignObjectRel):
            raise PermissionDenied
        return asked
