"""Rules of field work that must know who has a car: cars that are out without a trip. Others: vehicles.task_rules."""

from datetime import timedelta

from django.db.models import Exists, F, Max, OuterRef, QuerySet, Subquery
from django.db.models.functions import Greatest

from bookings.models import OPEN, Booking
from stations.models import Event, Station
from vehicles.models import FieldTask, TaskRule, Vehicle
from vehicles.task_rules import Rule, long_ago, since

Kind, Urgency, Origin = FieldTask.Kind, FieldTask.Urgency, FieldTask.Origin


def unaccounted(rule: TaskRule) -> QuerySet[Vehicle]:
    """Cars that stood in a dock once, stand in none for so many hours, and that neither a booking nor staff has out."""
    booked = Booking.objects.filter(vehicle=OuterRef("pk"))
    last_ended = booked.order_by().values("vehicle").annotate(last=Max("ended_at")).values("last")
    out = Vehicle.objects.filter(
        ~Exists(booked.filter(state__in=OPEN)), network=rule.network_id, dock=None, docked_at__isnull=False
    )
    out = out.exclude(out_of_service_cause=Vehicle.Cause.RELOCATION).annotate(
        out_since=Greatest(F("docked_at"), Subquery(last_ended))
    )
    found = out.filter(long_ago("out_since", timedelta(hours=rule.threshold)))
    return found.annotate(figure=since("out_since")).order_by("-figure", "pk")


def last_station(vehicle: Vehicle) -> Station | None:
    """Where the log last knew the car in a dock."""
    of_car = Event.objects.filter(aggregate=Vehicle.AGGREGATE, aggregate_id=vehicle.pk)
    states = of_car.order_by("-version").values_list("data__state__dock", flat=True)
    dock_id = states.exclude(data__state__dock=None).first()
    return Station.objects.filter(docks=dock_id).first() if dock_id else None


RULES: dict[FieldTask.Origin, Rule] = {
    Origin.UNACCOUNTED_CAR: Rule(
        Kind.CHECK, Urgency.NOW, unaccounted, threshold=2, unit=timedelta(hours=1), station_of=last_station
    ),
    Origin.LOST_CAR: Rule(
        Kind.TOW, Urgency.TODAY, unaccounted, threshold=24, unit=timedelta(hours=1), station_of=last_station
    ),
}
