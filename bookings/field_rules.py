"""Rules of field work that must know of bookings: cars that are out without a trip, and what subscribers say of cars.

Others: vehicles.task_rules.
"""

from datetime import timedelta

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Greatest

from bookings.models import OPEN, Booking, Rating
from stations import clock
from stations.models import Event, Station
from vehicles import fieldwork
from vehicles.models import FieldTask, TaskRule, Vehicle
from vehicles.task_rules import Rule, long_ago, since

RATINGS_COUNT_FOR = timedelta(days=14)
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


def dirty(rule: TaskRule) -> QuerySet[Vehicle]:
    """Cars that so many people found dirty since anybody found them clean."""
    clean = Rating.objects.filter(
        vehicle=OuterRef("vehicle"), cleanliness=Rating.Cleanliness.CLEAN, found_at__gt=OuterRef("found_at")
    )
    said = Rating.objects.filter(~Exists(clean), cleanliness=Rating.Cleanliness.DIRTY)
    return _found(rule, said, settled_by=(Kind.CLEAN,))


def faulty(rule: TaskRule) -> QuerySet[Vehicle]:
    """Cars of which so many people said that something is broken. Who says nothing may not have seen it."""
    return _found(rule, Rating.objects.filter(is_faulty=True), settled_by=(Kind.CHECK, Kind.REPAIR))


def _found(rule: TaskRule, said: QuerySet[Rating], *, settled_by: tuple[FieldTask.Kind, ...]) -> QuerySet[Vehicle]:
    """Plugged in, and found so by that many people, not long ago, and since a crew did such work or a person decided
    that there is none to do.
    """
    later = FieldTask.objects.filter(vehicle=OuterRef("vehicle"), ended_at__gte=OuterRef("found_at"))
    done = Q(state=FieldTask.State.DONE, kind__in=(*settled_by, rule.kind))
    called_off = Q(state=FieldTask.State.CANCELLED, origin=rule.code) & ~Q(ended_by=fieldwork.SYSTEM)
    oldest = clock.now() - RATINGS_COUNT_FOR  # a constant, for the index: most ratings are old
    said = said.filter(~Exists(later.filter(done | called_off)), vehicle__network=rule.network_id, found_at__gt=oldest)
    of_car = said.filter(vehicle=OuterRef("pk")).order_by().values("vehicle")
    people = of_car.annotate(people=Count("booking__subscriber", distinct=True)).values("people")
    standing = Vehicle.objects.filter(pk__in=said.values("vehicle"), is_in_service=True, dock__isnull=False)
    return standing.annotate(figure=Subquery(people)).filter(figure__gte=rule.threshold).order_by("-figure", "pk")


RULES: dict[FieldTask.Origin, Rule] = {
    Origin.UNACCOUNTED_CAR: Rule(
        Kind.CHECK, Urgency.NOW, unaccounted, threshold=2, unit=timedelta(hours=1), station_of=last_station
    ),
    Origin.LOST_CAR: Rule(
        Kind.TOW, Urgency.TODAY, unaccounted, threshold=24, unit=timedelta(hours=1), station_of=last_station
    ),
    Origin.RATED_DIRTY: Rule(Kind.CLEAN, Urgency.TODAY, dirty, threshold=2),
    Origin.RATED_FAULTY: Rule(Kind.CHECK, Urgency.TODAY, faulty, threshold=1),
}
