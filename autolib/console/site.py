"""The console: the stock admin, behind the site's own sign-in, for operators only."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

View = Callable[..., HttpResponse]


class Console(AdminSite):
    site_title = "Autolib’"
    site_header = _("Autolib’ console")
    index_title = _("The network")
    empty_value_display = "—"

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The site's own sign-in, with its rate limits and confirmed addresses; subscribers find nothing here."""
        self.refuse_subscribers(request)
        return secure_admin_login(super().login)(request, extra_context)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        stock = super().admin_view(view, cacheable)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            self.refuse_subscribers(request)
            if any("\0" in value for values in request.GET.lists() for value in values[1]):
                raise BadRequest  # PostgreSQL has no such character; the stock views would fail in the middle
            return stock(request, *args, **kwargs)

        return guarded

    def refuse_subscribers(self, request: HttpRequest) -> None:
        if request.user.is_authenticated and not self.has_permission(request):
            raise Http404
