"""What a plan says, and how it changes: from now, or from an instant to come.

The columns of `Plan` are what is sold now; whoever subscribes reads them. A version that is due is written into them by
a sweep (`apply_due`). A subscription that runs keeps what it began with.
"""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import Plan, PlanVersion
from stations import clock, traces
from stations.four_eyes import Change
from stations.refusals import NothingChanges, Refusal, RuleRefused, RulesInThePast, require_reason
from stations.versions import PLANNED, Values, values_at

FIELDS = ("name", "duration_days", "is_open")
BATCH = 100


class PlanChangesThen(Refusal):
    code = "plan_changes_then"
    sentence = _("Another change of this plan begins at that instant. Withdraw it, or choose another one.")


class PlanNotPlanned(Refusal):
    code = "plan_not_planned"
    sentence = _("This change is in force already, or was withdrawn: make another one.")


def change(*, plan: Plan, values: Values, reason: str, actor: str, valid_from: datetime | None = None) -> PlanVersion:
    """What changes of the plan from `valid_from` on, or from now. The caller traces it.

    Refuses ReasonRequired, NothingChanges, RuleRefused (with the column as its field), RulesInThePast and
    PlanChangesThen. Lock: the plan.
    """
    reason = require_reason(reason)
    with transaction.atomic():
        row = _locked(plan)
        changed, begins_at = _checked(row, values, valid_from)
        now = clock.now()
        version = PlanVersion(plan=row, values=changed, reason=reason, decided_by=actor, valid_from=begins_at)
        version.decided_at = now
        version.save(force_insert=True)
        if begins_at <= now:
            _apply(version, row, at=now)
        return version


def look(*, plan: Plan, values: Values, valid_from: datetime | None = None) -> list[Change]:
    """What `change` would do with the same arguments, without doing it. Refuses what it refuses, but for the reason."""
    with transaction.atomic():
        row = _locked(plan)
        changed, begins_at = _checked(row, values, valid_from)
        return differences(at(row, begins_at), changed)


def withdraw(*, version: PlanVersion, reason: str, actor: str) -> PlanVersion:
    """Refuses ReasonRequired and PlanNotPlanned. Lock: the plan."""
    require_reason(reason)
    with transaction.atomic():
        _apply_due(_locked(version.plan))
        row = PlanVersion.objects.select_related("plan").get(pk=version.pk)
        if not row.is_planned:
            raise PlanNotPlanned
        row.withdrawn_at = clock.now()
        row.save(update_fields=["withdrawn_at"])
        return row


def at(plan: Plan, instant: datetime) -> Values:
    """The whole plan as it was, or as it is planned to be, at the instant."""
    return values_at({name: getattr(plan, name) for name in FIELDS}, _versions(plan), instant)


def apply_due(*, limit: int = BATCH) -> int:
    """Bring the versions that are due into force; how many. Plans that others change just now are left to them."""
    due = PlanVersion.objects.filter(PLANNED, valid_from__lte=clock.instant())
    done = 0
    for plan_id in list(due.order_by("plan").values_list("plan", flat=True).distinct()[:limit]):
        with transaction.atomic():
            rows = Plan.objects.filter(pk=plan_id)
            for row in rows.select_for_update(of=("self",), no_key=True, skip_locked=True).select_related("network"):
                done += _apply_due(row)
    return done


def label(name: str) -> str:
    return str(Plan._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def differences(before: Values, values: Values) -> list[Change]:
    return [Change(name, label(name), before.get(name), values[name]) for name in FIELDS if name in values]


def _versions(plan: Plan) -> QuerySet[PlanVersion]:
    return PlanVersion.objects.filter(plan=plan, withdrawn_at__isnull=True)


def _locked(plan: Plan) -> Plan:
    return Plan.objects.select_related("network").select_for_update(of=("self",), no_key=True).get(pk=plan.pk)


def _checked(plan: Plan, values: Values, valid_from: datetime | None) -> tuple[Values, datetime]:
    """What really changes, and when, after all that may speak against it; the plan is locked, what was due applies."""
    if set(values) - set(FIELDS):
        raise ValueError(f"no columns of a plan that change: {set(values) - set(FIELDS)}")
    _apply_due(plan)
    now = clock.now()
    begins_at = valid_from or now
    if begins_at < now:
        raise RulesInThePast(field="valid_from")
    if _versions(plan).filter(valid_from=begins_at).exists():
        raise PlanChangesThen(field="valid_from")
    for name, value in values.items():
        try:
            Plan._meta.get_field(name).clean(value, plan)  # type: ignore[union-attr]
        except ValidationError as error:
            raise RuleRefused(field=name, rule=label(name), why=" ".join(error.messages)) from error
    known = at(plan, begins_at)
    changed = {name: value for name, value in values.items() if known[name] != value}
    if not changed:
        raise NothingChanges
    return changed, begins_at


def _apply_due(plan: Plan) -> int:
    now = clock.now()
    due = list(_versions(plan).filter(PLANNED, valid_from__lte=now).order_by("valid_from"))
    for version in due:
        _apply(version, plan, at=now)
        _trace(version)
    return len(due)


def planned(plan: Plan) -> list[Values]:
    """What is to come, in order, as JSON knows it: for the trace of whoever decides."""
    rows = _versions(plan).filter(PLANNED).order_by("valid_from")
    return [{"valid_from": row.valid_from.isoformat(), **row.values} for row in rows]


def _apply(version: PlanVersion, plan: Plan, *, at: datetime) -> None:
    version.replaced = {name: getattr(plan, name) for name in version.values}
    for name, value in version.values.items():
        setattr(plan, name, value)
    plan.save(update_fields=list(version.values))
    version.applied_at = at
    version.save(update_fields=["applied_at", "replaced"])


def _trace(version: PlanVersion) -> None:
    """It came into force by itself."""
    traces.write(
        network_id=version.plan.network_id,
        actor="system",
        act="apply_plan",
        model="accounts.plan",
        object_id=version.plan_id,
        reason=version.reason,
        before=version.replaced,
        after=version.values,
        data={
            "version": version.pk,
            "valid_from": version.valid_from.isoformat(),
            "decided_by": version.decided_by,
        },
    )
