"""Cars as an operator sees them. Who has a car is known to `bookings`: the console adds that, and the acts."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import DurationField, ExpressionWrapper, F, QuerySet
from django.http import HttpRequest
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _

from stations import clock
from stations.acts import ActsAdmin
from stations.admin_lists import NOTHING, QuestionFilter, instant_at, instant_column
from stations.exported_admin import shown_as
from stations.models import Device
from stations.network_admin import NetworkFilter, NetworkScopedAdmin, OperatorsAdmin, SameNetworkForm
from stations.rights import Right
from vehicles.models import Battery, Vehicle, VehicleType


@admin.register(VehicleType)
class VehicleTypeAdmin(OperatorsAdmin):
    with_permission = frozenset({"add", "change"})
    list_display = ("name", "code", "seats", "boot_liters", "battery_kwh", "max_range_km")
    search_fields = ("name", "code")
    ordering = ("name",)
    fixed_fields = ("code",)


class ChargeFilter(QuestionFilter):
    title = _("charge")
    parameter_name = "charge"
    answers: ClassVar = {
        "low": (
            _("below what may be rented"),
            lambda rows: rows.filter(report__charge_percent__lt=F("network__minimum_charge_percent")),
        ),
        "enough": (
            _("enough to be rented"),
            lambda rows: rows.filter(report__charge_percent__gte=F("network__minimum_charge_percent")),
        ),
        "unknown": (_("never reported"), lambda rows: rows.filter(report__charge_percent=None)),
    }


def _silent_for(duration: timedelta) -> Any:
    return lambda rows: rows.filter(report__received_at__lt=clock.instant() - duration)


class SilentFilter(QuestionFilter):
    title = _("silence")
    parameter_name = "silent"
    answers: ClassVar = {
        "hour": (_("silent for an hour"), _silent_for(timedelta(hours=1))),
        "day": (_("silent for a day"), _silent_for(timedelta(days=1))),
        "always": (_("never reported"), lambda rows: rows.filter(report=None)),
    }


class VehicleForm(SameNetworkForm):
    class Meta:
        model = Vehicle
        fields = "__all__"

    def clean_device(self) -> Device | None:
        device: Device | None = self.cleaned_data["device"]
        if device is not None and device.kind != Device.Kind.CAR:
            raise forms.ValidationError(_("This device is a charging post. Choose a device of a car."))
        return device


class VehicleAdmin(ActsAdmin):
    """Registered by the console, which adds who has the car and the acts."""

    form = VehicleForm
    needs: ClassVar = {
        "view": Right.SEE_NETWORK,
        "add": Right.KEEP_FLEET,
        "change": Right.KEEP_FLEET,
        "act": Right.RUN_CARS,
        "import": Right.KEEP_FLEET,
    }
    imported_as = "cars"
    list_display = ("plate", "vehicle_type", "dock", "charge", "last_report", "is_in_service", "out_of_service_cause")
    list_filter = (NetworkFilter, "is_in_service", "out_of_service_cause", ChargeFilter, SilentFilter, "vehicle_type")
    search_fields = ("plate", "dock__station__search_text", "device__identifier")
    search_help_text = _("Plate, station where it stands, or identifier of its device.")
    ordering = ("plate", "id")
    autocomplete_fields = ("device",)
    fixed_fields = ("network",)
    readonly_fields = (
        "dock",
        "docked_at",
        "is_in_service",
        "out_of_service_cause",
        "out_of_service_note",
        "charge",
        "range_km",
        "odometer_km",
        "reported_at",
    )
    fieldsets = (
        (None, {"fields": ("network", "plate", "vehicle_type", "device")}),
        (_("Decided"), {"fields": ("is_in_service", "out_of_service_cause", "out_of_service_note")}),
        (_("Where it is"), {"fields": ("dock", "docked_at")}),
        (_("Last reported by the car"), {"fields": ("charge", "range_km", "odometer_km", "reported_at")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Vehicle]:
        age = ExpressionWrapper(clock.instant() - F("report__received_at"), output_field=DurationField())
        rows = super().get_queryset(request).annotate(report_age=age)
        return rows.select_related("vehicle_type", "dock__station", "report")

    @admin.display(description=_("charge (%)"), ordering="report__charge_percent")
    def charge(self, vehicle: Vehicle) -> Any:
        return _reported(vehicle, "charge_percent", round)

    @admin.display(description=_("range (km)"))
    def range_km(self, vehicle: Vehicle) -> Any:
        return _reported(vehicle, "range_km")

    @admin.display(description=_("odometer (km)"))
    def odometer_km(self, vehicle: Vehicle) -> Any:
        return _reported(vehicle, "odometer_km", round)

    reported_at = instant_column("report.event_time", _("device time"), has_seconds=True)

    @shown_as(partial(instant_at, "report.received_at"))
    @admin.display(description=_("last heard"), ordering="-report__received_at")
    def last_report(self, vehicle: Vehicle) -> Any:
        if not hasattr(vehicle, "report"):
            return _("never")
        age: timedelta = vehicle.report_age
        if age < timedelta(minutes=1):
            return _("just now")
        received_at = vehicle.report.received_at
        return _("%(duration)s ago") % {"duration": timesince(received_at, received_at + age, depth=1)}


@admin.register(Battery)
class BatteryAdmin(NetworkScopedAdmin):
    """To look at; they are swapped on the page of the car."""

    list_display = ("serial", "vehicle", "fitted", "capacity_kwh")
    list_filter = (NetworkFilter,)
    list_select_related = ("vehicle",)
    search_fields = ("serial", "vehicle__plate")
    ordering = ("serial", "id")
    fitted = instant_column("fitted_at", _("fitted"))


def _reported(vehicle: Vehicle, name: str, shown: Callable[[Any], Any] = str) -> Any:
    value = getattr(vehicle.report, name) if hasattr(vehicle, "report") else None
    return shown(value) if value is not None else NOTHING
