"""What a booking looks like in an answer: as it stands now by the database's clock, swept or not."""

from typing import Any

from rest_framework import serializers

from autolib.api.answers import instant, number
from autolib.api.booking_rows import Row
from autolib.api.vehicles import StationName
from bookings.models import Booking, DockHold, Rating, State

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
    "rating": None,
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


class RatingShape(serializers.Serializer[Any]):
    """How you found the car."""

    cleanliness = serializers.ChoiceField(choices=Rating.Cleanliness.values)
    is_faulty = serializers.BooleanField(help_text="Whether something is broken or missing.")
    rated_at = serializers.DateTimeField()


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
    rating = RatingShape(allow_null=True)


class BookingPage(serializers.Serializer[Any]):
    results = BookingShape(many=True)
    next = serializers.CharField(allow_null=True)


def show(row: Row) -> dict[str, Any]:
    has_run_out = row["state"] == State.RESERVED and row["held_until"] <= row["read_at"]
    return {
        "id": str(row["id"]),
        "network": row["network"],
        "state": State.EXPIRED.value if has_run_out else row["state"],
        "created_at": instant(row["reserved_at"]),
        "held_until": instant(row["held_until"]),
        "started_at": instant(row["started_at"]),
        "ended_at": instant(row["held_until"] if has_run_out else row["ended_at"]),
        "end_cause": Booking.EndCause.EXPIRED.value if has_run_out else row["end_cause"] or None,
        "extensions": row["extensions"],
        "origin": _station(row, "origin"),
        "end": _station(row, "end") if row["end_id"] else None,
        "vehicle": {
            "id": row["vehicle_id"],
            "plate": row["plate"],
            "vehicle_type": row["vehicle_type"],
            "version": row["vehicle_version"],
            "charge_percent": number(row["charge_percent"]),
            "range_km": row["range_km"],
            "reported_at": instant(row["reported_at"]),
            "dock": row["stand_number"],
        },
        "destination": _destination(row) if row["hold_state"] else None,
        "rating": _rating(row) if row["rated_at"] else None,
    }


def _destination(row: Row) -> dict[str, Any]:
    has_run_out = row["hold_state"] == DockHold.State.HELD and row["hold_ends_at"] <= row["read_at"]
    return {
        "station": _station(row, "there"),
        "dock": {"id": row["dock_id"], "number": row["dock_number"], "version": row["dock_version"]},
        "state": DockHold.State.EXPIRED.value if has_run_out else row["hold_state"],
        "created_at": instant(row["hold_created_at"]),
        "held_until": instant(row["hold_held_until"]),
        "extensions": row["hold_extensions"],
    }


def _rating(row: Row) -> dict[str, Any]:
    return {
        "cleanliness": row["cleanliness"],
        "is_faulty": row["is_faulty"],
        "rated_at": instant(row["rated_at"]),
    }


def _station(row: Row, which: str) -> dict[str, Any]:
    return {"id": row[f"{which}_id"], "code": row[f"{which}_code"], "name": row[f"{which}_name"]}
