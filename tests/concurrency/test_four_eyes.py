"""Two who approve at once carry out once, two who decide at once leave one order. The controls have no lock: twice."""

from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection

from stations import clock, four_eyes, rules
from stations.four_eyes import Kind
from stations.models import Network, Proposal, RuleVersion, Trace
from stations.rights import Right
from tests import factories
from tests.concurrency.rivals import at_once

pytestmark = pytest.mark.django_db(transaction=True)

RIVALS = 12


@pytest.fixture
def network(transactional_db: None) -> Network:
    made = factories.network()
    factories.operator(made, name="Odile", pk=101)
    return made


def approving(proposal: Proposal, number: int) -> Any:
    seen = four_eyes.fingerprint(proposal)
    return partial(four_eyes.approve, proposal=proposal, actor=f"operator:{number}", seen=seen)


def codes(outcomes: list[Any]) -> list[str]:
    return sorted(getattr(outcome, "code", type(outcome).__name__) for outcome in outcomes)


def test_many_who_approve_at_once_carry_it_out_once(network: Network) -> None:
    proposal = rules.change(network=network, values={"car_hold_seconds": 600}, reason="x", actor="operator:101")

    outcomes = at_once([approving(proposal, number) for number in range(1, RIVALS + 1)])

    assert codes(outcomes) == ["RuleVersion"] + ["proposal_decided"] * (RIVALS - 1)
    assert RuleVersion.objects.count() == Trace.objects.filter(act="apply_rules").count() == 1


def test_control_without_the_lock_it_is_carried_out_twice(network: Network) -> None:
    done: list[str] = []

    def carry_out(proposal: Proposal, actor: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.1)")
        done.append(actor)

    def unlocked(proposal: Proposal) -> Any:
        row = Proposal.objects.get(pk=proposal.pk)
        return row, clock.now()

    kind = Kind("test", "Test", carry_out, lambda proposal: [], Right.SET_RULES, is_traced=True)
    with patch.dict(four_eyes.KINDS, {"test": kind}):
        proposal = four_eyes.propose(network=network, what="test", arguments={}, reason="x", actor="operator:101")
        with patch.object(four_eyes, "_open", unlocked):
            at_once([approving(proposal, number) for number in range(1, 4)])

    assert len(done) > 1


def approve_two_at_once(network: Network) -> list[str]:
    """Two proposals for one rule, each approved by somebody who saw what it was before either."""
    proposals = [
        rules.change(network=network, values={"car_hold_seconds": seconds}, reason="x", actor="operator:101")
        for seconds in (600, 7200)
    ]
    calls = [approving(proposal, number) for number, proposal in enumerate(proposals, start=1)]
    fingerprint = four_eyes.fingerprint

    def slowly(proposal: Proposal) -> str:
        found = fingerprint(proposal)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.2)")
        return found

    with patch.object(four_eyes, "fingerprint", slowly):
        return codes(at_once(calls))


def test_what_the_one_approval_changes_is_seen_by_the_other(network: Network) -> None:
    assert approve_two_at_once(network) == ["RuleVersion", "proposal_moved"]


def test_control_without_the_lock_of_the_network_both_are_carried_out(network: Network) -> None:
    unlocked = SimpleNamespace(objects=SimpleNamespace(select_for_update=lambda **_: Network.objects))

    with patch.object(four_eyes, "Network", unlocked):
        assert approve_two_at_once(network) == ["RuleVersion"] * 2


def test_many_changes_and_sweeps_at_once_leave_one_order(network: Network) -> None:
    changes = [
        partial(rules.change, network=network, values={"car_hold_seconds": 1700 - n}, reason="x", actor="operator:101")
        for n in range(RIVALS)
    ]

    outcomes = at_once([*changes, *[rules.apply_due] * 4])

    network.refresh_from_db()
    versions = list(RuleVersion.objects.order_by("valid_from"))
    said = [1800, *(version.values["car_hold_seconds"] for version in versions)]
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert [version.replaced["car_hold_seconds"] for version in versions] == said[:-1]
    assert network.car_hold_seconds == said[-1]
    assert {version.applied_at is not None for version in versions} == {True}
