"""Bookings: one row from the reservation to the end of the trip, with the docks kept for it and the notices owed."""

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

__all__ = [
    "OPEN",
    "TRANSITIONS",
    "Booking",
    "Command",
    "DockHold",
    "Notification",
    "State",
    "is_endless",
    "upper",
]
