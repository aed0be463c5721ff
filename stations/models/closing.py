"""Closures that are known before: works in the street, a flood that is announced, a night without power."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from stations.models.network import Station


class PlannedClosure(models.Model):
    """A station closes at `from_at` and opens at `until_at`, by the sweeper; what was done by hand meanwhile stands."""

    station = models.ForeignKey(Station, models.PROTECT, verbose_name=_("station"), related_name="planned_closures")
    from_at = models.DateTimeField(_("from"))
    until_at = models.DateTimeField(_("until"))
    reason = models.CharField(_("reason"), max_length=300)
    is_returning = models.BooleanField(_("cars may still be brought back"), default=False)
    planned_by = models.CharField(_("planned by"), max_length=80, editable=False)
    planned_at = models.DateTimeField(_("planned"), editable=False)
    began_at = models.DateTimeField(_("began"), null=True, editable=False)
    # The station's version once it was closed: any other one at the end says that somebody decided again.
    closed_version = models.PositiveBigIntegerField(null=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, editable=False)
    called_off_at = models.DateTimeField(_("called off"), null=True, editable=False)

    class Meta:
        verbose_name = _("planned closure")
        verbose_name_plural = _("planned closures")
        constraints = [
            models.CheckConstraint(name="a_closure_ends_after_it_begins", condition=Q(until_at__gt=F("from_at"))),
            ExclusionConstraint(
                name="no_station_closes_twice_at_once",
                expressions=[
                    ("station", RangeOperators.EQUAL),
                    (Func("from_at", "until_at", function="tstzrange"), RangeOperators.OVERLAPS),
                ],
                condition=Q(called_off_at=None),
            ),
        ]
        indexes = [
            models.Index(fields=["from_at"], name="closure_to_begin", condition=Q(began_at=None, called_off_at=None)),
            models.Index(
                fields=["until_at"],
                name="closure_to_end",
                condition=Q(began_at__isnull=False, ended_at=None, called_off_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.station.name} · {self.from_at:%Y-%m-%d %H:%M}"
