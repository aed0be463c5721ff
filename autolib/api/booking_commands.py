"""What a subscriber may do to a booking: one address a command, all on the same road."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from autolib.api.booking_shapes import EXAMPLE, BookingShape
from autolib.api.bookings import actor, show_own, station_named
from autolib.api.fields import Id, Nothing, Strict, Truth
from autolib.api.resource import Resource
from autolib.api.schema import operation
from autolib.api.visibility import bookings_visible_to, subscriber_of
from bookings import operations, refusals
from bookings.models import Booking, Rating

ENDED = {**EXAMPLE, "state": "cancelled", "ended_at": "2026-03-14T09:41:00.000123Z", "end_cause": "customer"}
RATING = {"cleanliness": "dirty", "is_faulty": False}
RATED = {
    **EXAMPLE,
    "state": "completed",
    "started_at": "2026-03-14T09:41:00.000123Z",
    "ended_at": "2026-03-14T10:20:00.000123Z",
    "end_cause": "returned",
    "end": {"id": 30, "code": "paris-nation-1", "name": "Nation"},
    "rating": {**RATING, "rated_at": "2026-03-14T10:21:00.000123Z"},
}
ON_TRIP = {**EXAMPLE, "state": "on_trip", "started_at": "2026-03-14T09:41:00.000123Z"}


def command(
    *,
    more: tuple[type[refusals.Refusal], ...] = (),
    body: type[Strict] = Nothing,
    example: dict[str, Any] = EXAMPLE,
    body_examples: dict[str, Any] | None = None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return operation(
        "bookings",
        answer=BookingShape,
        body=body,
        is_command=True,
        refusals=(refusals.NotLive, refusals.NotNow, *more),
        example=example,
        body_examples=body_examples,
    )


class BookingCommand(Resource):
    def carry_out(self, id: UUID, do: Callable[..., Booking], **arguments: Any) -> HttpResponse:
        def run() -> dict[str, Any]:
            subscriber = subscriber_of(self.request.user)
            booking = bookings_visible_to(self.request.user).filter(pk=id).first()
            if subscriber is None or booking is None:
                raise refusals.NotFound
            if "station" in self.fields:
                arguments["station"] = station_named(subscriber, self.fields["station"])
            changed = do(booking=booking, actor=actor(subscriber), **arguments)
            return show_own(subscriber, changed.pk)

        return self.command(run)


class ExtendView(BookingCommand):
    @command(more=(refusals.AlreadyExtended,))
    def post(self, request: Request, id: UUID) -> HttpResponse:
        """Hold the car longer.

        By another holding time of the network, as often as its rules allow.
        """
        return self.carry_out(id, operations.extend)


class ExtendDestinationView(BookingCommand):
    @command(more=(refusals.AlreadyExtended, refusals.NoDestination, refusals.DockCloses))
    def post(self, request: Request, id: UUID) -> HttpResponse:
        """Hold the dock longer.

        By another holding time of the network, as often as its rules allow.
        """
        return self.carry_out(id, operations.extend_destination)


class NewDestination(Strict):
    """Where to instead."""

    station = Id(help_text="Where the dock is to be held.")


class MoveDestinationView(BookingCommand):
    @command(
        body=NewDestination,
        more=(
            refusals.DockUnavailable,
            refusals.StationClosed,
            refusals.StationCloses,
            refusals.SameDestination,
            refusals.NotFound,
        ),
        body_examples={"another station": {"station": 31}},
    )
    def post(self, request: Request, id: UUID) -> HttpResponse:
        """Hold a dock at another station.

        Also adds a first destination. The dock held before is kept unless the new one is won.
        """
        return self.carry_out(id, operations.move_destination)


class DropDestinationView(BookingCommand):
    @command(more=(refusals.NoDestination,))
    def post(self, request: Request, id: UUID) -> HttpResponse:
        """Let the dock go.

        The car stays yours.
        """
        return self.carry_out(id, operations.drop_destination)


class CancelView(BookingCommand):
    @command(example=ENDED)
    def post(self, request: Request, id: UUID) -> HttpResponse:
        """Give the car and the dock back.

        Only before the trip has started.
        """
        return self.carry_out(id, operations.cancel)


class UndoCancelView(BookingCommand):
    @operation(
        "bookings",
        answer=BookingShape,
        body=Nothing,
        is_command=True,
        refusals=(
            refusals.NothingToUndo,
            refusals.CarUnavailable,
            refusals.StationClosed,
            refusals.NetworkClosed,
            refusals.AlreadyHolding,
            refusals.SubscriptionRequired,
            refusals.SubscriberBlocked,
        ),
        example=EXAMPLE,
    )
    def post(self, request: Request, id: UUID) -> HttpResponse:
        """Take a cancellation back.

        For the short while that the network allows. The answer is a new booking of the same car until the same time,
        with a dock at the same station unless that is gone meanwhile.
        """
        return self.carry_out(id, operations.undo_cancel)


class StartTripView(BookingCommand):
    @command(more=(refusals.CarUnavailable, refusals.SubscriberBlocked), example=ON_TRIP)
    def post(self, request: Request, id: UUID) -> HttpResponse:
        """Unlock the car and start the trip.

        The trip ends when the car is plugged in at any dock of the network.
        """
        return self.carry_out(id, operations.start_trip)


class NewRating(Strict):
    """How you found the car."""

    cleanliness = serializers.ChoiceField(choices=Rating.Cleanliness.values)
    is_faulty = Truth(default=False, help_text="Whether something is broken or missing.")


class RateView(BookingCommand):
    @operation(
        "bookings",
        answer=BookingShape,
        body=NewRating,
        is_command=True,
        refusals=(refusals.NotNow, refusals.RatingTooLate),
        example=RATED,
        body_examples={"not clean": RATING},
    )
    def post(self, request: Request, id: UUID) -> HttpResponse:
        """Say how you found the car.

        From the start of the trip until seven days after it; said again, the last word counts. Crews are sent to cars
        that people find dirty or broken.
        """

        def rate(*, booking: Booking, actor: str) -> Booking:
            return operations.rate(booking=booking, **self.fields)

        return self.carry_out(id, rate)
