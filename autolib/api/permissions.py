"""Who may ask at all. What a caller may see is decided by `visibility`: others get 404."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class Scoped(BasePermission):
    """Signed in, and a token carries one of the view's `scopes`; `accepts_session` says whether a session will do."""

    message = _("This token does not carry the scope that is needed here.")

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        if request.auth is None:
            return bool(getattr(view, "accepts_session", True))
        return not view.scopes.isdisjoint(request.auth.scopes)
