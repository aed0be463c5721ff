"""What a station looks like in an answer."""

from typing import Any

from django.conf import settings
from django.urls import reverse
from rest_framework import serializers

from autolib.api.answers import instant, number
from autolib.api.station_search import Offer
from stations.geography import walking_minutes
from stations.models import DockReport, Network, PlannedClosure, Station
from vehicles.models import Vehicle

EXAMPLE = {
    "id": 12,
    "code": "paris-bastille-5",
    "network": "paris",
    "name": "Bastille",
    "address": "5 boulevard Beaumarchais",
    "postal_code": "75004",
    "city": "Paris",
    "lat": 48.8545,
    "lon": 2.3687,
    "kind": "street",
    "access_note": "",
    "version": 3,
    "is_installed": True,
    "is_renting": True,
    "is_returning": True,
    "capacity": 6,
    "cars_available": 2,
    "docks_available": 3,
    "best_charge_percent": 90,
    "vehicle_types_available": [{"vehicle_type": "bluecar", "count": 2}],
    "distance_meters": 240,
    "walking_minutes": 5,
}
EXAMPLE_DETAIL = {
    **EXAMPLE,
    "distance_meters": None,
    "walking_minutes": None,
    "photo_url": "https://autolib.example/stations/photos/0f1e2d3c4b5a69788796a5b4c3d2e1f0.jpg",
    "planned_closure": {
        "from": "2026-03-15T21:00:00.000000Z",
        "until": "2026-03-16T05:00:00.000000Z",
        "reason": "Works on the water main",
        "is_returning": False,
    },
    "docks": [{"id": 60, "number": 1, "version": 7, "is_in_service": True, "is_free": False, "status": "Charging"}],
    "vehicles": [
        {
            "id": 4711,
            "plate": "AB-123-CD",
            "version": 42,
            "dock": 1,
            "vehicle_type": "bluecar",
            "charge_percent": 90.0,
            "range_km": 180,
            "reported_at": "2026-03-14T09:25:12.000000Z",
        }
    ],
}


class TypeCount(serializers.Serializer[Any]):
    vehicle_type = serializers.CharField()
    count = serializers.IntegerField()


class StationShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    code = serializers.CharField(help_text="The station's name for programs; it survives a new import.")
    network = serializers.CharField()
    name = serializers.CharField()
    address = serializers.CharField()
    postal_code = serializers.CharField()
    city = serializers.CharField()
    lat = serializers.FloatField()
    lon = serializers.FloatField()
    kind = serializers.ChoiceField(choices=Station.Kind.values)
    access_note = serializers.CharField()
    version = serializers.IntegerField(help_text="Raised by one with each event of this station.")
    is_installed = serializers.BooleanField()
    is_renting = serializers.BooleanField()
    is_returning = serializers.BooleanField()
    capacity = serializers.IntegerField(help_text="Docks in all.")
    cars_available = serializers.IntegerField(help_text="Cars that could be reserved now.")
    docks_available = serializers.IntegerField(help_text="Docks that could be held now.")
    best_charge_percent = serializers.IntegerField(allow_null=True)
    vehicle_types_available = TypeCount(many=True)
    distance_meters = serializers.IntegerField(allow_null=True, help_text="As the crow flies; null without `near`.")
    walking_minutes = serializers.IntegerField(allow_null=True)


class StationPage(serializers.Serializer[Any]):
    results = StationShape(many=True)
    next = serializers.CharField(allow_null=True, help_text="The cursor of the next page, if there is one.")


class DockShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.IntegerField(help_text="As painted on the ground.")
    version = serializers.IntegerField(help_text="Raised by one with each event of this dock.")
    is_in_service = serializers.BooleanField()
    is_free = serializers.BooleanField(help_text="Whether it could be held now.")
    status = serializers.ChoiceField(
        choices=DockReport.Status.values, allow_null=True, help_text="What the post last said (OCPP), as said."
    )


class RentableCar(serializers.Serializer[Any]):
    id = serializers.IntegerField(allow_null=True, help_text="Null for callers outside the network.")
    plate = serializers.CharField(allow_null=True)
    version = serializers.IntegerField(allow_null=True)
    dock = serializers.IntegerField(allow_null=True, help_text="Number of the dock where it stands.")
    vehicle_type = serializers.CharField()
    charge_percent = serializers.FloatField()
    range_km = serializers.IntegerField(allow_null=True)
    reported_at = serializers.DateTimeField()


class ClosureShape(serializers.Serializer[Any]):
    until = serializers.DateTimeField(help_text="When it opens again.")
    reason = serializers.CharField(help_text="As written by the operator.")
    is_returning = serializers.BooleanField(help_text="Whether cars are still taken back meanwhile.")

    def get_fields(self) -> dict[str, Any]:
        """`from` is no name in Python."""
        return {"from": serializers.DateTimeField(help_text="When it closes."), **super().get_fields()}


class StationDetail(StationShape):
    photo_url = serializers.URLField(
        allow_null=True, help_text="A JPEG of the place, open to everybody; another photo has another address."
    )
    planned_closure = ClosureShape(
        allow_null=True, help_text="The next one that is planned and begins within seven days."
    )
    docks = DockShape(many=True)
    vehicles = RentableCar(many=True)


def show_offer(offer: Offer, *, network: Network, types: dict[int, str]) -> dict[str, Any]:
    station, counts, meters = offer.station, offer.counts, offer.meters
    return {
        "id": station.pk,
        "code": station.code,
        "network": network.slug,
        "name": station.name,
        "address": station.address,
        "postal_code": station.postal_code,
        "city": station.city,
        "lat": station.latitude,
        "lon": station.longitude,
        "kind": station.kind,
        "access_note": station.access_note,
        "version": station.version,
        "is_installed": station.is_installed,
        "is_renting": station.is_renting,
        "is_returning": station.is_returning,
        "capacity": counts.capacity,
        "cars_available": counts.cars,
        "docks_available": counts.docks,
        "best_charge_percent": counts.best_charge,
        "vehicle_types_available": [
            {"vehicle_type": types[type_id], "count": count} for type_id, count in sorted(counts.cars_by_type.items())
        ],
        "distance_meters": None if meters is None else round(meters),
        "walking_minutes": None if meters is None else walking_minutes(meters),
    }


def photo_url(station: Station) -> str | None:
    photo = getattr(station, "photo", None)
    return settings.PUBLIC_URL + reverse("station_photo", args=[photo.digest]) if photo else None


def show_closure(closure: PlannedClosure | None) -> dict[str, Any] | None:
    if closure is None:
        return None
    return {
        "from": instant(closure.from_at),
        "until": instant(closure.until_at),
        "reason": closure.reason,
        "is_returning": closure.is_returning,
    }


def show_dock(dock: Any) -> dict[str, Any]:
    report = getattr(dock, "report", None)
    return {
        "id": dock.pk,
        "number": dock.number,
        "version": dock.version,
        "is_in_service": dock.is_in_service,
        "is_free": dock.is_free,
        "status": report.status if report else None,
    }


def show_rentable_car(car: Vehicle, *, is_known: bool) -> dict[str, Any]:
    report = car.report
    return {
        "id": car.pk if is_known else None,
        "plate": car.plate if is_known else None,
        "version": car.version if is_known else None,
        "dock": car.dock.number if is_known and car.dock else None,
        "vehicle_type": car.vehicle_type.code,
        "charge_percent": number(report.charge_percent),
        "range_km": report.range_km,
        "reported_at": instant(report.event_time),
    }
