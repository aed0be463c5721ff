"""Field tasks as the control room sees them. The crew has a page of its own: `autolib.console.fieldwork`."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import DurationField, ExpressionWrapper, F, Model, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from autolib.console.fieldwork_forms import AssignForm, TaskForm, ask
from bookings import operations
from stations import clock, rights
from stations.acts import Act, ActsAdmin
from stations.admin_lists import NOTHING, QuestionFilter, instant_column
from stations.network_admin import NetworkFilter
from stations.refusals import Refusal
from stations.rights import Right
from stations.story_words import names_of
from vehicles import fieldwork
from vehicles.models import TASK_NOT_STARTED, TASK_OPEN, TASK_PLACES, FieldPhoto, FieldTask

MEASURED_DAYS = 30


class StandsFilter(QuestionFilter):
    title = _("state")
    parameter_name = "stands"
    answers: ClassVar = {
        "not_done": (_("not done yet"), lambda rows: rows.filter(state__in=TASK_OPEN)),
        "nobody": (_("nobody has it"), lambda rows: rows.filter(state=FieldTask.State.OPEN)),
        "underway": (
            pgettext_lazy("field task", "under way"),
            lambda rows: rows.filter(state=FieldTask.State.UNDERWAY),
        ),
        "done": (pgettext_lazy("field task", "done"), lambda rows: rows.filter(state=FieldTask.State.DONE)),
        "cancelled": (
            pgettext_lazy("field task", "called off"),
            lambda rows: rows.filter(state=FieldTask.State.CANCELLED),
        ),
    }


class MineFilter(QuestionFilter):
    title = _("whose")
    parameter_name = "whose"
    answers: ClassVar = {"mine": (_("mine"), None)}

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "mine":
            return queryset.filter(assignee=fieldwork.actor_of(request.user), state__in=TASK_OPEN)
        return super().queryset(request, queryset)


def _waiting_for(duration: timedelta) -> Any:
    return lambda rows: rows.filter(state__in=TASK_OPEN, created_at__lt=clock.instant() - duration)


class AgeFilter(QuestionFilter):
    title = _("waiting")
    parameter_name = "age"
    answers: ClassVar = {
        "hours": (_("for four hours"), _waiting_for(timedelta(hours=4))),
        "day": (_("for a day"), _waiting_for(timedelta(days=1))),
        "week": (_("for a week"), _waiting_for(timedelta(days=7))),
    }


ACTS = (
    Act(
        "assign",
        _("Assign the task"),
        fieldwork.assign,
        "task",
        _("It stands at the top of this person’s tasks at once."),
        form=AssignForm,
        concerns=lambda task: task.state in TASK_NOT_STARTED,
    ),
    Act(
        "hand_back",
        _("Hand the task back"),
        operations.hand_back_task,
        "task",
        _("Nobody has it any more, and anybody may take it."),
        concerns=lambda task: task.state in TASK_OPEN and task.state != FieldTask.State.OPEN,
    ),
    Act(
        "cancel",
        _("Call the task off"),
        operations.cancel_task,
        "task",
        _("It need not be done. A rule asks for the same again after its time of rest at the earliest."),
        concerns=lambda task: task.state in TASK_OPEN,
    ),
)


@admin.register(FieldTask)
class FieldTaskAdmin(ActsAdmin):
    form = TaskForm
    needs: ClassVar = {"view": Right.WORK_TASKS, "add": Right.GIVE_TASKS, "act": Right.GIVE_TASKS}
    list_display = ("title", "urgency", "place", "state", "who", "age", "because")
    list_filter = (NetworkFilter, StandsFilter, MineFilter, AgeFilter, "kind", "urgency", "origin")
    search_fields = (
        "vehicle__plate",
        "vehicle__dock__station__search_text",
        "dock__station__search_text",
        "station__search_text",
        "why",
    )
    search_help_text = _("Plate, station, or a word of the reason.")
    ordering = (F("ended_at").desc(nulls_first=True), "urgency", "created_at", "id")  # what is to be done comes first
    autocomplete_fields = ("vehicle", "dock", "station", "target")
    change_list_template = "admin/tasks_change_list.html"
    acts = ACTS
    readonly_fields = (
        "because",
        "origin",
        "state",
        "who",
        "created_at",
        "assigned_at",
        "started_at",
        "ended_at",
        "ending",
        "pictures",
    )
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "network",
                    "kind",
                    "urgency",
                    "vehicle",
                    "dock",
                    "station",
                    "target",
                    "why",
                    "because",
                    "origin",
                )
            },
        ),
        (_("How it stands"), {"fields": ("state", "who", "created_at", "assigned_at", "started_at", "ended_at")}),
        (_("What came of it"), {"fields": ("ending", "pictures")}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """What a person wrote is part of the reason; on its own it is only asked for."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None:
            return fieldsets
        return [(title, {**told, "fields": [f for f in told["fields"] if f != "why"]}) for title, told in fieldsets]

    def get_queryset(self, request: HttpRequest) -> QuerySet[FieldTask]:
        until = ExpressionWrapper(clock.instant() - F("created_at"), output_field=DurationField())
        return super().get_queryset(request).select_related("network", *TASK_PLACES).annotate(waited=until)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Who has the tasks of this page, by name, in one query."""
        page = super().get_changelist_instance(request)
        tasks = list(page.result_list)
        names = names_of(task.assignee for task in tasks if task.assignee)
        for task in tasks:
            task.name_of_assignee = names.get(task.assignee, "")
        page.result_list = tasks
        return page

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        measured = {"measures": self.measures(request), "measured_days": MEASURED_DAYS}
        return super().changelist_view(request, {**measured, **(extra_context or {})})

    def measures(self, request: HttpRequest) -> list[fieldwork.Measure]:
        """Of the only network, or of the chosen one: the medians of two cities say nothing of either."""
        networks = rights.networks_with(request.user, self.needs["view"])
        chosen = [one for one in networks if len(networks) == 1 or str(one.pk) == request.GET.get("network")]
        if not chosen:
            return []
        until = clock.now()
        return fieldwork.measured(network=chosen[0], since=until - timedelta(days=MEASURED_DAYS), until=until)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        try:
            return super().add_view(request, form_url, extra_context)
        except Refusal as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
            return HttpResponseRedirect(reverse("admin:vehicles_fieldtask_changelist", query={"stands": "not_done"}))

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        if change or not self.is_allowed(request, "add", obj):
            raise PermissionDenied
        concerned = {name: getattr(obj, name) for name in ("vehicle", "dock", "station", "target")}
        made = ask(obj.network, obj.kind, obj.urgency, obj.why, fieldwork.actor_of(request.user), **concerned)
        obj.__dict__.update(made.__dict__)

    @admin.display(description=_("task"), ordering="kind")
    def title(self, task: FieldTask) -> str:
        return str(task)

    @admin.display(description=_("where"))
    def place(self, task: FieldTask) -> Any:
        return task.standing_in or task.place or NOTHING

    @admin.display(description=_("assigned to"), ordering="assignee")
    def who(self, task: Any) -> str:
        if not task.assignee:
            return NOTHING
        name: str = getattr(task, "name_of_assignee", "") or names_of([task.assignee])[task.assignee]
        return name

    @admin.display(description=_("age"), ordering="-created_at")
    def age(self, task: Any) -> str:
        return timesince(task.created_at, task.ended_at or task.created_at + task.waited, depth=1)

    @admin.display(description=_("why"))
    def because(self, task: FieldTask) -> str:
        return task.because or NOTHING

    @admin.display(description=_("outcome"))
    def ending(self, task: FieldTask) -> Any:
        if task.state == FieldTask.State.CANCELLED and task.ended_by == fieldwork.SYSTEM:
            return _("The reason has gone by itself.")
        return task.outcome or NOTHING

    @admin.display(description=_("photos"))
    def pictures(self, task: FieldTask) -> Any:
        found = FieldPhoto.objects.filter(task=task).order_by("taken_at").values_list("pk", "width", "height")
        shown = [
            (reverse("admin:task_photo", args=[pk]), width, height, _("Photo of the crew"))
            for pk, width, height in found
        ]
        link = '<a href="{0}"><img class="task-photo" src="{0}" width="{1}" height="{2}" alt="{3}" loading="lazy"></a>'
        days = settings.FIELD_PHOTO_DAYS
        kept = ngettext("Photos are kept for %(days)s day.", "Photos are kept for %(days)s days.", days)
        return format_html("{}<p>{}</p>", format_html_join(" ", link, shown) or NOTHING, kept % {"days": days})

    created_at = instant_column("created_at", _("asked for"))
