"""The numbers of a day, for operators. `bookings.figures` computes them; what each means is said in its `meanings`.

A row can be thrown away and computed again from the log and the bookings; only what cars last measured cannot, and is
carried over (`odometer_km`, `charge_percent`). Times are in whole seconds.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from stations.models import Network, Station
from vehicles.models import Vehicle


def number() -> models.PositiveIntegerField:
    return models.PositiveIntegerField(default=0)


def big_number() -> models.PositiveBigIntegerField:
    return models.PositiveBigIntegerField(default=0)


def by_hour() -> ArrayField:
    """One number an hour of the network's day: 23, 24 or 25 of them."""
    return ArrayField(models.PositiveIntegerField())


def kilometres() -> models.DecimalField:
    return models.DecimalField(max_digits=10, decimal_places=1, null=True)


class NetworkDay(models.Model):
    """One day of a network, from midnight to midnight in its time zone."""

    network = models.ForeignKey(Network, models.PROTECT, related_name="+", db_index=False)
    date = models.DateField()
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reservations = number()
    trips = number()
    trip_seconds = big_number()
    kilometres = kilometres()
    customer_cancellations = number()
    provider_cancellations = number()
    expiries = number()
    dock_holds = number()
    displaced_holds = number()
    promises = number()
    promises_kept = number()
    cars = number()
    in_service_seconds = big_number()
    charge_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    renting_seconds = big_number()
    without_car_seconds = big_number()
    returning_seconds = big_number()
    without_dock_seconds = big_number()
    messages_quarantined = number()
    messages_resolved = number()
    message_seconds = big_number()
    cars_restored = number()
    car_outage_seconds = big_number()
    docks_restored = number()
    dock_outage_seconds = big_number()
    events = number()
    computed_at = models.DateTimeField()
    read_until = models.DateTimeField()  # an event of this day that is recorded later makes the day due again

    class Meta:
        verbose_name = _("day of a network")
        verbose_name_plural = _("days of networks")
        constraints = [
            models.UniqueConstraint(fields=["network", "date"], name="a_network_has_a_day_once"),
            models.CheckConstraint(
                name="no_more_promises_are_kept_than_made", condition=Q(promises_kept__lte=F("promises"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.network} {self.date}"


class StationDay(models.Model):
    """One day of a station, hour by hour; each total is the sum of its hours."""

    network = models.ForeignKey(Network, models.PROTECT, related_name="+", db_index=False)
    station = models.ForeignKey(Station, models.PROTECT, related_name="+", db_index=False)
    date = models.DateField()
    renting_seconds = number()
    without_car_seconds = number()
    returning_seconds = number()
    without_dock_seconds = number()
    departures = number()
    arrivals = number()
    renting_by_hour = by_hour()
    without_car_by_hour = by_hour()
    returning_by_hour = by_hour()
    without_dock_by_hour = by_hour()
    departures_by_hour = by_hour()
    arrivals_by_hour = by_hour()

    class Meta:
        verbose_name = _("day of a station")
        verbose_name_plural = _("days of stations")
        constraints = [models.UniqueConstraint(fields=["station", "date"], name="a_station_has_a_day_once")]
        indexes = [models.Index(fields=["network", "date"], name="station_day_of_network")]

    def __str__(self) -> str:
        return f"{self.station} {self.date}"


class VehicleDay(models.Model):
    """One day of a car."""

    network = models.ForeignKey(Network, models.PROTECT, related_name="+", db_index=False)
    vehicle = models.ForeignKey(Vehicle, models.PROTECT, related_name="+", db_index=False)
    date = models.DateField()
    trips = number()
    trip_seconds = number()
    in_service_seconds = number()
    odometer_km = kilometres()
    kilometres = kilometres()

    class Meta:
        verbose_name = _("day of a car")
        verbose_name_plural = _("days of cars")
        constraints = [models.UniqueConstraint(fields=["vehicle", "date"], name="a_car_has_a_day_once")]
        indexes = [models.Index(fields=["network", "date"], name="vehicle_day_of_network")]

    def __str__(self) -> str:
        return f"{self.vehicle} {self.date}"
