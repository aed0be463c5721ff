"""What is decided for later, or by two people: dated rules of a network, and proposals that take four eyes."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from stations.models.network import Network


class RuleVersion(models.Model):
    """Rules of a network that begin to hold at an instant. `values` has only what changes: {"car_hold_seconds": 1200}.

    The columns of `Network` are the rules in force. A version is planned until it is applied or withdrawn; `replaced`
    keeps what the same columns said before, so that what was in force at any instant can be read back.
    """

    network = models.ForeignKey(Network, models.PROTECT, verbose_name=_("network"), related_name="rule_versions")
    valid_from = models.DateTimeField(_("valid from"))
    values: Any = models.JSONField(_("rules that change"))
    replaced: Any = models.JSONField(_("what they said before"), default=dict, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    proposed_by = models.CharField(_("by"), max_length=80)
    proposed_at = models.DateTimeField(_("decided"))
    approved_by = models.CharField(_("approved by"), max_length=80, blank=True)
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    applied_at = models.DateTimeField(_("in force since"), null=True, blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("version of the rules")
        verbose_name_plural = _("versions of the rules")
        constraints = [
            models.UniqueConstraint(
                fields=["network", "valid_from"],
                condition=Q(withdrawn_at__isnull=True),
                name="two_versions_never_begin_at_once",
            ),
            models.CheckConstraint(
                name="what_is_in_force_is_not_withdrawn",
                condition=Q(applied_at__isnull=True) | Q(withdrawn_at__isnull=True),
            ),
            models.CheckConstraint(
                name="no_rule_comes_before_its_time",
                condition=Q(applied_at__isnull=True) | Q(applied_at__gte=F("valid_from")),
            ),
            models.CheckConstraint(
                name="nobody_approves_his_own_rules",
                condition=Q(approved_by="", approved_at__isnull=True)
                | ~Q(approved_by="") & Q(approved_at__isnull=False) & ~Q(approved_by=F("proposed_by")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["valid_from"],
                name="rules_to_apply",
                condition=Q(applied_at__isnull=True, withdrawn_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.network} · {self.valid_from:%Y-%m-%d %H:%M}"

    @property
    def is_planned(self) -> bool:
        return self.applied_at is None and self.withdrawn_at is None


class Proposal(models.Model):
    """An act that one person asks for and another one approves. `what` is a kind of `stations.four_eyes`."""

    class Decision(models.TextChoices):
        APPROVED = "approved", _("approved")
        DECLINED = "declined", _("declined")
        WITHDRAWN = "withdrawn", _("taken back")

    network = models.ForeignKey(Network, models.PROTECT, verbose_name=_("network"), related_name="proposals")
    what = models.CharField(_("act"), max_length=40)
    arguments = models.JSONField(_("arguments"), default=dict, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    proposed_by = models.CharField(_("proposed by"), max_length=80)
    proposed_at = models.DateTimeField(_("proposed"))
    expires_at = models.DateTimeField(_("open until"))
    decision = models.CharField(_("decision"), max_length=10, choices=Decision, blank=True)
    decided_by = models.CharField(_("decided by"), max_length=80, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decision_note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("proposal")
        verbose_name_plural = _("proposals")
        constraints = [
            models.CheckConstraint(
                name="nobody_approves_himself",
                condition=~Q(decision="approved") | ~Q(decided_by=F("proposed_by")),
            ),
            models.CheckConstraint(
                name="a_decision_says_by_whom_and_when",
                condition=Q(decision="", decided_by="", decided_at__isnull=True)
                | ~Q(decision="") & ~Q(decided_by="") & Q(decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="nothing_is_approved_too_late",
                condition=~Q(decision="approved") | Q(decided_at__lt=F("expires_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["network", "expires_at"], name="proposal_open", condition=Q(decision="")),
        ]

    def __str__(self) -> str:
        return f"{self.network} · {self._meta.verbose_name} {self.pk}"
