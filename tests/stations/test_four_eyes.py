"""Beyond a limit one person proposes and another one decides; then it is checked anew, and carried out once."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from accounts.models import Appointment, User
from stations import four_eyes, network_service, rules
from stations.models import Network, Proposal, RuleVersion, Trace
from stations.rights import Role
from tests import factories

ODILE, LUCIEN = "operator:101", "operator:102"


@pytest.fixture(autouse=True)
def odile(paris: Network) -> User:
    return factories.operator(paris, name="Odile", pk=101)


@pytest.fixture
def closing_paris(paris: Network) -> Proposal:
    return network_service.close_network(network=paris, reason="Storm", actor=ODILE)


def propose(network: Network, *, valid_from: Any = None, **values: Any) -> Proposal:
    decided = rules.change(network=network, values=values, reason="Trial", actor=ODILE, valid_from=valid_from)
    assert isinstance(decided, Proposal)
    return decided


def approve(proposal: Proposal, actor: str = LUCIEN, seen: str | None = None) -> Any:
    return four_eyes.approve(
        proposal=proposal, actor=actor, seen=four_eyes.fingerprint(proposal) if seen is None else seen, reason="Seen"
    )


def is_open(network: Network) -> bool:
    network.refresh_from_db()
    return network.is_open


def test_a_network_is_closed_once_a_second_person_approves(paris: Network, closing_paris: Proposal) -> None:
    assert is_open(paris)

    approve(closing_paris)

    closing_paris.refresh_from_db()
    trace = Trace.objects.get()
    assert not is_open(paris)
    assert (closing_paris.decision, closing_paris.decided_by) == ("approved", LUCIEN)
    assert (trace.act, trace.actor, trace.reason) == ("close_network", LUCIEN, "Storm")
    assert (trace.before, trace.after) == ({"is_open": True}, {"is_open": False})
    assert trace.data["proposed_by"] == ODILE


def test_nobody_approves_or_declines_his_own_and_the_database_agrees(paris: Network, closing_paris: Proposal) -> None:
    with pytest.raises(four_eyes.OwnProposal):
        approve(closing_paris, actor=ODILE)
    with pytest.raises(four_eyes.OwnProposal):
        four_eyes.decline(proposal=closing_paris, reason="x", actor=ODILE)
    with pytest.raises(IntegrityError, match="nobody_approves_himself"), transaction.atomic():
        Proposal.objects.update(decision="approved", decided_by=ODILE, decided_at=closing_paris.proposed_at)

    assert is_open(paris)


def test_who_proposed_takes_it_back_and_others_decline(paris: Network, closing_paris: Proposal) -> None:
    with pytest.raises(four_eyes.NotYourProposal):
        four_eyes.take_back(proposal=closing_paris, reason="x", actor=LUCIEN)
    four_eyes.take_back(proposal=closing_paris, reason="The storm is over", actor=ODILE)
    again = network_service.close_network(network=paris, reason="Another storm", actor=ODILE)
    four_eyes.decline(proposal=again, reason="No storm", actor=LUCIEN)

    for decided in (closing_paris, again):
        with pytest.raises(four_eyes.ProposalDecided):
            approve(decided)
    assert is_open(paris)


def test_nothing_is_approved_after_its_time(paris: Network, closing_paris: Proposal, time: Any) -> None:
    time.forward(hours=24, seconds=1)

    with pytest.raises(four_eyes.ProposalExpired):
        approve(closing_paris)
    assert is_open(paris)


def test_a_refusal_at_the_approval_leaves_the_proposal_open(paris: Network, closing_paris: Proposal, time: Any) -> None:
    second = network_service.close_network(network=paris, reason="Storm", actor=ODILE)
    soon = propose(paris, valid_from=time.now() + timedelta(minutes=5), car_hold_seconds=600)
    approve(closing_paris)
    time.forward(minutes=10)

    with pytest.raises(network_service.NetworkAlreadyClosed):
        approve(second, seen=four_eyes.fingerprint(Proposal.objects.get(pk=second.pk)))
    with pytest.raises(rules.RulesInThePast):
        approve(soon)

    assert set(Proposal.objects.filter(decision="")) == {second, soon}
    assert not RuleVersion.objects.exists()


def test_approved_rules_begin_at_the_approval_or_at_their_time(paris: Network, time: Any) -> None:
    at_once = propose(paris, car_hold_seconds=600)
    later = propose(paris, valid_from=time.now() + timedelta(hours=2), dock_hold_seconds=1800)
    time.forward(hours=1)

    begun, planned = approve(at_once), approve(later)

    paris.refresh_from_db()
    assert (paris.car_hold_seconds, paris.dock_hold_seconds) == (600, 5400)
    assert begun.valid_from > at_once.proposed_at + timedelta(hours=1)
    assert (begun.proposed_by, begun.approved_by, planned.applied_at) == (ODILE, LUCIEN, None)
    time.forward(hours=2)
    rules.apply_due()
    paris.refresh_from_db()
    assert paris.dock_hold_seconds == 1800


def test_an_approver_approves_what_he_was_shown(paris: Network) -> None:
    proposal = propose(paris, car_hold_seconds=600)
    shown = four_eyes.fingerprint(proposal)
    rules.change(network=paris, values={"car_hold_seconds": 1500}, reason="Meanwhile", actor=ODILE)
    proposal = Proposal.objects.get(pk=proposal.pk)

    with pytest.raises(four_eyes.ProposalMoved):
        approve(proposal, seen=shown)

    assert [(one.before, one.after) for one in four_eyes.changes(proposal)] == [(1500, 600)]
    assert approve(proposal).replaced == {"car_hold_seconds": 1500}


def test_a_decision_is_never_rewritten(closing_paris: Proposal) -> None:
    approve(closing_paris)
    rows = Proposal.objects.filter(pk=closing_paris.pk)

    for rewrite in (lambda: rows.update(decision="declined"), rows.delete):
        with pytest.raises(DatabaseError, match=r"rewritten|kept"), transaction.atomic():
            rewrite()


def test_where_the_rules_ask_for_none_one_person_closes_the_network(paris: Network) -> None:
    Network.objects.update(four_eyes_closing=False)

    network_service.close_network(network=paris, reason="Storm", actor=ODILE)

    assert not is_open(paris)
    network_service.open_network(network=paris, reason="It is over", actor=ODILE)
    assert is_open(paris)


def test_who_may_no_longer_propose_it_has_proposed_nothing(
    paris: Network, closing_paris: Proposal, odile: User
) -> None:
    Appointment.objects.filter(user=odile).update(role=Role.FINANCE)  # approves, and sets no rules
    with pytest.raises(four_eyes.ProposerGone):
        approve(closing_paris)
    Appointment.objects.filter(user=odile).update(role=Role.MANAGER, network=factories.network("lyon"))
    with pytest.raises(four_eyes.ProposerGone):
        approve(closing_paris)
    User.objects.filter(pk=odile.pk).update(is_superuser=True, is_active=False)
    with pytest.raises(four_eyes.ProposerGone):
        approve(closing_paris)
    assert is_open(paris)

    User.objects.filter(pk=odile.pk).update(is_active=True)
    approve(closing_paris)

    assert not is_open(paris)


def test_what_nobody_proposed_is_declined_and_not_approved(paris: Network) -> None:
    unknown = network_service.close_network(network=paris, reason="Storm", actor="operator:999")

    with pytest.raises(four_eyes.ProposerGone):
        approve(unknown)

    four_eyes.decline(proposal=unknown, reason="By whom?", actor=LUCIEN)
    assert Proposal.objects.get().decision == "declined"
