"""The living page of the design: every component in every state, made by the very templates that the site uses."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from autolib.website.listing import Row
from autolib.website.networks import network_of
from autolib.website.pages import page
from autolib.website.searching import Spot
from autolib.website.standing import Standing
from bookings.availability import Counts, Near
from bookings.models import Booking, DockHold, State
from bookings.refusals import CarUnavailable, DockUnavailable
from stations import clock
from stations.models import Dock, Network, Station, StationPhoto
from vehicles.models import Vehicle, VehicleReport, VehicleType

COLOURS = (
    "page", "raised", "sunken", "line", "ink", "soft", "blue", "blue-wash", "green", "green-wash", "amber",
    "amber-wash", "red", "red-wash", "car", "dock", "none", "charge", "plaque", "plaque-frame",
)  # fmt: skip
SPACES = (1, 2, 3, 4, 5, 6)
ICONS = (
    "mark", "car", "dock", "bolt", "walk", "clock", "pin", "search", "near", "person", "badge", "check", "warning",
    "info", "map", "list", "next", "mail", "star", "star-full", "undo", "bell", "door",
)  # fmt: skip
FULL = Counts(cars=3, docks=2, capacity=6, best_charge=92)
EMPTY = Counts(capacity=6)


@require_safe
def design(request: HttpRequest) -> HttpResponse:
    now, network = clock.now(), network_of(request)
    station = _station(network)
    context: dict[str, Any] = {
        "colours": COLOURS,
        "spaces": SPACES,
        "icons": ICONS,
        "now": now,
        "rows": _rows(network, now),
        "results": {"spot": Spot(_("your position"), station.latitude, station.longitude)},
        "near": [Near(station, FULL, 240, 5), Near(_station(network, 2, "Nation"), FULL, 480, 9)],
        "cars": [_car(station, "AB-123-CD", 92), _car(station, "EF-456-GH", 48), _car(station, "JK-789-LM", 12)],
        "standings": _standings(network, station, now),
        "station": station,
        "counts": FULL,
        "refusals": _refusals(station),
        "said": {"q": "Bastille", "to": "Nation"},
        "centre": [network.latitude, network.longitude],
        "undo_until": now + timedelta(seconds=60),
        "undo_seconds": 3600,
    }
    response = page(request, "design.html", context)
    response["X-Robots-Tag"] = "noindex"
    return response


def _station(network: Network, pk: int = 1, name: str = "Paris/Bastille/20", **fields: Any) -> Station:
    where = {"address": "20 boulevard de la Bastille", "postal_code": "75012", "city": "Paris", **fields}
    station = Station(pk=pk, network=network, code="sample", name=name, latitude=48.85, longitude=2.37, **where)
    station.photo = StationPhoto(width=512, height=512)
    return station


def _rows(network: Network, now: datetime) -> list[Row]:
    closed = {"is_renting": False, "is_returning": False}
    row = Row(_station(network), FULL, 240, 5, None)
    return [
        row,
        replace(row, station=_station(network, 2, "Paris/Lobau/Parking"), counts=EMPTY),
        replace(row, station=_station(network, 3, "Nation"), silent_since=now - timedelta(hours=2)),
        replace(row, station=_station(network, 4, "Odéon", is_renting=False), counts=EMPTY),
        replace(row, station=_station(network, 5, "Ternes", is_returning=False)),
        replace(row, station=_station(network, 6, "Auteuil", **closed), counts=EMPTY),
        replace(row, station=_station(network, 7, "Wagram", is_installed=False, **closed), counts=EMPTY),
    ]


def _car(station: Station, plate: str, percent: int) -> Vehicle:
    car = Vehicle(plate=plate, vehicle_type=VehicleType(name="Bluecar", max_range_km=250))
    car.report = VehicleReport(charge_percent=percent)
    car.dock = Dock(pk=1, station=station, number=4)
    car.range_km = percent * 2
    return car


def _standings(network: Network, station: Station, now: datetime) -> list[Standing]:
    """A booking in each of its phases, the causes of an end among them."""

    def standing(state: State, cause: str = "", minutes: int = 24, **times: Any) -> Standing:
        booking = Booking(
            network=network,
            vehicle=_car(station, "AB-123-CD", 92),
            state=state,
            origin_station=station,
            held_until=now + timedelta(minutes=minutes),
            end_cause=cause,
            **times,
        )
        hold = DockHold(booking=booking, dock=Dock(pk=2, station=station, number=3), held_until=now)
        return Standing(booking, now, hold, None)

    started = now - timedelta(minutes=18)
    return [
        standing(State.RESERVED),
        standing(State.RESERVED, minutes=3),
        standing(State.ON_TRIP, started_at=started),
        standing(State.COMPLETED, "returned", started_at=started, ended_at=now),
        standing(State.EXPIRED, "expired", minutes=-2, ended_at=now),
        standing(State.CANCELLED, "customer", ended_at=now),
        standing(State.CANCELLED, "withdrawn", ended_at=now),
        standing(State.CANCELLED, "moved", ended_at=now),
    ]


def _refusals(station: Station) -> list[dict[str, Any]]:
    ways = [
        {"code": "nation", "name": "Paris/Nation/26", "cars_available": 2, "docks_available": 3, "walking_minutes": 4},
        {"code": "trone", "name": "Paris/Trône/4", "cars_available": 1, "docks_available": 1, "walking_minutes": 7},
    ]
    return [
        {"code": CarUnavailable.code, "detail": CarUnavailable().message, "alternatives": ways},
        {
            "code": DockUnavailable.code,
            "detail": DockUnavailable(station=station.title).message,
            "field": "destination",
            "alternatives": ways,
        },
        {"code": "page_used", "detail": ""},
    ]
