"""Every reservation and trip of one person, and what care was told and promised, for that person to keep."""

from typing import Any

from django.db.models import Prefetch

from accounts.export import written
from accounts.models import User
from bookings.models import Booking, CreditPromise, DockHold, Notification, RefusedRequest


def exported(user: User) -> dict[str, Any]:
    holds = DockHold.objects.select_related("dock__station").order_by("pk")
    bookings = Booking.objects.filter(subscriber__user=user).select_related(
        "vehicle__vehicle_type", "origin_station", "end_station", "rating"
    )
    kept = bookings.prefetch_related(
        Prefetch("dock_holds", holds), Prefetch("notifications", Notification.objects.order_by("pk"))
    )
    refused = RefusedRequest.objects.filter(subscriber__user=user).select_related("station")
    promises = CreditPromise.objects.filter(subscriber__user=user)
    return {
        "bookings": [_booking(one) for one in kept.order_by("-reserved_at", "pk")],
        "refused_requests": [_refused(one) for one in refused.order_by("-occurred_at", "-pk")],
        "promised_credits": [_promise(one) for one in promises.order_by("pk")],
    }


def _booking(booking: Booking) -> dict[str, Any]:
    return {
        "id": str(booking.pk),
        "state": booking.state,
        "car": {"type": booking.vehicle.vehicle_type.name, "plate": booking.vehicle.plate},
        "from": booking.origin_station.title,
        "returned_at_station": booking.end_station.title if booking.end_station else None,
        "reserved_at": written(booking.reserved_at),
        "held_until": written(booking.held_until),
        "extensions": booking.extensions,
        "trip_started_at": written(booking.started_at),
        "trip_may_last_until": written(booking.may_last_until),
        "ended_at": written(booking.ended_at),
        "ended_because": booking.end_cause or None,
        "rating": _rating(booking),
        "docks_kept": [_hold(one) for one in booking.dock_holds.all()],
        "notices": [
            {
                "kind": one.kind,
                "by": one.channel,
                "written_at": written(one.created_at),
                "sent_at": written(one.sent_at),
            }
            for one in booking.notifications.all()
        ],
    }


def _rating(booking: Booking) -> dict[str, Any] | None:
    rating = getattr(booking, "rating", None)
    if rating is None:
        return None
    return {
        "cleanliness": rating.cleanliness,
        "something_is_broken": rating.is_faulty,
        "rated_at": written(rating.rated_at),
    }


def _refused(refused: RefusedRequest) -> dict[str, Any]:
    return {
        "at": written(refused.occurred_at),
        "asked_for": refused.command,
        "needed": refused.need or None,
        "station": refused.station.title if refused.station else None,
        "refused_because": refused.code,
    }


def _promise(promise: CreditPromise) -> dict[str, Any]:
    return {
        "amount": str(promise.amount),
        "currency": promise.currency,
        "reason": promise.reason,
        "booking": str(promise.booking_id) if promise.booking_id else None,
        "promised_at": written(promise.promised_at),
        "settled_at": written(promise.settled_at),
        "withdrawn_at": written(promise.withdrawn_at),
    }


def _hold(hold: DockHold) -> dict[str, Any]:
    return {
        "station": hold.dock.station.title,
        "dock": hold.dock.number,
        "state": hold.state,
        "kept_from": written(hold.created_at),
        "promised_until": written(hold.held_until),
        "ended_at": written(hold.closed_at),
    }
