"""Which task is next: what is urgent first, then what is nearest to where somebody is."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import F
from django.db.models.functions import Coalesce

from stations.geography import distance_meters
from stations.models import Network, Station
from vehicles.models import TASK_OPEN, TASK_PLACES, FieldTask

# Crews of a city have far fewer before them; the oldest of the most urgent are among these in any case.
MOST = 2_000


class Point(NamedTuple):
    """In degrees."""

    latitude: float
    longitude: float

    @classmethod
    def of(cls, station: Station) -> "Point":
        return cls(station.latitude, station.longitude)


@dataclass(frozen=True)
class Near:
    """A task and the straight way to it; None where the one or the other place is not known."""

    task: FieldTask
    meters: float | None


def open_tasks(
    *, networks: Iterable[Network], start: Point | None, skip: int = 0, limit: int
) -> tuple[list[Near], int]:
    """Tasks that nobody has, from the `skip`th on, and how many there are. Without a start the oldest come first."""
    waiting = FieldTask.objects.filter(network__in=list(networks), state=FieldTask.State.OPEN)
    found = waiting.order_by("urgency", "created_at", "pk").values_list("pk", "urgency", *_degrees())[:MOST]
    ranked = []
    for age, (pk, urgency, latitude, longitude) in enumerate(found):
        meters = _meters(start, Point(latitude, longitude)) if latitude is not None else None
        is_urgent = urgency == FieldTask.Urgency.NOW
        # What is not known to be anywhere comes after what is near, and before nothing.
        way = meters if meters is not None else (float("inf") if start else 0)
        ranked.append((not is_urgent, way, age, pk, meters))
    ranked.sort()
    page = ranked[skip : skip + limit]
    rows = FieldTask.objects.select_related("network", *TASK_PLACES).in_bulk([pk for *_order, pk, _meters in page])
    return [Near(rows[pk], meters) for *_order, pk, meters in page if pk in rows], len(ranked)


def tasks_of(*, assignee: str, networks: Iterable[Network], start: Point | None) -> list[Near]:
    """What somebody has taken or begun, the begun first."""
    own = (
        FieldTask.objects.filter(assignee=assignee, state__in=TASK_OPEN, network__in=list(networks))
        .select_related("network", *TASK_PLACES)
        .order_by(F("started_at").asc(nulls_last=True), "urgency", "pk")
    )
    return [Near(task, _meters(start, Point.of(task.place)) if task.place else None) for task in own]


def last_place(*, assignee: str, networks: Iterable[Network]) -> Station | None:
    """The station of the task that somebody finished last."""
    done = FieldTask.objects.filter(assignee=assignee, state=FieldTask.State.DONE, network__in=list(networks))
    task = done.select_related(*TASK_PLACES).order_by("-ended_at").first()
    return task.place if task else None


def _degrees() -> list[Coalesce]:
    places = ("vehicle__dock__station", "vehicle__disputed_dock__station", "dock__station", "station")
    return [Coalesce(*(f"{place}__{name}" for place in places)) for name in ("latitude", "longitude")]


def _meters(start: Point | None, end: Point) -> float | None:
    if start is None:
        return None
    return distance_meters(
        from_latitude=start.latitude,
        from_longitude=start.longitude,
        to_latitude=end.latitude,
        to_longitude=end.longitude,
    )
