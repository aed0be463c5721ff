"""What a change owes to the subscriber. Delivery of events writes the debt; sending the mail pays it, at least once.

Consumers are idempotent: a debt is unique per booking, kind and key, so an event delivered twice owes one message. A
message may be sent twice only when we die between the mail server's yes and our own note; it then carries the same
Message-ID, so that mail programs can show it once.
"""

from dataclasses import dataclass
from datetime import datetime
from email.utils import make_msgid
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation

from accounts.erasing import NOWHERE
from accounts.models import Subscriber
from bookings import debts
from bookings.models import Booking, DockHold, Notification, State
from stations import clock
from stations.events import Type
from stations.models import Event

OWED = {
    Type.RESERVATION_START: Notification.Kind.CONFIRMATION,
    Type.RESERVATION_EXPIRED: Notification.Kind.EXPIRY,
    Type.PROVIDER_CANCELLATION: Notification.Kind.WITHDRAWAL,
    Type.TRIP_END: Notification.Kind.RETURN,
    Type.DOCK_HOLD_DISPLACED: Notification.Kind.DISPLACEMENT,
    Type.DOCK_HOLD_EXPIRED: Notification.Kind.DOCK_EXPIRY,
}
# A walk-up needs no word that a car waits, and a dock that ended with its reservation is told by that one's notice.
TRUE_ONLY_WHILE = {
    Notification.Kind.CONFIRMATION: State.RESERVED,
    Notification.Kind.DOCK_EXPIRY: State.ON_TRIP,
}
BATCH = 200


def deliver_events(*, limit: int = BATCH) -> int:
    """Turn undelivered events into what they owe, and mark them delivered; how many events.

    Types that newer code writes beside this one wait for a worker that knows them, and hold up no other.
    """
    with transaction.atomic():
        known = Event.objects.filter(delivered_at__isnull=True, type__in=list(Type)).order_by("id")
        events = list(known.select_for_update(skip_locked=True)[:limit])
        at = clock.now()
        debts.owe([debt for debt in (_owed_for(event, at) for event in events) if debt is not None])
        Event.objects.filter(pk__in=[event.pk for event in events]).update(delivered_at=at)
        return len(events)


def _owed_for(event: Event, at: datetime) -> Notification | None:
    kind = OWED.get(Type(event.type))
    if kind is None or event.ref is None:
        return None
    if kind == Notification.Kind.CONFIRMATION and _is_told_already(event):
        return None
    if kind in TRUE_ONLY_WHILE and not _is_still(TRUE_ONLY_WHILE[kind], event):
        return None
    return Notification(
        booking_id=event.ref, kind=kind, key=f"{event.aggregate}-{event.pk}", data=event.data, created_at=at
    )


def _is_told_already(event: Event) -> bool:
    """Whether the booking that this one stands for was confirmed, or its end tells of this one."""
    undone_id = event.data.get("undoes")
    confirmations = Notification.objects.filter(kind=Notification.Kind.CONFIRMATION)
    was_confirmed = undone_id is not None and confirmations.filter(booking_id=undone_id).exists()
    return was_confirmed or "replaces" in event.data


def _is_still(state: State, event: Event) -> bool:
    return event.ref is not None and Booking.objects.filter(pk=event.ref, state=state).exists()


def send_due(*, limit: int = BATCH) -> int:
    """Send the mails that are owed and were not tried lately, outside any transaction; how many were sent."""
    return sum(_send(notification) for notification in debts.lease(Notification.Channel.MAIL, limit=limit))


def _send(notification: Notification) -> bool:
    try:
        mail = message(notification)
        if mail.to[0].rpartition("@")[2] not in [*settings.MAIL_NEVER_SENT_TO, NOWHERE]:
            mail.send()
    except Exception as error:
        # Whatever the mail server says must not stop the others; it is kept beside the row, and tried again.
        debts.failed(notification, f"{type(error).__name__}: {error}")
        return False
    debts.paid(notification)
    return True


@dataclass(frozen=True)
class Facts:
    """What the mail templates may speak of."""

    booking: Booking
    replacement: Booking | None
    hold: DockHold | None
    url: str
    data: dict[str, Any]


def forgive(*, subscriber: Subscriber, at: datetime) -> None:
    """Whatever is still owed to this person is settled unsent. One that is owed later finds no address to go to."""
    Notification.objects.filter(booking__subscriber=subscriber, sent_at=None).update(
        sent_at=at, failure="Not sent: the account was deleted."
    )


def message(notification: Notification) -> EmailMultiAlternatives:
    """The e-mail, in the subscriber's language and the network's time."""
    booking = Booking.objects.select_related(
        "subscriber__user", "network", "vehicle__vehicle_type", "origin_station", "end_station"
    ).get(pk=notification.booking_id)
    user = booking.subscriber.user
    hold = booking.dock_holds.select_related("dock__station").order_by("-id").first()
    replacement = replacement_of(booking) if notification.kind == Notification.Kind.WITHDRAWAL else None
    if replacement is not None:
        hold = replacement.dock_holds.select_related("dock__station").order_by("-id").first()
    facts = Facts(booking, replacement, hold, f"{settings.PUBLIC_URL}/bookings/{booking.pk}/", notification.data)
    template = f"bookings/mail/{notification.kind}.txt"
    with translation.override(user.language), timezone.override(ZoneInfo(booking.network.time_zone)):
        text = render_to_string(template, {"facts": facts, "booking": booking, "hold": hold, "user": user})
    subject, _blank, body = text.strip().partition("\n\n")
    mail = EmailMultiAlternatives(subject=" ".join(subject.split()), body=body.strip() + "\n", to=[user.email])
    mail.extra_headers["Message-ID"] = _message_id(notification)
    return mail


def replacement_of(booking: Booking) -> Booking | None:
    """The booking that stands for one that could not be kept."""
    return Booking.objects.filter(replaces=booking).select_related("vehicle", "origin_station").first()


def _message_id(notification: Notification) -> str:
    host = make_msgid().rpartition("@")[2]
    return f"<notification-{notification.pk}-{notification.booking_id}@{host}"
