"""What was asked for and not given: the demand that nobody met, and what people telephone about.

An operation says what was asked (`asked`, `asking`); whoever stores a refusal as the answer notes it (`note`), in the
transaction of that answer: as often as the command was answered, which is once, however often it was sent.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Count
from django.db.models.functions import TruncDate

from accounts.models import Subscriber
from bookings.models import RefusedRequest
from stations import clock
from stations.models import Network
from stations.refusals import Refusal
from vehicles.models import Vehicle

Need = RefusedRequest.Need
# Demand that was not met, and what a person asks about. The rest are slips, or mean nothing a moment later.
NOTED = frozenset(
    {
        "already_extended",
        "already_holding",
        "badge_unknown",
        "car_elsewhere",
        "car_unavailable",
        "dock_closes",
        "dock_unavailable",
        "network_closed",
        "not_live",
        "not_now",
        "nothing_to_undo",
        "station_closed",
        "station_closes",
        "subscriber_blocked",
        "subscription_required",
    }
)
NEEDS = {"car_unavailable": Need.CAR, "dock_unavailable": Need.DOCK, "station_closes": Need.DOCK}
WITHOUT_SUBSCRIBER_AFTER = timedelta(days=90)
GONE_AFTER = timedelta(days=400)
SEARCH = "search"

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Asked:
    """A command and its arguments, as far as they say who asked for what: subscriber, station, destination …"""

    command: str
    about: dict[str, Any]


@contextmanager
def asking(command: str, **about: Any) -> Iterator[None]:
    """A refusal that leaves says that this was asked; what is nearer to it has said more, the outermost the command."""
    try:
        yield
    except Refusal as refusal:
        inner = refusal.asked.about if refusal.asked else {}
        given = {name: value for name, value in about.items() if value is not None}
        refusal.asked = Asked(command, {**inner, **given})
        raise


def asked(operation: Callable[P, R]) -> Callable[P, R]:
    """The same for a whole operation, by its name and keyword arguments."""

    @wraps(operation)
    def run(*args: P.args, **arguments: P.kwargs) -> R:
        with asking(operation.__name__, **arguments):
            return operation(*args, **arguments)

    return run


def note(refusal: Refusal) -> None:
    """Keep the refusal if it means something. The caller stores the answer in the same transaction."""
    if refusal.code not in NOTED or refusal.asked is None:
        return
    about = refusal.asked.about
    subscriber, booking = about.get("subscriber"), about.get("booking")
    need = _need(refusal)
    owner = subscriber or booking or about.get("station")
    if owner is None:
        return
    RefusedRequest.objects.create(
        network_id=owner.network_id,
        subscriber_id=subscriber.pk if subscriber else booking.subscriber_id if booking else None,
        station_id=_station_id(need, about),
        need=need,
        code=refusal.code,
        command=refusal.asked.command,
        occurred_at=clock.now(),
    )


def note_search(*, network: Network, subscriber: Subscriber | None, station_id: int, need: str) -> None:
    """Keep that somebody looked for a car or a dock near the station, and none was within a walk."""
    RefusedRequest.objects.create(
        network=network,
        subscriber=subscriber,
        station_id=station_id,
        need=need,
        code=next(code for code, needed in NEEDS.items() if needed == need),
        command=SEARCH,
        occurred_at=clock.now(),
    )


def _need(refusal: Refusal) -> str:
    if refusal.code == "station_closed":
        return Need.DOCK if refusal.field == "destination" else Need.CAR
    return NEEDS.get(refusal.code, "")


def _station_id(need: str, about: dict[str, Any]) -> int | None:
    """Where it was needed: a dock where the person was going, a car where the person was."""
    place = (about.get("destination") if need == Need.DOCK else None) or about.get("station")
    if place is not None:
        return int(place.pk)
    vehicle, booking = about.get("vehicle"), about.get("booking")
    if vehicle is not None:
        return Vehicle.objects.filter(pk=vehicle.pk).values_list("dock__station", flat=True).first()
    return booking.origin_station_id if booking is not None and need == Need.CAR else None


@dataclass(frozen=True)
class Unmet:
    """How often something was refused at a place. `station_id` is None where no place was named."""

    station_id: int | None
    station: str
    need: str
    count: int


def by_place(networks: Iterable[Network], since: datetime) -> list[Unmet]:
    """Refusals since then by station and need, most first; one query."""
    rows = RefusedRequest.objects.filter(network__in=list(networks), occurred_at__gte=since)
    counted = rows.values_list("station_id", "station__name", "need").annotate(count=Count("pk"))
    return [
        Unmet(station_id, name or "", need, count)
        for station_id, name, need, count in counted.order_by("-count", "station__sort_name", "need")
    ]


def daily(*, network: Network, first: date, last: date) -> dict[date, Counter[str]]:
    """Refusals of each day of the network's calendar from `first` to `last` by need: "car", "dock", "" for others."""
    zone = ZoneInfo(network.time_zone)
    start, end = (datetime.combine(each, time.min, tzinfo=zone) for each in (first, last + timedelta(days=1)))
    rows = RefusedRequest.objects.filter(network=network, occurred_at__gte=start, occurred_at__lt=end)
    days = rows.annotate(day=TruncDate("occurred_at", tzinfo=zone)).order_by().values_list("day", "need")
    found: dict[date, Counter[str]] = {}
    for day, need, count in days.annotate(count=Count("pk")):
        found.setdefault(day, Counter())[need] = count
    return found


def forget(*, at: datetime) -> None:
    """Drop whose the old ones were, and then the old ones. Safe to run twice."""
    nobody_s = RefusedRequest.objects.filter(occurred_at__lt=at - WITHOUT_SUBSCRIBER_AFTER, subscriber__isnull=False)
    nobody_s.update(subscriber=None)
    RefusedRequest.objects.filter(occurred_at__lt=at - GONE_AFTER).delete()


def forget_person(subscriber: Subscriber) -> None:
    RefusedRequest.objects.filter(subscriber=subscriber).update(subscriber=None)
