"""Which bookings other rules would have touched: conditions on bookings and on dock holds, and their names in a link.

The times that were promised are known and the times at which people came; so a hold of another length can be laid over
them. An extension is taken to have been asked for in time.
"""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.db.models import DateTimeField, DurationField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Least
from django.db.models.lookups import GreaterThan

from bookings.models import Booking, DockHold, Notification, State
from stations import clock

MOST_SECONDS = 2**31 - 1


class Effect(StrEnum):
    CAR_LOST = "car_lost"
    CAR_FREED_SOONER = "car_freed_sooner"
    CAR_KEPT_LONGER = "car_kept_longer"
    CAR_NOT_EXTENDED = "car_not_extended"
    DOCK_LOST = "dock_lost"
    DOCK_FREED_SOONER = "dock_freed_sooner"
    DOCK_KEPT_LONGER = "dock_kept_longer"
    DOCK_NOT_EXTENDED = "dock_not_extended"
    OVERLONG = "overlong"
    REMINDED = "reminded"
    NOT_REMINDED = "not_reminded"


CAR_HOLD = ("car_hold_seconds", "car_hold_extensions")
DOCK_HOLD = ("dock_hold_seconds", "dock_hold_extensions")
REMINDER = (*CAR_HOLD, "reminder_lead_seconds")
# The rules that each effect is computed from, in the order in which a link names them.
NEEDS: dict[Effect, tuple[str, ...]] = {
    Effect.CAR_LOST: CAR_HOLD,
    Effect.CAR_FREED_SOONER: CAR_HOLD,
    Effect.CAR_KEPT_LONGER: CAR_HOLD,
    Effect.CAR_NOT_EXTENDED: ("car_hold_extensions",),
    Effect.DOCK_LOST: DOCK_HOLD,
    Effect.DOCK_FREED_SOONER: DOCK_HOLD,
    Effect.DOCK_KEPT_LONGER: DOCK_HOLD,
    Effect.DOCK_NOT_EXTENDED: ("dock_hold_extensions",),
    Effect.OVERLONG: ("maximum_trip_seconds",),
    Effect.REMINDED: REMINDER,
    Effect.NOT_REMINDED: REMINDER,
}
ON_DOCKS = frozenset(effect for effect in Effect if effect.startswith("dock_"))

Rules = Mapping[str, int]


def named(effect: Effect, rules: Rules) -> str:
    """The effect with its numbers, for a link: “car_lost:1200:1”."""
    return ":".join([effect, *(str(rules[name]) for name in NEEDS[effect])])


def read(text: str) -> tuple[Effect, dict[str, int]]:
    """What `named` wrote. Raises ValueError for anything else."""
    name, *numbers = text.split(":")
    effect = Effect(name)
    if not all(each.isascii() and each.isdecimal() and len(each) <= 10 for each in numbers):
        raise ValueError(text)
    rules = dict(zip(NEEDS[effect], map(int, numbers), strict=True))
    if max(rules.values()) > MOST_SECONDS:
        raise ValueError(text)
    return effect, rules


def touched(bookings: QuerySet[Booking], effect: Effect, rules: Rules) -> QuerySet[Booking]:
    if effect in ON_DOCKS:
        holds = DockHold.objects.filter(on_hold(effect, rules), booking=OuterRef("pk"))
        return bookings.filter(Exists(holds))
    return bookings.filter(on_booking(effect, rules))


def on_booking(effect: Effect, rules: Rules) -> Q:
    if effect == Effect.CAR_NOT_EXTENDED:
        return Q(extensions__gt=rules["car_hold_extensions"])
    if effect == Effect.OVERLONG:
        longest = Value(timedelta(seconds=rules["maximum_trip_seconds"]))
        since = ExpressionWrapper(Coalesce(F("ended_at"), clock.instant()) - longest, DateTimeField())
        return Q(started_at__lt=since)
    until = _until("reserved_at", rules["car_hold_seconds"], rules["car_hold_extensions"])
    if effect in (Effect.REMINDED, Effect.NOT_REMINDED):
        return _reminded(effect, until, rules)
    return {
        Effect.CAR_LOST: Q(started_at__gte=until),
        Effect.CAR_FREED_SOONER: Q(state__in=[State.EXPIRED, State.CANCELLED], ended_at__gt=until),
        Effect.CAR_KEPT_LONGER: Q(state=State.EXPIRED, held_until__lt=until),
    }[effect]


def on_hold(effect: Effect, rules: Rules) -> Q:
    if effect == Effect.DOCK_NOT_EXTENDED:
        return Q(extensions__gt=rules["dock_hold_extensions"])
    until = _until("created_at", rules["dock_hold_seconds"], rules["dock_hold_extensions"])
    held = DockHold.State
    return {
        Effect.DOCK_LOST: Q(state=held.USED, closed_at__gte=until),
        Effect.DOCK_FREED_SOONER: Q(state__in=[held.EXPIRED, held.RELEASED, held.DISPLACED], closed_at__gt=until),
        Effect.DOCK_KEPT_LONGER: Q(state=held.EXPIRED, closed_at=F("held_until"), held_until__lt=until),
    }[effect]


def _until(start: str, seconds: int, extensions: int) -> Any:
    """When the hold would have run out: its length, once more for each extension that would have been possible."""
    times = Least(F("extensions"), Value(extensions)) + Value(1)
    length = ExpressionWrapper(times * Value(timedelta(seconds=seconds)), DurationField())
    return ExpressionWrapper(F(start) + length, DateTimeField())


def _reminded(effect: Effect, until: Any, rules: Rules) -> Q:
    """Whoever still waits when the reminder is due is reminded; of a hold shorter than twice the lead, nobody."""
    lead = rules["reminder_lead_seconds"]
    was = Q(Exists(Notification.objects.filter(booking=OuterRef("pk"), kind=Notification.Kind.REMINDER)))
    due_at = ExpressionWrapper(until - Value(timedelta(seconds=lead)), DateTimeField())
    waits_until = Coalesce(F("started_at"), F("ended_at"), clock.instant())
    would = Q(GreaterThan(waits_until, due_at)) if rules["car_hold_seconds"] >= 2 * lead else Q(pk__in=[])
    return would & ~was if effect == Effect.REMINDED else was & ~would
