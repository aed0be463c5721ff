"""Four eyes: what goes beyond a limit is proposed by one person and carried out when another one approves it.

How an act comes to take four eyes: give it a `Kind` (`register`), and let its operation, where the network's limit is
passed, answer `propose(…)` instead of doing it. `stations.acts` tells the operator of a proposal that an operation
answers; the pages of proposals do the rest. `stations.network_service` is the shortest example. A kind keeps in
`arguments` what its operation needs, as JSON and without names of persons: the rows' ids, a scope, an amount as text.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from stations import clock, rights, traces
from stations.models import Network, Proposal
from stations.refusals import Refusal, require_reason
from stations.rights import Right

# What one person does in portions counts together for so long: many small steps are one large one.
COUNTED_TOGETHER = timedelta(hours=24)


class ProposalDecided(Refusal):
    code = "proposal_decided"
    sentence = _("This proposal has already been decided: %(decision)s.")


class ProposalExpired(Refusal):
    code = "proposal_expired"
    sentence = _("Nobody approved this proposal in time. Propose it again if it is still wanted.")


class OwnProposal(Refusal):
    code = "own_proposal"
    sentence = _("This takes four eyes: somebody else has to decide on what you proposed.")


class NotYourProposal(Refusal):
    code = "not_your_proposal"
    sentence = _("Only whoever proposed it can take it back. You can decline it.")


class ProposerGone(Refusal):
    code = "proposer_gone"
    sentence = _("Whoever proposed this may no longer do so. Decline it.")


class ProposalMoved(Refusal):
    code = "proposal_moved"
    sentence = _("What this would change is no longer what you were shown. Look at it again, then decide.")


@dataclass(frozen=True)
class Change:
    """One thing that an act would change: its name, and what is shown of it to whoever approves."""

    name: str
    label: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Kind:
    """`carry_out` is called with the proposal and the actor who approved, in his transaction; it checks anew and may
    refuse. `changes` says what would change now. `needs` is the right that the act itself takes: whoever proposed it
    must still have it. Where the operation leaves its own traces, it `is_traced`.
    """

    name: str
    label: Any
    carry_out: Callable[[Proposal, str], Any]
    changes: Callable[[Proposal], list[Change]]
    needs: Right
    is_traced: bool = False


KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    KINDS[kind.name] = kind


def propose(*, network: Network, what: str, arguments: dict[str, Any], reason: str, actor: str) -> Proposal:
    """Ask for the act; it is open as long as the network's rules say. Refuses ReasonRequired. The caller traces it."""
    reason = require_reason(reason)
    at = clock.now()
    return Proposal.objects.create(
        network=network,
        what=KINDS[what].name,
        arguments=arguments,
        reason=reason,
        proposed_by=actor,
        proposed_at=at,
        expires_at=at + timedelta(hours=network.four_eyes_open_hours),
    )


def approve(*, proposal: Proposal, actor: str, seen: str, reason: str = "") -> Any:
    """Carry it out, and answer what its operation answers; a refusal of the operation leaves the proposal open.

    `seen` has the fingerprint of what the approver was shown, among others. Refuses ProposalDecided, ProposalExpired,
    OwnProposal, ProposerGone and ProposalMoved. Locks: the proposal, the network, then what the operation locks.
    """
    with transaction.atomic():
        row, at = _open(proposal)
        if row.proposed_by == actor:
            raise OwnProposal
        kind = KINDS[row.what]
        if not _may_still_propose(row, kind):
            raise ProposerGone
        # Two proposals about the same rules: the second one is looked at as the first has left them.
        row.network = Network.objects.select_for_update(no_key=True).get(pk=row.network_id)
        if fingerprint(row) not in seen.split():
            raise ProposalMoved
        before = traces.snapshot(row.network)
        result = kind.carry_out(row, actor)
        if not kind.is_traced:
            _trace(row, before, actor)
        _decide(row, Proposal.Decision.APPROVED, at=at, actor=actor, note=reason)
        return result


def _may_still_propose(row: Proposal, kind: Kind) -> bool:
    person = rights.person_behind(row.proposed_by)
    return person is not None and rights.has_in(person, kind.needs, row.network_id)


def decline(*, proposal: Proposal, actor: str, reason: str) -> Proposal:
    """Refuses ReasonRequired, ProposalDecided, ProposalExpired and OwnProposal. Lock: the proposal."""
    reason = require_reason(reason)
    with transaction.atomic():
        row, at = _open(proposal)
        if row.proposed_by == actor:
            raise OwnProposal
        return _decide(row, Proposal.Decision.DECLINED, at=at, actor=actor, note=reason)


def take_back(*, proposal: Proposal, actor: str, reason: str) -> Proposal:
    """Refuses ReasonRequired, ProposalDecided, ProposalExpired and NotYourProposal. Lock: the proposal."""
    reason = require_reason(reason)
    with transaction.atomic():
        row, at = _open(proposal)
        if row.proposed_by != actor:
            raise NotYourProposal
        return _decide(row, Proposal.Decision.WITHDRAWN, at=at, actor=actor, note=reason)


def waiting_for(actor: str, network_ids: list[int]) -> int:
    """How many open proposals of these networks somebody else than the actor made."""
    rows = Proposal.objects.filter(network__in=network_ids, decision="", expires_at__gt=clock.instant())
    return rows.exclude(proposed_by=actor).count() if network_ids else 0


def changes(proposal: Proposal) -> list[Change]:
    """What it would change now. Of what is decided only what was asked for: its traces say what it changed."""
    kind = KINDS.get(proposal.what)
    found = kind.changes(proposal) if kind is not None else []
    return [replace(one, before=None) for one in found] if proposal.decision else found


def label(proposal: Proposal) -> str:
    kind = KINDS.get(proposal.what)
    return str(kind.label) if kind is not None else proposal.what


def fingerprint(proposal: Proposal) -> str:
    """Of the proposal and of all that it would change now, whatever the language."""
    content = [
        proposal.pk,
        [[one.name, traces.plain(one.before), traces.plain(one.after)] for one in changes(proposal)],
    ]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def _open(proposal: Proposal) -> tuple[Proposal, datetime]:
    row = Proposal.objects.select_for_update(no_key=True, of=("self",)).select_related("network").get(pk=proposal.pk)
    at = clock.now()
    if row.decision:
        raise ProposalDecided(decision=row.get_decision_display())
    if row.expires_at <= at:
        raise ProposalExpired
    return row, at


def _decide(row: Proposal, decision: Proposal.Decision, *, at: datetime, actor: str, note: str) -> Proposal:
    row.decision, row.decided_by, row.decided_at, row.decision_note = decision, actor, at, note.strip()
    row.save(update_fields=["decision", "decided_by", "decided_at", "decision_note"])
    return row


def _trace(row: Proposal, before: dict[str, Any], actor: str) -> None:
    told = traces.difference(before, traces.snapshot(Network.objects.get(pk=row.network_id)))
    traces.write(
        network_id=row.network_id,
        actor=actor,
        act=row.what,
        model="stations.network",
        object_id=row.network_id,
        reason=row.reason,
        before=told[0],
        after=told[1],
        data={"proposal": row.pk, "proposed_by": row.proposed_by},
    )
