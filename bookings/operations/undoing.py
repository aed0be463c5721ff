"""Taking a cancellation back, for the short while that the network allows."""

from datetime import datetime, timedelta

from django.db import transaction

from bookings import refused
from bookings.availability import nearest_with_car
from bookings.constraints import as_refusals
from bookings.models import Booking, DockHold, State
from bookings.operations.reserving import Terms, hold_both
from bookings.refusals import CarUnavailable, DockUnavailable, NothingToUndo, StationClosed
from stations import clock
from stations.models import Network


@refused.asked
def undo_cancel(*, booking: Booking, actor: str) -> Booking:
    """Hold the same car again where it was, and a dock at the same station, for what was left of the time.

    History is not rewritten: this is a new booking, with nothing gained by the detour (same deadlines, same number of
    extensions). A dock that is gone meanwhile does not cost the car: then the booking has no destination.
    Locks as `reserve` does. Refuses NothingToUndo, or what `reserve` refuses.
    """
    with transaction.atomic(), as_refusals():
        known = Booking.objects.select_related("network", "subscriber__network", "vehicle", "origin_station__network")
        cancelled = known.get(pk=booking.pk)
        _refuse_when_late(cancelled, clock.now())  # a plain no that needs no lock; it is decided below them
        given_back = hold_given_back(cancelled)
        if given_back is not None:
            try:
                with transaction.atomic():
                    return _hold_again(cancelled, given_back, actor)
            except (DockUnavailable, StationClosed) as refusal:
                if refusal.field != "destination":
                    raise
        return _hold_again(cancelled, None, actor)


def _hold_again(cancelled: Booking, given_back: DockHold | None, actor: str) -> Booking:
    def terms_left(_network: Network, at: datetime) -> Terms:
        return _terms_left(cancelled, given_back, at)

    destination = given_back.dock.station if given_back else None
    again = hold_both(cancelled.subscriber, actor, None, cancelled.vehicle, destination, terms_left)
    if again.origin_station.pk != cancelled.origin_station_id:
        raise CarUnavailable(alternatives=nearest_with_car(cancelled.origin_station))
    return again


def undo_until(booking: Booking) -> datetime | None:
    """Until when the cancellation may be undone; None for what its subscriber did not cancel."""
    if booking.state != State.CANCELLED or booking.end_cause != Booking.EndCause.CUSTOMER or booking.ended_at is None:
        return None
    return min(booking.held_until, booking.ended_at + timedelta(seconds=booking.network.cancel_undo_seconds))


def hold_given_back(cancelled: Booking) -> DockHold | None:
    """The dock that was let go by the cancellation itself, not before."""
    holds = cancelled.dock_holds.filter(state=DockHold.State.RELEASED, closed_at=cancelled.ended_at)
    return holds.select_related("dock__station__network").order_by("-pk").first()


def _refuse_when_late(cancelled: Booking, at: datetime) -> None:
    until = undo_until(cancelled)
    if until is None or at >= until:
        raise NothingToUndo


def _terms_left(cancelled: Booking, given_back: DockHold | None, at: datetime) -> Terms:
    _refuse_when_late(cancelled, at)
    if given_back is not None and given_back.held_until <= at:
        raise DockUnavailable(field="destination", station=given_back.dock.station.title)
    return Terms(
        held_until=cancelled.held_until,
        dock_held_until=given_back.held_until if given_back else cancelled.held_until,
        extensions=cancelled.extensions,
        dock_extensions=given_back.extensions if given_back else 0,
        leads=1,  # The reminder that was due is due again, however near.
        data={"undoes": str(cancelled.pk)},
    )
