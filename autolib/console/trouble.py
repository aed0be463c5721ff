"""What needs a person now: each kind of trouble with its rows, their age, and the act that mends it.

A kind is one query, or two: how many, and the first of them by urgency and age. Who may not see the rows in a list of
their own does not see them here; who may not do the act is offered none.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from autolib.console import trouble_rows as rows_of
from stations import rights
from stations.models import Network
from stations.rights import Right

SHOWN = 5
NOW, TODAY, WATCH = 0, 1, 2


@dataclass(frozen=True)
class Mending:
    """An act of an admin, by the name of its model and its own; `of` is the key of what it is done to."""

    model: str
    act: str
    label: Any
    right: Right
    of: Callable[[Any], Any] = attrgetter("pk")

    def url(self, key: Any, back: str) -> str:
        return reverse(f"admin:{self.model}_act", args=[self.act], query={"id": key, "back": back})


class Telling(Mending):
    """Somebody has to be called: the page that says what happened to this person."""

    def url(self, key: Any, back: str) -> str:
        return reverse("admin:accounts_subscriber_timeline", args=[key])


@dataclass(frozen=True)
class Kind:
    """`find` answers the rows in the networks given, each with `since` (an instant or None), oldest first."""

    code: str
    title: Any
    urgency: int
    right: Right
    find: Callable[[list[int]], QuerySet]
    model: str
    query: str = ""  # the same rows in the list of the model
    mending: tuple[Mending, ...] = ()
    named: Callable[[Any], str] = str


@dataclass
class Item:
    name: str
    url: str
    since: datetime | None
    acts: list[tuple[str, str]] = field(default_factory=list)


@dataclass
class Trouble:
    kind: Kind
    total: int
    items: list[Item]
    list_url: str


def _stations(code: str, title: Any, urgency: int, find: Any, query: str, *mending: Mending, named: Any = str) -> Kind:
    return Kind(code, title, urgency, Right.SEE_NETWORK, find, "stations_station", query, mending, named)


def with_cars_on_their_way(station: Any) -> str:
    if not station.coming:
        return str(station)
    coming = ngettext("%(count)s car is asked for", "%(count)s cars are asked for", station.coming)
    return f"{station} · {coming % {'count': station.coming}}"


WITHDRAW_CAR = Mending("vehicles_vehicle", "withdraw", _("Withdraw"), Right.RUN_CARS)
WITHDRAW_DOCK = Mending("stations_dock", "withdraw", _("Take out of service"), Right.RUN_STATIONS)
OPEN_STATION = Mending("stations_station", "open", _("Open"), Right.RUN_STATIONS)
CLOSE_STATION = Mending("stations_station", "close", _("Close"), Right.RUN_STATIONS)
END_TRIP = Mending("bookings_booking", "end_trip", _("End the trip"), Right.STEER_BOOKINGS)
PROLONG = Mending("bookings_booking", "prolong", _("Let it last"), Right.STEER_BOOKINGS)
ASSIGN = Mending("vehicles_fieldtask", "assign", _("Assign"), Right.GIVE_TASKS)
BRING_CARS = Mending("stations_station", "bring", _("Bring cars"), Right.GIVE_TASKS)
TAKE_CARS_AWAY = Mending("stations_station", "take_away", _("Take cars away"), Right.GIVE_TASKS)
WITHDRAW_ITS_CAR = replace(WITHDRAW_CAR, of=attrgetter("vehicle_id"))
WITHDRAW_ITS_DOCK = replace(WITHDRAW_DOCK, of=attrgetter("dock_id"))
WHOM_TO_TELL = Telling(
    "accounts_subscriber", "", _("Whom to tell"), Right.SEE_PEOPLE, attrgetter("booking.subscriber_id")
)
RESOLVE = Mending("stations_devicemessage", "resolve", _("Deal with it"), Right.SETTLE_MESSAGES)

KINDS: tuple[Kind, ...] = (
    Kind(
        "overlong",
        _("Trips that last too long"),
        NOW,
        Right.SEE_BOOKINGS,
        rows_of.overlong,
        "bookings_booking",
        "for_a_person=overlong",
        (END_TRIP, PROLONG),
        lambda booking: f"{booking.vehicle} · {booking.origin_station}",
    ),
    Kind(
        "at_risk",
        _("Reserved cars that cannot be had"),
        NOW,
        Right.SEE_BOOKINGS,
        rows_of.at_risk,
        "bookings_booking",
        "state__exact=reserved",
        (WITHDRAW_ITS_CAR,),
        lambda booking: f"{booking.vehicle} · {booking.origin_station}",
    ),
    Kind(
        "docks_at_risk",
        _("Kept docks in fault"),
        NOW,
        Right.SEE_BOOKINGS,
        rows_of.docks_at_risk,
        "bookings_dockhold",
        "state__exact=held",
        (WITHDRAW_ITS_DOCK,),
        lambda hold: str(hold.dock),
    ),
    Kind(
        "disputed",
        _("Two cars in one dock"),
        NOW,
        Right.SEE_NETWORK,
        rows_of.disputed,
        "vehicles_vehicle",
        "",
        (WITHDRAW_CAR,),
        lambda car: f"{car} · {car.disputed_dock}",
    ),
    Kind(
        "quarantined",
        _("Messages that contradict what is known"),
        NOW,
        Right.SEE_MACHINES,
        rows_of.quarantined,
        "stations_devicemessage",
        "for_a_person=open",
        (RESOLVE,),
        lambda message: f"{message.device} · {message.kind} · {message.reason}",
    ),
    Kind(
        "unplugged",
        _("Cars unplugged for hours, without a trip"),
        NOW,
        Right.SEE_NETWORK,
        rows_of.unplugged,
        "vehicles_vehicle",
        "whereabouts=unaccounted",
        (WITHDRAW_CAR,),
    ),
    Kind(
        "urgent_tasks",
        _("Urgent tasks that nobody has taken"),
        NOW,
        Right.GIVE_TASKS,
        rows_of.urgent_tasks,
        "vehicles_fieldtask",
        "",
        (ASSIGN,),
    ),
    Kind(
        "faults",
        _("Docks in fault"),
        TODAY,
        Right.SEE_NETWORK,
        rows_of.faults,
        "stations_dock",
        "report__status__exact=Faulted",
        (WITHDRAW_DOCK,),
        lambda dock: " · ".join(filter(None, (str(dock), dock.code))),
    ),
    Kind(
        "blocked",
        _("Docks taken by no car of ours"),
        TODAY,
        Right.SEE_NETWORK,
        rows_of.blocked,
        "stations_dock",
        "",
        (WITHDRAW_DOCK,),
    ),
    _stations("silent", _("Silent stations"), TODAY, rows_of.silent, "", CLOSE_STATION),
    _stations("closed", _("Closed stations"), TODAY, rows_of.closed, "service=not_renting", OPEN_STATION),
    Kind(
        "low",
        _("Cars that do not charge"),
        TODAY,
        Right.SEE_NETWORK,
        rows_of.low,
        "vehicles_vehicle",
        "charge=low",
        (WITHDRAW_CAR,),
        lambda car: f"{car} · {round(car.charge)} %",
    ),
    Kind(
        "unseen",
        _("Cars unseen for a day"),
        TODAY,
        Right.SEE_NETWORK,
        rows_of.unseen,
        "vehicles_vehicle",
        "silent=day",
        (WITHDRAW_CAR,),
    ),
    Kind(
        "unsent",
        _("Notices that do not get through"),
        TODAY,
        Right.SEE_BOOKINGS,
        rows_of.unsent,
        "bookings_notification",
        "sending=failed",
        (WHOM_TO_TELL,),
    ),
    _stations(
        "empty",
        _("Stations without a car"),
        WATCH,
        rows_of.empty,
        "supply=empty",
        BRING_CARS,
        named=with_cars_on_their_way,
    ),
    _stations("full", _("Stations without a free dock"), WATCH, rows_of.full, "supply=full", TAKE_CARS_AWAY),
)


def troubles(user: Any, networks: list[Network], *, back: str) -> list[Trouble]:
    """Every kind that has rows, by urgency; within it in the order of `KINDS`."""
    found = [_trouble(kind, user, networks, back) for kind in KINDS]
    some = [trouble for trouble in found if trouble is not None]
    return sorted(some, key=lambda trouble: trouble.kind.urgency)


def _trouble(kind: Kind, user: Any, networks: list[Network], back: str) -> Trouble | None:
    seen = [network.pk for network in networks if rights.has_in(user, kind.right, network.pk)]
    if not seen:
        return None
    rows = kind.find(seen)
    total = rows.count()
    if not total:
        return None
    mending = [one for one in kind.mending if all(rights.has_in(user, one.right, pk) for pk in seen)]
    items = [_item(kind, row, mending, back) for row in rows.order_by(F("since").asc(nulls_last=True), "pk")[:SHOWN]]
    url = reverse(f"admin:{kind.model}_changelist")
    return Trouble(kind, total, items, f"{url}?{kind.query}" if kind.query else "")


def _item(kind: Kind, row: Any, mending: list[Mending], back: str) -> Item:
    acts = [(str(one.label), one.url(one.of(row), back)) for one in mending]
    return Item(kind.named(row), reverse(f"admin:{kind.model}_change", args=[row.pk]), row.since, acts)
