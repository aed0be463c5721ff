"""Planned closures: made beforehand, begun and ended by the sweeper, called off by whoever knows better."""

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from stations import clock
from stations.models import PlannedClosure, Station
from stations.operations import StationAlreadyClosed, StationAlreadyOpen, close_station, open_station
from stations.refusals import Refusal, require_reason

BATCH = 100


class ClosureInThePast(Refusal):
    code = "closure_in_the_past"
    sentence = _("This closure would end in the past. Choose a later end.")


class ClosureEndsFirst(Refusal):
    code = "closure_ends_first"
    sentence = _("This closure would end before it begins. Choose a later end.")


class ClosureOverlaps(Refusal):
    code = "closure_overlaps"
    sentence = _(
        "Another closure of this station is planned for a part of this time. Call it off or choose other times."
    )


class ClosureOver(Refusal):
    code = "closure_over"
    sentence = _("This closure is over, or was called off.")


def plan_closure(
    *, station: Station, from_at: datetime, until_at: datetime, reason: str, actor: str, is_returning: bool = False
) -> PlannedClosure:
    """Refuses ReasonRequired, ClosureEndsFirst, ClosureInThePast and ClosureOverlaps. One that began already is due."""
    reason = require_reason(reason)
    at = clock.now()
    if until_at <= from_at:
        raise ClosureEndsFirst(field="until_at")
    if until_at <= at:
        raise ClosureInThePast(field="until_at")
    try:
        with transaction.atomic():
            return PlannedClosure.objects.create(
                station=station,
                from_at=from_at,
                until_at=until_at,
                reason=reason,
                is_returning=is_returning,
                planned_by=actor,
                planned_at=at,
            )
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") != "no_station_closes_twice_at_once":
            raise
        raise ClosureOverlaps(field="from_at") from error


def ahead() -> QuerySet[PlannedClosure]:
    """What is planned and has not begun, the next one first."""
    planned = PlannedClosure.objects.filter(began_at=None, called_off_at=None, until_at__gt=clock.instant())
    return planned.order_by("from_at")


def next_closure(station: Station, *, within: timedelta = timedelta(days=7)) -> PlannedClosure | None:
    return ahead().filter(station=station, from_at__lte=clock.instant() + within).first()


def call_off_closure(*, closure: PlannedClosure, actor: str, reason: str) -> PlannedClosure:
    """It does not begin; one that has begun ends now. Locks: the closure, then the station. Refuses ClosureOver."""
    require_reason(reason)
    with transaction.atomic():
        row = PlannedClosure.objects.select_for_update(no_key=True).get(pk=closure.pk)
        if row.ended_at is not None or row.called_off_at is not None:
            raise ClosureOver
        if row.began_at is not None:
            _open(row, actor=actor)
        _note(row, called_off_at=clock.now())
        return row


def keep_closures(*, limit: int = BATCH) -> int:
    """Begin what is due and end what is over; how many. Any number of sweepers at once is harmless."""
    plans = PlannedClosure.objects.filter(called_off_at=None, ended_at=None)
    due = plans.filter(began_at=None, from_at__lte=clock.instant())
    over = plans.filter(began_at__isnull=False, until_at__lte=clock.instant())
    kept = 0
    for rows, keep in ((due, _begin), (over, _end)):
        for pk in list(rows.order_by("from_at").values_list("pk", flat=True)[:limit]):
            with transaction.atomic():
                row = rows.filter(pk=pk).select_for_update(of=("self",), no_key=True, skip_locked=True).first()
                if row is not None:
                    keep(row)
                    kept += 1
    return kept


def _begin(row: PlannedClosure) -> None:
    at = clock.now()
    if row.until_at <= at:  # nobody swept while it lasted
        _note(row, began_at=at, ended_at=at)
        return
    _end_before(row)
    closed = None
    try:
        closed = close_station(
            station=row.station, reason=row.reason, actor=row.planned_by, is_returning=row.is_returning
        )
    except StationAlreadyClosed:
        pass  # somebody was faster; then it is theirs to open
    _note(row, began_at=at, closed_version=closed.version if closed else None)


def _end_before(row: PlannedClosure) -> None:
    """One closure follows on another: the former gives the station back first, in this transaction, so nobody sees it.

    Otherwise the station would be found closed already, and opened when the former ends.
    """
    former = PlannedClosure.objects.filter(
        station=row.station_id, until_at__lte=row.from_at, began_at__isnull=False, ended_at=None, called_off_at=None
    )
    for one in former.order_by("from_at").select_for_update(of=("self",), no_key=True):
        _end(one)


def _end(row: PlannedClosure) -> None:
    _open(row, actor=row.planned_by)
    _note(row, ended_at=clock.now())


def _open(row: PlannedClosure, *, actor: str) -> None:
    station = Station.objects.select_for_update(no_key=True).get(pk=row.station_id)
    if row.closed_version != station.version:
        return
    try:
        open_station(station=station, actor=actor)
    except StationAlreadyOpen:
        pass


def _note(row: PlannedClosure, **values: Any) -> None:
    PlannedClosure.objects.filter(pk=row.pk).update(**values)
    for name, value in values.items():
        setattr(row, name, value)
