"""What happened to one object, in order: what operators did, and what its log says. Newest first, a page at a time."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.admin.options import get_content_type_for_model
from django.db.models import Model, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst

from stations.models import Event, Trace
from stations.story_words import names_of, said, value_said

PAGE = 100
ECHO = timedelta(seconds=2)
LOOKS = ("look", "list")


@dataclass
class Line:
    """`by` is the actor as the log has it; `name` what people call it, `said` what happened in words."""

    at: datetime
    what: str
    by: str
    reason: str = ""
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    ref: str = ""
    is_act: bool = False
    name: str = ""
    said: str = ""
    changes: list[tuple[str, Any, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Story:
    lines: list[Line]
    older_than: str  # where the next page begins; empty on the last one


Source = Callable[[datetime | None], Iterable[Line]]


def of(
    obj: Model,
    *,
    before: str | None = None,
    is_with_looks: bool = False,
    acts: Mapping[str, Any] | None = None,
    more: Iterable[Source] = (),
) -> Story:
    """`before` is an instant as the page before said it; `acts` are labels by name; `more` are others’ sources."""
    end = instant_of(before)
    sources: list[Source] = [lambda end: _acts(obj, end, is_with_looks), lambda end: _earlier_acts(obj, end), *more]
    if hasattr(obj, "AGGREGATE"):
        sources.append(lambda end: _events(obj, end))
    lines = sorted((line for source in sources for line in source(end)), key=lambda line: line.at, reverse=True)
    page = _without_echoes(lines[:PAGE])
    names = names_of(line.by for line in page)
    labels = {each.name: str(capfirst(each.verbose_name)) for each in obj._meta.concrete_fields}
    for line in page:
        line.name, line.said = names[line.by], said(line.what, acts or {})
        line.changes = [
            (labels.get(name, name), value_said(line.before.get(name)), value_said(line.after.get(name)))
            for name in {**line.before, **line.after}
        ]
    return Story(page, lines[PAGE - 1].at.isoformat() if len(lines) > PAGE else "")


def _without_echoes(lines: list[Line]) -> list[Line]:
    """An act of an operator is told once: by its trace, which says more, not again by the event that it left."""
    acts = [(line.by, line.at) for line in lines if line.is_act]
    return [
        line for line in lines if line.is_act or not any(line.by == by and abs(line.at - at) < ECHO for by, at in acts)
    ]


def instant_of(text: str | None) -> datetime | None:
    try:
        instant = parse_datetime(text) if text else None
    except ValueError:
        return None
    return instant if instant is not None and instant.tzinfo is not None else None


def _acts(obj: Model, end: datetime | None, is_with_looks: bool) -> list[Line]:
    rows = Trace.objects.filter(model=obj._meta.label_lower, object_id=str(obj.pk)).order_by("-id")
    rows = rows if is_with_looks else rows.exclude(act__in=LOOKS)
    rows = rows.filter(at__lt=end) if end else rows
    return [
        Line(row.at, row.act, row.actor, row.reason, row.before, row.after, is_act=True) for row in rows[: PAGE + 1]
    ]


def _earlier_acts(obj: Model, end: datetime | None) -> list[Line]:
    """What Django kept before there were traces."""
    rows = LogEntry.objects.filter(object_id=str(obj.pk), content_type=get_content_type_for_model(obj))
    rows = rows.filter(action_time__lt=end) if end else rows
    return [
        Line(row.action_time, "change", f"operator:{row.user_id}", row.get_change_message())
        for row in rows.order_by("-action_time")[: PAGE + 1]
    ]


def _events(obj: Any, end: datetime | None) -> list[Line]:
    rows = Event.objects.filter(aggregate=obj.AGGREGATE, aggregate_id=obj.pk)
    return lines_of(rows.order_by("-version"), end)


def lines_of(rows: QuerySet[Event], end: datetime | None) -> list[Line]:
    """The newest of these events, for whoever knows of more that happened to the object."""
    rows = rows.filter(recorded_at__lt=end) if end else rows
    return [
        Line(row.recorded_at, row.type, row.actor, _reason(row.data), ref=str(row.ref or ""))
        for row in rows[: PAGE + 1]
    ]


def _reason(data: dict[str, Any]) -> str:
    return str(data.get("reason") or data.get("note") or "")
