"""Devices, what they said, and the network's log, as an operator reads them."""

from operator import attrgetter
from typing import ClassVar
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from stations import equipment, events
from stations.acts import Act, ActsAdmin
from stations.admin_lists import NOTHING, AskedDateFilter, QuestionFilter, instant_column
from stations.exported_admin import shown_as
from stations.models import Device, DeviceMessage, Event, Pulse, Trace
from stations.network_admin import NetworkFilter, NetworkScopedAdmin, OperatorsAdmin
from stations.rights import Right
from stations.story import LOOKS
from stations.story_words import said


@admin.register(Device)
class DeviceAdmin(ActsAdmin):
    needs: ClassVar = {
        "view": Right.SEE_MACHINES,
        "add": Right.KEEP_KEYS,
        "change": Right.KEEP_KEYS,
        "act": Right.KEEP_KEYS,
    }
    list_display = ("identifier", "kind", "is_active", "last_seen", "clock_ahead_ms", "key_version")
    list_filter = (NetworkFilter, "kind", "is_active")
    search_fields = ("identifier",)
    ordering = ("identifier",)
    fixed_fields = ("network", "identifier", "kind")
    readonly_fields = ("key_version", "last_seen_at", "clock_ahead_ms")
    fields = ("network", "identifier", "kind", "is_active", *readonly_fields)
    last_seen = instant_column("last_seen_at", _("last seen"))
    acts = (
        Act(
            "replace_key",
            _("Replace the key"),
            equipment.replace_key,
            "device",
            _("The device's key is worthless at once. The new one is shown a single time, on the next page."),
            outcome=lambda key, _user: key,
            is_grave=True,
        ),
    )


class MessageOutcomeFilter(QuestionFilter):
    title = _("needs a person")
    parameter_name = "for_a_person"
    answers: ClassVar = {
        "open": (
            _("to be looked at"),
            lambda rows: rows.filter(outcome=DeviceMessage.Outcome.QUARANTINED, resolved_at=None),
        ),
        "resolved": (
            _("looked at by a person"),
            lambda rows: rows.filter(outcome=DeviceMessage.Outcome.QUARANTINED).exclude(resolved_at=None),
        ),
    }


@admin.register(DeviceMessage)
class DeviceMessageAdmin(ActsAdmin):
    network_path = "device__network"
    needs: ClassVar = {"view": Right.SEE_MACHINES, "act": Right.SETTLE_MESSAGES}
    list_display = ("received", "device", "kind", "outcome", "reason", "resolved")
    list_filter = (NetworkFilter, MessageOutcomeFilter, "outcome", ("resolved_at", AskedDateFilter))
    search_fields = ("msg_id",)
    search_help_text = _("Identifier of a device, or the id of a message.")
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        "device",
        "kind",
        "msg_id",
        "event_time",
        "received_at",
        "payload",
        "outcome",
        "reason",
        "answer",
        "resolved_at",
    )
    received = instant_column("received_at", _("received"), has_seconds=True)
    resolved = instant_column("resolved_at", _("dealt with"))
    acts = (
        Act(
            "resolve",
            _("Mark as dealt with"),
            equipment.resolve_message,
            "message",
            _("Say what was found on the spot and what was done about it."),
            concerns=lambda message: (
                message.outcome == DeviceMessage.Outcome.QUARANTINED and message.resolved_at is None
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[DeviceMessage]:
        return super().get_queryset(request).select_related("device")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        term = self.search_words(search_term)
        if not term:
            return queryset, False
        return queryset.filter(Q(device__identifier__istartswith=term) | Q(msg_id=term)), False


class EventTypeFilter(admin.SimpleListFilter):
    title = _("type")
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(str(each), str(each).replace("_", " ")) for each in events.Type]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(type=self.value()) if self.value() else queryset


@admin.register(Event)
class EventAdmin(NetworkScopedAdmin):
    people_path = "ref"  # whose booking it belongs to is not said, but that it is one person's
    is_personal = True
    needs: ClassVar = {"view": Right.SEE_MACHINES}
    list_display = ("occurred", "type", "about", "version", "belonging", "by")
    list_filter = (NetworkFilter, EventTypeFilter, ("occurred_at", AskedDateFilter))
    search_fields = ("ref",)
    search_help_text = _("Id of a booking, an actor, or what it is about with its number: “vehicle 12”.")
    ordering = ("-id",)
    sortable_by = ()
    occurred = instant_column("occurred_at", _("occurred"), has_seconds=True)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        words = self.search_words(search_term).split()
        if not words:
            return queryset, False
        try:
            return queryset.filter(ref=UUID(words[0])), False
        except ValueError:
            pass
        if len(words) == 2 and words[1].isdecimal():
            return queryset.filter(aggregate=words[0], aggregate_id=int(words[1])), False
        return queryset.filter(actor=words[0]), False

    @shown_as(attrgetter("ref"))
    @admin.display(description=_("booking"))
    def belonging(self, event: Event) -> str:
        """Leads to every event with the same reference."""
        if event.ref is None:
            return NOTHING
        url = reverse("admin:stations_event_changelist", query={"q": str(event.ref)})
        return format_html('<a href="{}">{}</a>', url, str(event.ref)[:8])

    @admin.display(description=_("by"))
    def by(self, event: Event) -> str:
        return event.actor

    @admin.display(description=_("about"))
    def about(self, event: Event) -> str:
        model = next((m for m in self.admin_site._registry if getattr(m, "AGGREGATE", None) == event.aggregate), None)
        name = f"{event.aggregate} {event.aggregate_id}"
        if model is None:
            return name
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[event.aggregate_id])
        return format_html('<a href="{}">{}</a>', url, name)


@admin.register(Pulse)
class PulseAdmin(OperatorsAdmin):
    needs: ClassVar = {"view": Right.SEE_MACHINES}
    list_display = ("name", "last_round", "detail")
    last_round = instant_column("at", _("last round"), has_seconds=True)
    ordering = ("name",)


class LooksFilter(QuestionFilter):
    title = _("kind")
    parameter_name = "kind"
    answers: ClassVar = {
        "acts": (_("acts"), lambda rows: rows.exclude(act__in=LOOKS)),
        "looks": (_("looks"), lambda rows: rows.filter(act__in=LOOKS)),
    }


@admin.register(Trace)
class TraceAdmin(NetworkScopedAdmin):
    needs: ClassVar = {"view": Right.SEE_TRACES}
    list_display = ("when", "by", "what", "about", "reason")
    list_filter = (NetworkFilter, LooksFilter)
    search_fields = ("object_id",)
    search_help_text = _("An actor such as “operator:12”, or the number of an object.")
    ordering = ("-id",)
    sortable_by = ()
    when = instant_column("at", _("when"), has_seconds=True)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        term = self.search_words(search_term)
        if not term:
            return queryset, False
        return queryset.filter(actor=term) if ":" in term else queryset.filter(object_id=term), False

    @admin.display(description=_("by"))
    def by(self, trace: Trace) -> str:
        return trace.actor

    @admin.display(description=_("act"))
    def what(self, trace: Trace) -> str:
        return said(trace.act)

    @admin.display(description=_("about"))
    def about(self, trace: Trace) -> str:
        """Leads to the object, where there is one and it has a page."""
        name = f"{trace.model} {trace.object_id}".strip()
        model = next((each for each in self.admin_site._registry if each._meta.label_lower == trace.model), None)
        if model is None or not trace.object_id:
            return name
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[trace.object_id])
        return format_html('<a href="{}">{}</a>', url, name)
