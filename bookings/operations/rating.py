"""How a subscriber found the car: a few presses, from the start of the trip on."""

from datetime import datetime, timedelta

from bookings.models import Booking, Rating, State
from bookings.refusals import CleanlinessRequired, NotNow, RatingTooLate
from stations import clock

RATED_WITHIN = timedelta(days=7)


def rate(*, booking: Booking, cleanliness: str, is_faulty: bool = False) -> Booking:
    """From the start of the trip until seven days after its end; said again, the last word counts.

    Changes no booking and waits for none. Refuses CleanlinessRequired, NotNow where there is no trip, RatingTooLate.
    """
    if cleanliness not in Rating.Cleanliness:
        raise CleanlinessRequired(field="cleanliness")
    row, at = Booking.objects.get(pk=booking.pk), clock.now()
    if row.started_at is None:
        raise NotNow(state=row.get_state_display())
    if not may_rate(row, at):
        raise RatingTooLate(days=RATED_WITHIN.days)
    said = {"cleanliness": cleanliness, "is_faulty": is_faulty, "rated_at": at}
    of_trip = {"vehicle_id": row.vehicle_id, "found_at": row.started_at}
    Rating.objects.update_or_create(booking=row, defaults={**of_trip, **said})
    return row


def may_rate(booking: Booking, at: datetime) -> bool:
    if booking.state == State.COMPLETED and booking.ended_at is not None:
        return at < booking.ended_at + RATED_WITHIN
    return booking.state == State.ON_TRIP
