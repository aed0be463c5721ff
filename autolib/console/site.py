"""The console: the stock admin, behind the site's own sign-in, for operators only."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils.translation import gettext_lazy as _

from autolib.console import fieldwork
from autolib.console.autocompletion import Choices
from stations import rights
from stations.rights import Right

View = Callable[..., HttpResponse]

# What belongs together for whoever runs a city. A model that is not here is listed under its app.
SECTIONS: list[tuple[Any, list[str]]] = [
    (_("Bookings"), ["bookings.Booking", "bookings.DockHold", "bookings.Notification"]),
    (_("Stations"), ["stations.Station", "stations.Dock", "stations.ChargePoint", "stations.Place"]),
    (_("Vehicles"), ["vehicles.Vehicle", "vehicles.VehicleType"]),
    (_("Field work"), ["vehicles.FieldTask", "vehicles.TaskRule"]),
    (
        _("People"),
        [
            "accounts.Subscriber",
            "accounts.Subscription",
            "accounts.Badge",
            "accounts.User",
            "account.EmailAddress",
            "accounts.ApiToken",
            "auth.Group",
        ],
    ),
    (_("Network"), ["stations.Network", "accounts.Plan"]),
    (_("Traces"), ["stations.Trace", "stations.Event"]),
    (_("Machines"), ["stations.DeviceMessage", "stations.Device", "stations.Pulse"]),
]


class Console(AdminSite):
    site_title = "Autolib’"
    site_header = _("Autolib’ console")
    index_title = _("The network")
    empty_value_display = "—"

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        apps = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        found = {model["model"]._meta.label: model for app in apps for model in app["models"]}
        index = reverse("admin:index")
        sections = []
        for name, labels in SECTIONS:
            models = [found.pop(label) for label in labels if label in found]
            section = {"name": name, "app_label": "section", "app_url": f"{index}#", "has_module_perms": True}
            sections += [{**section, "models": models}] if models else []
        rest = [{**app, "models": [m for m in app["models"] if m["model"]._meta.label in found]} for app in apps]
        return [*sections, *(app for app in rest if app["models"])]

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [*fieldwork.addresses(self), *super().get_urls()]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        works_tasks = self.has_permission(request) and rights.has_anywhere(request.user, Right.WORK_TASKS)
        return {**super().each_context(request), "works_tasks": works_tasks}

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

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return Choices.as_view(admin_site=self)(request)

    def refuse_subscribers(self, request: HttpRequest) -> None:
        if request.user.is_authenticated and not self.has_permission(request):
            raise Http404
