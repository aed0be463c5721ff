"""What a select box may ask for."""

from typing import Any

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignObjectRel
from django.http import HttpRequest


class Choices(AutocompleteJsonView):
    """The stock view, which fails in the middle when asked for the far end of somebody else's field."""

    def process_request(self, request: HttpRequest) -> tuple[Any, ...]:
        asked: tuple[Any, ...] = super().process_request(request)
        if isinstance(asked[2], ForeignObjectRel):
            raise PermissionDenied
        return asked
