"""Networks, stations, docks and posts as an operator sees them. What a dock holds is known to the console."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from stations import admin_checks, decisions_admin, log_admin, network_service, rules  # noqa: F401 - they register
from stations.acts import Act, ActsAdmin
from stations.admin_forms import DockForm, NetworkForm
from stations.admin_lists import NOTHING, QuestionFilter, instant_column
from stations.models import ChargePoint, Dock, Place, Station
from stations.network_admin import NetworkFilter, NetworkScopedAdmin, NetworkScopedInline
from stations.rights import Right
from stations.search import plain

BUILDING = {"view": Right.SEE_NETWORK, "add": Right.BUILD_STATIONS, "change": Right.BUILD_STATIONS}


class NetworkAdmin(ActsAdmin):
    """Registered by the console, which adds the page that changes the rules."""

    network_path = "pk"
    form = NetworkForm
    needs: ClassVar = {"view": Right.SEE_NETWORK, "change": Right.SET_RULES, "act": Right.SET_RULES}
    with_permission = frozenset({"add"})
    list_display = ("name", "slug", "is_open", "car_hold_seconds", "dock_hold_seconds", "minimum_charge_percent")
    ordering = ("name",)
    search_fields = ("name", "slug")
    fixed_fields = ("slug", "is_open", *rules.RULES)
    identity = ("name", "currency", "time_zone", "languages", "latitude", "longitude", "area")
    fieldsets = (
        (None, {"fields": ("slug", "name", "is_open", "contact_email", "currency", "time_zone", "languages")}),
        (
            _("Rules of holding and renting"),
            {
                "fields": tuple(name for name in rules.RULES if name not in rules.FOUR_EYES),
                "description": _(
                    "They change by the button of this page, from now or from a day to come, with a reason. A changed "
                    "rule is valid for what is reserved from then on; holds stay as they were."
                ),
            },
        ),
        (
            _("Four eyes"),
            {
                "fields": rules.FOUR_EYES,
                "description": _("What goes beyond these limits is proposed by one person and approved by another."),
            },
        ),
        (_("Where it is"), {"fields": ("latitude", "longitude", "area")}),
    )
    acts = (
        Act(
            "close_network",
            _("Close the network"),
            network_service.close_network,
            "network",
            _("No car can be reserved anywhere. What is held and driven goes on to its end."),
            concerns=lambda network: network.is_open,
            is_grave=True,
        ),
        Act(
            "open_network",
            _("Open the network"),
            network_service.open_network,
            "network",
            _("Cars can be reserved again."),
            concerns=lambda network: not network.is_open,
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """What the network is, is for whoever may set up networks; its rules are set here once, then by versions."""
        readonly = super().get_readonly_fields(request, obj)
        return readonly if self.has_add_permission(request) else [*readonly, *self.identity]


class StationStateFilter(QuestionFilter):
    title = _("service")
    parameter_name = "service"
    answers: ClassVar = {
        "open": (_("open"), lambda rows: rows.filter(is_renting=True, is_returning=True)),
        "not_renting": (_("not renting"), lambda rows: rows.filter(is_renting=False)),
        "not_returning": (_("not taking cars back"), lambda rows: rows.filter(is_returning=False)),
        "not_installed": (_("not installed"), lambda rows: rows.filter(is_installed=False)),
    }


class DocksOfStation(NetworkScopedInline):
    model = Dock
    fields = readonly_fields = ("number", "charge_point", "connector", "is_in_service", "out_of_service_reason")
    ordering = ("number",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dock]:
        return super().get_queryset(request).select_related("station", "charge_point")


class StationAdmin(ActsAdmin):
    """Registered by the console, which adds what the station has to offer, and the acts."""

    needs: ClassVar = {**BUILDING, "act": Right.RUN_STATIONS}
    list_display = ("name", "place", "service")
    list_filter = (NetworkFilter, StationStateFilter, "kind")
    search_fields = ("search_text",)
    search_help_text = _("Name, address, postcode, town or code; accents do not matter.")
    ordering = ("sort_name", "id")
    fixed_fields = ("network", "code")
    derived_fields = ("sort_name", "search_text")
    readonly_fields = ("is_installed", "is_renting", "is_returning", "closure_reason")
    inlines = (DocksOfStation,)
    fieldsets = (
        (None, {"fields": ("network", "code", "name", "kind", "address", "postal_code", "city", "access_note")}),
        (_("Where it is"), {"fields": ("latitude", "longitude")}),
        (
            _("Service"),
            {
                "fields": ("is_installed", "is_renting", "is_returning", "closure_reason"),
                "description": _("It changes by the buttons of this page, with a reason."),
            },
        ),
    )

    def search_words(self, text: str) -> str:
        return plain(super().search_words(text))

    @admin.display(description=_("town"), ordering="postal_code")
    def place(self, station: Station) -> str:
        return f"{station.postal_code} {station.city}".strip()

    @admin.display(description=_("service"), ordering="is_renting")
    def service(self, station: Station) -> str:
        if station.is_renting and station.is_returning:
            return pgettext("station", "open")
        if not station.is_installed:
            stands = pgettext("station", "not installed")
        elif station.is_returning:
            stands = pgettext("station", "returns only")
        else:
            stands = pgettext("station", "closed")
        return f"{stands} – {station.closure_reason}" if station.closure_reason else stands


class DockAdmin(ActsAdmin):
    """Registered by the console, which adds the car that stands in the dock, who holds it, and the acts."""

    network_path = "station__network"
    form = DockForm
    needs: ClassVar = {**BUILDING, "act": Right.RUN_STATIONS, "import": Right.BUILD_STATIONS}
    imported_as = "docks"
    list_display = ("station", "number", "charge_point", "connector", "reported", "is_in_service")
    list_display_links = ("station", "number")
    list_filter = (NetworkFilter, "is_in_service", "report__status")
    search_fields = ("station__search_text", "charge_point__identity")
    search_help_text = _("Station or identity of the charging post.")
    ordering = ("station__sort_name", "station_id", "number")
    autocomplete_fields = ("station", "charge_point")
    fixed_fields = ("station",)
    readonly_fields = ("is_in_service", "out_of_service_reason", "reported", "reported_at")
    fields = ("station", "number", "charge_point", "connector", *readonly_fields)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dock]:
        return super().get_queryset(request).select_related("station", "charge_point", "report")

    def search_words(self, text: str) -> str:
        return plain(super().search_words(text))

    @admin.display(description=_("reported by the post"), ordering="report__status")
    def reported(self, dock: Dock) -> str:
        if not hasattr(dock, "report"):
            return NOTHING
        return " · ".join(filter(None, (dock.report.get_status_display(), dock.report.error_code)))

    reported_at = instant_column("report.event_time", _("device time"), has_seconds=True)


class ChargePointAdmin(ActsAdmin):
    """Registered by the console, which adds the acts."""

    network_path = "station__network"
    needs: ClassVar = {**BUILDING, "act": Right.RUN_STATIONS}
    list_display = ("identity", "station", "device", "last_seen", "docks")
    list_filter = (NetworkFilter,)
    search_fields = ("identity", "station__search_text")
    ordering = ("identity",)
    autocomplete_fields = ("station", "device")
    fields = ("station", "identity", "device")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChargePoint]:
        serving = Count("docks", filter=Q(docks__is_in_service=True))
        rows = super().get_queryset(request).select_related("station", "device")
        return rows.annotate(all_docks=Count("docks"), serving_docks=serving)

    last_seen = instant_column("device.last_seen_at", _("last seen"))

    @admin.display(description=_("docks in service"))
    def docks(self, post: Any) -> str:
        return f"{post.serving_docks}/{post.all_docks}"


@admin.register(Place)
class PlaceAdmin(NetworkScopedAdmin):
    needs: ClassVar = {**BUILDING, "delete": Right.BUILD_STATIONS}
    list_display = ("name", "network", "latitude", "longitude")
    list_select_related = ("network",)
    list_filter = (NetworkFilter,)
    search_fields = ("search_text",)
    ordering = ("name", "id")
    fixed_fields = ("network",)
    derived_fields = ("search_text",)
    fields = ("network", "name", "latitude", "longitude")
