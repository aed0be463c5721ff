"""Bookings with the docks kept for them, the notices owed and the ratings; and the numbers of each day."""

from bookings.models.booking import (
    OPEN,
    TRANSITIONS,
    Booking,
    Command,
    DockHold,
    Notification,
    State,
    is_endless,
    upper,
)
from bookings.models.caring import CreditPromise, Rating, RefusedRequest
from bookings.models.figures import NetworkDay, StationDay, VehicleDay

__all__ = [
    "OPEN",
    "TRANSITIONS",
    "Booking",
    "Command",
    "CreditPromise",
    "DockHold",
    "NetworkDay",
    "Notification",
    "Rating",
    "RefusedRequest",
    "State",
    "StationDay",
    "VehicleDay",
    "is_endless",
    "upper",
]
