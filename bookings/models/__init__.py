"""Bookings with the docks kept for them and the notices owed; and the numbers of each day."""

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
from bookings.models.caring import CreditPromise, RefusedRequest
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
    "RefusedRequest",
    "State",
    "StationDay",
    "VehicleDay",
    "is_endless",
    "upper",
]
