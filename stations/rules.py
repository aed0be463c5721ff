"""The rules of a network: what they say at an instant, and how they change, from now or from an instant to come.

The columns of `Network` are the rules in force; everything reads them. A version that is due is written into them by a
sweep (`apply_due`), and by whoever decides on rules, in one transaction with its trace. What was promised before stays
promised: a hold keeps its times.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stations import clock, four_eyes, traces
from stations.four_eyes import Change, Kind
from stations.models import Network, Proposal, RuleVersion
from stations.refusals import (
    NothingChanges,
    RuleRefused,
    RulesBeginThen,
    RulesInThePast,
    RulesNotPlanned,
    require_reason,
)
from stations.rights import Right
from stations.rows import rows
from stations.versions import PLANNED, Values, values_at

FOUR_EYES = (
    "four_eyes_rule_change_percent",
    "four_eyes_minimum_charge",
    "four_eyes_closing",
    "four_eyes_block_people",
    "four_eyes_credit_amount",
    "four_eyes_open_hours",
)
RULES = (
    "car_hold_seconds",
    "car_hold_extensions",
    "dock_hold_seconds",
    "dock_hold_extensions",
    "reminder_lead_seconds",
    "cancel_undo_seconds",
    "minimum_charge_percent",
    "maximum_trip_seconds",
    "post_silence_seconds",
    "clock_tolerance_seconds",
    *FOUR_EYES,
)


@dataclass(frozen=True)
class Look:
    changes: list[Change]
    why_four_eyes: list[str]


def change(
    *,
    network: Network,
    values: Values,
    reason: str,
    actor: str,
    valid_from: datetime | None = None,
    came_from: str = "",
) -> RuleVersion | Proposal:
    """Rules that hold from `valid_from`, or from now: the version, or a proposal where they take four eyes.

    `values` has what changes only. Refuses ReasonRequired, NothingChanges, RuleRefused (with the rule as its field),
    RulesInThePast and RulesBeginThen. Lock: the network.
    """
    reason = require_reason(reason)
    with transaction.atomic():
        row = _locked(network)
        begins_at = _checked(row, values, valid_from)
        if not why_four_eyes(row, values, begins_at):
            made = RuleVersion(network=row, values=values, reason=reason, proposed_by=actor, valid_from=begins_at)
            return _begin(made, row, actor=actor, came_from=came_from)
        arguments = {"values": values, "valid_from": valid_from.isoformat() if valid_from else None}
        return four_eyes.propose(network=row, what=CHANGE.name, arguments=arguments, reason=reason, actor=actor)


def look(*, network: Network, values: Values, valid_from: datetime | None = None) -> Look:
    """What `change` would do with the same arguments, without doing it. Refuses what it refuses, but for the reason."""
    with transaction.atomic():
        row = _locked(network)
        begins_at = _checked(row, values, valid_from)
        return Look(differences(at(row, begins_at), values), why_four_eyes(row, values, begins_at))


def withdraw(*, version: RuleVersion, reason: str, actor: str) -> RuleVersion:
    """Refuses ReasonRequired and RulesNotPlanned. Lock: the network."""
    require_reason(reason)
    with transaction.atomic():
        network = _locked(version.network)
        _apply_due(network)
        row = RuleVersion.objects.get(pk=version.pk)
        if not row.is_planned:
            raise RulesNotPlanned
        row.withdrawn_at = clock.now()
        row.save(update_fields=["withdrawn_at"])
        return row


def at(network: Network, instant: datetime) -> Values:
    """All rules as they were, or as they are planned to be, at the instant."""
    return values_at({name: getattr(network, name) for name in RULES}, _versions(network), instant)


def why_four_eyes(network: Network, values: Values, begins_at: datetime) -> list[str]:
    """What of this change goes beyond the network's limits, a sentence each; empty where one person may decide."""
    now = clock.now()
    bases = [
        {name: getattr(network, name) for name in RULES},
        at(network, now - four_eyes.COUNTED_TOGETHER),
        at(network, begins_at),
    ]
    percent, sentences = network.four_eyes_rule_change_percent, []
    for name, value in values.items():
        earlier = [base[name] for base in bases if base[name] != value]
        if not earlier:
            continue
        if name in FOUR_EYES:
            sentences.append(gettext("A limit of the four eyes changes."))
        elif name == "minimum_charge_percent" and network.four_eyes_minimum_charge:
            sentences.append(gettext("The minimum charge changes."))
        elif any(100 * abs(value - before) > percent * before for before in earlier):
            told = {"rule": rule_label(name), "percent": percent}
            sentences.append(gettext("More than %(percent)s %% of difference: %(rule)s.") % told)
    return list(dict.fromkeys(sentences))


def apply_due() -> int:
    """Bring the versions that are due into force; how many. Networks that others decide on are left to them."""
    due = RuleVersion.objects.filter(PLANNED, valid_from__lte=clock.instant()).values("network")
    done = 0
    for network_id in Network.objects.filter(pk__in=due).values_list("pk", flat=True):
        with transaction.atomic():
            for row in Network.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=network_id):
                done += _apply_due(row)
    return done


def in_force(network_ids: list[int]) -> set[int]:
    """The versions of which at least one rule still holds: none that came after says otherwise."""
    newest = (
        "SELECT DISTINCT ON (version.network_id, rule) version.id FROM stations_ruleversion AS version, "
        "jsonb_object_keys(version.values) AS rule WHERE version.network_id = ANY(%(networks)s::bigint[]) "
        "AND version.applied_at IS NOT NULL ORDER BY version.network_id, rule, version.valid_from DESC"
    )
    return {row[0] for row in rows(newest, networks=network_ids)} if network_ids else set()


def rule_label(name: str) -> str:
    return str(Network._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def differences(before: Values, values: Values) -> list[Change]:
    """Rule by rule, in the order of `RULES`."""
    return [Change(name, rule_label(name), before.get(name), values[name]) for name in RULES if name in values]


def _locked(network: Network) -> Network:
    return Network.objects.select_for_update(no_key=True).get(pk=network.pk)


def _checked(network: Network, values: Values, valid_from: datetime | None) -> datetime:
    """When the rules begin, after all that may speak against them; the network is locked, and what was due applies."""
    if set(values) - set(RULES):
        raise ValueError(f"no rules: {set(values) - set(RULES)}")
    _apply_due(network)
    now = clock.now()
    begins_at = valid_from or now
    if begins_at < now:
        raise RulesInThePast(field="valid_from")
    if _versions(network).filter(valid_from=begins_at).exists():
        raise RulesBeginThen(field="valid_from")
    for name, value in values.items():
        try:
            Network._meta.get_field(name).clean(value, network)  # type: ignore[union-attr]
        except ValidationError as error:
            raise RuleRefused(field=name, rule=rule_label(name), why=" ".join(error.messages)) from error
    known = at(network, begins_at)
    if all(known[name] == value for name, value in values.items()):
        raise NothingChanges
    return begins_at


def _versions(network: Network) -> QuerySet[RuleVersion]:
    return RuleVersion.objects.filter(network=network, withdrawn_at__isnull=True)


def _begin(version: RuleVersion, network: Network, *, actor: str, came_from: str = "") -> RuleVersion:
    now = clock.now()
    version.proposed_at = version.proposed_at or now
    version.save(force_insert=True)
    if version.valid_from <= now:
        _apply(version, network, at=now, actor=actor, came_from=came_from)
    else:
        known = at(network, version.valid_from - timedelta(microseconds=1))
        _trace(version, "plan_rules", actor, came_from, {name: known[name] for name in version.values})
    return version


def _apply_due(network: Network) -> int:
    now = clock.now()
    due = list(_versions(network).filter(PLANNED, valid_from__lte=now).order_by("valid_from"))
    for version in due:
        _apply(version, network, at=now, actor="system")
    return len(due)


def _apply(version: RuleVersion, network: Network, *, at: datetime, actor: str, came_from: str = "") -> None:
    version.replaced = {name: getattr(network, name) for name in version.values}
    for name, value in version.values.items():
        setattr(network, name, value)
    network.save(update_fields=list(version.values))
    version.applied_at = at
    version.save(update_fields=["applied_at", "replaced"])
    _trace(version, "apply_rules", actor, came_from, version.replaced)


def _trace(version: RuleVersion, act: str, actor: str, came_from: str, before: Values) -> None:
    data = {"version": version.pk, "valid_from": version.valid_from.isoformat(), "decided_by": version.proposed_by}
    traces.write(
        network_id=version.network_id,
        actor=actor,
        act=act,
        model="stations.network",
        object_id=version.network_id,
        reason=version.reason,
        before=before,
        after=version.values,
        data=data | ({"approved_by": version.approved_by} if version.approved_by else {}),
        came_from=came_from,
    )


def begins(proposal: Proposal) -> datetime | None:
    said = proposal.arguments["valid_from"]
    return parse_datetime(said) if said else None


def _change_as_approved(proposal: Proposal, actor: str) -> RuleVersion:
    network, values = _locked(proposal.network), proposal.arguments["values"]
    begins_at = _checked(network, values, begins(proposal))
    version = RuleVersion(
        network=network,
        values=values,
        reason=proposal.reason,
        valid_from=begins_at,
        proposed_by=proposal.proposed_by,
        proposed_at=proposal.proposed_at,
        approved_by=actor,
        approved_at=clock.now(),
    )
    return _begin(version, network, actor=actor)


def _would_change(proposal: Proposal) -> list[Change]:
    begins_at = begins(proposal) or clock.now()
    return differences(at(proposal.network, begins_at), proposal.arguments["values"])


CHANGE = Kind(
    "change_rules", _("Change the rules"), _change_as_approved, _would_change, Right.SET_RULES, is_traced=True
)
four_eyes.register(CHANGE)
