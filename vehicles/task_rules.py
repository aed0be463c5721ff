"""Rules that ask for field work by themselves, and call it off when its reason has gone before anybody started.

A rule is a query: the cars or docks that need the work now, worst first, each with the `figure` that says how much.
Rules that must know who has a car, or what was said of it, are in `bookings.field_rules`. Any number of rounds may run
at once: one works on a rule, the others pass it by; and the constraints of tasks have the last word.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import DurationField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet

from stations import clock
from stations.models import Dock, DockReport, Network, Station
from vehicles import fieldwork
from vehicles.models import TASK_NOT_STARTED, TASK_OPEN, FieldTask, TaskRule, Vehicle
from vehicles.refusals import AlreadyAsked

Kind, Urgency, Origin = FieldTask.Kind, FieldTask.Urgency, FieldTask.Origin
CHARGING = (
    DockReport.Status.PREPARING,
    DockReport.Status.CHARGING,
    DockReport.Status.SUSPENDED_EV,
    DockReport.Status.FINISHING,
)


@dataclass(frozen=True)
class Rule:
    """`due` finds what needs the work under a network's threshold, which counts percent or `unit`s.

    Kind, threshold and urgency are those that a network begins with.
    """

    kind: FieldTask.Kind
    urgency: FieldTask.Urgency
    due: Callable[[TaskRule], QuerySet[Any]]
    subject: str = "vehicle"
    threshold: int = 0
    unit: timedelta | None = None
    station_of: Callable[[Any], Station | None] = lambda _subject: None  # where to look for a car that is not docked


def is_low(percent: int) -> Q:
    """Plugged in below the threshold, as the car said since it stands there, and the post does not say it charges."""
    has_said = Q(docked_at=None) | Q(report__event_time__gte=F("docked_at"))
    is_charging = Q(dock__report__isnull=False, dock__report__status__in=CHARGING)
    return Q(dock__isnull=False, report__charge_percent__lt=percent) & has_said & ~is_charging


def has_cause(*causes: Vehicle.Cause) -> Q:
    return Q(is_in_service=False, out_of_service_cause__in=causes)


def long_ago(path: str, duration: timedelta) -> Q:
    return Q(**{f"{path}__lt": clock.instant() - duration})


def since(path: str) -> ExpressionWrapper:
    return ExpressionWrapper(clock.instant() - F(path), output_field=DurationField())


def _cars(rule: TaskRule) -> QuerySet[Vehicle]:
    return Vehicle.objects.filter(network=rule.network_id)


def low(rule: TaskRule) -> QuerySet[Vehicle]:
    found = _cars(rule).filter(is_low(rule.threshold), is_in_service=True)
    return found.annotate(figure=F("report__charge_percent")).order_by("figure", "pk")


def silent(rule: TaskRule) -> QuerySet[Vehicle]:
    found = _cars(rule).filter(long_ago("report__received_at", timedelta(hours=rule.threshold)), is_in_service=True)
    return found.annotate(figure=since("report__received_at")).order_by("-figure", "pk")


def unmoved(rule: TaskRule) -> QuerySet[Vehicle]:
    is_old = long_ago("docked_at", timedelta(days=rule.threshold))
    found = _cars(rule).filter(is_old, is_in_service=True, dock__isnull=False)
    return found.annotate(figure=since("docked_at")).order_by("-figure", "pk")


def withdrawn_for(*causes: Vehicle.Cause) -> Callable[[TaskRule], QuerySet[Vehicle]]:
    return lambda rule: _cars(rule).filter(has_cause(*causes)).order_by("pk")


def faulted(rule: TaskRule) -> QuerySet[Dock]:
    faults = Dock.objects.filter(station__network=rule.network_id, report__status=DockReport.Status.FAULTED)
    timed = faults.alias(fault_since=DockReport.since("report__"))
    found = timed.filter(long_ago("fault_since", timedelta(minutes=rule.threshold)))
    return found.select_related("station").annotate(figure=since("fault_since")).order_by("-figure", "pk")


RULES: dict[FieldTask.Origin, Rule] = {
    Origin.LOW_CHARGE: Rule(Kind.CHARGE, Urgency.TODAY, low, threshold=25),
    Origin.FAULTED_DOCK: Rule(
        Kind.REPAIR, Urgency.TODAY, faulted, subject="dock", threshold=30, unit=timedelta(minutes=1)
    ),
    Origin.SILENT_CAR: Rule(Kind.CHECK, Urgency.TODAY, silent, threshold=48, unit=timedelta(hours=1)),
    Origin.UNMOVED_CAR: Rule(Kind.CHECK, Urgency.CONVENIENT, unmoved, threshold=14, unit=timedelta(days=1)),
    Origin.TO_CLEAN: Rule(Kind.CLEAN, Urgency.TODAY, withdrawn_for(Vehicle.Cause.CLEANING)),
    Origin.TO_REPAIR: Rule(Kind.REPAIR, Urgency.TODAY, withdrawn_for(Vehicle.Cause.DAMAGE, Vehicle.Cause.MAINTENANCE)),
}


def settle(network: Network, rules: Mapping[FieldTask.Origin, Rule]) -> None:
    """The network's own rows of these rules, made where they are missing; what is there stays as it is."""
    known = set(TaskRule.objects.filter(network=network).values_list("code", flat=True))
    missing = [
        TaskRule(network=network, code=code, threshold=rule.threshold, kind=rule.kind, urgency=rule.urgency)
        for code, rule in rules.items()
        if code not in known
    ]
    if missing:
        TaskRule.objects.bulk_create(missing, ignore_conflicts=True)


def make_round(rules: Mapping[FieldTask.Origin, Rule], *, network: Network | None = None) -> Counter[str]:
    """Each of these rules once, in one network or in all; how many tasks were asked for and called off."""
    counts: Counter[str] = Counter(asked=0, called_off=0)
    for one in [network] if network else Network.objects.order_by("pk"):
        settle(one, rules)
        for code, rule in rules.items():
            with transaction.atomic():
                rows = TaskRule.objects.select_for_update(skip_locked=True, of=("self",)).select_related("network")
                row = rows.filter(network=one, code=code, is_active=True).first()
                if row is not None:
                    counts["called_off"] += _call_off(row, rule)
                    counts["asked"] += _ask(row, rule)
    return counts


def _call_off(row: TaskRule, rule: Rule) -> int:
    """End what this rule asked for and nobody has started, where its reason has gone by itself."""
    due = rule.due(row).order_by().values("pk")
    gone = (
        FieldTask.objects.filter(network=row.network, origin=row.code, state__in=TASK_NOT_STARTED)
        .exclude(**{f"{rule.subject}__in": due})
        .select_for_update(skip_locked=True, no_key=True)
    )
    tasks, at = list(gone), clock.now()
    for task in tasks:
        fieldwork.call_off(task, at=at, actor=fieldwork.SYSTEM)
    return len(tasks)


def _ask(row: TaskRule, rule: Rule) -> int:
    """Ask for what is due and not asked for, nor lately ended by a person; never more than may be open at once."""
    same = FieldTask.objects.filter(**{rule.subject: OuterRef("pk")}, kind=row.kind)
    rest = long_ago("ended_at", timedelta(hours=row.rest_hours))
    ended_lately = same.filter(~rest, ended_at__isnull=False).exclude(ended_by=fieldwork.SYSTEM)
    due = rule.due(row).filter(~Exists(same.filter(state__in=TASK_OPEN)), ~Exists(ended_lately))
    is_open = FieldTask.objects.filter(network=row.network, origin=row.code, state__in=TASK_OPEN)
    room = max(0, row.most_open - is_open.count())
    return sum(_ask_about(subject, row, rule) for subject in due[:room])


def _ask_about(subject: Any, row: TaskRule, rule: Rule) -> bool:
    try:
        fieldwork.ask_for(
            network=row.network,
            kind=Kind(row.kind),
            urgency=Urgency(row.urgency),
            origin=Origin(row.code),
            figure=_figure(subject, rule),
            why=getattr(subject, "out_of_service_note", ""),
            station=rule.station_of(subject),
            actor=fieldwork.SYSTEM,
            **{rule.subject: subject},
        )
    except AlreadyAsked:  # by somebody else, meanwhile
        return False
    return True


def _figure(subject: Any, rule: Rule) -> int | None:
    figure = getattr(subject, "figure", None)
    return int(figure // rule.unit if rule.unit else figure) if figure is not None else None
