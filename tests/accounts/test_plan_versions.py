"""A plan changes now, or from an instant to come; what somebody has bought stays as it was."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts import plan_preview, plan_versions, tasks
from accounts.models import Plan, PlanVersion
from accounts.operations import subscribe
from accounts.plan_versions import PlanChangesThen, PlanNotPlanned
from accounts.refusals import PlanClosed
from stations.models import Network, Trace
from stations.refusals import NothingChanges, ReasonRequired, RuleRefused, RulesInThePast
from tests import factories
from tests.conftest import Clock

BY = {"actor": "operator:7", "reason": "Longer weeks"}
NOON = datetime(2026, 3, 28, 11, tzinfo=UTC)  # the night after it clocks go forward in Paris


@pytest.fixture
def week(paris: Network) -> Plan:
    return factories.plan(paris, code="week", duration_days=7)


def test_a_change_from_now_is_for_whoever_subscribes_from_now(week: Plan, paris: Network) -> None:
    before = subscribe(subscriber=factories.subscriber(paris, is_subscribed=False), plan=week)

    plan_versions.change(plan=week, values={"duration_days": 8, "name": week.name}, **BY)
    after = subscribe(subscriber=factories.subscriber(paris, is_subscribed=False), plan=week)  # the page is an old one

    assert before.during.upper - before.during.lower == timedelta(days=7)
    assert after.during.upper - after.during.lower == timedelta(days=8)
    version = PlanVersion.objects.get()
    assert (version.values, version.replaced) == ({"duration_days": 8}, {"duration_days": 7})


def test_a_planned_change_holds_to_the_second_swept_or_not(week: Plan, paris: Network, time: Clock) -> None:
    time.jump_to(NOON)
    begins = NOON + timedelta(hours=14)
    plan_versions.change(plan=week, values={"is_open": False}, valid_from=begins, **BY)
    assert plan_versions.at(week, begins)["is_open"] is False
    assert plan_versions.apply_due() == 0

    time.jump_to(begins - timedelta(seconds=20))
    subscribe(subscriber=factories.subscriber(paris, is_subscribed=False), plan=week)
    time.jump_to(begins)
    with pytest.raises(PlanClosed):
        subscribe(subscriber=factories.subscriber(paris, is_subscribed=False), plan=week)

    tasks.apply_plans()
    week.refresh_from_db()
    assert not week.is_open
    assert plan_versions.at(week, NOON)["is_open"] is True
    trace = Trace.objects.get(act="apply_plan")
    assert (trace.actor, trace.before, trace.after) == ("system", {"is_open": True}, {"is_open": False})
    assert plan_versions.apply_due() == 0


def test_what_cannot_be_changed_is_refused_and_changes_nothing(week: Plan, time: Clock) -> None:
    later = time.now() + timedelta(days=1)
    plan_versions.change(plan=week, values={"duration_days": 9}, valid_from=later, **BY)
    for refusal, values, begins in (
        (NothingChanges, {"duration_days": 7, "is_open": True}, None),
        (RuleRefused, {"name": ""}, None),
        (RuleRefused, {"duration_days": -1}, None),
        (RulesInThePast, {"duration_days": 8}, time.now() - timedelta(seconds=1)),
        (PlanChangesThen, {"duration_days": 8}, later),
    ):
        with pytest.raises(refusal):
            plan_versions.change(plan=week, values=values, valid_from=begins, **BY)
    with pytest.raises(ReasonRequired):
        plan_versions.change(plan=week, values={"duration_days": 8}, actor="operator:7", reason=" ")

    assert PlanVersion.objects.count() == 1
    week.refresh_from_db()
    assert week.duration_days == 7


def test_a_planned_change_may_be_withdrawn_until_it_holds(week: Plan, time: Clock) -> None:
    later = time.now() + timedelta(days=1)
    version = plan_versions.change(plan=week, values={"duration_days": 9}, valid_from=later, **BY)
    plan_versions.withdraw(version=version, **BY)
    time.jump_to(later)
    assert plan_versions.apply_due() == 0

    now = plan_versions.change(plan=week, values={"duration_days": 10}, **BY)
    for each in (version, now):
        with pytest.raises(PlanNotPlanned):
            plan_versions.withdraw(version=each, **BY)


def test_yesterday_is_the_networks_day_even_when_it_is_short(week: Plan, paris: Network, time: Clock) -> None:
    """On 29 March the day of Paris has 23 hours: from 23:00 UTC to 22:00 UTC."""
    for instant in ("2026-03-28T22:59", "2026-03-28T23:01", "2026-03-29T21:59", "2026-03-29T22:01"):
        time.jump_to(datetime.fromisoformat(instant).replace(tzinfo=UTC))
        subscribe(subscriber=factories.subscriber(paris, is_subscribed=False), plan=week)
    time.jump_to(datetime(2026, 3, 30, 9, tzinfo=UTC))

    longer = plan_preview.yesterday(plan=week, values={"duration_days": None})
    closed = plan_preview.yesterday(plan=week, values={"is_open": False, "duration_days": 8})

    assert longer.subscriptions == 2
    assert [str(line) for line in longer.findings] == [
        "2 abonnements dureraient sans fin au lieu de 7 jours."
    ] or longer.findings == ["2 subscriptions would last without end instead of 7 days."]
    assert closed.findings in (
        ["2 people could not have subscribed."],
        ["2 personnes n’auraient pas pu s’abonner."],
    )
    assert plan_preview.yesterday(plan=week, values={"name": "Semaine"}).findings == []
