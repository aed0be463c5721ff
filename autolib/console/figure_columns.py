"""The columns of the indicators: each value in words, and the list of the rows that it was counted from."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from bookings.figures import MEANINGS
from bookings.models import NetworkDay
from stations.admin_lists import NOTHING
from stations.models import Network

DAY_SECONDS = 86_400
BOOKINGS, EVENTS, MESSAGES = ("bookings_booking", "stations_event", "stations_devicemessage")
REFUSALS = "bookings_refusedrequest"

SUMMED = (
    "reservations",
    "trips",
    "trip_seconds",
    "customer_cancellations",
    "provider_cancellations",
    "expiries",
    "displaced_holds",
    "promises",
    "promises_kept",
    "in_service_seconds",
    "renting_seconds",
    "without_car_seconds",
    "returning_seconds",
    "without_dock_seconds",
    "messages_resolved",
    "message_seconds",
    "cars_restored",
    "car_outage_seconds",
    "docks_restored",
    "dock_outage_seconds",
)


@dataclass(frozen=True)
class Cell:
    text: str
    url: str = ""


@dataclass(frozen=True)
class Column:
    """`filters` lead to the rows of the day: a list of the admin, the instants that matter, and what else is asked.

    What comes from cars or stations leads to those of the day instead: `of_day` is what that page is asked.
    """

    key: str
    shown: Callable[[NetworkDay], str]
    rows: str = ""
    instant: str = ""
    filters: tuple[tuple[str, str], ...] = ()
    of_day: tuple[str, str] | None = None

    @property
    def label(self) -> str:
        return str(MEANINGS[self.key][0])

    def cell(self, row: NetworkDay, network: Network) -> Cell:
        text = self.shown(row)
        if text in (NOTHING, whole(0)):
            return Cell(text)
        if self.of_day is not None and row.pk is not None:
            return Cell(text, reverse("admin:figures_day", args=[network.pk, row.date], query=dict([self.of_day])))
        if not self.rows:
            return Cell(text)
        span = {f"{self.instant}__gte": row.begins_at.isoformat(), f"{self.instant}__lt": row.ends_at.isoformat()}
        return Cell(text, rows_url(self.rows, network, **span, **dict(self.filters)))


def rows_url(rows: str, network: Network, **filters: Any) -> str:
    if "ended_at__lt" in filters or "started_at__lt" in filters:
        # Says nothing new, but lets PostgreSQL begin at the day instead of at the newest booking.
        filters["reserved_at__lt"] = filters.get("ended_at__lt") or filters["started_at__lt"]
    return reverse(f"admin:{rows}_changelist", query={"network": network.pk, **filters})


def columns_of(refused: dict[date, Counter[str]]) -> list[Column]:
    """Those of the page, with what was refused on each day by need."""
    of_all: Counter[str] = sum(refused.values(), Counter())

    def count(row: NetworkDay, need: str) -> int:
        is_of_all_days = row.pk is None
        return of_all[need] if is_of_all_days else refused.get(row.date, Counter())[need]

    return [
        *COLUMNS,
        Column("refused_car", lambda row: whole(count(row, "car")), REFUSALS, "occurred_at", (("need__exact", "car"),)),
        Column(
            "refused_dock", lambda row: whole(count(row, "dock")), REFUSALS, "occurred_at", (("need__exact", "dock"),)
        ),
    ]


def total_of(rows: list[NetworkDay]) -> NetworkDay:
    """A row that is never saved: the days together."""
    known = [row.kilometres for row in rows if row.kilometres is not None]
    return NetworkDay(
        date=rows[-1].date,
        begins_at=rows[-1].begins_at,
        ends_at=rows[0].ends_at,
        kilometres=sum(known) if known else None,
        **{name: sum(getattr(row, name) for row in rows) for name in SUMMED},
    )


def whole(number: float) -> str:
    return _rounded(number, 0)


def one_decimal(number: float | Decimal | None) -> str:
    return NOTHING if number is None else _rounded(number, 1)


def _rounded(number: float | Decimal, decimals: int) -> str:
    """Django's own formatting would cut."""
    return number_format(f"{number:.{decimals}f}", decimal_pos=decimals, use_l10n=True, force_grouping=True)


def percent(share: float | None) -> str:
    """Whole percents, but that a little is not nothing and that nearly all is not all."""
    if share is None:
        return NOTHING
    decimals = 1 if 0 < share < 0.1 or 0.99 < share < 1 else 0
    return pgettext("a percentage", "%(number)s%%") % {"number": _rounded(share * 100, decimals)}


def lasting(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    if not hours:
        return _("%(minutes)s min") % {"minutes": minutes}
    if not minutes:
        return _("%(hours)s h") % {"hours": hours}
    return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}


def ratio(part: float, of: float) -> float | None:
    return part / of if of else None


def per_car(row: NetworkDay) -> float | None:
    return ratio(row.trips, row.in_service_seconds / DAY_SECONDS)


def kept(row: NetworkDay) -> float | None:
    return ratio(row.promises_kept, row.promises)


def without_car(row: NetworkDay) -> float | None:
    return ratio(row.without_car_seconds, row.renting_seconds)


def without_dock(row: NetworkDay) -> float | None:
    return ratio(row.without_dock_seconds, row.returning_seconds)


def _charge(row: NetworkDay) -> str:
    return NOTHING if row.charge_percent is None else percent(float(row.charge_percent) / 100)


def _resolved(row: NetworkDay) -> str:
    return _with_time(row.messages_resolved, row.message_seconds)


def _restored(row: NetworkDay) -> str:
    return _with_time(row.cars_restored + row.docks_restored, row.car_outage_seconds + row.dock_outage_seconds)


def _with_time(count: int, seconds: int) -> str:
    if not count:
        return whole(0)
    return _("%(count)s, after %(time)s") % {"count": whole(count), "time": lasting(seconds / count)}


CARS, WITHOUT_CAR, WITHOUT_DOCK = ("of", "cars"), ("need", "car"), ("need", "dock")
COLUMNS = [
    Column("reservations", lambda row: whole(row.reservations), BOOKINGS, "reserved_at"),
    Column("trips", lambda row: whole(row.trips), BOOKINGS, "ended_at", (("state__exact", "completed"),)),
    Column("minutes", lambda row: whole(row.trip_seconds // 60), of_day=CARS),
    Column("kilometres", lambda row: one_decimal(row.kilometres), of_day=CARS),
    Column("per_car", lambda row: one_decimal(per_car(row)), of_day=CARS),
    Column("in_use", lambda row: percent(ratio(row.trip_seconds, row.in_service_seconds)), of_day=CARS),
    Column("kept", lambda row: percent(kept(row)), BOOKINGS, "ended_at"),
    Column(
        "cancelled",
        lambda row: whole(row.customer_cancellations),
        BOOKINGS,
        "ended_at",
        (("end_cause__exact", "customer"),),
    ),
    Column("expired", lambda row: whole(row.expiries), BOOKINGS, "ended_at", (("end_cause__exact", "expired"),)),
    Column(
        "withdrawn",
        lambda row: whole(row.provider_cancellations),
        BOOKINGS,
        "ended_at",
        (("end_cause__exact", "withdrawn"),),
    ),
    Column(
        "displaced", lambda row: whole(row.displaced_holds), EVENTS, "occurred_at", (("type", "dock_hold_displaced"),)
    ),
    Column("without_car", lambda row: percent(without_car(row)), of_day=WITHOUT_CAR),
    Column("without_dock", lambda row: percent(without_dock(row)), of_day=WITHOUT_DOCK),
    Column("charge", _charge),
    Column("resolved", _resolved, MESSAGES, "resolved_at", (("for_a_person", "resolved"),)),
    Column("restored", _restored, EVENTS, "occurred_at", (("type", "service_start"),)),
]
