"""How a day goes beside the same weekday of the weeks before."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from bookings.figures.days import date_at, midnight, wall_clock
from stations import clock
from stations.models import Network

WEEKS = 4
# A reservation is made at most so long before its trip starts: what bounds the look into the index.
LONGEST_HOLD = "1 day"

COUNTS = f"""
SELECT span.date, count(booking.id) FILTER (WHERE booking.reserved_at >= span.begins),
       count(booking.id) FILTER (WHERE booking.started_at >= span.begins AND booking.started_at < span.ends)
FROM unnest(%(dates)s::date[], %(begins)s::timestamptz[], %(ends)s::timestamptz[]) AS span (date, begins, ends)
LEFT JOIN LATERAL (
    SELECT id, reserved_at, started_at FROM bookings_booking
    WHERE network_id = %(network)s AND reserved_at >= span.begins - interval '{LONGEST_HOLD}'
      AND reserved_at < span.ends) AS booking ON true
GROUP BY span.date ORDER BY span.date DESC
"""  # noqa: S608


@dataclass(frozen=True)
class SoFar:
    """Reservations made and trips started on a day up to an instant."""

    date: date
    until: datetime
    reservations: int
    trips: int


@dataclass(frozen=True)
class Comparison:
    """A day, and the same weekday of the weeks before, the latest first, each up to the same time on the wall."""

    day: SoFar
    before: list[SoFar]

    @property
    def usual_reservations(self) -> float:
        return sum(one.reservations for one in self.before) / len(self.before)

    @property
    def usual_trips(self) -> float:
        return sum(one.trips for one in self.before) / len(self.before)


def same_weekday(*, network: Network, date: date) -> Comparison:
    """`date` so far (the whole of it when it is over) against the four weeks before; one query and the clock's."""
    at = clock.now()
    is_running = date_at(network, at) <= date
    time_on_the_wall = at.astimezone(ZoneInfo(network.time_zone)).time()
    dates = [date - timedelta(weeks=week) for week in range(WEEKS + 1)]
    begins = [midnight(network, day) for day in dates]
    if is_running:
        ends = [at if day == date else wall_clock(network, day, time_on_the_wall) for day in dates]
    else:
        ends = [midnight(network, day + timedelta(days=1)) for day in dates]
    asked: dict[str, Any] = {"network": network.pk, "dates": dates, "begins": begins, "ends": ends}
    with connection.cursor() as cursor:
        cursor.execute(COUNTS, asked)
        counts = {row[0]: row[1:] for row in cursor.fetchall()}
    found = [SoFar(day, until, *counts[day]) for day, until in zip(dates, ends, strict=True)]
    return Comparison(found[0], found[1:])
