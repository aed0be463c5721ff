"""Who did what, and who looked at whom: rows that nobody changes, sealed into a chain."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from stations.models.network import Network


class Trace(models.Model):
    """One act or look of an operator. Append-only: by a trigger, and the application's role may only insert.

    No name of a person is kept here: `actor` is “operator:12”, and what names somebody is left out of before and after.
    """

    network = models.ForeignKey(Network, models.PROTECT, verbose_name=_("network"), related_name="+", null=True)
    at = models.DateTimeField(_("at"))
    actor = models.CharField(_("by"), max_length=80)
    came_from = models.CharField(_("from the address"), max_length=45, blank=True)
    act = models.CharField(_("act"), max_length=40)
    model = models.CharField(_("kind of object"), max_length=60)
    object_id = models.CharField(_("object"), max_length=64)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    before = models.JSONField(_("before"), default=dict)
    after = models.JSONField(_("after"), default=dict)
    data = models.JSONField(_("more"), default=dict)

    class Meta:
        verbose_name = _("trace")
        verbose_name_plural = _("traces")
        indexes = [
            models.Index(fields=["model", "object_id", "-id"], name="trace_of_object"),
            models.Index(fields=["network", "-id"], name="trace_of_network"),
            models.Index(fields=["actor", "-id"], name="trace_of_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.model} {self.object_id}"


class TraceSeal(models.Model):
    """A link of the chain: the digest of the trace and of the link before it (`stations.traces.seal`)."""

    trace = models.OneToOneField(Trace, models.PROTECT, related_name="seal")
    digest = models.CharField(max_length=64)
