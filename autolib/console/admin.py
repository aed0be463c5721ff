"""The admins that need more than one app: what a station offers, who holds a dock, who has a car."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Exists, Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from autolib.console import addresses_admin, fieldwork_admin, task_rules_admin  # noqa: F401 - they register themselves
from autolib.console.balancing import BALANCING_ACTS
from autolib.console.closing import CLOSURE_ACTS, DOCK_ACTS, POST_ACTS, STATION_ACTS
from autolib.console.fieldwork_forms import ask_about_car, ask_about_dock, ask_act
from autolib.console.importing import import_stations
from autolib.console.rehousing import told_of_withdrawn, touched_cars
from autolib.console.station_photos import PHOTO_ACTS, PictureOfStation
from bookings import claims, operations
from bookings.availability import counts
from bookings.models import OPEN, Booking, DockHold, Rating, State
from bookings.operations.rehousing import Rehoused
from stations import story
from stations.acts import Act, ActsAdmin, ReasonForm
from stations.admin import ChargePointAdmin, DockAdmin
from stations.admin_lists import NOTHING, QuestionFilter, instant_column
from stations.models import ChargePoint, Dock, Event, PlannedClosure, Station
from stations.network_admin import NetworkFilter
from stations.rights import Right
from vehicles.admin import VehicleAdmin
from vehicles.batteries import swap_battery
from vehicles.models import FieldTask, Vehicle


class SupplyFilter(QuestionFilter):
    title = _("supply")
    parameter_name = "supply"
    answers: ClassVar = {
        "empty": (
            _("no car to rent"),
            lambda rows: rows.exclude(Exists(claims.rentable_vehicles().filter(dock__station=OuterRef("pk")))),
        ),
        "full": (
            _("no free dock"),
            lambda rows: rows.exclude(Exists(claims.free_docks().filter(station=OuterRef("pk")))),
        ),
    }


@admin.register(Station)
class OfferingStationAdmin(PictureOfStation):
    list_display = ("name", "place", "cars", "docks", "capacity", "service")
    list_filter = (*PictureOfStation.list_filter, SupplyFilter)
    acts = (*STATION_ACTS, *BALANCING_ACTS, *PHOTO_ACTS)
    change_list_template = "admin/stations_change_list.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.import_view)
        return [path("import/", view, name="stations_station_import"), *super().get_urls()]

    def import_view(self, request: HttpRequest) -> Any:
        return import_stations(self, request)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """What the stations of this page offer, counted in one query as subscribers see it."""
        page = super().get_changelist_instance(request)
        page.result_list = list(page.result_list)
        self.complete(page.result_list)
        return page

    def complete(self, rows: Sequence[Any]) -> None:
        offered = counts(station.pk for station in rows)
        for station in rows:
            station.offered = offered[station.pk]

    @admin.display(description=_("free cars"))
    def cars(self, station: Station) -> int:
        return station.offered.cars

    @admin.display(description=_("free docks"))
    def docks(self, station: Station) -> int:
        return station.offered.docks

    @admin.display(description=_("docks"))
    def capacity(self, station: Station) -> int:
        return station.offered.capacity


@admin.register(Dock)
class OccupiedDockAdmin(DockAdmin):
    list_display = (*DockAdmin.list_display, "car", "held_until")
    readonly_fields = (*DockAdmin.readonly_fields, "car", "held_until")
    fields = (*DockAdmin.fields, "car", "held_until")
    acts = (*DOCK_ACTS, ask_act("dock", ask_about_dock))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Dock]:
        cars = Vehicle.objects.filter(dock=OuterRef("pk"))
        holds = DockHold.objects.filter(dock=OuterRef("pk"), state=DockHold.State.HELD)
        return (
            super()
            .get_queryset(request)
            .annotate(car=Subquery(cars.values("plate")[:1]), held_until=Subquery(holds.values("held_until")[:1]))
        )

    @admin.display(description=_("car"))
    def car(self, dock: Dock) -> str:
        return dock.car or NOTHING

    held_until = instant_column("held_until", _("held until"))


class ClosureFilter(QuestionFilter):
    title = _("closure")
    parameter_name = "closure"
    answers: ClassVar = {
        "planned": (_("planned"), lambda rows: rows.filter(began_at=None, called_off_at=None)),
        "now": (_("now"), lambda rows: rows.filter(ended_at=None, called_off_at=None).exclude(began_at=None)),
        "over": (_("over"), lambda rows: rows.exclude(ended_at=None)),
        "called_off": (_("called off"), lambda rows: rows.exclude(called_off_at=None)),
    }


@admin.register(PlannedClosure)
class PlannedClosureAdmin(ActsAdmin):
    network_path = "station__network"
    needs: ClassVar = {"view": Right.SEE_NETWORK, "act": Right.RUN_STATIONS}
    list_display = ("station", "from_instant", "until_instant", "reason", "began", "ended", "called_off")
    list_filter = (NetworkFilter, ClosureFilter)
    search_fields = ("station__search_text",)
    ordering = ("-from_at", "-id")
    sortable_by = ()
    acts = CLOSURE_ACTS
    fields = ("station", "from_at", "until_at", "reason", "is_returning", "planned_by", "planned_at")
    from_instant = instant_column("from_at", _("from"))
    until_instant = instant_column("until_at", _("until"))
    began = instant_column("began_at", _("began"))
    ended = instant_column("ended_at", _("ended"))
    called_off = instant_column("called_off_at", _("called off"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlannedClosure]:
        return super().get_queryset(request).select_related("station")


class WhereaboutsFilter(QuestionFilter):
    title = _("whereabouts")
    parameter_name = "whereabouts"
    answers: ClassVar = {
        "docked": (_("plugged in"), lambda rows: rows.exclude(dock=None)),
        "reserved": (_("reserved"), lambda rows: rows.filter(booking_state=State.RESERVED)),
        "on_trip": (_("on trip"), lambda rows: rows.filter(booking_state=State.ON_TRIP)),
        "unaccounted": (_("unaccounted for"), lambda rows: _unaccounted(rows)),
    }


def _unaccounted(vehicles: QuerySet[Vehicle]) -> QuerySet[Vehicle]:
    return vehicles.filter(~Exists(Booking.objects.filter(vehicle=OuterRef("pk"), state=State.ON_TRIP)), dock=None)


@admin.register(ChargePoint)
class ServingChargePointAdmin(ChargePointAdmin):
    acts = POST_ACTS


class WithdrawForm(ReasonForm):
    """The operation keeps the reason as the note of the car."""

    cause = forms.ChoiceField(label=_("Cause"), choices=Vehicle.Cause.choices)
    field_order = ("cause", "reason")

    def told(self) -> str:
        return f"{Vehicle.Cause(self.cleaned_data['cause']).label}. {super().told()}"


class SwapForm(ReasonForm):
    serial = forms.CharField(label=_("Serial number of the new battery"), max_length=60)
    field_order = ("serial", "reason")

    def told(self) -> str:
        return f"{self.cleaned_data['serial'].strip().upper()}. {super().told()}"


def withdraw(*, vehicle: Vehicle, cause: str, reason: str, actor: str) -> Rehoused | None:
    return operations.withdraw_vehicle(vehicle=vehicle, cause=Vehicle.Cause(cause), note=reason, actor=actor)


def return_to_service(*, vehicle: Vehicle, reason: str, actor: str) -> Vehicle:
    return operations.return_to_service(vehicle=vehicle, actor=actor)


@admin.register(Vehicle)
class RentedVehicleAdmin(VehicleAdmin):
    list_display = ("plate", "vehicle_type", "whereabouts", "charge", "last_report", "service")
    list_filter = (NetworkFilter, WhereaboutsFilter, *VehicleAdmin.list_filter[1:])
    readonly_fields = (*VehicleAdmin.readonly_fields, "whereabouts")
    fieldsets = tuple(
        (title, {**options, "fields": tuple("whereabouts" if name == "dock" else name for name in options["fields"])})
        for title, options in VehicleAdmin.fieldsets
    )
    acts = (
        Act(
            "withdraw",
            _("Withdraw the car"),
            withdraw,
            "vehicle",
            _("It can no longer be reserved. Whoever has reserved it gets the next best car, and is told."),
            form=WithdrawForm,
            concerns=lambda vehicle: vehicle.is_in_service,
            preview=touched_cars,
            outcome=told_of_withdrawn,
        ),
        Act(
            "move",
            _("Move the car"),
            operations.move_vehicle,
            "vehicle",
            _(
                "For staff who drive it elsewhere: no trip of anybody. Say who, and where to. It serves again by "
                "itself as soon as it is plugged in, wherever that is."
            ),
            concerns=lambda vehicle: vehicle.is_in_service,
            preview=touched_cars,
            outcome=told_of_withdrawn,
        ),
        Act(
            "swap_battery",
            _("Swap the battery"),
            swap_battery,
            "vehicle",
            _("The battery that was in the car is then in none, until it is put into another."),
            form=SwapForm,
        ),
        Act(
            "return",
            _("Return the car to service"),
            return_to_service,
            "vehicle",
            _("It can be reserved again as soon as it is plugged in and charged enough."),
            concerns=lambda vehicle: not vehicle.is_in_service,
        ),
        ask_act("vehicle", ask_about_car),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Vehicle]:
        booked = Booking.objects.filter(vehicle=OuterRef("pk"), state__in=OPEN).order_by("-reserved_at")
        return super().get_queryset(request).annotate(booking_state=Subquery(booked.values("state")[:1]))

    def story_sources(self, obj: Model) -> list[story.Source]:
        """The work that crews did on the car and what subscribers said of it, among what its own log tells."""
        tasks = FieldTask.objects.filter(vehicle=obj.pk)
        events = Event.objects.filter(aggregate=FieldTask.AGGREGATE, aggregate_id__in=tasks.values("pk"))
        return [lambda end: story.lines_of(events.order_by("-id"), end), lambda end: _ratings(obj.pk, end)]

    @admin.display(description=_("whereabouts"), ordering="dock__station__sort_name")
    def whereabouts(self, vehicle: Vehicle) -> str:
        if vehicle.booking_state == State.ON_TRIP:
            return str(State.ON_TRIP.label)
        if vehicle.dock is None:
            return _("unaccounted for")
        reserved = f" ({State.RESERVED.label})" if vehicle.booking_state == State.RESERVED else ""
        return f"{vehicle.dock}{reserved}"

    @admin.display(description=_("service"), ordering="is_in_service")
    def service(self, vehicle: Vehicle) -> str:
        if vehicle.is_in_service:
            return _("in service")
        return ": ".join(filter(None, (vehicle.get_out_of_service_cause_display(), vehicle.out_of_service_note)))


def _ratings(vehicle_id: int, end: datetime | None) -> list[story.Line]:
    rows = Rating.objects.filter(vehicle=vehicle_id).order_by("-rated_at")
    rows = rows.filter(rated_at__lt=end) if end else rows
    return [
        story.Line(row.rated_at, "rated", "subscriber:", str(row), ref=str(row.booking_id))
        for row in rows[: story.PAGE + 1]
    ]
