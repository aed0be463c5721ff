"""Notices to browsers. Each has its moment, and is not sent when that is over: told late it would only alarm.

The push services are called outside any transaction and side by side, within a bounded time: one that hangs delays the
others by a round at most. Which devices were told is kept beside the debt, so a second attempt tells only the others.
"""

from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts.models import PushSubscription
from accounts.push_gateway import Gone, Notice, gateway
from bookings import debts
from bookings.models import Booking, DockHold, Notification, State
from bookings.notifications import replacement_of
from stations import clock

BATCH = 20
CALLS_AT_ONCE = 10
ROUND_SECONDS = 20
OVER = "not sent: its moment was over"
NOBODY = "not sent: no device is told any more"


@dataclass
class Attempt:
    debt: Notification
    booking: Booking
    calls: dict[int, "Future[None]"] = field(default_factory=dict)
    trouble: str = ""


def send_due(*, limit: int = BATCH) -> int:
    """Send to devices what is owed and was not tried lately; how many notices reached every device of theirs."""
    due = debts.lease(Notification.Channel.PUSH, limit=limit)
    if not due:
        return 0
    attempts = _attempts(due)
    _call(attempts)
    return sum(_settle(attempt) for attempt in attempts)


def _attempts(due: list[Notification]) -> list[Attempt]:
    rows = Booking.objects.select_related("subscriber__user", "network", "vehicle", "origin_station").prefetch_related(
        "dock_holds__dock__station"
    )
    bookings = rows.in_bulk([debt.booking_id for debt in due])
    return [Attempt(debt, bookings[debt.booking_id]) for debt in due]


def _call(attempts: list[Attempt]) -> None:
    """Start every call, and wait for them together."""
    door, at = gateway(), clock.now()
    devices: dict[int, list[PushSubscription]] = {}
    people = {attempt.booking.subscriber.user_id for attempt in attempts}
    for device in PushSubscription.objects.filter(user__in=people):
        devices.setdefault(device.user_id, []).append(device)
    pool = ThreadPoolExecutor(max_workers=CALLS_AT_ONCE, thread_name_prefix="push")
    for attempt in attempts:
        try:
            notice = notice_of(attempt.debt, attempt.booking, at)
        except Exception as error:
            # One that cannot be written must not stop the others; it is kept beside the row, and tried again.
            attempt.trouble = f"{type(error).__name__}: {error}"
            continue
        if notice is None:
            continue
        for device in devices.get(attempt.booking.subscriber.user_id, []):
            if device.pk not in attempt.debt.data.get("told", []):
                attempt.calls[device.pk] = pool.submit(door.send, device=device, notice=notice)
    wait([call for attempt in attempts for call in attempt.calls.values()], timeout=ROUND_SECONDS)
    pool.shutdown(wait=False, cancel_futures=True)


def _settle(attempt: Attempt) -> bool:
    """Write down what came of it."""
    if attempt.trouble:
        debts.failed(attempt.debt, attempt.trouble)
        return False
    told, gone, failures = list(attempt.debt.data.get("told", [])), [], []
    for device, call in attempt.calls.items():
        error = call.exception() if call.done() and not call.cancelled() else TimeoutError("no answer in time")
        if error is None:
            told.append(device)
        elif isinstance(error, Gone):
            gone.append(device)
        else:
            failures.append(f"{type(error).__name__}: {error}")
    if gone:
        PushSubscription.objects.filter(pk__in=gone).delete()
    if told != attempt.debt.data.get("told", []):
        Notification.objects.filter(pk=attempt.debt.pk).update(data={**attempt.debt.data, "told": told})
    if failures:
        debts.failed(attempt.debt, "; ".join(failures))
        return False
    is_over = ends_at(attempt.debt, attempt.booking) <= clock.now()
    debts.paid(attempt.debt, "" if told else OVER if is_over else NOBODY)
    return bool(told)


def notice_of(debt: Notification, booking: Booking, at: datetime) -> Notice | None:
    """What the device shows, in the person's language and the network's time; None when its moment is over."""
    left = ceil((ends_at(debt, booking) - at).total_seconds())
    if left <= 0:
        return None
    user = booking.subscriber.user
    with translation.override(user.language), timezone.override(ZoneInfo(booking.network.time_zone)):
        replacement = replacement_of(booking) if debt.kind == Notification.Kind.WITHDRAWAL else None
        facts = {"debt": debt, "booking": booking, "hold": _last_hold(booking), "replacement": replacement}
        text = render_to_string(f"bookings/push/{debt.kind}.txt", facts)
    title, _blank, body = text.strip().partition("\n\n")
    return Notice(
        title=" ".join(title.split()),
        body=" ".join(body.split()),
        tag=str(booking.pk),
        path=f"/bookings/{booking.pk}/",
        language=user.language,
        ttl_seconds=left,
    )


def ends_at(debt: Notification, booking: Booking) -> datetime:
    """Until when the notice is worth something; a reminder of a hold that has changed since is worth nothing."""
    if debt.kind == Notification.Kind.REMINDER:
        is_true = booking.state == State.RESERVED and booking.held_until.isoformat() == debt.data["held_until"]
        return booking.held_until if is_true else debt.created_at
    if debt.kind == Notification.Kind.DOCK_REMINDER:
        hold = _last_hold(booking)
        if hold is None or booking.state != State.ON_TRIP or hold.state != DockHold.State.HELD:
            return debt.created_at
        return hold.held_until if hold.held_until.isoformat() == debt.data["held_until"] else debt.created_at
    return debt.created_at + timedelta(seconds=settings.PUSH_NEWS_SECONDS)


def _last_hold(booking: Booking) -> DockHold | None:
    return max(booking.dock_holds.all(), key=lambda hold: hold.pk, default=None)
