"""Field work: what is done to a task, by whom, and how long it took. The queries of its rules are in `task_rules`.

Each operation is atomic by itself, locks the task's row first, and refuses by raising. `person` is a user, `actor` the
word of the log (“operator:12”); a photo is the file as it was sent.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, OperationalError, models, transaction
from django.db.models import Aggregate, Count, F, Q

from stations import clock, events, photos, rights
from stations.batches import in_batches
from stations.models import Dock, Network, Station
from stations.refusals import LOCK_NOT_AVAILABLE, Busy, require_reason
from stations.rights import Right
from vehicles.models import TASK_OPEN, TASK_PLACES, FieldPhoto, FieldTask, Vehicle
from vehicles.refusals import (
    AlreadyAsked,
    NothingConcerned,
    NotOfTheCrew,
    NotToBeMoved,
    NotYourTask,
    OtherNetwork,
    TaskNotNow,
    TaskTaken,
)

SYSTEM = "system"
MAX_NOTE = 300
PHOTOS_AT_ONCE = 100
ASKED_ONCE = {"a_job_is_asked_for_once", "a_job_at_a_place_is_asked_for_once"}


def actor_of(person: Any) -> str:
    return f"operator:{person.pk}"


def ask_for(
    *,
    network: Network,
    kind: FieldTask.Kind,
    urgency: FieldTask.Urgency,
    actor: str,
    vehicle: Vehicle | None = None,
    dock: Dock | None = None,
    station: Station | None = None,
    target: Station | None = None,
    why: str = "",
    origin: FieldTask.Origin = FieldTask.Origin.BY_HAND,
    figure: int | None = None,
) -> FieldTask:
    """A new task. A person gives a reason, a rule the figure that it measured; `target` is where to move a car.

    Refuses NothingConcerned, NotToBeMoved, OtherNetwork, ReasonRequired, and AlreadyAsked while one of this kind is
    open there.
    """
    if origin == FieldTask.Origin.BY_HAND:
        why = require_reason(why)
    concerned = [one for one in (vehicle, dock, station) if one is not None]
    if not concerned or (vehicle and dock):
        raise NothingConcerned
    if target is not None and (kind != FieldTask.Kind.MOVE or vehicle is None):
        raise NotToBeMoved(field="target")
    if any(one.network_id != network.pk for one in (*concerned, *([target] if target else []))):
        raise OtherNetwork
    task = FieldTask(
        network=network,
        kind=kind,
        urgency=urgency,
        vehicle=vehicle,
        dock=dock,
        station=station,
        target=target,
        why=why[:MAX_NOTE],
        origin=origin,
        figure=figure,
    )
    with transaction.atomic(), _as_refusals():
        task.created_at = clock.now()
        task.save(force_insert=True)
        told = {"kind": kind, "origin": origin, "reason": why, "state": {"task": task.state, "assignee": ""}}
        events.record(task, events.Type.TASK_ASKED, at=task.created_at, actor=actor, data=told)
    return task


def take(*, task: FieldTask, person: Any) -> FieldTask:
    """A member of the crew takes an open task. Refuses NotOfTheCrew, and TaskTaken where somebody was quicker."""
    actor = actor_of(person)
    with _locked(task) as (row, at):
        _require_crew(person, row)
        if row.assignee == actor and row.state in TASK_OPEN:
            return row  # the same button pressed twice
        if row.state in TASK_OPEN and row.state != FieldTask.State.OPEN:
            raise TaskTaken
        row.enter(
            FieldTask.Command.TAKE,
            at=at,
            actor=actor,
            event=events.Type.TASK_ASSIGNED,
            assignee=actor,
            assigned_at=at,
        )
        return row


def assign(*, task: FieldTask, person: Any, reason: str = "", actor: str) -> FieldTask:
    """Give a task that nobody has started to somebody. Refuses NotOfTheCrew."""
    with _locked(task) as (row, at):
        _require_crew(person, row)
        row.enter(
            FieldTask.Command.ASSIGN,
            at=at,
            actor=actor,
            event=events.Type.TASK_ASSIGNED,
            reason=reason,
            assignee=actor_of(person),
            assigned_at=at,
        )
        return row


def start(*, task: FieldTask, actor: str) -> FieldTask:
    """Whose task it is begins. Refuses NotYourTask."""
    with _locked(task) as (row, at):
        _require_own(row, actor)
        if row.state != FieldTask.State.UNDERWAY:
            row.enter(FieldTask.Command.START, at=at, actor=actor, event=events.Type.TASK_STARTED, started_at=at)
        return row


def finish(*, task: FieldTask, outcome: str = "", photo: bytes | None = None, actor: str) -> FieldTask:
    """Whose task it is has done it. Refuses NotYourTask, PhotoTooLarge, PhotoNotReadable."""
    prepared = photos.prepare(photo) if photo else None
    with _locked(task) as (row, at):
        _require_own(row, actor)
        row.enter(
            FieldTask.Command.FINISH,
            at=at,
            actor=actor,
            event=events.Type.TASK_DONE,
            reason=outcome,
            ended_at=at,
            ended_by=actor,
            outcome=outcome.strip()[:MAX_NOTE],
        )
        if prepared is not None:
            FieldPhoto.objects.create(task=row, taken_by=actor, taken_at=at, **prepared._asdict())
        return row


def hand_back(*, task: FieldTask, reason: str, actor: str, is_own_only: bool = False) -> FieldTask:
    """It cannot be done, or not by this person: anybody may take it again. Refuses ReasonRequired, NotYourTask."""
    reason = require_reason(reason)
    with _locked(task) as (row, at):
        if is_own_only:
            _require_own(row, actor)
        row.enter(
            FieldTask.Command.HAND_BACK,
            at=at,
            actor=actor,
            event=events.Type.TASK_HANDED_BACK,
            reason=reason,
            assignee="",
            assigned_at=None,
            started_at=None,
            outcome=reason[:MAX_NOTE],
        )
        return row


def cancel(*, task: FieldTask, reason: str, actor: str) -> FieldTask:
    """It need not be done. Refuses ReasonRequired."""
    reason = require_reason(reason)
    with _locked(task) as (row, at):
        call_off(row, at=at, actor=actor, note=reason)
        return row


def call_off(row: FieldTask, *, at: datetime, actor: str, note: str = "") -> None:
    """The same, under the caller's lock; a rule whose reason has gone gives no note."""
    row.enter(
        FieldTask.Command.CANCEL,
        at=at,
        actor=actor,
        event=events.Type.TASK_CANCELLED,
        reason=note,
        ended_at=at,
        ended_by=actor,
        outcome=note[:MAX_NOTE],
    )


def forget_old_photos() -> int:
    """Delete the photos of tasks that ended FIELD_PHOTO_DAYS ago; how many. The tasks stay."""
    long_ago = clock.instant() - timedelta(days=settings.FIELD_PHOTO_DAYS)
    old = FieldPhoto.objects.filter(task__ended_at__lt=long_ago)
    return in_batches(old, lambda rows: rows.delete(), size=PHOTOS_AT_ONCE)


@contextmanager
def _locked(task: FieldTask) -> Iterator[tuple[FieldTask, datetime]]:
    """The task as it stands under its lock, and the instant."""
    with transaction.atomic(), _as_refusals():
        rows = FieldTask.objects.select_related("network", *TASK_PLACES)
        yield rows.select_for_update(no_key=True, of=("self",)).get(pk=task.pk), clock.now()


@contextmanager
def _as_refusals() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) in ASKED_ONCE:
            raise AlreadyAsked from error
        raise
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) == LOCK_NOT_AVAILABLE:
            raise Busy from error
        raise


def _require_crew(person: Any, task: FieldTask) -> None:
    if not rights.has_in(person, Right.WORK_TASKS, task.network_id):
        raise NotOfTheCrew


def _require_own(task: FieldTask, actor: str) -> None:
    if task.state not in TASK_OPEN:
        raise TaskNotNow(state=task.get_state_display())
    if task.assignee != actor:
        raise NotYourTask


class Median(Aggregate):
    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = models.DurationField()


@dataclass(frozen=True)
class Measure:
    """Of the tasks of one kind asked for in a period; None where none was assigned, or done, yet."""

    kind: FieldTask.Kind
    asked: int
    done: int
    until_assigned: timedelta | None
    until_done: timedelta | None


def measured(*, network: Network, since: datetime, until: datetime) -> list[Measure]:
    """By kind, in the order of `FieldTask.Kind`: how many, and the medians from asked for to assigned and to done.

    A task that was handed back counts from when it was asked for to its last assignment. One query.
    """
    kinds = list(FieldTask.Kind)
    rows = (
        FieldTask.objects.filter(network=network, created_at__gte=since, created_at__lt=until)
        .values("kind")
        .annotate(
            asked=Count("pk"),
            done=Count("pk", filter=Q(state=FieldTask.State.DONE)),
            until_assigned=Median(F("assigned_at") - F("created_at")),
            until_done=Median(F("ended_at") - F("created_at"), filter=Q(state=FieldTask.State.DONE)),
        )
    )
    measures = [Measure(**{**row, "kind": FieldTask.Kind(row["kind"])}) for row in rows]  # type: ignore[arg-type]
    return sorted(measures, key=lambda one: kinds.index(one.kind))
