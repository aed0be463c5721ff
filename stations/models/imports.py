"""What an import did, so that it can be told and taken back."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stations.models.network import Network


class ImportRun(models.Model):
    """One applied import. Written by `stations.import_runs`, read and undone by `stations.undoing`.

    `created` lists units: rows that belong together, as {"of": [model, key], "rows": {model: keys}, "digest": …}, the
    digest over the columns that `columns` names ([[model, names], …] in order of creation). `changed` lists
    {"model", "pk", "before", "after"} by column.
    """

    network = models.ForeignKey(Network, models.PROTECT, verbose_name=_("network"), related_name="+")
    kind = models.CharField(_("kind"), max_length=20)
    file = models.CharField(_("file"), max_length=200)
    at = models.DateTimeField(_("at"))
    actor = models.CharField(_("by"), max_length=80)
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    created = models.JSONField(default=list)
    columns = models.JSONField(default=list)
    changed = models.JSONField(default=list)
    created_count = models.PositiveIntegerField(_("created"), default=0)
    changed_count = models.PositiveIntegerField(_("changed"), default=0)
    undone_at = models.DateTimeField(_("undone"), null=True, blank=True)
    undone_by = models.CharField(_("undone by"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        constraints = [
            models.CheckConstraint(
                name="an_undone_import_says_by_whom",
                condition=Q(undone_at__isnull=True, undone_by="") | Q(undone_at__isnull=False) & ~Q(undone_by=""),
            )
        ]
        indexes = [models.Index(fields=["network", "-id"], name="import_run_of_network")]

    def __str__(self) -> str:
        return f"{self.file} {self.at:%Y-%m-%d %H:%M}"
