"""One booking, one row, one table of transitions. A reservation and its trip are phases of the same booking.

`during` is a claim: a half-open period, start to expiry while held, open-ended while driving, closed at the true end.
PostgreSQL refuses overlaps of live claims for a car, a dock and a subscriber; so a hold past its time blocks nobody,
whatever has crashed.
"""

import uuid
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Subscriber, Subscription
from bookings.recording import record_vehicle
from bookings.refusals import NotNow
from stations import events
from stations.models import Dock, Network, Station
from vehicles.models import Vehicle


class State(models.TextChoices):
    RESERVED = "reserved", _("reserved")
    ON_TRIP = "on_trip", _("on trip")
    COMPLETED = "completed", _("completed")
    CANCELLED = "cancelled", _("cancelled")
    EXPIRED = "expired", _("expired")


OPEN = (State.RESERVED, State.ON_TRIP)


class Command(StrEnum):
    EXTEND = "extend"
    EXTEND_DESTINATION = "extend_destination"
    MOVE_DESTINATION = "move_destination"
    DROP_DESTINATION = "drop_destination"
    CANCEL = "cancel"
    START_TRIP = "start_trip"
    END_TRIP = "end_trip"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"
    PROLONG = "prolong"


# The whole life of a booking. What is not here is refused. `reserve` has no row: it makes the booking, in RESERVED.
TRANSITIONS: dict[tuple[State, Command], State] = {
    (State.RESERVED, Command.EXTEND): State.RESERVED,
    (State.RESERVED, Command.EXTEND_DESTINATION): State.RESERVED,
    (State.RESERVED, Command.MOVE_DESTINATION): State.RESERVED,
    (State.RESERVED, Command.DROP_DESTINATION): State.RESERVED,
    (State.RESERVED, Command.CANCEL): State.CANCELLED,
    (State.RESERVED, Command.WITHDRAW): State.CANCELLED,
    (State.RESERVED, Command.EXPIRE): State.EXPIRED,
    (State.RESERVED, Command.START_TRIP): State.ON_TRIP,
    (State.ON_TRIP, Command.EXTEND_DESTINATION): State.ON_TRIP,
    (State.ON_TRIP, Command.MOVE_DESTINATION): State.ON_TRIP,
    (State.ON_TRIP, Command.DROP_DESTINATION): State.ON_TRIP,
    (State.ON_TRIP, Command.PROLONG): State.ON_TRIP,
    (State.ON_TRIP, Command.END_TRIP): State.COMPLETED,
}


def upper(name: str) -> Func:
    return Func(F(name), function="upper", output_field=models.DateTimeField())


def is_endless(name: str) -> Func:
    return Func(F(name), function="upper_inf", output_field=models.BooleanField())


class Booking(models.Model):
    class EndCause(models.TextChoices):
        RETURNED = "returned", _("car plugged in")
        CUSTOMER = "customer", _("cancelled by the subscriber")
        EXPIRED = "expired", _("hold ran out")
        OPERATOR = "operator", _("ended by an operator")
        WITHDRAWN = "withdrawn", _("car withdrawn by an operator")
        MOVED = "moved", _("moved to another car")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    network = models.ForeignKey(Network, models.PROTECT, verbose_name=_("network"), related_name="+")
    subscriber = models.ForeignKey(Subscriber, models.PROTECT, verbose_name=_("subscriber"), related_name="+")
    subscription = models.ForeignKey(Subscription, models.PROTECT, verbose_name=_("subscription"), related_name="+")
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, verbose_name=_("car"), related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=State)
    during = DateTimeRangeField(_("claim"))
    origin_station = models.ForeignKey(Station, models.PROTECT, verbose_name=_("from"), related_name="+")
    end_station = models.ForeignKey(
        Station, models.PROTECT, verbose_name=_("returned at"), related_name="+", null=True, blank=True
    )
    extensions = models.PositiveSmallIntegerField(_("extensions"), default=0)
    reserved_at = models.DateTimeField(_("reserved"))
    held_until = models.DateTimeField(_("held until"))
    started_at = models.DateTimeField(_("trip started"), null=True, blank=True)
    # An operator knows why the trip is long; until then nobody needs to ask.
    may_last_until = models.DateTimeField(_("may last until"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    end_cause = models.CharField(_("ended because"), max_length=10, choices=EndCause, blank=True)
    end_note = models.CharField(_("note"), max_length=300, blank=True)
    remind_at = models.DateTimeField(_("remind at"), null=True, blank=True, editable=False)
    # The one that could not be kept: its car was withdrawn, or the station closed.
    replaces = models.ForeignKey(
        "self", models.PROTECT, related_name="+", null=True, blank=True, editable=False, db_index=False
    )

    class Meta:
        verbose_name = _("booking")
        verbose_name_plural = _("bookings")
        constraints = [
            ExclusionConstraint(
                name="no_car_is_claimed_twice",
                expressions=[("vehicle", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                condition=Q(state__in=["reserved", "on_trip"]),
            ),
            ExclusionConstraint(
                name="no_subscriber_books_twice",
                expressions=[("subscriber", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                condition=Q(state__in=["reserved", "on_trip"]),
            ),
            models.CheckConstraint(
                name="a_reservation_ends_when_it_was_promised",
                condition=~Q(state="reserved") | Q(held_until=upper("during")),
            ),
            models.CheckConstraint(
                name="a_trip_is_open_ended", condition=~Q(state="on_trip") | Q(is_endless("during"))
            ),
            models.CheckConstraint(
                name="a_trip_has_a_start",
                condition=Q(state__in=["on_trip", "completed"], started_at__isnull=False)
                | Q(state__in=["reserved", "cancelled", "expired"], started_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_closed_booking_has_an_end_and_a_cause",
                condition=Q(state__in=["reserved", "on_trip"], ended_at__isnull=True, end_cause="")
                | Q(state__in=["completed", "cancelled", "expired"], ended_at__isnull=False) & ~Q(end_cause=""),
            ),
        ]
        indexes = [
            models.Index(fields=["held_until"], name="booking_due", condition=Q(state="reserved")),
            models.Index(fields=["remind_at"], name="booking_to_remind", condition=Q(remind_at__isnull=False)),
            models.Index(fields=["subscriber", "-reserved_at", "id"], name="booking_of_subscriber"),
            models.Index(fields=["network", "-reserved_at"], name="booking_of_network"),
            models.Index(fields=["vehicle", "-reserved_at"], name="booking_of_vehicle"),
            models.Index(fields=["replaces"], name="booking_replaced", condition=Q(replaces__isnull=False)),
            models.Index(fields=["network", "ended_at"], name="booking_ended", condition=Q(ended_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return str(self.id)[:8]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def enter(
        self,
        command: Command,
        *,
        vehicle: Vehicle,
        at: datetime,
        actor: str,
        event: events.Type,
        occurred_at: datetime | None = None,
        data: dict[str, Any] | None = None,
        vehicle_changes: dict[str, Any] | None = None,
        **changes: Any,
    ) -> None:
        """The only way in which a booking changes: its row, its car's row and the event, or nothing.

        The caller holds the lock of the car. Raises `NotNow` for a (state, command) outside the table.
        """
        target = TRANSITIONS.get((State(self.state), command))
        if target is None:
            raise NotNow(state=self.get_state_display())
        changes["state"] = target
        if target not in OPEN:
            changes["remind_at"] = None
        if not Booking.objects.filter(pk=self.pk, state=self.state).update(**changes):
            raise RuntimeError(f"booking {self.pk} changed under the lock of its car")
        for name, value in changes.items():
            setattr(self, name, value)
        record_vehicle(
            vehicle,
            event,
            booking=self,
            at=at,
            actor=actor,
            occurred_at=occurred_at,
            data=data,
            **(vehicle_changes or {}),
        )


class DockHold(models.Model):
    """A dock kept for a booking. `held_until` is what was promised; `during` is what blocks others.

    Until the trip starts the block ends with the car's own hold: a booking that nobody came for keeps no dock.
    """

    class State(models.TextChoices):
        HELD = "held", _("held")
        USED = "used", _("used")
        RELEASED = "released", _("released")
        EXPIRED = "expired", _("expired")
        DISPLACED = "displaced", _("taken by another car, or closed")

    booking = models.ForeignKey(Booking, models.PROTECT, verbose_name=_("booking"), related_name="dock_holds")
    subscriber = models.ForeignKey(Subscriber, models.PROTECT, related_name="+")
    dock = models.ForeignKey(Dock, models.PROTECT, verbose_name=_("dock"), related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.HELD)
    during = DateTimeRangeField(_("claim"))
    held_until = models.DateTimeField(_("held until"))
    extensions = models.PositiveSmallIntegerField(_("extensions"), default=0)
    created_at = models.DateTimeField(_("created"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    remind_at = models.DateTimeField(_("remind at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("dock hold")
        verbose_name_plural = _("dock holds")
        constraints = [
            ExclusionConstraint(
                name="no_dock_is_held_twice",
                expressions=[("dock", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                condition=Q(state="held"),
            ),
            ExclusionConstraint(
                name="no_subscriber_holds_two_docks",
                expressions=[("subscriber", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
                condition=Q(state="held"),
            ),
            models.CheckConstraint(
                name="a_hold_never_outlives_its_promise",
                condition=~Q(state="held") | ~Q(is_endless("during")) & Q(held_until__gte=upper("during")),
            ),
            models.CheckConstraint(
                name="a_closed_hold_says_when",
                condition=Q(state="held", closed_at__isnull=True) | ~Q(state="held") & Q(closed_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(upper("during"), name="dock_hold_due", condition=Q(state="held")),
            models.Index(fields=["remind_at"], name="dock_hold_to_remind", condition=Q(remind_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.dock} {self.state}"


class Notification(models.Model):
    """A message owed to a subscriber: a row first, sent later, at least once. `key` makes it owed once a channel."""

    class Kind(models.TextChoices):
        CONFIRMATION = "confirmation", _("confirmation")
        REMINDER = "reminder", _("reminder")
        DOCK_REMINDER = "dock_reminder", _("dock reminder")
        EXPIRY = "expiry", _("expiry")
        DOCK_EXPIRY = "dock_expiry", _("dock expiry")
        DISPLACEMENT = "displacement", _("dock taken")
        WITHDRAWAL = "withdrawal", _("car withdrawn")
        RETURN = "return", _("return")

    class Channel(models.TextChoices):
        MAIL = "mail", _("e-mail")
        PUSH = "push", _("browser")

    booking = models.ForeignKey(Booking, models.PROTECT, related_name="notifications")
    kind = models.CharField(_("kind"), max_length=15, choices=Kind)
    channel = models.CharField(
        _("channel"), max_length=4, choices=Channel, default=Channel.MAIL, db_default=Channel.MAIL
    )
    key = models.CharField(max_length=64)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(_("created"))
    attempted_at = models.DateTimeField(_("last attempt"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True)
    failure = models.CharField(_("failure"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [
            models.UniqueConstraint(
                fields=["booking", "kind", "key", "channel"], name="a_notification_is_owed_once_a_channel"
            )
        ]
        indexes = [models.Index(fields=["id"], name="notification_unsent", condition=Q(sent_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.kind} {self.booking_id} {self.channel}"
