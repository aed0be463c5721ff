"""Debts to subscribers: one row for each notice and channel, so that no channel's failure touches another.

To owe is idempotent. A row is leased by a committed `attempted_at` before anybody outside is called.
"""

from collections.abc import Iterable
from copy import copy
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import PushSubscription
from bookings.models import Booking, Notification
from stations import clock

# What helps only when it is read at once. A confirmation and a receipt can wait in the mailbox.
WORTH_A_PUSH = frozenset(
    {
        Notification.Kind.REMINDER,
        Notification.Kind.DOCK_REMINDER,
        Notification.Kind.EXPIRY,
        Notification.Kind.DOCK_EXPIRY,
        Notification.Kind.DISPLACEMENT,
        Notification.Kind.WITHDRAWAL,
    }
)
MAX_ATTEMPTS = 8


def owe(by_mail: list[Notification]) -> None:
    """Write these debts, and a second one each for whoever has a device that is told. What is owed stays owed once."""
    if not by_mail:
        return
    urgent = [debt for debt in by_mail if debt.kind in WORTH_A_PUSH]
    told = _with_device({debt.booking_id for debt in urgent})
    to_devices = [_by_push(debt) for debt in urgent if debt.booking_id in told]
    Notification.objects.bulk_create([*by_mail, *to_devices], ignore_conflicts=True)


def _with_device(bookings: Iterable[UUID]) -> set[UUID]:
    if not bookings or not settings.PUSH_PRIVATE_KEY:
        return set()
    devices = PushSubscription.objects.filter(user=OuterRef("subscriber__user"))
    return set(Booking.objects.filter(Exists(devices), pk__in=bookings).values_list("pk", flat=True))


def _by_push(debt: Notification) -> Notification:
    other = copy(debt)
    other.channel = Notification.Channel.PUSH
    return other


def lease(channel: Notification.Channel, *, limit: int) -> list[Notification]:
    """What is owed and was not tried lately, for the caller alone to try now."""
    with transaction.atomic():
        at = clock.now()
        retry_before = at - timedelta(seconds=settings.NOTIFICATION_RETRY_SECONDS)
        due = list(
            Notification.objects.filter(channel=channel, sent_at__isnull=True, attempts__lt=MAX_ATTEMPTS)
            .exclude(attempted_at__gt=retry_before)
            .order_by("id")
            .select_for_update(skip_locked=True)[:limit]
        )
        for notification in due:
            notification.attempted_at = at
            notification.attempts += 1
        if due:
            Notification.objects.bulk_update(due, ["attempted_at", "attempts"])
    return due


def failed(notification: Notification, why: str) -> None:
    Notification.objects.filter(pk=notification.pk).update(failure=why[:300])


def paid(notification: Notification, remark: str = "") -> None:
    Notification.objects.filter(pk=notification.pk).update(sent_at=clock.now(), failure=remark[:300])
