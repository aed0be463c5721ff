"""Reserve a car, and the dock where it is going: both or neither."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import pgettext
from psycopg2.extras import DateTimeTZRange

from accounts.models import Subscriber
from bookings import claims, picking, refused
from bookings.availability import nearest_with_car, nearest_with_dock
from bookings.constraints import as_refusals
from bookings.models import Booking, DockHold, State
from bookings.operations.running import begin
from bookings.recording import record_dock, record_vehicle
from bookings.refusals import (
    AlreadyHolding,
    CarUnavailable,
    DockUnavailable,
    NetworkClosed,
    NotFound,
    StationClosed,
    StationCloses,
    SubscriberBlocked,
    SubscriptionRequired,
)
from stations import events
from stations.models import Dock, Network, PlannedClosure, Station
from stations.rows import insert
from vehicles.models import Vehicle


@dataclass(frozen=True)
class Terms:
    """Until when car and dock are promised, how often each was extended already, and what the event says besides."""

    held_until: datetime
    dock_held_until: datetime
    extensions: int = 0
    dock_extensions: int = 0
    leads: int = 2
    data: dict[str, Any] | None = None
    replaces: Booking | None = None


def usual_terms(network: Network, at: datetime) -> Terms:
    return Terms(
        held_until=at + timedelta(seconds=network.car_hold_seconds),
        dock_held_until=at + timedelta(seconds=network.dock_hold_seconds),
    )


@refused.asked
def reserve(
    *,
    subscriber: Subscriber,
    actor: str,
    station: Station | None = None,
    vehicle: Vehicle | None = None,
    destination: Station | None = None,
) -> Booking:
    """Hold a car (the given one, or the best of `station`) and, with `destination`, a dock there: both or neither.

    Locks: cars by id, the dock, the subscriber. Refuses with CarUnavailable, DockUnavailable, AlreadyHolding,
    SubscriptionRequired, SubscriberBlocked, StationClosed, NetworkClosed or NotFound; then nothing has changed.
    """
    for asked in (station, vehicle, destination):
        if asked is not None and asked.network_id != subscriber.network_id:
            raise NotFound
    if (station is None) == (vehicle is None):
        raise ValueError("reserve needs either a station or a vehicle")
    with transaction.atomic(), as_refusals():
        return hold_both(subscriber, actor, station, vehicle, destination)


@refused.asked
def take_now(
    *,
    subscriber: Subscriber,
    actor: str,
    station: Station | None = None,
    vehicle: Vehicle | None = None,
    destination: Station | None = None,
) -> Booking:
    """Walk up and drive: reserve and start in one step."""
    with transaction.atomic():
        booking = reserve(subscriber=subscriber, actor=actor, station=station, vehicle=vehicle, destination=destination)
        begin(booking, vehicle=booking.vehicle, at=booking.reserved_at, actor=actor)
        return booking


def hold_both(
    subscriber: Subscriber,
    actor: str,
    station: Station | None,
    asked: Vehicle | None,
    destination: Station | None,
    terms_at: Callable[[Network, datetime], Terms] = usual_terms,
) -> Booking:
    """The body of `reserve`; the caller has opened the transaction. `terms_at` may refuse by raising."""
    stale = claims.overdue_vehicle_ids(subscriber.pk)
    if asked is not None:
        if picking.is_taken_by_another(asked.pk, subscriber.pk):
            raise CarUnavailable(alternatives=nearest_with_car(asked.dock.station) if asked.dock else ())
        locked = picking.lock_cars([*stale, asked.pk])
        vehicle = locked.get(asked.pk)
    else:
        locked = picking.lock_cars(stale)
        vehicle = picking.pick_car(station, may_wait=not stale)  # type: ignore[arg-type]
        if vehicle is not None:
            locked[vehicle.pk] = vehicle
    dock = picking.pick_dock(destination, may_wait=True) if destination is not None else None
    subscriber = picking.lock_subscriber(subscriber)
    at, subscription_id, has_bookings, has_holds = picking.situation(
        subscriber_id=subscriber.pk, car_ids=list(locked), dock_ids=[dock.pk] if dock else []
    )
    standing: list[Booking] = []
    if has_bookings or has_holds:
        docks = {dock.pk: dock} if dock else {}
        standing = claims.settle_overdue(at=at, vehicles=locked, docks=docks, subscriber_id=subscriber.pk)
    subscription_id = allowed_subscription(subscriber, standing, subscription_id)
    start = station or (vehicle.dock.station if vehicle is not None and vehicle.dock else None)
    vehicle = checked_vehicle(vehicle, start, standing, subscriber.network)
    if destination is not None and dock is None:
        raise no_dock(destination)
    terms = terms_at(subscriber.network, at)
    return new_booking(subscriber, subscription_id, vehicle, dock, at, actor, terms)


def allowed_subscription(subscriber: Subscriber, standing: list[Booking], subscription_id: int | None) -> int:
    """The subscription that a booking made now runs on; refuses who may not reserve, saying what is missing."""
    if not subscriber.network.is_open:
        raise NetworkClosed(network=subscriber.network.name)
    if subscriber.is_blocked:
        raise SubscriberBlocked
    if any(booking.subscriber_id == subscriber.pk for booking in standing):
        raise AlreadyHolding
    if subscription_id is None:
        raise SubscriptionRequired
    return subscription_id


def checked_vehicle(
    vehicle: Vehicle | None, start: Station | None, standing: list[Booking], network: Network
) -> Vehicle:
    """The locked car, if it may be rented now; decided on the locked row, never on the pick's snapshot."""
    if start is not None and not start.is_renting:
        raise StationClosed(alternatives=nearest_with_car(start), station=start.title)
    report = getattr(vehicle, "report", None)
    charge = report.charge_percent if report is not None else None
    if (
        vehicle is None
        or vehicle.dock is None
        or not vehicle.is_in_service
        or charge is None
        or charge < network.minimum_charge_percent
        or any(booking.vehicle_id == vehicle.pk for booking in standing)
    ):
        raise CarUnavailable(alternatives=nearest_with_car(start) if start else ())
    return vehicle


def closing(closure: PlannedClosure) -> dict[str, Any]:
    """What a refusal says of it: the hour on the network's clocks, as the language writes it."""
    local = closure.from_at.astimezone(ZoneInfo(closure.station.network.time_zone))
    hour = date_format(local, pgettext("time of day, in Django's date format", "H:i"))
    return {"station": closure.station.title, "time": hour}


def no_dock(destination: Station) -> DockUnavailable | StationClosed:
    alternatives = nearest_with_dock(destination)
    if not destination.is_returning:
        return StationClosed(alternatives=alternatives, station=destination.title, field="destination")
    closure = claims.closing_soon().filter(station=destination).first()
    if closure is not None:
        return StationCloses(alternatives=alternatives, field="destination", **closing(closure))
    return DockUnavailable(alternatives=alternatives, station=destination.title, field="destination")


def new_booking(
    subscriber: Subscriber,
    subscription_id: int,
    vehicle: Vehicle,
    dock: Dock | None,
    at: datetime,
    actor: str,
    terms: Terms,
) -> Booking:
    """Write the booking of a free, locked car and its dock; the subscriber is locked too."""
    network, held_until = subscriber.network, terms.held_until
    booking = Booking(
        network=network,
        subscriber=subscriber,
        subscription_id=subscription_id,
        vehicle=vehicle,
        state=State.RESERVED,
        during=DateTimeTZRange(at, held_until),
        origin_station=vehicle.dock.station,  # type: ignore[union-attr]
        reserved_at=at,
        held_until=held_until,
        extensions=terms.extensions,
        remind_at=reminder(network, at, held_until, leads=terms.leads),
        replaces=terms.replaces,
    )
    insert(booking)
    record_vehicle(
        vehicle,
        events.Type.RESERVATION_START,
        booking=booking,
        at=at,
        actor=actor,
        data={
            "held_until": held_until.isoformat(),
            "subscriber": str(subscriber.reference),
            **(terms.data or {}),
        },
    )
    if dock is not None:
        hold_dock(booking, dock, at=at, actor=actor, terms=terms)
    return booking


def hold_dock(booking: Booking, dock: Dock, *, at: datetime, actor: str, terms: Terms | None = None) -> DockHold:
    """Write the hold of a free, locked dock."""
    network = booking.network
    terms = terms or usual_terms(network, at)
    held_until = terms.dock_held_until
    hold = DockHold(
        booking=booking,
        subscriber_id=booking.subscriber_id,
        dock=dock,
        during=DateTimeTZRange(at, blocked_until(booking, held_until)),
        held_until=held_until,
        extensions=terms.dock_extensions,
        created_at=at,
        remind_at=reminder(network, at, held_until, leads=terms.leads),
    )
    insert(hold)
    record_dock(
        dock,
        events.Type.DOCK_HOLD_START,
        at=at,
        actor=actor,
        vehicle_id=None,
        hold=hold,
        data={"held_until": held_until.isoformat()},
    )
    return hold


def blocked_until(booking: Booking, held_until: datetime) -> datetime:
    """Where a dock's block ends: a booking that nobody came for must not keep a dock longer than its car."""
    return min(held_until, booking.held_until) if booking.state == State.RESERVED else held_until


def reminder(network: Network, at: datetime, held_until: datetime, *, leads: int = 2) -> datetime | None:
    """When to remind; None where the hold is shorter than twice the lead, for it would say nothing new."""
    remind_at = held_until - timedelta(seconds=network.reminder_lead_seconds)
    return remind_at if remind_at - at >= (leads - 1) * timedelta(seconds=network.reminder_lead_seconds) else None
