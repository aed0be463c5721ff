"""What a booking looks like in an answer: as it stands now by the database's clock, swept or not."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from rest_framework import serializers

from autolib.api.answers import instant
from autolib.api.vehicles import StationName, show_car, show_station_name
from autolib.api.visibility import Principal, bookings_visible_to
from bookings.models import Booking, DockHold, State
from stations import clock

EXAMPLE = {
    "id": "0f8b8f0e-5a55-4f0e-9a53-1d3f6a0c7b11",
    "network": "paris",
    "state": "reserved",
    "created_at": "2026-03-14T09:30:00.123456Z",
    "held_until": "2026-03-14T10:00:00.123456Z",
    "started_at": None,
    "ended_at": None,
    "end_cause": None,
    "extensions": 0,
    "origin": {"id": 12, "code": "paris-bastille-5", "name": "Bastille"},
    "end": None,
    "vehicle": {
        "id": 4711,
        "plate": "AB-123-CD",
        "vehicle_type": "bluecar",
        "version": 42,
        "charge_percent": 87.5,
        "range_km": 175,
        "reported_at": "2026-03-14T09:25:12.000000Z",
        "dock": 3,
    },
    "destination": {
        "station": {"id": 30, "code": "paris-nation-1", "name": "Nation"},
        "dock": {"id": 171, "number": 2, "version": 9},
        "state": "held",
        "created_at": "2026-03-14T09:30:00.123456Z",
        "held_until": "2026-03-14T11:00:00.123456Z",
        "extensions": 0,
    },
}


class BookedCar(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    plate = serializers.CharField()
    vehicle_type = serializers.CharField()
    version = serializers.IntegerField(help_text="Raised by one with each event of this car.")
    charge_percent = serializers.FloatField(allow_null=True)
    range_km = serializers.IntegerField(allow_null=True)
    reported_at = serializers.DateTimeField(allow_null=True)
    dock = serializers.IntegerField(allow_null=True, help_text="Number of the dock where it is plugged in now.")


class HeldDock(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.IntegerField(help_text="As painted on the ground.")
    version = serializers.IntegerField(help_text="Raised by one with each event of this dock.")


class Destination(serializers.Serializer[Any]):
    """The last dock that was held for the booking, and what became of the hold."""

    station = StationName()
    dock = HeldDock()
    state = serializers.ChoiceField(choices=DockHold.State.values)
    created_at = serializers.DateTimeField()
    held_until = serializers.DateTimeField(help_text="Before the trip starts, the dock is kept no longer than the car.")
    extensions = serializers.IntegerField()


class BookingShape(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    network = serializers.CharField()
    state = serializers.ChoiceField(choices=State.values, help_text="By the database's clock, swept or not.")
    created_at = serializers.DateTimeField()
    held_until = serializers.DateTimeField(help_text="From this instant on the car can be reserved by others.")
    started_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    end_cause = serializers.ChoiceField(choices=Booking.EndCause.values, allow_null=True)
    extensions = serializers.IntegerField()
    origin = StationName()
    end = StationName(allow_null=True)
    vehicle = BookedCar()
    destination = Destination(allow_null=True)


class BookingPage(serializers.Serializer[Any]):
    results = BookingShape(many=True)
    next = serializers.CharField(allow_null=True)


def rows(principal: Principal) -> QuerySet[Booking]:
    return (
        bookings_visible_to(principal)
        .select_related(
            "network", "vehicle__vehicle_type", "vehicle__report", "vehicle__dock", "origin_station", "end_station"
        )
        .annotate(read_at=clock.instant())
    )


def last_holds(booking_ids: Iterable[UUID]) -> dict[UUID, DockHold]:
    """The newest dock hold of each booking."""
    found = DockHold.objects.filter(booking_id__in=list(booking_ids)).select_related("dock__station")
    return {hold.booking_id: hold for hold in found.order_by("booking_id", "-pk").distinct("booking_id")}


def show(booking: Any, hold: DockHold | None) -> dict[str, Any]:
    has_run_out = booking.state == State.RESERVED and booking.held_until <= booking.read_at
    vehicle, end = booking.vehicle, booking.end_station
    return {
        "id": str(booking.pk),
        "network": booking.network.slug,
        "state": State.EXPIRED.value if has_run_out else str(booking.state),
        "created_at": instant(booking.reserved_at),
        "held_until": instant(booking.held_until),
        "started_at": instant(booking.started_at),
        "ended_at": instant(booking.held_until if has_run_out else booking.ended_at),
        "end_cause": Booking.EndCause.EXPIRED.value if has_run_out else str(booking.end_cause) or None,
        "extensions": booking.extensions,
        "origin": show_station_name(booking.origin_station),
        "end": show_station_name(end) if end else None,
        "vehicle": {
            "id": vehicle.pk,
            **show_car(vehicle),
            "dock": vehicle.dock.number if vehicle.dock else None,
        },
        "destination": show_hold(hold, at=booking.read_at) if hold else None,
    }


def show_hold(hold: DockHold, *, at: Any) -> dict[str, Any]:
    has_run_out = hold.state == DockHold.State.HELD and hold.during.upper <= at
    dock = hold.dock
    return {
        "station": show_station_name(dock.station),
        "dock": {"id": dock.pk, "number": dock.number, "version": dock.version},
        "state": DockHold.State.EXPIRED.value if has_run_out else str(hold.state),
        "created_at": instant(hold.created_at),
        "held_until": instant(hold.held_until),
        "extensions": hold.extensions,
    }


def show_one(booking: Any) -> dict[str, Any]:
    return show(booking, last_holds([booking.pk]).get(booking.pk))
