"""Bookings: one's own, and a new one. What may be done to one is in `booking_commands`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from accounts.models import Subscriber
from autolib.api import booking_rows
from autolib.api.booking_shapes import EXAMPLE, BookingPage, BookingShape, show
from autolib.api.cursors import Cursor, Paged, encoded, page
from autolib.api.fields import Id, Strict, Truth
from autolib.api.resource import Resource
from autolib.api.schema import operation
from autolib.api.visibility import Principal, subscriber_of, vehicles_visible_to
from bookings import operations, refusals
from stations.models import Station
from vehicles.models import Vehicle

# What an operation asks of a station; anything else of it would be read when somebody asks.
STATION_NAMED = """
SELECT id, network_id, code, name, latitude, longitude, is_installed, is_renting, is_returning, version
FROM stations_station WHERE id = %(id)s AND network_id = %(network)s
"""
CLAIMING = (
    refusals.CarUnavailable,
    refusals.DockUnavailable,
    refusals.AlreadyHolding,
    refusals.StationClosed,
    refusals.StationCloses,
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


def show_own(subscriber: Subscriber | None, id: UUID) -> dict[str, Any]:
    """The subscriber's booking of this id; anybody else's is not there."""
    row = booking_rows.one(subscriber=subscriber.pk, id=id) if subscriber else None
    if row is None:
        raise refusals.NotFound
    return show(row)


def station_named(subscriber: Subscriber, id: int, *, field: str = "station") -> Station:
    found = Station.objects.raw(STATION_NAMED, {"id": id, "network": subscriber.network_id})
    for station in found:
        return station
    raise refusals.NotFound(field=field)


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
        subscriber, limit = subscriber_of(request.user), self.query["limit"]
        after = tuple(self.query["cursor"]) if "cursor" in self.query else None
        found = booking_rows.newest(subscriber=subscriber.pk, limit=limit + 1, after=after) if subscriber else []
        return self.show(page(found, limit=limit, show=show, place=lambda row: encoded(row["reserved_at"], row["id"])))

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
        asked = self.fields
        take = operations.take_now if asked["start"] else operations.reserve
        booking = take(
            subscriber=subscriber,
            actor=actor(subscriber),
            station=station_named(subscriber, asked["station"]) if "station" in asked else None,
            vehicle=vehicle_named(self.request.user, asked["vehicle"]) if "vehicle" in asked else None,
            destination=station_named(subscriber, asked["destination"], field="destination")
            if "destination" in asked
            else None,
        )
        return show_own(subscriber, booking.pk)


class BookingView(Resource):
    @operation("bookings", answer=BookingShape, example=EXAMPLE)
    def get(self, request: Request, id: UUID) -> HttpResponse:
        """One of your bookings, as it stands now."""
        return self.show(show_own(subscriber_of(request.user), id))
