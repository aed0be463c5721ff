"""Whom closing and withdrawing touch, and what became of them, in words."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.availability import counts, nearest_with_car, nearest_with_dock
from bookings.models import Booking, DockHold
from bookings.operations import rehouse
from bookings.operations.rehousing import Rehoused, touched_by_closing, touched_by_withdrawing
from stations.models import ChargePoint, Dock, Station
from stations.touched import Touched, may_name
from vehicles.models import Vehicle

OF_BOOKINGS = ("subscriber__user", "vehicle")
OF_HOLDS = ("booking", "subscriber__user", "dock__station__network")


def touched(stations: Iterable[Station]) -> Iterable[Touched]:
    """Every booking and hold that has to move, and where whoever has it would be sent as it looks now."""
    for station in stations:
        bookings, holds = touched_by_closing(station)
        if known := list(bookings.select_related(*OF_BOOKINGS)):
            near = nearest_with_car(station)
            yield from (_car(booking, near) for booking in known)
        if held := list(holds.select_related(*OF_HOLDS)):
            near = nearest_with_dock(station)
            yield from (_dock(hold, near) for hold in held)


def touched_docks(docks: Iterable[Dock]) -> Iterable[Touched]:
    holds = DockHold.objects.filter(dock__in=[dock.pk for dock in docks], state=DockHold.State.HELD)
    for hold in holds.select_related(*OF_HOLDS):
        station = hold.dock.station
        yield _dock(hold, [*_here(station, "docks_available"), *nearest_with_dock(station)])


def touched_posts(posts: Iterable[ChargePoint]) -> Iterable[Touched]:
    return touched_docks(Dock.objects.filter(charge_point__in=[post.pk for post in posts]))


def touched_cars(vehicles: Iterable[Vehicle]) -> Iterable[Touched]:
    bookings = touched_by_withdrawing(vehicles).select_related(*OF_BOOKINGS, "vehicle__dock__station__network")
    for booking in bookings.select_related("origin_station__network"):
        station = booking.vehicle.dock.station if booking.vehicle.dock else booking.origin_station
        yield _car(booking, [*_here(station, "cars_available"), *nearest_with_car(station)])


def _here(station: Station, count: str) -> list[dict[str, Any]]:
    found = counts([station.pk])[station.pk]
    left = found.docks if count == "docks_available" else found.cars
    return [{"name": station.name, count: left, "walking_minutes": 0}] if left else []


def _car(booking: Booking, near: list[dict[str, Any]]) -> Touched:
    values = {"person": booking.subscriber, "car": booking.vehicle, "where": _where(near, "cars_available")}
    told = _("%(person)s has reserved car %(car)s. Next cars: %(where)s.") % values
    return Touched(booking, booking.network_id, told)


def _dock(hold: DockHold, near: list[dict[str, Any]]) -> Touched:
    values = {"person": hold.subscriber, "dock": hold.dock, "where": _where(near, "docks_available")}
    told = _("%(person)s drives to dock %(dock)s. Next docks: %(where)s.") % values
    return Touched(hold.booking, hold.dock.station.network_id, told)


def _where(near: list[dict[str, Any]], count: str) -> str:
    places = [f"{place['name']} ({place[count]}, {place['walking_minutes']} min)" for place in near]
    return ", ".join(places) or _("none within reach")


def leave_nobody_at(station: Station, user: Any) -> str:
    return told_of(rehouse(station=station, actor=f"operator:{user.pk}"), user)


def leave_nobody_at_dock(at: Dock | ChargePoint, user: Any) -> str:
    return leave_nobody_at(at.station, user)


def told_of_withdrawn(moved: Rehoused | None, user: Any) -> str:
    return told_of([moved] if moved else [], user)


def told_of(moved: list[Rehoused], user: Any) -> str:
    """How many were moved and what they got, and who could not be: an operator may have to call them."""
    said = [_got(one) for one in moved if one.car or one.dock]
    lost = [one.booking for one in moved if not (one.car or one.dock)]
    if helped := len(said):
        sentence = ngettext(
            "%(count)s booking was moved and its subscriber told",
            "%(count)s bookings were moved and their subscribers told",
            helped,
        )
        said = [f"{sentence % {'count': helped}} ({', '.join(said)})"]
    if lost:
        sentence = _("Nothing was near for %(people)s: they are told, and may have to be called.")
        said.append(sentence % {"people": ", ".join(_called(one, user) for one in lost)})
    return ". ".join(said)


def _got(one: Rehoused) -> str:
    return str(one.car or one.dock)


def _called(booking: Booking, user: Any) -> str:
    if may_name(user, booking.network_id):
        return str(booking.subscriber)
    return _("booking %(booking)s") % {"booking": booking}
