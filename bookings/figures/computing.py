"""Days are computed from the log and the bookings, and may be computed again: twice gives equal rows."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from time import monotonic
from typing import Any

import structlog
from django.db import connection, transaction
from django.db.models import Avg, Count, F, Q, Sum
from django.utils.translation import gettext_lazy as _

from bookings.figures.days import Day, date_at, day_of
from bookings.figures.folding import Fold, Standing
from bookings.figures.reading import changes_of, standing_at_midnight
from bookings.models import NetworkDay, StationDay, VehicleDay
from stations import clock
from stations.models import DeviceMessage, Event, Network
from stations.refusals import Refusal
from vehicles.models import VehicleReport

log = structlog.get_logger(__name__)

# Any numbers drawn once: the first keeps two computations of one network apart, the second two rounds of the task.
NETWORK_LOCK, ROUND_LOCK = 20180620, 20180621
# What devices tell a little late is there by then. The index `event_late` (migration 0005) counts on it.
SETTLING = timedelta(minutes=10)
# An event may be stamped so long before its transaction commits, and be seen by the next computation only.
UNCOMMITTED = timedelta(minutes=1)
# So long after its end what cars last said still tells how the day ended.
FRESH = timedelta(hours=6)
LOOK_BACK_DAYS = 35
BUDGET_SECONDS = 15.0
BATCH = 1000

# What happened on a day also tells how the days after it began.
LATE = """
WITH late AS (
    SELECT network_id, occurred_at, recorded_at FROM stations_event
    WHERE network_id = ANY(%(networks)s) AND recorded_at > %(since)s
      AND recorded_at - occurred_at > interval '5 minutes')
SELECT day.network_id, day.date FROM bookings_networkday AS day
WHERE day.ends_at > (SELECT min(occurred_at) FROM late)
  AND EXISTS (SELECT FROM late WHERE late.network_id = day.network_id AND late.occurred_at < day.ends_at
                                 AND late.recorded_at > day.read_until)
"""


class DayNotOver(Refusal):
    code = "day_not_over"
    sentence = _("This day is not over yet, or ended a few minutes ago.")


@dataclass(frozen=True)
class Measured:
    """What cars last measured when the day was first computed; never measured again."""

    charge_percent: Decimal | None
    odometers: dict[int, Decimal]


@dataclass(frozen=True)
class Carried:
    """How the day computed before ended, so that the next one need not look for its beginning."""

    standing: Standing
    read_until: datetime


def compute_day(*, network: Network, date: date) -> NetworkDay:
    """Replace the rows of the day. Refuses DayNotOver. Lock: an advisory one, of the network's figures."""
    return _compute(network, day_of(network, date), None)[0]


def compute_days(*, network: Network, first: date, last: date) -> Iterator[NetworkDay]:
    """The same for each day in turn, much sooner where they are long ago. Each is a transaction of its own."""
    carried = None
    for number in range((last - first).days + 1):
        row, carried = _compute(network, day_of(network, first + timedelta(days=number)), carried)
        yield row


def _compute(network: Network, day: Day, carried: Carried | None) -> tuple[NetworkDay, Carried]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '40s'; SET LOCAL lock_timeout = '30s'")
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [NETWORK_LOCK, network.pk])
        at = clock.now()
        if at < day.ends_at + SETTLING:
            raise DayNotOver
        standing = carried.standing.at_next_midnight(day.hours) if carried else standing_at_midnight(network, day)
        fold = Fold(day, standing).take(changes_of(network, day)).close()
        measured = _measured(network, day, at)
        for model in (StationDay, VehicleDay, NetworkDay):
            model._default_manager.filter(network=network, date=day.date).delete()
        StationDay.objects.bulk_create(_station_days(network, day, fold), batch_size=BATCH)
        cars = _vehicle_days(network, day, fold, measured)
        VehicleDay.objects.bulk_create(cars, batch_size=BATCH)
        row = _network_day(network, day, fold, cars)
        row.charge_percent, row.computed_at = measured.charge_percent, at
        row.read_until = carried.read_until if carried else at - UNCOMMITTED
        row.save(force_insert=True)
    return row, Carried(fold.standing, row.read_until)


def due_days() -> list[tuple[Network, date]]:
    """Days that are over and have no figures yet, or of which something was learnt since, the oldest first."""
    at = clock.now()
    networks = Network.objects.in_bulk()
    due = [(network, date) for network in networks.values() for date in _missing(network, at)]
    with connection.cursor() as cursor:
        cursor.execute(LATE, {"networks": list(networks), "since": at - timedelta(days=LOOK_BACK_DAYS)})
        due += [(networks[network_id], date) for network_id, date in cursor.fetchall()]
    return sorted(due, key=lambda each: (each[1], each[0].pk))


def compute_due() -> Counter[str]:
    """Compute what is due, alone and for some seconds at most; how many days were computed, and how many failed."""
    stop_at = monotonic() + BUDGET_SECONDS
    tried: set[tuple[int, date]] = set()
    counts: Counter[str] = Counter(computed=0, failed=0)
    while monotonic() < stop_at:
        with transaction.atomic():
            if not _is_alone():
                break
            due = [(network, day) for network, day in due_days() if (network.pk, day) not in tried]
            if not due:
                break
            network, day = due[0]
            tried.add((network.pk, day))
            try:
                compute_day(network=network, date=day)
                counts["computed"] += 1
            except Exception:
                # Whatever one day comes to grief on must not stop the others; it is tried again in the next round.
                log.exception("figures failed", network=network.slug, date=str(day))
                counts["failed"] += 1
    return counts


def _is_alone() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [ROUND_LOCK])
        return bool(cursor.fetchone()[0])


def _missing(network: Network, at: datetime) -> list[date]:
    """Of the last weeks; before the first day with figures only `compute_days` goes, or the network's first event."""
    end = date_at(network, at - SETTLING)
    begin = end - timedelta(days=LOOK_BACK_DAYS)
    known = NetworkDay.objects.filter(network=network, date__gte=begin).order_by("date")
    computed = list(known.values_list("date", flat=True))
    if computed:
        first = computed[0]
    else:
        events = Event.objects.filter(network=network).order_by("id").values_list("occurred_at", flat=True)[:1]
        first = max([begin, *(date_at(network, occurred_at) for occurred_at in events)]) if events else end
    dates = [first + timedelta(days=number) for number in range((end - first).days)]
    return sorted(set(dates) - set(computed))


def _measured(network: Network, day: Day, at: datetime) -> Measured:
    before = NetworkDay.objects.filter(network=network, date=day.date).first()
    if before is not None:
        kept = VehicleDay.objects.filter(network=network, date=day.date, odometer_km__isnull=False)
        return Measured(before.charge_percent, dict(kept.values_list("vehicle_id", "odometer_km")))
    if at > day.ends_at + FRESH:
        return Measured(None, {})
    reports = VehicleReport.objects.filter(vehicle__network=network)
    charge = reports.filter(vehicle__is_in_service=True).aggregate(mean=Avg("charge_percent"))["mean"]
    known = reports.values_list("vehicle_id", "odometer_km")
    return Measured(charge, {pk: odometer for pk, odometer in known if odometer is not None})


def _station_days(network: Network, day: Day, fold: Fold) -> list[StationDay]:
    names = ("renting", "without_car", "returning", "without_dock", "departures", "arrivals")
    rows = []
    for station, tally in fold.standing.stations.items():
        row = StationDay(network=network, station_id=station, date=day.date)
        for name in names:
            hours = getattr(tally, name)
            setattr(row, f"{name}_by_hour", hours)
            setattr(row, name if name in ("departures", "arrivals") else f"{name}_seconds", sum(hours))
        rows.append(row)
    return rows


def _vehicle_days(network: Network, day: Day, fold: Fold, measured: Measured) -> list[VehicleDay]:
    day_before = VehicleDay.objects.filter(network=network, date=day.date - timedelta(days=1))
    began_with = dict(day_before.filter(odometer_km__isnull=False).values_list("vehicle_id", "odometer_km"))
    return [
        VehicleDay(
            network=network,
            vehicle_id=pk,
            date=day.date,
            trips=car.trips,
            trip_seconds=car.trip_seconds,
            in_service_seconds=car.in_service_seconds,
            odometer_km=measured.odometers.get(pk),
            kilometres=_driven(began_with.get(pk), measured.odometers.get(pk)),
        )
        for pk, car in fold.standing.cars.items()
    ]


def _driven(began_with: Decimal | None, ended_with: Decimal | None) -> Decimal | None:
    """Kilometres between two readings; of an odometer that runs backwards (it was replaced) nothing is known."""
    if began_with is None or ended_with is None or ended_with < began_with:
        return None
    return ended_with - began_with


def _network_day(network: Network, day: Day, fold: Fold, cars: list[VehicleDay]) -> NetworkDay:
    tallies = fold.standing.stations.values()
    known = [car.kilometres for car in cars if car.kilometres is not None]
    return NetworkDay(
        network=network,
        date=day.date,
        begins_at=day.begins_at,
        ends_at=day.ends_at,
        kilometres=sum(known) if known else None,
        cars=sum(car.in_service_seconds > 0 for car in cars),
        in_service_seconds=sum(car.in_service_seconds for car in cars),
        renting_seconds=sum(sum(tally.renting) for tally in tallies),
        without_car_seconds=sum(sum(tally.without_car) for tally in tallies),
        returning_seconds=sum(sum(tally.returning) for tally in tallies),
        without_dock_seconds=sum(sum(tally.without_dock) for tally in tallies),
        **_messages(network, day),
        **fold.counts,
    )


def _messages(network: Network, day: Day) -> dict[str, Any]:
    """Messages in quarantine: how many arrived on the day, how many a person dealt with, and how long those waited."""
    quarantined = DeviceMessage.objects.filter(device__network=network, outcome=DeviceMessage.Outcome.QUARANTINED)
    resolved = Q(resolved_at__gte=day.begins_at, resolved_at__lt=day.ends_at)
    found = quarantined.aggregate(
        arrived=Count("pk", filter=Q(received_at__gte=day.begins_at, received_at__lt=day.ends_at)),
        resolved=Count("pk", filter=resolved),
        waited=Sum(F("resolved_at") - F("received_at"), filter=resolved),
    )
    return {
        "messages_quarantined": found["arrived"],
        "messages_resolved": found["resolved"],
        "message_seconds": int(found["waited"].total_seconds()) if found["waited"] else 0,
    }
