"""A badge at a post: the walk-up, and the start of what was reserved."""

from accounts.models import Badge, Subscriber
from bookings import claims, refused
from bookings.models import Booking, State
from bookings.operations.reserving import take_now
from bookings.operations.running import start_trip
from bookings.refusals import BadgeUnknown, CarElsewhere
from stations.models import Station


def present_badge(*, digest: str, station: Station, actor: str) -> Booking:
    """A badge at a post: start the trip of what was reserved here, or rent the best car at once.

    During a trip nothing changes: the answer is the trip, so that the post opens for the car that comes back.
    """
    badge = (
        Badge.objects.filter(digest=digest, subscriber__network=station.network_id).select_related("subscriber").first()
    )
    with refused.asking("present_badge", subscriber=badge.subscriber if badge else None, station=station):
        if badge is None or not badge.is_active:
            raise BadgeUnknown
        return _answered(badge, station, actor)


def _answered(badge: Badge, station: Station, actor: str) -> Booking:
    booking = own_booking(badge.subscriber)
    if booking is None:
        return take_now(subscriber=badge.subscriber, actor=actor, station=station)
    if booking.state == State.ON_TRIP:
        return booking
    dock = booking.vehicle.dock
    if dock is None or dock.station_id != station.pk:
        raise CarElsewhere(station=dock.station.name if dock else booking.origin_station.name)
    return start_trip(booking=booking, actor=actor)


def own_booking(subscriber: Subscriber) -> Booking | None:
    """The subscriber's booking that still stands; a hold that ran out is nobody's."""
    return (
        claims.live_bookings()
        .filter(subscriber=subscriber)
        .select_related("vehicle__dock__station", "origin_station")
        .first()
    )
