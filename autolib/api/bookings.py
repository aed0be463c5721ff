"""Bookings: one's own, and a new one. What may be done to one is in `booking_commands`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from accounts.models import Subscriber
from autolib.api.booking_shapes import EXAMPLE, BookingPage, BookingShape, last_holds, rows, show, show_one
from autolib.api.cursors import Cursor, Paged, encoded, page
from autolib.api.fields import Id, Strict, Truth
from autolib.api.resource import Resource
from autolib.api.schema import operation
from autolib.api.visibility import Principal, stations_visible_to, subscriber_of, vehicles_visible_to
from bookings import operations, refusals
from stations.models import Station
from vehicles.models import Vehicle

CLAIMING = (
    refusals.CarUnavailable,
    refusals.DockUnavailable,
    refusals.AlreadyHolding,
    refusals.StationClosed,
    refusals.NetworkClosed,
    refusals.SubscriptionRequired,
    refusals.SubscriberBlocked,
    refusals.NotFound,
)


class BookingQuery(Paged):
    cursor = Cursor(datetime, UUID)


class NewBooking(Strict):
    """Which car, and where to."""

    also = {"oneOf": [{"required": ["station"]}, {"required": ["vehicle"]}]}
    station = Id(required=False, help_text="Hold the best car of this station. Give either this or `vehicle`.")
    vehicle = Id(required=False, help_text="Hold this very car.")
    destination = Id(required=False, help_text="Hold a dock at this station too: both are held, or neither.")
    start = Truth(default=False, help_text="At the car already: reserve and start the trip in one step.")

    def validate(self, fields: dict[str, Any]) -> dict[str, Any]:
        if ("station" in fields) == ("vehicle" in fields):
            raise ValidationError({"station": [_("Give either a station or a vehicle.")]})
        return fields


def own_subscriber(principal: Principal) -> Subscriber:
    subscriber = subscriber_of(principal)
    if subscriber is None:
        raise refusals.SubscriptionRequired
    return subscriber


def station_named(principal: Principal, id: int, *, field: str) -> Station:
    station = stations_visible_to(principal).filter(pk=id).first()
    if station is None or station.network_id != own_subscriber(principal).network_id:
        raise refusals.NotFound(field=field)
    return station


def vehicle_named(principal: Principal, id: int) -> Vehicle:
    vehicle = vehicles_visible_to(principal).filter(pk=id).first()
    if vehicle is None:
        raise refusals.NotFound(field="vehicle")
    return vehicle


def actor(subscriber: Subscriber) -> str:
    return f"subscriber:{subscriber.reference}"


class BookingsView(Resource):
    @operation("bookings", answer=BookingPage, query=BookingQuery, example={"results": [EXAMPLE], "next": None})
    def get(self, request: Request) -> HttpResponse:
        """Your bookings.

        The newest first.
        """
        found = rows(request.user).order_by("-reserved_at", "pk")
        if "cursor" in self.query:
            reserved_at, id = self.query["cursor"]
            found = found.filter(Q(reserved_at__lt=reserved_at) | Q(reserved_at=reserved_at, pk__gt=id))
        limit = self.query["limit"]
        bookings = list(found[: limit + 1])
        holds = last_holds(booking.pk for booking in bookings)
        return self.show(
            page(
                bookings,
                limit=limit,
                show=lambda row: show(row, holds.get(row.pk)),
                place=lambda row: encoded(row.reserved_at, row.pk),
            )
        )

    @operation(
        "bookings",
        answer=BookingShape,
        status=201,
        body=NewBooking,
        is_command=True,
        refusals=CLAIMING,
        example=EXAMPLE,
        body_examples={
            "a car and a dock": {"station": 12, "destination": 30},
            "this very car": {"vehicle": 4711},
            "walk up and drive": {"station": 12, "start": True},
        },
    )
    def post(self, request: Request) -> HttpResponse:
        """Reserve a car, and a dock where you are going.

        Both are held or neither: a refusal leaves nothing behind, and names stations near by in `alternatives`. The car
        is held until `held_until`, by the database's clock; `start` begins the trip at once instead.
        """
        subscriber = own_subscriber(request.user)
        return self.command(lambda: self.reserve(subscriber), status=201)

    def reserve(self, subscriber: Subscriber) -> dict[str, Any]:
        principal, asked = self.request.user, self.fields
        take = operations.take_now if asked["start"] else operations.reserve
        booking = take(
            subscriber=subscriber,
            actor=actor(subscriber),
            station=station_named(principal, asked["station"], field="station") if "station" in asked else None,
            vehicle=vehicle_named(principal, asked["vehicle"]) if "vehicle" in asked else None,
            destination=station_named(principal, asked["destination"], field="destination")
            if "destination" in asked
            else None,
        )
        return show_one(rows(principal).get(pk=booking.pk))


class BookingView(Resource):
    @operation("bookings", answer=BookingShape, example=EXAMPLE)
    def get(self, request: Request, id: UUID) -> HttpResponse:
        """One of your bookings, as it stands now."""
        booking = rows(request.user).filter(pk=id).first()
        if booking is None:
            raise Http404
        return self.show(show_one(booking))
