"""Every write to a booking. Each operation is atomic by itself, takes keyword arguments, and refuses by raising."""

from bookings.operations.badging import present_badge
from bookings.operations.changing import (
    cancel,
    drop_destination,
    extend,
    extend_destination,
    move_destination,
)
from bookings.operations.crewing import cancel_task, finish_task, hand_back_task, start_task
from bookings.operations.docking import plugged, unplugged
from bookings.operations.leaving import leave
from bookings.operations.lengthening import lengthen, lengthen_destination, prolong_trip
from bookings.operations.promising import promise_credit, withdraw_promise
from bookings.operations.rating import rate
from bookings.operations.rehousing import rehouse
from bookings.operations.reserving import reserve, take_now
from bookings.operations.running import end_trip, start_trip
from bookings.operations.servicing import move_vehicle, return_to_service, withdraw_vehicle
from bookings.operations.sweeping import expire_due_bookings, expire_due_holds, owe_reminders
from bookings.operations.undoing import undo_cancel

__all__ = [
    "cancel",
    "cancel_task",
    "drop_destination",
    "end_trip",
    "expire_due_bookings",
    "expire_due_holds",
    "extend",
    "extend_destination",
    "finish_task",
    "hand_back_task",
    "leave",
    "lengthen",
    "lengthen_destination",
    "move_destination",
    "move_vehicle",
    "owe_reminders",
    "plugged",
    "present_badge",
    "prolong_trip",
    "promise_credit",
    "rate",
    "rehouse",
    "reserve",
    "return_to_service",
    "start_task",
    "start_trip",
    "take_now",
    "undo_cancel",
    "unplugged",
    "withdraw_promise",
    "withdraw_vehicle",
]
