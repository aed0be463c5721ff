"""Cars: what we decided about each, kept apart from what each last said."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stations.models import Device, Dock, Network


class VehicleType(models.Model):
    """A model of car (GBFS `vehicle_type`)."""

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=60)
    seats = models.PositiveSmallIntegerField(_("seats"), default=4)
    boot_liters = models.PositiveIntegerField(_("boot (l)"), default=350)
    battery_kwh = models.DecimalField(_("battery (kWh)"), max_digits=5, decimal_places=1, default=30)
    max_range_km = models.PositiveIntegerField(_("range when full (km)"), default=200)
    length_meters = models.DecimalField(_("length (m)"), max_digits=4, decimal_places=2, default="3.65")

    class Meta:
        verbose_name = _("vehicle type")
        verbose_name_plural = _("vehicle types")

    def __str__(self) -> str:
        return self.name


class Vehicle(models.Model):
    """A car. It knows whether it is in service and where it is docked; who holds it is asked of `bookings`."""

    AGGREGATE = "vehicle"

    class Cause(models.TextChoices):
        MAINTENANCE = "maintenance", _("maintenance")
        DAMAGE = "damage", _("damage")
        CLEANING = "cleaning", _("cleaning")
        LOW_CHARGE = "low_charge", _("low charge")
        MISSING = "missing", _("missing")
        RELOCATION = "relocation", _("being moved by staff")
        OTHER = "other", _("other")

    network = models.ForeignKey(Network, models.PROTECT, verbose_name=_("network"), related_name="+")
    vehicle_type = models.ForeignKey(VehicleType, models.PROTECT, verbose_name=_("type"), related_name="+")
    plate = models.CharField(_("plate"), max_length=20)
    dock = models.OneToOneField(
        Dock, models.PROTECT, verbose_name=_("plugged in at"), related_name="+", null=True, blank=True
    )
    docked_at = models.DateTimeField(
        _("last plugged or unplugged"), null=True, blank=True, help_text=_("Device time of the last accepted fact.")
    )
    disputed_dock = models.ForeignKey(
        Dock,
        models.PROTECT,
        verbose_name=_("says it stands at"),
        related_name="+",
        null=True,
        blank=True,
        help_text=_("Where its last plug-in was reported while our records show another car in that dock."),
    )
    is_in_service = models.BooleanField(_("in service"), default=True)
    out_of_service_cause = models.CharField(_("out of service for"), max_length=12, choices=Cause, blank=True)
    out_of_service_note = models.CharField(_("note"), max_length=300, blank=True)
    device = models.OneToOneField(
        Device, models.PROTECT, verbose_name=_("device"), related_name="+", null=True, blank=True
    )
    version = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("car")
        verbose_name_plural = _("cars")
        constraints = [
            models.UniqueConstraint(fields=["network", "plate"], name="a_plate_is_used_once"),
            models.CheckConstraint(
                name="a_withdrawn_car_has_a_cause",
                condition=Q(is_in_service=True, out_of_service_cause="")
                | Q(is_in_service=False) & ~Q(out_of_service_cause=""),
            ),
        ]

    def __str__(self) -> str:
        return self.plate


class Battery(models.Model):
    """A battery as a thing with a number: it may be swapped, and what it went through follows it, not the car."""

    network = models.ForeignKey(Network, models.PROTECT, verbose_name=_("network"), related_name="+")
    serial = models.CharField(_("serial number"), max_length=60)
    capacity_kwh = models.DecimalField(_("capacity (kWh)"), max_digits=5, decimal_places=1)
    vehicle = models.OneToOneField(
        Vehicle, models.PROTECT, verbose_name=_("in the car"), related_name="battery", null=True, blank=True
    )
    fitted_at = models.DateTimeField(_("fitted"), null=True, blank=True)

    class Meta:
        verbose_name = _("battery")
        verbose_name_plural = _("batteries")
        constraints = [
            models.UniqueConstraint(fields=["network", "serial"], name="a_battery_number_is_used_once"),
            models.CheckConstraint(
                name="a_fitted_battery_says_since_when",
                condition=Q(vehicle__isnull=True, fitted_at__isnull=True)
                | Q(vehicle__isnull=False, fitted_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.serial


class VehicleReport(models.Model):
    """What the car last said, as said. Never a position: a car-share by stations needs none."""

    vehicle = models.OneToOneField(
        Vehicle, models.CASCADE, primary_key=True, related_name="report", verbose_name=_("car")
    )
    charge_percent = models.DecimalField(
        _("charge (%)"),
        max_digits=5,
        decimal_places=2,
        null=True,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    range_km = models.PositiveIntegerField(_("range (km)"), null=True)
    odometer_km = models.DecimalField(_("odometer (km)"), max_digits=10, decimal_places=1, null=True)
    event_time = models.DateTimeField(_("device time"))
    source_seq = models.BigIntegerField(_("sequence"), default=0)
    received_at = models.DateTimeField(_("received"))

    class Meta:
        verbose_name = _("car report")
        verbose_name_plural = _("car reports")
        constraints = [
            models.CheckConstraint(name="a_charge_is_a_percentage", condition=Q(charge_percent__range=(0, 100)))
        ]

    def __str__(self) -> str:
        return f"{self.charge_percent} % {self.event_time:%Y-%m-%d %H:%M:%S}"
