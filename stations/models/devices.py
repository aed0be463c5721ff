"""Posts, docks and the devices that speak for them: what we decided, and apart from it what they said."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from stations.models.network import Network, Station


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
    # Since when it has said the same, as far as it was heard; empty for what was last heard before this was kept.
    status_since = models.DateTimeField(_("in this state since"), null=True, editable=False)
    source_seq = models.BigIntegerField(_("sequence"), default=0)
    received_at = models.DateTimeField(_("received"))

    class Meta:
        verbose_name = _("post report")
        verbose_name_plural = _("post reports")

    def __str__(self) -> str:
        return f"{self.status} {self.event_time:%Y-%m-%d %H:%M:%S}"

    @staticmethod
    def since(path: str = "") -> Coalesce:
        """The instant since which the status lasts, of the report at `path` (“report__”)."""
        return Coalesce(f"{path}status_since", f"{path}event_time")


class DeviceMessage(models.Model):
    """The inbox: each message of a device once, for ever, with what became of it."""

    class Outcome(models.TextChoices):
        PENDING = "pending", _("waiting")
        APPLIED = "applied", _("applied")
        STALE = "stale", _("older than what is known")
        QUARANTINED = "quarantined", _("in quarantine")
        REFUSED = "refused", _("refused")

    # No index of its own: the unique one begins with it, and each index costs every message twice.
    device = models.ForeignKey(Device, models.PROTECT, verbose_name=_("device"), related_name="+", db_index=False)
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
            models.Index(fields=["kind", "id"], name="message_pending", condition=Q(outcome="pending")),
            models.Index(fields=["id"], name="message_quarantined", condition=Q(outcome="quarantined")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.msg_id}"
