"""A station: what stands there, and the form that reserves it together with a dock elsewhere."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from autolib.website import inputs
from autolib.website.commands import Outcome, actor, carried_out, subscriber_of
from autolib.website.destinations import destinations
from autolib.website.favourites import favourites_of
from autolib.website.networks import network_of
from autolib.website.pages import page
from autolib.website.unmet import note_search
from bookings import claims, operations, refused
from bookings.availability import Near, counts, nearest, nearest_with_car
from bookings.refusals import CarUnavailable, NotFound
from stations import clock
from stations.closing import next_closure
from stations.models import Station
from stations.presence import silent_since
from stations.station_photos import file_of
from vehicles.models import Vehicle

CARS_SUGGESTED = 4


@dataclass(frozen=True)
class Choice:
    """What the page's address says is chosen so far: a car by its plate (else the best one) and a destination."""

    station: Station
    plate: str = ""
    destination_code: str = ""

    def address(self, **changes: str) -> str:
        chosen = {"car": self.plate, "destination": self.destination_code, **changes}
        query = urlencode({name: value for name, value in chosen.items() if value})
        return reverse("station", args=[self.station.code]) + (f"?{query}" if query else "")


@require_http_methods(["GET", "HEAD", "POST"])
def station(request: HttpRequest, code: str) -> HttpResponse:
    here = Station.objects.filter(network=network_of(request), code=code).select_related("photo").first()
    if here is None:
        raise Http404
    values = request.POST if request.method == "POST" else request.GET
    choice = Choice(here, inputs.text(values, "car", longest=20), inputs.text(values, "destination", longest=100))
    if request.method == "POST":
        return _reserve(request, choice)
    return _page(request, choice)


@require_safe
def photo(request: HttpRequest, digest: str) -> HttpResponse:
    """The file behind the address never changes: another photo has another one."""
    content = file_of(digest)
    if content is None:
        raise Http404
    return HttpResponse(
        content,
        content_type="image/jpeg",
        headers={"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"},
    )


@login_required
def _reserve(request: HttpRequest, choice: Choice) -> HttpResponse:
    def command() -> str:
        subscriber = subscriber_of(request)
        with refused.asking("reserve", subscriber=subscriber, station=choice.station):
            vehicle = _asked_vehicle(request, choice)
            booking = operations.reserve(
                subscriber=subscriber,
                actor=actor(subscriber),
                station=None if vehicle else choice.station,
                vehicle=vehicle,
                destination=_asked_destination(request, choice),
            )
        return reverse("booking", args=[booking.pk])

    outcome = carried_out(request, command)
    if outcome.refusal is None:
        return HttpResponseRedirect(outcome.location, status=outcome.status)
    return _page(request, choice, outcome)


def _asked_vehicle(request: HttpRequest, choice: Choice) -> Vehicle | None:
    if not choice.plate:
        return None
    vehicle = (
        Vehicle.objects.filter(network=network_of(request), plate=choice.plate).select_related("dock__station").first()
    )
    if vehicle is None:
        raise NotFound
    if vehicle.dock is None or vehicle.dock.station_id != choice.station.pk:
        raise CarUnavailable(alternatives=nearest_with_car(choice.station))
    return vehicle


def _asked_destination(request: HttpRequest, choice: Choice) -> Station | None:
    if not choice.destination_code:
        return None
    destination = _station(request, choice.destination_code)
    if destination is None:
        raise NotFound
    return destination


def _station(request: HttpRequest, code: str) -> Station | None:
    return Station.objects.filter(network=network_of(request), code=code).first() if code else None


def _page(request: HttpRequest, choice: Choice, outcome: Outcome | None = None) -> HttpResponse:
    here, network = choice.station, network_of(request)
    destination = _station(request, choice.destination_code)
    offered = counts([here.pk, *([destination.pk] if destination else [])])
    cars = list(
        claims.rentable_vehicles()
        .filter(dock__station=here)
        .select_related("vehicle_type", "report", "dock")
        .order_by("-report__charge_percent", "pk")
    )
    for one in cars:
        one.range_km = range_km(one)
    chosen = next((one for one in cars if one.plate == choice.plate), None)
    car = chosen or next(iter(cars), None)
    found = destinations(network=network, query=inputs.text(request.GET, "to", longest=100))
    if found.spot is not None and not found.near:
        note_search(request, spot=found.spot, need="dock")
    context: dict[str, Any] = {
        "station": here,
        "choice": choice,
        "counts": offered[here.pk],
        "cars": cars,
        "others": _others(here, len(cars)),
        "chosen": chosen,
        "car": car,
        "other_cars": [other for other in cars if other != car],
        "is_car_gone": bool(choice.plate) and chosen is None,
        "destination": destination,
        "is_favourite": here.title in {one.name for one in favourites_of(request)},
        "closes": next_closure(here),
        "silent_since": silent_since([here.pk]).get(here.pk),
        "destination_docks": offered[destination.pk].docks if destination else 0,
        "destinations": found,
        "alternatives": [] if cars else _cars_near(here),
        "address": choice.address(),
        "now": clock.now(),
        "refusal": outcome.refusal if outcome else None,
    }
    return page(request, "station.html", context, status=outcome.status if outcome else 200)


def _cars_near(here: Station) -> list[Near]:
    return nearest(
        network=here.network,
        latitude=here.latitude,
        longitude=here.longitude,
        need="car",
        limit=CARS_SUGGESTED,
        without=here.pk,
    )


def range_km(car: Vehicle) -> int:
    """What the car says, or else its share of a full battery's range."""
    if car.report.range_km is not None:
        return car.report.range_km
    return round(car.vehicle_type.max_range_km * float(car.report.charge_percent) / 100)


def _others(here: Station, rentable: int) -> dict[str, int]:
    """Cars that stand here and cannot be taken, so that nobody wonders at a car behind the glass."""
    stands = Vehicle.objects.filter(dock__station=here).aggregate(
        all=Count("pk"), withdrawn=Count("pk", filter=Q(is_in_service=False))
    )
    return {"withdrawn": stands["withdrawn"], "busy": max(0, stands["all"] - stands["withdrawn"] - rentable)}
