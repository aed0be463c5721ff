"""Events of cars and docks, each with the state after it, so that the log can be folded and checked."""

from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from stations import events
from stations.models import Dock
from vehicles.models import Vehicle

if TYPE_CHECKING:
    from bookings.models import Booking, DockHold


def record_vehicle(
    vehicle: Vehicle,
    event: events.Type,
    *,
    booking: "Booking | None",
    at: datetime,
    actor: str,
    occurred_at: datetime | None = None,
    data: dict[str, Any] | None = None,
    **changes: Any,
) -> None:
    """Change the car's row and write its event, with the state after it: the fold of the log."""
    dock = changes.get("dock", vehicle.dock)
    open_booking = booking if booking is not None and booking.is_open else None
    state = {
        "dock": dock.pk if dock else None,
        "is_in_service": changes.get("is_in_service", vehicle.is_in_service),
        "booking": str(open_booking.pk) if open_booking else None,
        "phase": str(open_booking.state) if open_booking else None,
    }
    events.record(
        vehicle,
        event,
        at=at,
        actor=actor,
        occurred_at=occurred_at,
        ref=booking.pk if booking else None,
        data={**(data or {}), "state": state},
        **changes,
    )


def record_dock(
    dock: Dock,
    event: events.Type,
    *,
    at: datetime,
    actor: str,
    vehicle_id: int | None,
    hold: "DockHold | None",
    booking_id: UUID | None = None,
    occurred_at: datetime | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Write the event of a change that concerns a dock: `vehicle_id` stands in it and `hold` keeps it afterwards."""
    state = {
        "vehicle": vehicle_id,
        "hold": str(hold.booking_id) if hold and hold.state == "held" else None,
    }
    events.record(
        dock,
        event,
        at=at,
        actor=actor,
        occurred_at=occurred_at,
        ref=booking_id or (hold.booking_id if hold else None),
        data={**(data or {}), "state": state},
    )
