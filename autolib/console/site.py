"""The console: the stock admin, behind the site's own sign-in, for operators only."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib.admin import AdminSite
from django.core.exceptions import BadRequest
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext_lazy as _

from autolib.console import factors, fieldwork, figures, live_map, proof, proving
from autolib.console.autocompletion import Choices
from autolib.console.board import board, board_part
from autolib.console.exporting import approved_view, ask, export_view
from autolib.console.tables import import_table, table_template
from stations.rights import Right, has_anywhere

View = Callable[..., HttpResponse]

# What belongs together for whoever runs a city. A model that is not here is listed under its app.
SECTIONS: list[tuple[Any, list[str]]] = [
    (_("Bookings"), ["bookings.Booking", "bookings.DockHold", "bookings.Notification", "bookings.RefusedRequest"]),
    (
        _("Stations"),
        ["stations.Station", "stations.Dock", "stations.ChargePoint", "stations.PlannedClosure", "stations.Place"],
    ),
    (_("Vehicles"), ["vehicles.Vehicle", "vehicles.Battery", "vehicles.VehicleType"]),
    (_("Field work"), ["vehicles.FieldTask", "vehicles.TaskRule"]),
    (
        _("People"),
        [
            "accounts.Subscriber",
            "accounts.Subscription",
            "bookings.CreditPromise",
            "accounts.Badge",
            "accounts.User",
            "account.EmailAddress",
            "accounts.ApiToken",
            "auth.Group",
        ],
    ),
    (
        _("Network"),
        [
            "stations.Network",
            "stations.RuleVersion",
            "stations.Proposal",
            "accounts.Plan",
            "accounts.PlanVersion",
            "accounts.Appointment",
        ],
    ),
    (_("Traces"), ["stations.Trace", "stations.Event", "stations.ImportRun"]),
    (_("Machines"), ["stations.DeviceMessage", "stations.Device", "stations.Pulse"]),
]


class Console(AdminSite):
    site_title = "Autolib’"
    site_header = _("Autolib’ console")
    index_title = _("The network")
    empty_value_display = "—"

    def get_urls(self) -> list[URLPattern | URLResolver]:
        """Before the stock ones, the last of which takes every address."""
        ours: list[tuple[str, Any, str]] = [
            ("prove/", proving.prove, "prove"),
            ("prove/passkey/", proving.prove_by_passkey, "prove_by_passkey"),
            ("second-step/", factors.factors, "factors"),
            ("second-step/app/", factors.set_up_app, "factor_app"),
            ("second-step/passkey/", factors.add_passkey, "factor_passkey"),
            ("second-step/codes/", factors.codes, "factor_codes"),
            ("second-step/<int:factor_id>/remove/", factors.remove, "factor_remove"),
            ("board/", board_part, "board"),
            ("map/", partial(live_map.page, site=self), "map"),
            ("map.json", live_map.data, "map_data"),
            ("map/find.json", live_map.find, "map_find"),
            ("export/approved/<int:proposal_id>/", partial(approved_view, self), "export_approved"),
            ("export/<slug:app_label>/<slug:model_name>/", partial(export_view, self), "export"),
            ("import/<slug:kind>/", partial(import_table, self), "import_table"),
            ("import/<slug:kind>/template/", table_template, "import_table_template"),
        ]
        pages = [path(route, self.admin_view(view), name=name) for route, view, name in ours]
        return [*pages, *fieldwork.addresses(self), *figures.urls(self), *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        shown = {"board": board(request)} if has_anywhere(request.user, Right.SEE_NETWORK) else {}
        return super().index(request, {**shown, **(extra_context or {})})

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        is_operator = self.has_permission(request)
        return {
            **super().each_context(request),
            "asks_for_proof": settings.OPERATOR_SECOND_FACTOR,
            "has_map": is_operator and has_anywhere(request.user, Right.SEE_NETWORK),
            "works_tasks": is_operator and has_anywhere(request.user, Right.WORK_TASKS),
        }

    def export_page(self, model_admin: Any, request: HttpRequest, ticked: QuerySet) -> HttpResponse:
        """Where the action of a list leads: the ticked rows, or all that it shows."""
        return ask(model_admin, request, ticked)

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

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The site's own sign-in, with its rate limits and confirmed addresses; subscribers find nothing here."""
        self.refuse_subscribers(request)
        return secure_admin_login(super().login)(request, extra_context)

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        stock = super().admin_view(view, cacheable)

        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            self.refuse_subscribers(request)
            is_open = view == self.logout or getattr(view, "is_open_without_proof", False)
            if not is_open and (asked := proof.gate(request)):
                return asked
            if any("\0" in value for values in request.GET.lists() for value in values[1]):
                raise BadRequest  # PostgreSQL has no such character; the stock views would fail in the middle
            return stock(request, *args, **kwargs)

        return guarded

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return Choices.as_view(admin_site=self)(request)

    def require_fresh_proof(self, request: HttpRequest, *, go_on: str) -> HttpResponse | None:
        """For the admins of the apps, which know no interface."""
        return proof.require_fresh_proof(request, go_on=go_on)

    def typed_before(self, request: HttpRequest) -> Any:
        return proof.typed_before(request)

    def refuse_subscribers(self, request: HttpRequest) -> None:
        if request.user.is_authenticated and not self.has_permission(request):
            raise Http404
