"""The ground: networks, their stations, docks and charging posts, and what devices said. No car is known here."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stations.search import plain


def default_languages() -> list[str]:
    return ["fr", "en"]


class Network(models.Model):
    """One city's system. Every number that an operator may decide about holding, renting and limits is a column here."""

    slug = models.SlugField(_("identifier"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    currency = models.CharField(
        _("currency"), max_length=3, default="EUR", validators=[RegexValidator(r"\A[A-Z]{3}\Z")]
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Paris")
    languages = ArrayField(models.CharField(max_length=8), verbose_name=_("languages"), default=default_languages)
    latitude = models.FloatField(_("latitude of the centre"))
    longitude = models.FloatField(_("longitude of the centre"))
    area = models.JSONField(
        _("area"),
        default=list,
        blank=True,
        help_text=_("Ring of [longitude, latitude] points around every place where a station may stand."),
    )
    is_open = models.BooleanField(_("open to subscribers"), default=True)
    contact_email = models.EmailField(_("contact e-mail"), blank=True)
    car_hold_seconds = models.PositiveIntegerField(_("a car is held for (s)"), default=30 * 60)
    dock_hold_seconds = models.PositiveIntegerField(_("a dock is held for (s)"), default=90 * 60)
    car_hold_extensions = models.PositiveSmallIntegerField(_("a car hold may be extended (times)"), default=1)
    dock_hold_extensions = models.PositiveSmallIntegerField(_("a dock hold may be extended (times)"), default=1)
    reminder_lead_seconds = models.PositiveIntegerField(_("reminder before the end of a hold (s)"), default=10 * 60)
    minimum_charge_percent = models.PositiveSmallIntegerField(
        _("minimum charge to rent (%)"), default=55, validators=[MaxValueValidator(100)]
    )
    maximum_trip_seconds = models.PositiveIntegerField(_("a trip is overlong after (s)"), default=12 * 3600)
    clock_tolerance_seconds = models.PositiveIntegerField(_("a device's clock may be ahead by (s)"), default=120)

    class Meta:
        verbose_name = _("network")
        verbose_name_plural = _("networks")
        constraints = [
            models.CheckConstraint(
                name="a_network_holds_for_a_second_at_least",
                condition=Q(car_hold_seconds__gte=1, dock_hold_seconds__gte=1),
            ),
            models.CheckConstraint(
                name="a_minimum_charge_is_a_percentage", condition=Q(minimum_charge_percent__lte=100)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Station(models.Model):
    """A place with docks. `is_installed`, `is_renting` and `is_returning` are the operator's word (GBFS names)."""

    AGGREGATE = "station"

    class Kind(models.TextChoices):
        STREET = "street", _("on the street")
        KIOSK = "kiosk", _("on the street, with a subscription kiosk")
        CAR_PARK = "car_park", _("in a car park")
        CENTER = "center", _("information centre, no cars")

    network = models.ForeignKey(Network, models.PROTECT, verbose_name=_("network"), related_name="stations")
    code = models.CharField(_("code"), max_length=100)
    name = models.CharField(_("name"), max_length=200)
    address = models.CharField(_("address"), max_length=200, blank=True)
    postal_code = models.CharField(_("postcode"), max_length=12, blank=True)
    city = models.CharField(_("city"), max_length=100, blank=True)
    latitude = models.FloatField(_("latitude"), validators=[MinValueValidator(-90), MaxValueValidator(90)])
    longitude = models.FloatField(_("longitude"), validators=[MinValueValidator(-180), MaxValueValidator(180)])
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.STREET)
    is_installed = models.BooleanField(_("installed"), default=True)
    is_renting = models.BooleanField(_("renting"), default=True)
    is_returning = models.BooleanField(_("taking cars back"), default=True)
    closure_reason = models.CharField(_("reason of closure"), max_length=300, blank=True)
    access_note = models.CharField(_("access note"), max_length=300, blank=True)
    search_text = models.TextField(editable=False)
    sort_name = models.CharField(max_length=200, editable=False)
    published = models.JSONField(
        _("as last published"), default=dict, blank=True, editable=False
    )  # what the imported file last said of it: an unchanged row leaves the operator's later decisions alone
    version = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("station")
        verbose_name_plural = _("stations")
        constraints = [
            models.UniqueConstraint(fields=["network", "code"], name="a_station_code_is_used_once"),
            models.CheckConstraint(
                name="a_station_stands_on_earth",
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)),
            ),
            models.CheckConstraint(
                name="a_station_that_is_not_there_serves_nobody",
                condition=Q(is_installed=True) | Q(is_renting=False, is_returning=False),
            ),
        ]
        indexes = [
            models.Index(fields=["network", "latitude", "longitude"], name="station_position"),
            models.Index(fields=["network", "sort_name", "id"], name="station_sort_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.sort_name = plain(self.name)[:200]
        self.search_text = plain(f"{self.name} {self.address} {self.postal_code} {self.city} {self.code}")
        super().save(*args, **kwargs)


class Device(models.Model):
    """A charging post or a car that speaks to us. Its key is derived (`stations.devices`), so no secret is stored."""

    class Kind(models.TextChoices):
        POST = "post", _("charging post")
        CAR = "car", _("car")

    network = models.ForeignKey(Network, models.PROTECT, verbose_name=_("network"), related_name="+")
    identifier = models.CharField(_("identifier"), max_length=48, unique=True)
    kind = models.CharField(_("kind"), max_length=4, choices=Kind)
    key_version = models.PositiveIntegerField(_("version of the key"), default=1)
    is_active = models.BooleanField(_("active"), default=True)
    last_seen_at = models.DateTimeField(_("last seen"), null=True, blank=True, editable=False)
    clock_ahead_ms = models.BigIntegerField(_("clock ahead by (ms)"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("device")
        verbose_name_plural = _("devices")

    def __str__(self) -> str:
        return self.identifier


class ChargePoint(models.Model):
    """A charging post (OCPP: charge point), with one connector a dock."""

    station = models.ForeignKey(Station, models.PROTECT, verbose_name=_("station"), related_name="charge_points")
    identity = models.CharField(_("identity"), max_length=48, unique=True, help_text=_("OCPP charge point identity."))
    device = models.OneToOneField(
        Device, models.PROTECT, verbose_name=_("device"), related_name="charge_point", null=True, blank=True
    )

    class Meta:
        verbose_name = _("charging post")
        verbose_name_plural = _("charging posts")

    def __str__(self) -> str:
        return self.identity


class Dock(models.Model):
    """A parking place with a connector. Which car stands in it is known to `vehicles`, who holds it to `bookings`."""

    AGGREGATE = "dock"

    station = models.ForeignKey(Station, models.PROTECT, verbose_name=_("station"), related_name="docks")
    number = models.PositiveSmallIntegerField(_("number"))
    charge_point = models.ForeignKey(
        ChargePoint, models.PROTECT, verbose_name=_("charging post"), related_name="docks", null=True, blank=True
    )
    connector = models.PositiveSmallIntegerField(_("connector"), default=1)
    is_in_service = models.BooleanField(_("in service"), default=True)
    out_of_service_reason = models.CharField(_("out of service because"), max_length=300, blank=True)
    version = models.PositiveBigIntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("dock")
        verbose_name_plural = _("docks")
        constraints = [
            models.UniqueConstraint(fields=["station", "number"], name="a_dock_number_is_used_once"),
            models.UniqueConstraint(fields=["charge_point", "connector"], name="a_connector_serves_one_dock"),
        ]

    def __str__(self) -> str:
        return f"{self.station.name} · {self.number}"

    @property
    def network_id(self) -> int:
        return self.station.network_id


class DockReport(models.Model):
    """What the post last said of a connector, as said. An observation, never a decision."""

    class Status(models.TextChoices):
        AVAILABLE = "Available", _("available")
        PREPARING = "Preparing", _("preparing")
        CHARGING = "Charging", _("charging")
        SUSPENDED_EV = "SuspendedEV", _("suspended by the car")
        SUSPENDED_EVSE = "SuspendedEVSE", _("suspended by the post")
        FINISHING = "Finishing", _("finishing")
        RESERVED = "Reserved", _("reserved")
        UNAVAILABLE = "Unavailable", _("unavailable")
        FAULTED = "Faulted", _("faulted")

    UNUSABLE = (Status.UNAVAILABLE, Status.FAULTED)

    dock = models.OneToOneField(Dock, models.CASCADE, primary_key=True, related_name="report", verbose_name=_("dock"))
    status = models.CharField(_("status"), max_length=16, choices=Status)
    error_code = models.CharField(_("error code"), max_length=50, blank=True)
    event_time = models.DateTimeField(_("device time"))
    source_seq = models.BigIntegerField(_("sequence"), default=0)
    received_at = models.DateTimeField(_("received"))

    class Meta:
        verbose_name = _("post report")
        verbose_name_plural = _("post reports")

    def __str__(self) -> str:
        return f"{self.status} {self.event_time:%Y-%m-%d %H:%M:%S}"


class DeviceMessage(models.Model):
    """The inbox: each message of a device once, for ever, with what became of it."""

    class Outcome(models.TextChoices):
        PENDING = "pending", _("waiting")
        APPLIED = "applied", _("applied")
        STALE = "stale", _("older than what is known")
        QUARANTINED = "quarantined", _("in quarantine")

    device = models.ForeignKey(Device, models.PROTECT, verbose_name=_("device"), related_name="+")
    msg_id = models.CharField(_("message id"), max_length=64)
    kind = models.CharField(_("kind"), max_length=20)
    event_time = models.DateTimeField(_("device time"))
    received_at = models.DateTimeField(_("received"))
    payload = models.JSONField(_("content"))
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome, default=Outcome.PENDING)
    reason = models.CharField(_("reason"), max_length=60, blank=True)
    answer = models.JSONField(_("answer"), default=dict)
    resolved_at = models.DateTimeField(_("dealt with"), null=True, blank=True)

    class Meta:
        verbose_name = _("device message")
        verbose_name_plural = _("device messages")
        constraints = [models.UniqueConstraint(fields=["device", "msg_id"], name="a_message_is_taken_once")]
        indexes = [
            models.Index(fields=["id"], name="message_pending", condition=Q(outcome="pending")),
            models.Index(fields=["id"], name="message_quarantined", condition=Q(outcome="quarantined")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.msg_id}"


class Event(models.Model):
    """The network's log: one row a change of an aggregate, append-only. Undelivered rows are the outbox.

    `version` is dense per aggregate. `position` orders the public feed; it is given by `stations.events.sequence`,
    never by the writer, so that no event appears behind a cursor already handed out.
    """

    network = models.ForeignKey(Network, models.PROTECT, related_name="+")
    aggregate = models.CharField(max_length=12)
    aggregate_id = models.BigIntegerField()
    version = models.BigIntegerField()
    type = models.CharField(max_length=40)
    ref = models.UUIDField(null=True)
    actor = models.CharField(max_length=80)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    data = models.JSONField(default=dict)
    position = models.BigIntegerField(null=True, unique=True)
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        constraints = [
            models.UniqueConstraint(
                fields=["aggregate", "aggregate_id", "version"], name="a_version_is_written_once"
            ),
        ]
        indexes = [
            models.Index(fields=["id"], name="event_unsequenced", condition=Q(position__isnull=True)),
            models.Index(fields=["id"], name="event_undelivered", condition=Q(delivered_at__isnull=True)),
            models.Index(fields=["ref"], name="event_ref"),
        ]

    def __str__(self) -> str:
        return f"{self.aggregate} {self.aggregate_id} v{self.version} {self.type}"


class Place(models.Model):
    """A name that people search for: a square, a station of the metro, a museum. No device, no dock."""

    network = models.ForeignKey(Network, models.CASCADE, related_name="places", verbose_name=_("network"))
    name = models.CharField(_("name"), max_length=200)
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    search_text = models.TextField(editable=False)

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = _("places")
        constraints = [models.UniqueConstraint(fields=["network", "name"], name="a_place_name_is_used_once")]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.search_text = plain(self.name)
        super().save(*args, **kwargs)


class Pulse(models.Model):
    """When a periodic work or a worker last did its round: what `/readyz` and operators read."""

    name = models.CharField(_("name"), max_length=100, primary_key=True)
    at = models.DateTimeField(_("at"))
    detail = models.JSONField(_("detail"), default=dict)

    class Meta:
        verbose_name = _("pulse")
        verbose_name_plural = _("pulses")

    def __str__(self) -> str:
        return self.name

