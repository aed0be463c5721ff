"""Bookings, dock holds, notices, what was refused and promised. What is done to a booking is in `admin_acts`."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.db.models import (
    Exists,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.models import Subscriber
from bookings import claims, operations
from bookings.admin_acts import ACTS
from bookings.admin_filters import AttentionFilter, EndFilter, OriginFilter, WouldFilter
from bookings.models import Booking, CreditPromise, DockHold, Notification, RefusedRequest, State
from stations.acts import Act, ActsAdmin
from stations.admin_lists import NOTHING, AskedDateFilter, QuestionFilter, instant_column, shown_instant
from stations.network_admin import NetworkFilter, NetworkScopedAdmin, NetworkScopedInline
from stations.rights import Right
from vehicles.models import Vehicle


class HoldsOfBooking(NetworkScopedInline):
    model = DockHold
    fields = readonly_fields = ("dock", "state", "created_at", "held_until", "extensions", "closed_at")
    ordering = ("created_at", "id")

    def get_queryset(self, request: HttpRequest) -> QuerySet[DockHold]:
        return super().get_queryset(request).select_related("dock__station")


class NoticesOfBooking(NetworkScopedInline):
    model = Notification
    fields = readonly_fields = ("kind", "channel", "created_at", "sent_at", "attempts", "failure")
    ordering = ("id",)


@admin.register(Booking)
class BookingAdmin(ActsAdmin):
    is_personal = True
    people_path = "subscriber__user"
    exported = (
        "state",
        "end_cause",
        "subscriber",
        "vehicle",
        "origin_station",
        "end_station",
        "destination",
        "reserved_at",
        "held_until",
        "started_at",
        "may_last_until",
        "ended_at",
    )
    needs: ClassVar = {"view": Right.SEE_BOOKINGS, "act": Right.STEER_BOOKINGS}
    list_display = ("short_id", "stands", "subscriber", "vehicle", "journey", "times")
    list_filter = (
        NetworkFilter,
        AttentionFilter,
        WouldFilter,
        "state",
        "end_cause",
        "reserved_at",
        ("started_at", AskedDateFilter),
        ("ended_at", AskedDateFilter),
        OriginFilter,
        EndFilter,
    )
    search_fields = ("id",)
    search_help_text = _("Id of the booking, plate of the car, or e-mail, name or phone of the subscriber.")
    ordering = ("-reserved_at",)
    sortable_by = ()
    inlines = (HoldsOfBooking, NoticesOfBooking)
    fieldsets = (
        (None, {"fields": ("id", "network", "subscriber", "subscription", "vehicle", "log")}),
        (_("State"), {"fields": ("state", "end_cause", "end_note", "rated")}),
        (_("Places"), {"fields": ("origin_station", "destination", "end_station")}),
        (
            _("Times"),
            {"fields": ("reserved_at", "held_until", "extensions", "started_at", "may_last_until", "ended_at")},
        ),
    )
    readonly_fields = ("id", "log", "destination", "rated")
    acts = ACTS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Booking]:
        last_hold = DockHold.objects.filter(booking=OuterRef("pk")).order_by("-created_at", "-id")
        rows = (
            super()
            .get_queryset(request)
            .annotate(
                destination=Subquery(last_hold.values("dock__station__name")[:1]),
                is_dock_held=Exists(claims.live_holds().filter(booking=OuterRef("pk"))),
            )
        )
        return rows.select_related(
            "subscriber__user",
            "subscription__plan",
            "subscription__subscriber__user",
            "vehicle",
            "origin_station",
            "end_station",
            "rating",
        )

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """People and cars are looked for on their own: joined to the history, every row of it would be read."""
        term = self.search_words(search_term)
        if not term:
            return queryset, False
        try:
            return queryset.filter(pk=UUID(term)), False
        except ValueError:
            pass
        said = Q(user__email__icontains=term) | Q(user__full_name__icontains=term) | Q(user__phone__icontains=term)
        people, cars = Subscriber.objects.filter(said), Vehicle.objects.filter(plate__icontains=term)
        return queryset.filter(Q(subscriber__in=people.values("pk")) | Q(vehicle__in=cars.values("pk"))), False

    @admin.display(description=_("booking"), ordering="id")
    def short_id(self, booking: Booking) -> str:
        return str(booking)

    @admin.display(description=_("state"))
    def stands(self, booking: Booking) -> str:
        return ": ".join(filter(None, (booking.get_state_display(), booking.get_end_cause_display())))

    @admin.display(description=_("from → to"))
    def journey(self, booking: Booking) -> str:
        """To where the car came back, else to where its dock is held."""
        return f"{booking.origin_station} → {booking.end_station or booking.destination or NOTHING}"

    @admin.display(description=_("reserved, until"), ordering="reserved_at")
    def times(self, booking: Booking) -> str:
        """Until the hold ends; of what is over, until it ended."""
        until = booking.held_until if booking.state == State.RESERVED else booking.ended_at
        shown = shown_instant(until) if until else NOTHING
        return format_html("{}<br>→\N{NO-BREAK SPACE}{}", shown_instant(booking.reserved_at), shown)

    @admin.display(description=_("dock held at"))
    def destination(self, booking: Booking) -> str:
        return booking.destination or NOTHING

    @admin.display(description=_("the subscriber found the car"))
    def rated(self, booking: Booking) -> str:
        return str(getattr(booking, "rating", NOTHING))

    @admin.display(description=_("log"))
    def log(self, booking: Booking) -> str:
        url = reverse("admin:stations_event_changelist", query={"q": str(booking.pk)})
        return format_html('<a href="{}">{}</a>', url, _("Every event of this booking"))


@admin.register(DockHold)
class DockHoldAdmin(NetworkScopedAdmin):
    is_personal = True
    people_path = "booking__subscriber__user"
    needs: ClassVar = {"view": Right.SEE_BOOKINGS}
    network_path = "booking__network"
    list_display = ("dock", "state", "booking", "created", "until", "closed", "extensions")
    list_filter = (NetworkFilter, "state")
    search_fields = ("dock__station__search_text",)
    search_help_text = _("Station of the dock.")
    ordering = ("-id",)
    sortable_by = ()
    fields = ("booking", "dock", "state", "created_at", "held_until", "extensions", "closed_at")
    created = instant_column("created_at", _("created"))
    until = instant_column("held_until", _("held until"))
    closed = instant_column("closed_at", _("closed"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[DockHold]:
        return super().get_queryset(request).select_related("dock__station", "booking")


class SentFilter(QuestionFilter):
    title = _("sending")
    parameter_name = "sending"
    answers: ClassVar = {
        "waiting": (_("not sent yet"), lambda rows: rows.filter(sent_at=None)),
        "failed": (_("failed so far"), lambda rows: rows.filter(sent_at=None).exclude(failure="")),
        "sent": (_("sent"), lambda rows: rows.exclude(sent_at=None)),
    }


@admin.register(Notification)
class NotificationAdmin(NetworkScopedAdmin):
    is_personal = True
    people_path = "booking__subscriber__user"
    needs: ClassVar = {"view": Right.SEE_BOOKINGS}
    network_path = "booking__network"
    list_display = ("created", "kind", "channel", "subscriber", "booking", "sent", "attempts", "failure")
    list_filter = (NetworkFilter, SentFilter, "kind", "channel")
    ordering = ("-id",)
    sortable_by = ()
    fields = ("booking", "kind", "channel", "created_at", "attempted_at", "attempts", "sent_at", "failure")
    created = instant_column("created_at", _("created"))
    sent = instant_column("sent_at", _("sent"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notification]:
        return super().get_queryset(request).select_related("booking__subscriber__user")

    @admin.display(description=_("subscriber"))
    def subscriber(self, notification: Notification) -> Any:
        return notification.booking.subscriber


@admin.register(RefusedRequest)
class RefusedRequestAdmin(NetworkScopedAdmin):
    people_path = "subscriber__user"
    is_personal = True
    needs: ClassVar = {"view": Right.SEE_BOOKINGS}
    list_display = ("at", "command", "code", "need", "station", "subscriber")
    list_filter = (NetworkFilter, "need", "occurred_at")
    ordering = ("-id",)
    sortable_by = ()
    fields = ("network", "subscriber", "station", "need", "code", "command", "occurred_at")
    at = instant_column("occurred_at", _("when"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefusedRequest]:
        return super().get_queryset(request).select_related("station", "subscriber__user")


class PromiseFilter(QuestionFilter):
    title = _("promise")
    parameter_name = "promise"
    answers: ClassVar = {
        "open": (_("open"), lambda rows: rows.filter(settled_at=None, withdrawn_at=None)),
        "settled": (_("settled"), lambda rows: rows.exclude(settled_at=None)),
        "withdrawn": (_("withdrawn"), lambda rows: rows.exclude(withdrawn_at=None)),
    }


@admin.register(CreditPromise)
class CreditPromiseAdmin(ActsAdmin):
    people_path = "subscriber__user"
    is_personal = True
    needs: ClassVar = {"view": Right.SEE_PEOPLE, "act": Right.CARE_FOR_PEOPLE}
    list_display = ("promised", "money", "subscriber", "booking", "reason", "settled", "withdrawn")
    list_filter = (NetworkFilter, PromiseFilter)
    ordering = ("-id",)
    sortable_by = ()
    dates = ("promised_at", "settled_at", "withdrawn_at")
    fields = ("network", "subscriber", "booking", "amount", "currency", "reason", "promised_by", *dates)
    promised = instant_column("promised_at", _("promised"))
    settled = instant_column("settled_at", _("settled"))
    withdrawn = instant_column("withdrawn_at", _("withdrawn"))
    acts = (
        Act(
            "withdraw",
            _("Withdraw the promise"),
            operations.withdraw_promise,
            "promise",
            _("Nothing will be credited for it. Only what is not settled yet can be withdrawn."),
            concerns=lambda promise: promise.is_open,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[CreditPromise]:
        return super().get_queryset(request).select_related("subscriber__user", "booking")

    @admin.display(description=_("amount"))
    def money(self, promise: CreditPromise) -> str:
        return str(promise)
