"""What other rules would have changed on the network's day before: counts, each with the bookings that it counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext, ngettext, ngettext_lazy

from bookings.models import Booking, DockHold
from bookings.rule_effects import (
    CAR_HOLD,
    DOCK_HOLD,
    ON_DOCKS,
    REMINDER,
    Effect,
    named,
    on_booking,
    on_hold,
)
from stations import clock, local_times
from stations.models import Network
from vehicles.models import Vehicle

# Which rules, changed, have which effects. What no rule here names leaves nothing behind that could be compared.
EFFECTS: list[tuple[tuple[str, ...], tuple[Effect, ...]]] = [
    (CAR_HOLD, (Effect.CAR_LOST, Effect.CAR_FREED_SOONER, Effect.CAR_KEPT_LONGER)),
    (("car_hold_extensions",), (Effect.CAR_NOT_EXTENDED,)),
    (DOCK_HOLD, (Effect.DOCK_LOST, Effect.DOCK_FREED_SOONER, Effect.DOCK_KEPT_LONGER)),
    (("dock_hold_extensions",), (Effect.DOCK_NOT_EXTENDED,)),
    (("maximum_trip_seconds",), (Effect.OVERLONG,)),
    (REMINDER, (Effect.REMINDED, Effect.NOT_REMINDED)),
]
COMPARED = frozenset(name for rules, _effects in EFFECTS for name in rules) | {"minimum_charge_percent"}
SENTENCES: dict[Effect, Any] = {
    Effect.CAR_LOST: ngettext_lazy(
        "%(count)s person would have lost their car before they came.",
        "%(count)s people would have lost their car before they came.",
        "count",
    ),
    Effect.CAR_FREED_SOONER: ngettext_lazy(
        "%(count)s car that nobody came for would have been free sooner.",
        "%(count)s cars that nobody came for would have been free sooner.",
        "count",
    ),
    Effect.CAR_KEPT_LONGER: ngettext_lazy(
        "%(count)s reservation that ran out would have been held longer.",
        "%(count)s reservations that ran out would have been held longer.",
        "count",
    ),
    Effect.CAR_NOT_EXTENDED: ngettext_lazy(
        "%(count)s reservation was lengthened more often than would have been possible.",
        "%(count)s reservations were lengthened more often than would have been possible.",
        "count",
    ),
    Effect.DOCK_LOST: ngettext_lazy(
        "%(count)s person would have lost their dock before they arrived.",
        "%(count)s people would have lost their dock before they arrived.",
        "count",
    ),
    Effect.DOCK_FREED_SOONER: ngettext_lazy(
        "%(count)s booking whose dock was not used would have freed it sooner.",
        "%(count)s bookings whose dock was not used would have freed it sooner.",
        "count",
    ),
    Effect.DOCK_KEPT_LONGER: ngettext_lazy(
        "%(count)s booking whose dock hold ran out would have kept it longer.",
        "%(count)s bookings whose dock hold ran out would have kept it longer.",
        "count",
    ),
    Effect.DOCK_NOT_EXTENDED: ngettext_lazy(
        "%(count)s dock hold was lengthened more often than would have been possible.",
        "%(count)s dock holds were lengthened more often than would have been possible.",
        "count",
    ),
    Effect.OVERLONG: ngettext_lazy(
        "%(count)s trip would have been called overlong (%(now)s by the rules of now).",
        "%(count)s trips would have been called overlong (%(now)s by the rules of now).",
        "count",
    ),
    Effect.REMINDED: ngettext_lazy(
        "%(count)s more person would have been reminded of their car.",
        "%(count)s more people would have been reminded of their car.",
        "count",
    ),
    Effect.NOT_REMINDED: ngettext_lazy(
        "%(count)s person who was reminded of their car would not have been.",
        "%(count)s people who were reminded of their car would not have been.",
        "count",
    ),
}


@dataclass(frozen=True)
class Finding:
    """`asks_for` names the bookings to the list of bookings; empty where it is about something else."""

    sentence: str
    asks_for: str = ""


@dataclass(frozen=True)
class Preview:
    """Of the bookings reserved in [begins_at, ends_at). `silent` are changed rules of which nothing can be compared."""

    begins_at: datetime
    ends_at: datetime
    reservations: int
    findings: list[Finding]
    silent: list[str]


def yesterday(*, network: Network, values: Mapping[str, Any]) -> Preview:
    """What `values` (rules that change, over those in force) would have made of the network's day before this one.

    The day's own holds are compared with the lengths that they would have had; charges of the past are not kept, so
    what concerns them is counted on the cars as they stand. At most four queries.
    """
    begins_at, ends_at = local_times.day_before(clock.now(), network=network)
    rules = {name: values.get(name, getattr(network, name)) for name in COMPARED}
    changed = {name for name in COMPARED if rules[name] != getattr(network, name)}
    effects = [effect for needed, found in EFFECTS if changed.intersection(needed) for effect in found]
    of_day = {"reserved_at__gte": begins_at, "reserved_at__lt": ends_at, "network": network}
    on_bookings = {effect: on_booking(effect, rules) for effect in effects if effect not in ON_DOCKS}
    now = on_booking(Effect.OVERLONG, {"maximum_trip_seconds": network.maximum_trip_seconds})
    counts: dict[str, int] = Booking.objects.filter(**of_day).aggregate(
        all=Count("pk"), now=Count("pk", filter=now), **_counted("pk", on_bookings)
    )
    on_holds = {effect: on_hold(effect, rules) for effect in effects if effect in ON_DOCKS}
    if on_holds:
        holds = DockHold.objects.filter(**{f"booking__{name}": value for name, value in of_day.items()})
        counts |= holds.aggregate(**_counted("booking", on_holds))
    findings = [
        Finding(SENTENCES[effect] % {"count": counts[effect], "now": counts["now"]}, named(effect, rules))
        for effect in effects
        if counts[effect] or (effect == Effect.OVERLONG and counts["now"])
    ]
    if "minimum_charge_percent" in changed:
        findings += _cars(network, rules["minimum_charge_percent"])
    return Preview(begins_at, ends_at, counts["all"], findings, [name for name in values if name not in COMPARED])


def _counted(key: str, conditions: Mapping[Effect, Q]) -> dict[str, Count]:
    return {str(effect): Count(key, filter=condition, distinct=key != "pk") for effect, condition in conditions.items()}


def _cars(network: Network, percent: int) -> list[Finding]:
    """Cars in service at stations that rent, between the two limits, as they are charged at this moment."""
    known = network.minimum_charge_percent
    low, high = sorted((percent, known))
    cars = Vehicle.objects.filter(
        network=network,
        is_in_service=True,
        dock__station__is_renting=True,
        report__charge_percent__gte=low,
        report__charge_percent__lt=high,
    )
    count = cars.count()
    if percent > known:
        sentence = ngettext(
            "%(count)s car could no longer be rented, charged as it is at this moment.",
            "%(count)s cars could no longer be rented, charged as they are at this moment.",
            count,
        )
    else:
        sentence = ngettext(
            "%(count)s more car could be rented, charged as it is at this moment.",
            "%(count)s more cars could be rented, charged as they are at this moment.",
            count,
        )
    kept = gettext("Charges of the past are not kept.")
    return [Finding(f"{sentence % {'count': count}} {kept}")]
