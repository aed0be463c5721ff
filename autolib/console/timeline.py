"""What happened to one subscriber, newest first: refusals, bookings, notices, machines, acts and promises.

Each source answers with its newest lines before an instant; a page is the newest of all. The number of queries is the
same for any number of lines. Nothing is read that opens something: no password, no card, no address of a device.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.urls import reverse

from accounts.models import Subscriber
from autolib.console import timeline_words as words
from bookings.models import Booking, CreditPromise, Notification, Rating, RefusedRequest
from stations.events import Type
from stations.models import DeviceMessage, Dock, Event, Trace
from stations.story import LOOKS
from stations.story_words import names_of

PAGE = 100
# What one source may tell of one instant; it is read beyond the page, so that an instant is never cut in two.
AT_ONE_INSTANT = 10
MOST_PROMISES = 500
# The dock's event tells the same.
TOLD_BY_THE_DOCK = (Type.PLUGGED, Type.UNPLUGGED)
# Acts that the subscriber's own lines tell already.
TOLD_ELSEWHERE = ("promise_credit",)
ACTS = """
SELECT trace.* FROM (
    SELECT 'accounts.subscriber' AS model, %(subscriber)s::text AS object_id
    UNION ALL SELECT 'accounts.user', %(user)s::text
    UNION ALL SELECT 'accounts.badge', id::text FROM accounts_badge WHERE subscriber_id = %(subscriber)s
    UNION ALL SELECT 'accounts.subscription', id::text FROM accounts_subscription WHERE subscriber_id = %(subscriber)s
    UNION ALL SELECT 'bookings.booking', id::text FROM bookings_booking WHERE subscriber_id = %(subscriber)s
) AS about JOIN stations_trace AS trace ON trace.model = about.model AND trace.object_id = about.object_id
WHERE trace.act <> ALL(%(untold)s) AND (%(end)s::timestamptz IS NULL OR trace.at < %(end)s::timestamptz)
ORDER BY trace.id DESC LIMIT %(limit)s
"""


@dataclass
class Line:
    """`by` is the actor as the log has it, `name` what people call it; `links` are (label, address)."""

    at: datetime
    said: str
    by: str = ""
    why: str = ""
    order: int = 0  # of lines of one instant
    links: list[tuple[str, str]] = field(default_factory=list)
    name: str = ""


@dataclass(frozen=True)
class Timeline:
    lines: list[Line]
    older_than: str  # where the next page begins; empty on the last one


def of(subscriber: Subscriber, *, before: datetime | None, acts: dict[tuple[str, str], Any]) -> Timeline:
    """`acts` are the labels of acts by (model, name)."""
    teller = words.Teller(subscriber.network.time_zone)
    lines = [
        *_refusals(subscriber, before, teller),
        *_events(subscriber, before, teller),
        *_notices(subscriber, before, teller),
        *_messages(subscriber, before, teller),
        *_acts(subscriber, before, acts),
        *_promises(subscriber, before, teller),
        *_ratings(subscriber, before, teller),
    ]
    lines.sort(key=lambda line: (line.at, line.order), reverse=True)
    page = lines[:PAGE]
    # What happened at one instant stays on one page, for the next one begins before it.
    page += [line for line in lines[PAGE:] if line.at == page[-1].at]
    names = names_of(line.by for line in page)
    for line in page:
        line.name = names[line.by] if line.by else ""
    return Timeline(page, page[-1].at.isoformat() if len(lines) > len(page) else "")


def _newest(rows: QuerySet, column: str, before: datetime | None, *, rows_a_line: int = 1) -> QuerySet:
    rows = rows.filter(**{f"{column}__lt": before}) if before else rows
    return rows.order_by(f"-{column}", "-pk")[: rows_a_line * (PAGE + AT_ONE_INSTANT)]


def _own_bookings(subscriber: Subscriber) -> QuerySet[Booking]:
    return Booking.objects.filter(subscriber=subscriber)


def link(row: Any, label: str = "") -> tuple[str, str]:
    page = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return label or str(row), reverse(page, args=[row.pk])


def _refusals(subscriber: Subscriber, before: datetime | None, teller: words.Teller) -> list[Line]:
    rows = RefusedRequest.objects.filter(subscriber=subscriber).select_related("station")
    return [
        Line(row.occurred_at, teller.refusal(row), links=[link(row.station)] if row.station else [])
        for row in _newest(rows, "occurred_at", before)
    ]


def _events(subscriber: Subscriber, before: datetime | None, teller: words.Teller) -> list[Line]:
    own = Event.objects.filter(ref__in=_own_bookings(subscriber).values("pk"))
    told = own.exclude(aggregate="vehicle", type__in=TOLD_BY_THE_DOCK)
    events = list(_newest(told, "occurred_at", before, rows_a_line=2))  # a move is two
    bookings = _bookings(event.ref for event in events)
    docks = Dock.objects.select_related("station").in_bulk(
        {event.aggregate_id for event in events if event.aggregate == "dock"}
    )
    lines, left = [], {}
    for event in events:
        booking, dock = bookings[event.ref], docks.get(event.aggregate_id) if event.aggregate == "dock" else None
        links = [link(booking), link(dock.station) if dock else link(booking.vehicle)]
        line = Line(event.occurred_at, "", event.actor, str(event.data.get("reason") or ""), event.pk, links)
        moment = (event.ref, event.recorded_at)
        if event.type == Type.DOCK_HOLD_START:
            left[moment] = (line, dock, event)
        if event.type == Type.DOCK_HOLD_RELEASED and moment in left:
            # One dock let go and another won in the same breath is a move.
            moved, new_dock, start = left[moment]
            moved.said = teller.moved(dock, new_dock, start)
            moved.links.append(link(dock.station))
            continue
        line.said = teller.event(event, booking, dock)
        lines.append(line)
    return lines


def _bookings(ids: Iterable[UUID]) -> dict[UUID, Booking]:
    return Booking.objects.select_related("vehicle", "origin_station", "end_station").in_bulk(set(ids))


def _notices(subscriber: Subscriber, before: datetime | None, teller: words.Teller) -> list[Line]:
    rows = Notification.objects.filter(booking__in=_own_bookings(subscriber).values("pk")).select_related("booking")
    return [
        Line(row.created_at, teller.notice(row), links=[link(row.booking)])
        for row in _newest(rows, "created_at", before)
    ]


def _messages(subscriber: Subscriber, before: datetime | None, teller: words.Teller) -> list[Line]:
    """What devices said of the person's car during a trip and what contradicts our records; the rest are events."""
    trips = _own_bookings(subscriber).filter(
        Q(vehicle__plate=OuterRef("said_of")) | Q(vehicle__device__identifier=OuterRef("said_of")),
        Q(ended_at=None) | Q(ended_at__gte=OuterRef("event_time")),
        started_at__lte=OuterRef("event_time"),
    )
    cars = Q(said_of__in=_own_bookings(subscriber).values("vehicle__plate"))
    cars |= Q(said_of__in=_own_bookings(subscriber).values("vehicle__device__identifier"))
    rows = (
        DeviceMessage.objects.filter(outcome=DeviceMessage.Outcome.QUARANTINED, device__network=subscriber.network_id)
        .alias(said_of=KeyTextTransform("vehicle", "payload"))
        .filter(cars)  # told apart before each is asked about its trip
        .annotate(booking=Subquery(trips.values("pk")[:1]), plate=Subquery(trips.values("vehicle__plate")[:1]))
        .filter(booking__isnull=False)
        .defer("payload")
        .annotate(identifier=F("device__identifier"))
    )
    return [
        Line(row.event_time, teller.message(row), f"device:{row.identifier}", links=[link(row)])
        for row in _newest(rows, "event_time", before)
    ]


def _acts(subscriber: Subscriber, before: datetime | None, labels: dict[tuple[str, str], Any]) -> list[Line]:
    parameters = {
        "subscriber": subscriber.pk,
        "user": subscriber.user_id,
        "untold": [*LOOKS, *TOLD_ELSEWHERE],
        "end": before,
        "limit": PAGE + AT_ONE_INSTANT,
    }
    return [
        Line(row.at, words.act(row, labels), row.actor, row.reason, row.pk)
        for row in Trace.objects.raw(ACTS, parameters)
    ]


def _ratings(subscriber: Subscriber, before: datetime | None, teller: words.Teller) -> list[Line]:
    rows = Rating.objects.filter(booking__in=_own_bookings(subscriber).values("pk"))
    return [
        Line(row.rated_at, teller.rating(row), links=[link(row.booking), link(row.vehicle)])
        for row in _newest(rows.select_related("booking", "vehicle"), "rated_at", before)
    ]


def _promises(subscriber: Subscriber, before: datetime | None, teller: words.Teller) -> list[Line]:
    rows = CreditPromise.objects.filter(subscriber=subscriber).select_related("booking").order_by("-pk")[:MOST_PROMISES]
    lines = []
    for row in rows:
        links = [link(row), *([link(row.booking)] if row.booking else [])]
        told = [
            Line(at, said, by, why, links=links)
            for at, said, by, why in teller.promise(row)
            if at is not None and (before is None or at < before)
        ]
        lines += told
    return lines
