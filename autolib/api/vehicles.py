"""GET vehicles: the cars of one's network, with what each last reported."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from autolib.api.answers import instant, number
from autolib.api.cursors import Cursor, Paged, encoded, page
from autolib.api.fields import BIGGEST_ID, QueryNumber
from autolib.api.resource import Resource
from autolib.api.schema import operation
from autolib.api.visibility import Principal, vehicles_visible_to
from bookings import claims
from vehicles.models import Vehicle

EXAMPLE = {
    "id": 4711,
    "network": "paris",
    "plate": "AB-123-CD",
    "vehicle_type": "bluecar",
    "version": 42,
    "charge_percent": 87.5,
    "range_km": 175,
    "reported_at": "2026-03-14T09:25:12.000000Z",
    "is_in_service": True,
    "is_docked": True,
    "is_rentable": True,
    "station": {"id": 12, "code": "paris-bastille-5", "name": "Bastille"},
    "dock": {"id": 60, "number": 3, "version": 7},
}


class VehicleQuery(Paged):
    station = QueryNumber(min_value=1, max_value=BIGGEST_ID, required=False, help_text="Only cars plugged in there.")
    cursor = Cursor(int)


class StationName(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    code = serializers.CharField()
    name = serializers.CharField()


class DockName(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.IntegerField(help_text="As painted on the ground.")
    version = serializers.IntegerField()


class VehicleShape(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    network = serializers.CharField()
    plate = serializers.CharField()
    vehicle_type = serializers.CharField()
    version = serializers.IntegerField(help_text="Raised by one with each event of this car.")
    charge_percent = serializers.FloatField(allow_null=True)
    range_km = serializers.IntegerField(allow_null=True)
    reported_at = serializers.DateTimeField(allow_null=True, help_text="Device time of the last report.")
    is_in_service = serializers.BooleanField()
    is_docked = serializers.BooleanField()
    is_rentable = serializers.BooleanField(help_text="Whether it could be reserved now.")
    station = StationName(allow_null=True)
    dock = DockName(allow_null=True)


class VehiclePage(serializers.Serializer[Any]):
    results = VehicleShape(many=True)
    next = serializers.CharField(allow_null=True)


def rows(principal: Principal) -> QuerySet[Vehicle]:
    rentable = claims.rentable_vehicles().filter(pk=OuterRef("pk"))
    return (
        vehicles_visible_to(principal)
        .select_related("network", "vehicle_type", "report", "dock__station")
        .annotate(is_rentable=Exists(rentable))
    )


def show(vehicle: Any) -> dict[str, Any]:
    dock = vehicle.dock
    return {
        "id": vehicle.pk,
        "network": vehicle.network.slug,
        **show_car(vehicle),
        "is_in_service": vehicle.is_in_service,
        "is_docked": dock is not None,
        "is_rentable": vehicle.is_rentable,
        "station": show_station_name(dock.station) if dock else None,
        "dock": {"id": dock.pk, "number": dock.number, "version": dock.version} if dock else None,
    }


def show_car(vehicle: Vehicle) -> dict[str, Any]:
    """What a person who may see the car is told of it anywhere."""
    report = getattr(vehicle, "report", None)
    return {
        "plate": vehicle.plate,
        "vehicle_type": vehicle.vehicle_type.code,
        "version": vehicle.version,
        "charge_percent": number(report.charge_percent) if report else None,
        "range_km": report.range_km if report else None,
        "reported_at": instant(report.event_time) if report else None,
    }


def show_station_name(station: Any) -> dict[str, Any]:
    return {"id": station.pk, "code": station.code, "name": station.name}


class VehiclesView(Resource):
    @operation("vehicles", answer=VehiclePage, query=VehicleQuery, example={"results": [EXAMPLE], "next": None})
    def get(self, request: Request) -> HttpResponse:
        """The cars of your network.

        In the order of their ids. Operators see the cars of every network that they run.
        """
        found = rows(request.user).order_by("pk")
        if "station" in self.query:
            found = found.filter(dock__station_id=self.query["station"])
        if "cursor" in self.query:
            found = found.filter(pk__gt=self.query["cursor"][0])
        limit = self.query["limit"]
        return self.show(page(list(found[: limit + 1]), limit=limit, show=show, place=lambda row: encoded(row.pk)))


class VehicleView(Resource):
    @operation("vehicles", answer=VehicleShape, example=EXAMPLE)
    def get(self, request: Request, id: int) -> HttpResponse:
        """One car."""
        vehicle = rows(request.user).filter(pk=id).first()
        if vehicle is None:
            raise Http404
        return self.show(show(vehicle))
