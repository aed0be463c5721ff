"""Rules begin when they are said to begin, leave what they do not name alone, and are never rewritten."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from stations import rules, tasks
from stations.models import Network, Proposal, Pulse, RuleVersion, Trace
from stations.refusals import ReasonRequired

ODILE, LUCIEN = "operator:1", "operator:2"


def change(network: Network, *, actor: str = ODILE, valid_from: Any = None, **values: Any) -> Any:
    return rules.change(network=network, values=values, reason="Trial", actor=actor, valid_from=valid_from)


def in_force(network: Network) -> tuple[int, int]:
    network.refresh_from_db()
    return network.car_hold_seconds, network.dock_hold_seconds


def test_rules_from_now_are_in_force_at_once_and_leave_a_trace(paris: Network) -> None:
    version = change(paris, car_hold_seconds=1500)

    trace = Trace.objects.get()
    assert in_force(paris) == (1500, 5400)
    assert version.applied_at >= version.valid_from
    assert (version.values, version.replaced) == ({"car_hold_seconds": 1500}, {"car_hold_seconds": 1800})
    assert (trace.act, trace.actor, trace.reason) == ("apply_rules", ODILE, "Trial")
    assert (trace.before, trace.after) == (version.replaced, version.values)


def test_planned_rules_wait_for_their_time_and_then_come_by_the_sweep(paris: Network, time: Any) -> None:
    change(paris, valid_from=time.now() + timedelta(hours=2), car_hold_seconds=1500)
    change(paris, valid_from=time.now() + timedelta(hours=1), dock_hold_seconds=4500)
    tasks.apply_rules()
    assert in_force(paris) == (1800, 5400)

    time.forward(minutes=61)
    tasks.apply_rules()
    assert in_force(paris) == (1800, 4500)
    time.forward(minutes=61)
    tasks.apply_rules()

    assert in_force(paris) == (1500, 4500)
    assert Pulse.objects.get(name="rules").detail == {"applied": 1}
    assert [trace.actor for trace in Trace.objects.filter(act="apply_rules")] == ["system", "system"]


def test_of_two_versions_the_later_one_wins_however_late_the_sweep_comes(paris: Network, time: Any) -> None:
    later = change(paris, valid_from=time.now() + timedelta(hours=2), car_hold_seconds=1500)
    change(paris, valid_from=time.now() + timedelta(hours=1), car_hold_seconds=1400)
    time.forward(hours=3)

    assert rules.apply_due() == 2
    assert in_force(paris) == (1500, 5400)
    later.refresh_from_db()
    assert later.replaced == {"car_hold_seconds": 1400}
    assert rules.in_force([paris.pk]) == {later.pk}


def test_whoever_decides_first_brings_what_is_due_into_force(paris: Network, time: Any) -> None:
    change(paris, valid_from=time.now() + timedelta(hours=1), car_hold_seconds=1400)
    time.forward(hours=2)

    change(paris, car_hold_seconds=1500)

    assert in_force(paris) == (1500, 5400)
    assert list(RuleVersion.objects.order_by("valid_from").values_list("replaced", flat=True)) == [
        {"car_hold_seconds": 1800},
        {"car_hold_seconds": 1400},
    ]


def test_the_rules_of_any_instant_can_be_read_back_and_ahead(paris: Network, time: Any) -> None:
    start = time.now()
    time.forward(hours=1)
    change(paris, car_hold_seconds=1500)
    time.forward(hours=1)
    change(paris, car_hold_seconds=1400, dock_hold_seconds=4000)
    change(paris, valid_from=time.now() + timedelta(hours=1), dock_hold_seconds=5000)
    paris.refresh_from_db()

    said = [
        (values["car_hold_seconds"], values["dock_hold_seconds"])
        for values in (rules.at(paris, start + timedelta(minutes=30 + 60 * hour)) for hour in range(4))
    ]

    assert said == [(1800, 5400), (1500, 5400), (1400, 4000), (1400, 5000)]
    assert len(rules.in_force([paris.pk])) == 1


def test_a_planned_version_can_be_withdrawn_and_one_in_force_cannot(paris: Network, time: Any) -> None:
    planned = change(paris, valid_from=time.now() + timedelta(hours=1), car_hold_seconds=1500)

    rules.withdraw(version=planned, reason="Not yet", actor=LUCIEN)
    time.forward(hours=2)

    assert rules.apply_due() == 0
    assert in_force(paris) == (1800, 5400)
    again = change(paris, valid_from=planned.valid_from + timedelta(hours=2), car_hold_seconds=1500)
    time.forward(hours=2)
    with pytest.raises(rules.RulesNotPlanned):
        rules.withdraw(version=again, reason="Too late", actor=LUCIEN)
    with pytest.raises(rules.RulesNotPlanned):
        rules.withdraw(version=planned, reason="Twice", actor=LUCIEN)


def test_what_makes_no_sense_is_refused_at_its_field(paris: Network, time: Any) -> None:
    soon = time.now() + timedelta(hours=1)
    change(paris, valid_from=soon, car_hold_seconds=1500)

    def refused(refusal: type[Any], **asked: Any) -> str | None:
        with pytest.raises(refusal) as raised:
            change(paris, **asked)
        return raised.value.field

    assert refused(rules.RulesInThePast, valid_from=time.now() - timedelta(minutes=1), car_hold_seconds=1500)
    assert refused(rules.RulesBeginThen, valid_from=soon, dock_hold_seconds=5000) == "valid_from"
    assert refused(rules.RuleRefused, car_hold_seconds=0) == "car_hold_seconds"
    assert refused(rules.RuleRefused, minimum_charge_percent=101) == "minimum_charge_percent"
    assert refused(rules.NothingChanges, car_hold_seconds=1800) is None
    assert refused(rules.NothingChanges) is None
    with pytest.raises(ReasonRequired):
        rules.change(network=paris, values={"car_hold_seconds": 1500}, reason=" ", actor=ODILE)
    with pytest.raises(ValueError, match="no rules"):
        change(paris, name="Mine")


@pytest.mark.parametrize(
    ("values", "is_proposed"),
    [
        ({"car_hold_seconds": 900}, False),
        ({"car_hold_seconds": 899}, True),
        ({"car_hold_seconds": 2700}, False),
        ({"car_hold_seconds": 2701}, True),
        ({"car_hold_extensions": 2}, True),
        ({"minimum_charge_percent": 54}, True),
        ({"four_eyes_closing": False}, True),
        ({"four_eyes_rule_change_percent": 51}, True),
    ],
)
def test_a_change_beyond_a_limit_is_only_proposed(values: Any, is_proposed: bool, paris: Network) -> None:
    decided = change(paris, **values)

    assert isinstance(decided, Proposal) == is_proposed
    assert RuleVersion.objects.exists() != is_proposed


def test_many_small_steps_are_one_large_change(paris: Network, time: Any) -> None:
    change(paris, car_hold_seconds=1000)
    time.forward(hours=1)
    assert isinstance(change(paris, car_hold_seconds=800), Proposal)

    planned = change(paris, valid_from=time.now() + timedelta(days=2), car_hold_seconds=950)
    assert isinstance(planned, RuleVersion)
    time.forward(hours=24)
    assert isinstance(change(paris, car_hold_seconds=800), RuleVersion)


def test_planned_small_steps_are_one_large_change_too(paris: Network, time: Any) -> None:
    change(paris, valid_from=time.now() + timedelta(days=2), car_hold_seconds=1000)

    assert isinstance(change(paris, valid_from=time.now() + timedelta(days=4), car_hold_seconds=600), Proposal)


def test_what_was_in_force_is_never_rewritten(paris: Network) -> None:
    version = change(paris, car_hold_seconds=1500)
    rows = RuleVersion.objects.filter(pk=version.pk)

    for rewrite in (lambda: rows.update(reason="Another"), lambda: rows.update(applied_at=None), rows.delete):
        with pytest.raises(DatabaseError, match=r"rewritten|kept"), transaction.atomic():
            rewrite()
