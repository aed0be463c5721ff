"""Field tasks: one job, one row, one table of transitions. Their photos, and the rules that ask for them."""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from stations import events
from stations.models import Dock, Network, Station
from vehicles.models.fleet import Vehicle
from vehicles.refusals import TaskNotNow


class FieldTask(models.Model):
    """A job in the street: for a car, or for a dock or a station. Where a car stands is asked of the car."""

    AGGREGATE = "field_task"

    class Kind(models.TextChoices):
        CLEAN = "clean", pgettext_lazy("field task", "clean")
        CHARGE = "charge", pgettext_lazy("field task", "charge")
        MOVE = "move", pgettext_lazy("field task", "move")
        REPAIR = "repair", pgettext_lazy("field task", "repair")
        TOW = "tow", pgettext_lazy("field task", "tow away")
        CHECK = "check", pgettext_lazy("field task", "look at")

    class Urgency(models.IntegerChoices):
        NOW = 1, pgettext_lazy("urgency", "now")
        TODAY = 2, pgettext_lazy("urgency", "today")
        CONVENIENT = 3, pgettext_lazy("urgency", "when convenient")

    class Origin(models.TextChoices):
        """Who asks: a person, or the rule of this name."""

        BY_HAND = "by_hand", _("a person")
        LOW_CHARGE = "low_charge", _("low charge")
        FAULTED_DOCK = "faulted_dock", _("faulted dock")
        SILENT_CAR = "silent_car", _("silent car")
        UNMOVED_CAR = "unmoved_car", _("car that has not moved")
        TO_CLEAN = "to_clean", _("withdrawn for cleaning")
        TO_REPAIR = "to_repair", _("withdrawn for damage or maintenance")
        UNACCOUNTED_CAR = "unaccounted_car", _("unaccounted car")
        LOST_CAR = "lost_car", _("car unaccounted for long")
        RATED_DIRTY = "rated_dirty", _("car rated dirty")
        RATED_FAULTY = "rated_faulty", _("car said to be broken")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("field task", "open")
        ASSIGNED = "assigned", pgettext_lazy("field task", "assigned")
        UNDERWAY = "underway", pgettext_lazy("field task", "under way")
        DONE = "done", pgettext_lazy("field task", "done")
        CANCELLED = "cancelled", pgettext_lazy("field task", "called off")

    class Command(StrEnum):
        TAKE = "take"
        ASSIGN = "assign"
        START = "start"
        FINISH = "finish"
        HAND_BACK = "hand_back"
        CANCEL = "cancel"

    network = models.ForeignKey(Network, models.PROTECT, verbose_name=_("network"), related_name="+")
    kind = models.CharField(_("what to do"), max_length=8, choices=Kind)
    urgency = models.PositiveSmallIntegerField(_("urgency"), choices=Urgency, default=Urgency.TODAY)
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, verbose_name=_("car"), related_name="+", null=True, blank=True)
    dock = models.ForeignKey(Dock, models.PROTECT, verbose_name=_("dock"), related_name="+", null=True, blank=True)
    station = models.ForeignKey(
        Station,
        models.PROTECT,
        verbose_name=_("station"),
        related_name="+",
        null=True,
        blank=True,
        help_text=_("For a car that is not plugged in: where to look for it."),
    )
    target = models.ForeignKey(
        Station,
        models.PROTECT,
        verbose_name=_("move it to"),
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        help_text=_("For a car that is to be moved: where to plug it in."),
    )
    why = models.CharField(_("why"), max_length=300, blank=True)
    origin = models.CharField(_("asked for by"), max_length=20, choices=Origin)
    figure = models.PositiveIntegerField(_("figure"), null=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    assignee = models.CharField(_("assigned to"), max_length=80, blank=True)  # an actor, as in the log: “operator:12”
    created_at = models.DateTimeField(_("asked for"))
    assigned_at = models.DateTimeField(_("assigned"), null=True, blank=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.CharField(_("ended by"), max_length=80, blank=True)
    outcome = models.CharField(_("outcome"), max_length=300, blank=True)
    version = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("field task")
        verbose_name_plural = _("field tasks")
        constraints = [
            models.CheckConstraint(
                name="a_task_concerns_something",
                condition=Q(vehicle__isnull=False) | Q(dock__isnull=False) | Q(station__isnull=False),
            ),
            models.CheckConstraint(
                name="a_task_concerns_a_car_or_a_dock", condition=Q(vehicle__isnull=True) | Q(dock__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["vehicle", "kind"],
                name="a_job_is_asked_for_once",
                condition=Q(vehicle__isnull=False, state__in=["open", "assigned", "underway"]),
            ),
            models.UniqueConstraint(
                fields=["dock", "station", "kind"],
                name="a_job_at_a_place_is_asked_for_once",
                condition=Q(vehicle__isnull=True, state__in=["open", "assigned", "underway"]),
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="only_a_car_that_is_moved_has_a_target",
                condition=Q(target__isnull=True) | Q(kind="move", vehicle__isnull=False),
            ),
            models.CheckConstraint(
                name="a_task_that_somebody_has_says_whose_it_is",
                condition=Q(state="open", assignee="", assigned_at__isnull=True)
                | Q(state__in=["assigned", "underway", "done"], assigned_at__isnull=False) & ~Q(assignee="")
                | Q(state="cancelled"),
            ),
            models.CheckConstraint(
                name="a_task_that_ended_says_when_and_by_whom",
                condition=Q(state__in=["open", "assigned", "underway"], ended_at__isnull=True, ended_by="")
                | Q(state__in=["done", "cancelled"], ended_at__isnull=False) & ~Q(ended_by=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["network", "urgency", "created_at"],
                name="task_waiting",
                condition=Q(state__in=["open", "assigned", "underway"]),
            ),
            models.Index(fields=["network", "created_at"], name="task_of_network"),
            models.Index(
                fields=["target"],
                name="task_on_its_way",
                condition=Q(target__isnull=False, state__in=["open", "assigned", "underway"]),
            ),
            models.Index(fields=["assignee", "-ended_at"], name="task_of_assignee"),
        ]

    def __str__(self) -> str:
        way = f" → {self.target}" if self.target_id else ""
        return f"{self.get_kind_display()} · {self.subject}{way}"

    @property
    def subject(self) -> Vehicle | Dock | Station | None:
        return self.vehicle or self.dock or self.station

    @property
    def standing_in(self) -> Dock | None:
        """The dock to go to, where there is one."""
        return (self.vehicle.dock or self.vehicle.disputed_dock) if self.vehicle else self.dock

    @property
    def place(self) -> Station | None:
        """The station to go to; None for a car of which nobody knows where it is."""
        return self.standing_in.station if self.standing_in else self.station

    @property
    def because(self) -> str:
        """Why it is asked for, in the active language as far as a rule says it."""
        said = SAID.get(self.origin)
        measured = str(said) % {"figure": self.figure} if said else ""
        return ": ".join(filter(None, (measured, self.why)))

    def enter(
        self, command: Command, *, at: datetime, actor: str, event: events.Type, reason: str = "", **changes: Any
    ) -> None:
        """The only way in which a task changes: its row and the event, or nothing.

        The caller holds the lock of the row. Refuses TaskNotNow for a (state, command) outside the table.
        """
        target = TASK_TRANSITIONS.get((self.State(self.state), command))
        if target is None:
            raise TaskNotNow(state=self.get_state_display())
        told = {"reason": reason, "state": {"task": str(target), "assignee": changes.get("assignee", self.assignee)}}
        events.record(self, event, at=at, actor=actor, data=told, state=target, **changes)


# What a rule says of its tasks; the figure is what it measured when it asked.
SAID: dict[str, Any] = {
    FieldTask.Origin.LOW_CHARGE: _("Charge %(figure)s %%, and the post does not say that it is charging"),
    FieldTask.Origin.FAULTED_DOCK: _("The post has reported a fault for %(figure)s min"),
    FieldTask.Origin.SILENT_CAR: _("The car has not been heard for %(figure)s h"),
    FieldTask.Origin.UNMOVED_CAR: _("The car has not moved for %(figure)s days"),
    FieldTask.Origin.TO_CLEAN: _("Out of service for cleaning"),
    FieldTask.Origin.TO_REPAIR: _("Out of service for damage or maintenance"),
    FieldTask.Origin.UNACCOUNTED_CAR: _("Unplugged without a trip for %(figure)s h"),
    FieldTask.Origin.LOST_CAR: _("Unplugged without a trip for %(figure)s h"),
    FieldTask.Origin.RATED_DIRTY: _("Subscribers who found it dirty since it was last found clean: %(figure)s"),
    FieldTask.Origin.RATED_FAULTY: _("Subscribers who say that something is broken or missing: %(figure)s"),
}

# The whole life of a task. What is not here is refused. `ask_for` has no row: it makes the task, open.
TASK_TRANSITIONS: dict[tuple[FieldTask.State, FieldTask.Command], FieldTask.State] = {
    (FieldTask.State.OPEN, FieldTask.Command.TAKE): FieldTask.State.ASSIGNED,
    (FieldTask.State.OPEN, FieldTask.Command.ASSIGN): FieldTask.State.ASSIGNED,
    (FieldTask.State.OPEN, FieldTask.Command.CANCEL): FieldTask.State.CANCELLED,
    (FieldTask.State.ASSIGNED, FieldTask.Command.ASSIGN): FieldTask.State.ASSIGNED,
    (FieldTask.State.ASSIGNED, FieldTask.Command.HAND_BACK): FieldTask.State.OPEN,
    (FieldTask.State.ASSIGNED, FieldTask.Command.CANCEL): FieldTask.State.CANCELLED,
    (FieldTask.State.ASSIGNED, FieldTask.Command.START): FieldTask.State.UNDERWAY,
    (FieldTask.State.UNDERWAY, FieldTask.Command.HAND_BACK): FieldTask.State.OPEN,
    (FieldTask.State.UNDERWAY, FieldTask.Command.CANCEL): FieldTask.State.CANCELLED,
    (FieldTask.State.UNDERWAY, FieldTask.Command.FINISH): FieldTask.State.DONE,
}
TASK_NOT_STARTED = (FieldTask.State.OPEN, FieldTask.State.ASSIGNED)
# What `place` reads, to be joined in one query.
TASK_PLACES = ("vehicle__dock__station", "vehicle__disputed_dock__station", "dock__station", "station", "target")
TASK_OPEN = (*TASK_NOT_STARTED, FieldTask.State.UNDERWAY)


class FieldPhoto(models.Model):
    """What a crew photographed: a JPEG made anew by `stations.photos`, without what the camera wrote into it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    task = models.ForeignKey(FieldTask, models.PROTECT, related_name="photos", verbose_name=_("field task"))
    content = models.BinaryField()
    width = models.PositiveSmallIntegerField(_("width"))
    height = models.PositiveSmallIntegerField(_("height"))
    taken_by = models.CharField(_("by"), max_length=80)
    taken_at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")

    def __str__(self) -> str:
        return str(self.id)[:8]


class TaskRule(models.Model):
    """When a network asks its crews for work by itself; what each rule looks for stands beside its code."""

    network = models.ForeignKey(Network, models.PROTECT, verbose_name=_("network"), related_name="+")
    code = models.CharField(
        _("rule"), max_length=20, choices=[each for each in FieldTask.Origin.choices if each[0] != "by_hand"]
    )
    threshold = models.PositiveIntegerField(_("threshold"), default=0)
    kind = models.CharField(_("what to do"), max_length=8, choices=FieldTask.Kind)
    urgency = models.PositiveSmallIntegerField(_("urgency"), choices=FieldTask.Urgency)
    is_active = models.BooleanField(_("active"), default=True)
    rest_hours = models.PositiveSmallIntegerField(
        _("not again for (h)"),
        default=12,
        help_text=_("Once a person has ended such a task, the rule leaves it alone for so long."),
    )
    most_open = models.PositiveSmallIntegerField(
        _("at most so many at once"),
        default=50,
        help_text=_("The worst come first. When many cars fall silent at once, it is not the cars."),
    )

    class Meta:
        verbose_name = _("rule of field work")
        verbose_name_plural = _("rules of field work")
        constraints = [models.UniqueConstraint(fields=["network", "code"], name="a_rule_is_set_once_in_a_network")]

    def __str__(self) -> str:
        return str(self.get_code_display())
