"""Where trouble is: for each kind the rows in the networks given, each with the instant since when it lasts."""

from datetime import timedelta

from django.db.models import (
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce

from bookings import claims
from bookings.models import Booking, Notification, State
from stations import clock
from stations.models import DeviceMessage, Dock, DockReport, Event, Station
from vehicles.models import TASK_OPEN, FieldTask, Vehicle

UNSEEN_FOR = timedelta(hours=24)
UNPLUGGED_FOR = timedelta(hours=2)
TRIED_OFTEN = 3
CHARGES = ("Charging", "Preparing", "SuspendedEVSE")
OCCUPIED = ("Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing")


def since_network(column: str) -> ExpressionWrapper:
    """The instant so many seconds ago as the network's rule `column` says."""
    allowed = ExpressionWrapper(F(column) * Value(timedelta(seconds=1)), DurationField())
    return ExpressionWrapper(clock.instant() - allowed, DateTimeField())


def ago(duration: timedelta) -> ExpressionWrapper:
    return ExpressionWrapper(clock.instant() - Value(duration), DateTimeField())


def _last_at_docks() -> Subquery:
    """When something last came to a dock of the station, or left one."""
    of_station = Dock.objects.filter(station=OuterRef("pk")).order_by().values("station")
    last = Event.objects.filter(aggregate="dock", aggregate_id=OuterRef("pk"), version=OuterRef("version"))
    return Subquery(of_station.annotate(at=Max(Subquery(last.values("occurred_at")[:1]))).values("at"), DateTimeField())


def _serving(networks: list[int]) -> QuerySet[Station]:
    return Station.objects.filter(network__in=networks, is_renting=True, is_returning=True, docks__isnull=False)


def empty(networks: list[int]) -> QuerySet:
    cars = claims.rentable_vehicles().filter(dock__station=OuterRef("pk"))
    rows = _serving(networks).filter(~Exists(cars)).distinct()
    return rows.annotate(since=_last_at_docks(), coming=_on_their_way())


def _on_their_way() -> Coalesce:
    """How many cars the crews are asked to bring to the station."""
    tasks = FieldTask.objects.filter(target=OuterRef("pk"), state__in=TASK_OPEN).order_by().values("target")
    return Coalesce(Subquery(tasks.annotate(count=Count("pk")).values("count")), 0)


def full(networks: list[int]) -> QuerySet:
    docks = claims.free_docks().filter(station=OuterRef("pk"))
    closing = claims.closing_soon().filter(station=OuterRef("pk"))  # nothing is promised there, and that is meant
    rows = _serving(networks).filter(~Exists(docks), ~Exists(closing)).distinct()
    return rows.annotate(since=_last_at_docks())


def closed(networks: list[int]) -> QuerySet:
    told = Event.objects.filter(aggregate="station", aggregate_id=OuterRef("pk"), version=OuterRef("version"))
    rows = Station.objects.filter(network__in=networks, is_installed=True, is_renting=False)
    return rows.annotate(since=Subquery(told.values("occurred_at")[:1]))


def silent(networks: list[int]) -> QuerySet:
    rows = Station.objects.filter(network__in=networks, charge_points__device__is_active=True)
    heard = rows.annotate(since=Max("charge_points__device__last_seen_at"))
    return heard.filter(since__lt=since_network("network__post_silence_seconds"))


def unplugged(networks: list[int]) -> QuerySet:
    driven = Booking.objects.filter(vehicle=OuterRef("pk"), state=State.ON_TRIP)
    rows = Vehicle.objects.filter(network__in=networks, dock=None, is_in_service=True, docked_at__lt=ago(UNPLUGGED_FOR))
    return rows.filter(~Exists(driven)).annotate(since=F("docked_at"))


def unseen(networks: list[int]) -> QuerySet:
    rows = Vehicle.objects.filter(network__in=networks, is_in_service=True, report__received_at__lt=ago(UNSEEN_FOR))
    return rows.annotate(since=F("report__received_at"))


def low(networks: list[int]) -> QuerySet:
    """Too little charge to be rented, and not charging: it does not mend itself."""
    low = Vehicle.objects.filter(
        network__in=networks, is_in_service=True, report__charge_percent__lt=F("network__minimum_charge_percent")
    )
    # A post that never spoke has no hardware yet, and says nothing of charging.
    rows = low.filter(dock__report__isnull=False).exclude(dock__report__status__in=CHARGES)
    return rows.annotate(since=F("docked_at"), charge=F("report__charge_percent"))


def faults(networks: list[int]) -> QuerySet:
    rows = Dock.objects.filter(
        station__network__in=networks, is_in_service=True, report__status__in=DockReport.UNUSABLE
    )
    return rows.select_related("station").annotate(since=DockReport.since("report__"), code=F("report__error_code"))


def blocked(networks: list[int]) -> QuerySet:
    """The post says that something is plugged in; our records know no car there."""
    rows = Dock.objects.filter(station__network__in=networks, is_in_service=True, report__status__in=OCCUPIED)
    cars = Vehicle.objects.filter(dock=OuterRef("pk"))
    return rows.filter(~Exists(cars)).select_related("station").annotate(since=DockReport.since("report__"))


def overlong(networks: list[int]) -> QuerySet:
    rows = claims.overlong_trips().filter(network__in=networks)
    return rows.select_related("vehicle", "origin_station").annotate(since=F("started_at"))


def at_risk(networks: list[int]) -> QuerySet:
    """Whoever comes for the car will not find it as promised."""
    live = claims.live_bookings().filter(network__in=networks, state=State.RESERVED)
    faulty = Q(vehicle__dock__report__status__in=DockReport.UNUSABLE)
    rows = live.filter(Q(vehicle__dock=None) | Q(vehicle__is_in_service=False) | faulty)
    return rows.select_related("vehicle", "origin_station").annotate(since=F("reserved_at"))


def docks_at_risk(networks: list[int]) -> QuerySet:
    live = claims.live_holds().filter(booking__network__in=networks)
    rows = live.filter(dock__report__status__in=DockReport.UNUSABLE)
    return rows.select_related("dock__station").annotate(since=DockReport.since("dock__report__"))


def disputed(networks: list[int]) -> QuerySet:
    rows = Vehicle.objects.filter(network__in=networks, disputed_dock__isnull=False)
    return rows.select_related("disputed_dock__station").annotate(since=F("docked_at"))


def quarantined(networks: list[int]) -> QuerySet:
    rows = DeviceMessage.objects.filter(
        device__network__in=networks, outcome=DeviceMessage.Outcome.QUARANTINED, resolved_at=None
    )
    return rows.select_related("device").annotate(since=F("received_at"))


def unsent(networks: list[int]) -> QuerySet:
    rows = Notification.objects.filter(booking__network__in=networks, sent_at=None, attempts__gte=TRIED_OFTEN)
    return rows.select_related("booking").annotate(since=F("created_at"))


def urgent_tasks(networks: list[int]) -> QuerySet:
    rows = FieldTask.objects.filter(
        network__in=networks, state=FieldTask.State.OPEN, urgency=FieldTask.Urgency.NOW
    ).select_related("vehicle", "dock__station", "station")
    return rows.annotate(since=F("created_at"))
