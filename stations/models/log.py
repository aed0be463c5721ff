"""The network's log, and the pulse of the works that keep it moving."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stations.models.network import Network


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
            models.UniqueConstraint(fields=["aggregate", "aggregate_id", "version"], name="a_version_is_written_once"),
        ]
        indexes = [
            models.Index(fields=["id"], name="event_unsequenced", condition=Q(position__isnull=True)),
            models.Index(fields=["id"], name="event_undelivered", condition=Q(delivered_at__isnull=True)),
            models.Index(fields=["ref"], name="event_ref"),
        ]

    def __str__(self) -> str:
        return f"{self.aggregate} {self.aggregate_id} v{self.version} {self.type}"


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
