"""What a network sells, as it is and as it was or will be, and who has bought it."""

from typing import Any

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models.people import Subscriber
from stations.models import Network


class Plan(models.Model):
    """What a network sells. Prices are the business of `billing`."""

    network = models.ForeignKey(Network, models.PROTECT, verbose_name=_("network"), related_name="+")
    code = models.SlugField(_("code"))
    name = models.CharField(_("name"), max_length=100)
    duration_days = models.PositiveIntegerField(_("lasts (days)"), null=True, blank=True)
    is_open = models.BooleanField(_("open to new subscribers"), default=True)

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")
        constraints = [models.UniqueConstraint(fields=["network", "code"], name="a_plan_code_is_used_once")]

    def __str__(self) -> str:
        return self.name


class PlanVersion(models.Model):
    """What changes of a plan from an instant on. `values` has only that: {"duration_days": 31}.

    The columns of `Plan` are what is sold now. A version is planned until it is applied or withdrawn; `replaced` keeps
    what the same columns said before, so that what was sold at any instant can be read back.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, verbose_name=_("plan"), related_name="versions")
    valid_from = models.DateTimeField(_("valid from"))
    values: Any = models.JSONField(_("what changes"))
    replaced: Any = models.JSONField(_("what it said before"), default=dict, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    decided_by = models.CharField(_("by"), max_length=80)
    decided_at = models.DateTimeField(_("decided"))
    applied_at = models.DateTimeField(_("in force since"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("version of a plan")
        verbose_name_plural = _("versions of the plans")
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "valid_from"],
                condition=Q(withdrawn_at__isnull=True),
                name="two_versions_of_a_plan_never_begin_at_once",
            ),
            models.CheckConstraint(
                name="a_plan_in_force_is_not_withdrawn",
                condition=Q(applied_at__isnull=True) | Q(withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(
                name="no_plan_comes_before_its_time",
                condition=Q(applied_at__isnull=True) | Q(applied_at__gte=F("valid_from")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["valid_from"],
                name="plan_to_apply",
                condition=Q(applied_at__isnull=True, withdrawn_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.valid_from:%Y-%m-%d %H:%M}"

    @property
    def is_planned(self) -> bool:
        return self.applied_at is None and self.withdrawn_at is None


class Subscription(models.Model):
    """A subscriber's contract for a plan, for a period of time."""

    subscriber = models.ForeignKey(
        Subscriber, models.PROTECT, verbose_name=_("subscriber"), related_name="subscriptions"
    )
    plan = models.ForeignKey(Plan, models.PROTECT, verbose_name=_("plan"), related_name="+")
    during = DateTimeRangeField(_("period"))

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = [
            ExclusionConstraint(
                name="no_subscriber_has_two_subscriptions_at_once",
                expressions=[("subscriber", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            )
        ]

    def __str__(self) -> str:
        return f"{self.plan} · {self.subscriber}"
