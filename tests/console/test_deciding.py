"""An operator changes the rules: first he sees what it would have meant; beyond a limit somebody else approves."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.blocking import unblock
from accounts.models import Plan, PlanVersion, Subscriber, User
from accounts.operations import subscribe
from stations import rules
from stations.models import Network, Proposal, RuleVersion, Trace
from stations.rights import Role
from tests import factories
from tests.conftest import Clock
from tests.console.conftest import City
from tests.console.pages import url


def page_of(network: Network) -> str:
    return reverse("admin:stations_network_rules", args=[network.pk])


def posted(desk: Client, network: Network, **said: Any) -> dict[str, Any]:
    """What a browser sends back when only `said` was typed."""
    form = desk.get(page_of(network)).context["form"]
    shown = {
        name: form.get_initial_for_field(field, name) for name, field in form.fields.items() if name in rules.RULES
    }
    ticked = {name: "on" if value is True else value for name, value in shown.items() if value is not False}
    before = {f"initial-{name}": value for name, value in shown.items()}
    return {**ticked, **before, "reason": "Trial", **said}


def look(desk: Client, network: Network, **said: Any) -> Any:
    return desk.post(page_of(network), {**posted(desk, network, **said), "_look": "1"})


def decide(desk: Client, network: Network, **said: Any) -> Any:
    """Looks first, then sends what the second page carries."""
    shown = look(desk, network, **said)
    assert shown.context is None or "said" in shown.context, shown.context["form"].errors
    carried: dict[str, Any] = {}
    for name, value in shown.context["said"]:
        carried.setdefault(name, []).append(value)
    return desk.post(page_of(network), {**carried, "_decide": "1"}, follow=True)


def told(response: Any) -> str:
    return response.content.decode()


def act(desk: Client, proposal: Proposal, name: str, **said: Any) -> Any:
    page = reverse("admin:stations_proposal_act", args=[name])
    shown = desk.get(page, {"id": proposal.pk})
    seen = shown.context["form"].fields["seen"].initial if name == "approve" else ""
    return desk.post(page, {"id": proposal.pk, "reason": "Seen", "seen": seen, "back": "page", **said}, follow=True)


def test_a_plan_is_changed_after_a_look_at_yesterday(at_desk: Client, lyon: Network, time: Clock) -> None:
    """What is done is what was looked at: another word after the look is looked at again."""
    week = factories.plan(lyon, code="week", duration_days=7)
    subscribe(subscriber=factories.subscriber(lyon, is_subscribed=False), plan=week)
    time.forward(days=1)
    page = reverse("admin:accounts_plan_act", args=["change"])
    said = {"id": week.pk, "name": week.name, "duration_days": 8, "is_open": "on", "reason": "Longer weeks"}

    refused = at_desk.post(page, {**said, "duration_days": 7})
    assert "It says so already: nothing would change." in told(refused)
    half = at_desk.post(page, {**said, "valid_from_0": "2030-01-01"})
    assert half.context["form"].errors == {"valid_from": ["Give the day and the time, or leave both empty."]}

    looked = at_desk.post(page, said)
    assert "1 subscription would last 8 days instead of 7 days." in told(looked)
    seal = looked.context["looked"]
    again = at_desk.post(page, {**said, "duration_days": 9, "looked": seal})
    assert "would last 9 days" in told(again)
    assert not PlanVersion.objects.filter(plan=week).exists()

    assert at_desk.post(page, {**said, "looked": seal}).status_code == 302
    week.refresh_from_db()
    trace = Trace.objects.get(model="accounts.plan", act="change")
    assert (week.duration_days, trace.before, trace.after) == (8, {"duration_days": 7}, {"duration_days": 8})
    assert "<del>7</del> → <ins>8</ins>" in told(at_desk.get(url(Plan, "history", week.pk)))
    later = {**said, "duration_days": 9, "valid_from_0": "2030-01-01", "valid_from_1": "00:00"}
    seal = at_desk.post(page, later).context["looked"]
    at_desk.post(page, {**later, "looked": seal})
    assert PlanVersion.objects.get(plan=week, applied_at=None).valid_from == datetime(2029, 12, 31, 23, tzinfo=UTC)
    assert (
        Trace.objects.filter(model="accounts.plan", act="change").latest("pk").after["planned"][0]["duration_days"] == 9
    )


def test_rules_are_looked_at_and_then_decided(at_desk: Client, lyon: Network, lucien: User) -> None:
    shown = look(at_desk, lyon, car_hold_seconds=1500)
    assert not RuleVersion.objects.exists()

    decide(at_desk, lyon, car_hold_seconds=1500)

    lyon.refresh_from_db()
    version = RuleVersion.objects.get()
    assert "<del>1800</del> → <ins>1500</ins>" in told(shown)
    assert "What would have been different yesterday" in told(shown)
    assert "This takes four eyes" not in told(shown)
    assert (lyon.car_hold_seconds, version.values, version.proposed_by) == (
        1500,
        {"car_hold_seconds": 1500},
        f"operator:{lucien.pk}",
    )
    assert "1500" in told(at_desk.get(url(RuleVersion, "changelist")))


def test_the_preview_leads_to_the_bookings_it_counts(at_desk: Client, lyon_city: City, time: Any) -> None:
    time.forward(days=1)

    shown = look(at_desk, lyon_city.network, maximum_trip_seconds=36000)
    found = at_desk.get(unescape(re.findall(r'href="([^"]+)" target', told(shown))[0]))

    assert "1 trip would have been called overlong" in told(shown)
    assert list(found.context["cl"].result_list) == [lyon_city.trip]


def test_rules_may_begin_on_a_day_to_come_as_clocks_there_show_it(at_desk: Client, lyon: Network, time: Any) -> None:
    Network.objects.filter(pk=lyon.pk).update(time_zone="America/Montreal")

    decide(at_desk, lyon, car_hold_seconds=1500, day="2030-01-31", hour="08:00")

    version = RuleVersion.objects.get()
    assert (version.valid_from.isoformat(), version.applied_at) == ("2030-01-31T13:00:00+00:00", None)
    assert "2030-01-31 08:00" in told(at_desk.get(url(RuleVersion, "changelist")))


@pytest.mark.parametrize(
    ("said", "field", "why"),
    [
        ({"car_hold_seconds": 0}, "car_hold_seconds", "greater than or equal to 1"),
        ({"car_hold_seconds": "9" * 20}, "car_hold_seconds", "less than or equal to"),
        ({"minimum_charge_percent": 101}, "minimum_charge_percent", "less than or equal to 100"),
        ({"car_hold_seconds": "half"}, "car_hold_seconds", "whole number"),
        ({"reason": " "}, "reason", "required"),
        ({"day": "2020-01-01", "car_hold_seconds": 1500}, "day", "cannot begin in the past"),
        ({"day": "31 February", "car_hold_seconds": 1500}, "day", "valid date"),
        ({"hour": "08:00", "car_hold_seconds": 1500}, "day", "Give the day as well"),
        ({"day": "2027-03-28", "hour": "02:30", "car_hold_seconds": 1500}, "hour", "there is no 02:30"),
        ({"day": "2027-10-31", "hour": "02:30", "car_hold_seconds": 1500}, "hour", "it is 02:30 twice"),
        ({}, "__all__", "nothing would change"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    said: dict[str, Any], field: str, why: str, at_desk: Client, lyon: Network
) -> None:
    for step in ("_look", "_decide"):
        response = at_desk.post(page_of(lyon), {**posted(at_desk, lyon, **said), step: "1"})

        assert list(response.context["form"].errors) == [field]
        assert why in str(response.context["form"].errors[field])
    assert not RuleVersion.objects.exists()


def test_what_somebody_else_changed_meanwhile_is_not_set_back(at_desk: Client, lyon: Network) -> None:
    typed = posted(at_desk, lyon, car_hold_seconds=1500)
    rules.change(network=lyon, values={"dock_hold_seconds": 5000}, reason="Meanwhile", actor="test")

    at_desk.post(page_of(lyon), {**typed, "_decide": "1"})

    lyon.refresh_from_db()
    assert (lyon.car_hold_seconds, lyon.dock_hold_seconds) == (1500, 5000)


def test_beyond_a_limit_it_is_proposed_and_another_person_approves(
    at_desk: Client, lyon: Network, lucien: User, at_other_desk: Client, lucie: User
) -> None:
    shown = look(at_desk, lyon, car_hold_seconds=600)
    after = decide(at_desk, lyon, car_hold_seconds=600)
    proposal = Proposal.objects.get()
    lyon.refresh_from_db()
    assert "This takes four eyes" in told(shown)
    assert "More than 50 % of difference" in told(shown)
    assert "nothing has changed yet" in told(after)
    assert "only a superuser can" not in told(shown) + told(after)
    assert lyon.car_hold_seconds == 1800

    own = act(at_desk, proposal, "approve")
    assert "somebody else has to decide" in told(own)
    asked = at_other_desk.get(reverse("admin:stations_proposal_act", args=["approve"]), {"id": proposal.pk})
    act(at_other_desk, proposal, "approve")

    lyon.refresh_from_db()
    version = RuleVersion.objects.get()
    assert "<del>1800</del> → <ins>600</ins>" in told(asked)
    assert lyon.car_hold_seconds == 600
    assert (version.proposed_by, version.approved_by) == (f"operator:{lucien.pk}", f"operator:{lucie.pk}")
    assert list(Trace.objects.order_by("id").values_list("act", "actor")) == [
        ("propose", version.proposed_by),
        ("apply_rules", version.approved_by),
        ("approve", version.approved_by),
    ]


def test_who_is_alone_is_told_that_nobody_else_may_approve(at_desk: Client, lyon: Network) -> None:
    shown = look(at_desk, lyon, minimum_charge_percent=50)
    after = decide(at_desk, lyon, minimum_charge_percent=50)
    page = at_desk.get(url(Proposal, "change", Proposal.objects.get().pk))

    for response in (shown, after, page):
        assert "Nobody else may approve in this network at the moment: only a superuser can." in told(response)


def test_closing_a_network_is_proposed_and_opening_it_is_not(
    at_desk: Client, lyon: Network, at_other_desk: Client
) -> None:
    page = reverse("admin:stations_network_act", args=["close_network"])
    told_first = told(at_desk.post(page, {"id": lyon.pk, "reason": "Storm", "back": "page"}, follow=True))
    proposal = Proposal.objects.get()
    lyon.refresh_from_db()
    assert lyon.is_open
    assert "this takes four eyes" in told_first

    act(at_other_desk, proposal, "approve", reason="")
    lyon.refresh_from_db()
    assert not lyon.is_open
    at_desk.post(reverse("admin:stations_network_act", args=["open_network"]), {"id": lyon.pk, "reason": "Over"})

    lyon.refresh_from_db()
    assert lyon.is_open
    history = told(at_desk.get(url(Network, "history", lyon.pk)))
    assert all(words in history for words in ("proposed, for four eyes", "network closed", "network opened", "Storm"))


def test_blocking_many_at_once_is_proposed_and_blocking_a_few_is_not(
    at_desk: Client, lyon: Network, at_other_desk: Client
) -> None:
    Network.objects.filter(pk=lyon.pk).update(four_eyes_block_people=2)
    people = [factories.subscriber(lyon, name) for name in ("Anne", "Bruno", "Chloe")]
    page = reverse("admin:accounts_subscriber_act", args=["block"])

    def blocked() -> int:
        return Subscriber.objects.filter(is_blocked=True).count()

    at_desk.post(page, {"id": [people[0].pk, people[1].pk], "reason": "Damage", "ground": "damage"})
    assert blocked() == 2
    unblock(subscriber=people[0], reason="No damage", actor="test")
    shown = at_desk.post(page, {"id": [row.pk for row in people], "reason": "Fraud", "ground": "misuse"}, follow=True)
    assert blocked() == 1
    assert "this takes four eyes" in told(shown)
    proposal = Proposal.objects.get()
    asked = at_other_desk.get(reverse("admin:stations_proposal_act", args=["approve"]), {"id": proposal.pk})
    act(at_other_desk, proposal, "approve")

    assert blocked() == 3
    assert "Chloe" in told(asked)
    assert "Chloe" not in str(list(Trace.objects.values_list("before", "after", "data")))
    assert Trace.objects.filter(act="block", data__proposal=proposal.pk).count() == 2


def test_many_blocked_in_portions_are_many(at_desk: Client, lyon: Network, at_other_desk: Client, time: Any) -> None:
    Network.objects.filter(pk=lyon.pk).update(four_eyes_block_people=2)
    people = [factories.subscriber(lyon, f"Anne{number}") for number in range(5)]
    page = reverse("admin:accounts_subscriber_act", args=["block"])

    def block(desk: Client, *numbers: int) -> list[int]:
        rows = [people[number].pk for number in numbers]
        desk.post(page, {"id": rows, "reason": "Damage", "ground": "damage"})
        return [at for at, one in enumerate(people) if Subscriber.objects.get(pk=one.pk).is_blocked]

    assert block(at_desk, 0) == [0]
    assert block(at_desk, 1) == [0, 1]
    assert block(at_desk, 2) == [0, 1]
    act(at_other_desk, Proposal.objects.get(), "approve")
    assert block(at_other_desk, 3) == [0, 1, 2]  # finance blocks nobody
    other = Client()
    other.force_login(factories.operator(lyon, name="Omar"))
    assert block(other, 3) == [0, 1, 2, 3]
    time.forward(hours=24, seconds=1)
    assert block(at_desk, 4) == [0, 1, 2, 3, 4]


def test_the_first_page_says_that_a_proposal_waits_to_whoever_may_approve_it(
    at_desk: Client, lyon: Network, at_other_desk: Client, time: Any
) -> None:
    decide(at_desk, lyon, car_hold_seconds=600)
    crew = Client()
    crew.force_login(factories.operator(lyon, name="Cleo", role=Role.CREW))
    first = reverse("admin:index")

    assert "1 proposal waits for you." in told(at_other_desk.get(first))
    assert "wait" not in told(crew.get(first))
    assert "waits for you" not in told(at_desk.get(first))
    time.forward(hours=25)
    assert "waits for you" not in told(at_other_desk.get(first))


def test_buttons_are_offered_to_whom_they_serve(at_desk: Client, lyon_city: City, at_other_desk: Client) -> None:
    network = lyon_city.network
    decide(at_desk, network, car_hold_seconds=600)
    page = url(Proposal, "change", Proposal.objects.latest("id").pk)

    own, other = at_desk.get(page).context["acts"], at_other_desk.get(page).context["acts"]

    assert [each["label"] for each in own] == ["Take back"]
    assert [each["label"] for each in other] == ["Approve and carry out", "Decline"]
    labels = [each["label"] for each in at_desk.get(url(Network, "change", network.pk)).context["acts"]]
    assert labels == ["Change the rules", "Versions of the rules", "Close the network"]


def test_a_list_of_proposals_shows_the_open_ones_unless_asked(at_desk: Client, lyon_city: City, time: Any) -> None:
    page = url(Proposal, "changelist")

    def shown(**asked: str) -> int:
        return at_desk.get(page, asked).context["cl"].result_count

    assert (shown(), shown(state="expired"), shown(state="all")) == (1, 0, 1)
    time.forward(hours=25)
    assert (shown(), shown(state="expired"), shown(state="all")) == (0, 1, 1)


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_only_who_sets_rules_opens_the_page_and_only_for_his_network(
    role: Role, client: Client, lyon: Network, paris: Network
) -> None:
    client.force_login(factories.operator(lyon, role=role))
    typed = {"car_hold_seconds": 1500, "reason": "x", "_decide": "1"}

    here = {client.get(page_of(lyon)).status_code, client.post(page_of(lyon), typed).status_code}
    there = {client.get(page_of(paris)).status_code, client.post(page_of(paris), typed).status_code}

    assert here == ({200} if role == Role.MANAGER else {403})
    assert there == {404}
    assert not RuleVersion.objects.exists()


def test_a_proposal_of_another_network_is_not_found(
    at_desk: Client, lyon_city: City, paris_city: City, lucien: User
) -> None:
    foreign = Proposal.objects.get(network=paris_city.network)

    for name in ("approve", "decline", "take_back"):
        page = reverse("admin:stations_proposal_act", args=[name])
        assert at_desk.get(page, {"id": foreign.pk}).status_code == 404
        assert at_desk.post(page, {"id": foreign.pk, "reason": "x", "seen": "x"}).status_code == 404
    foreign.refresh_from_db()
    assert foreign.decision == ""


def test_planned_rules_are_withdrawn_with_a_reason(at_desk: Client, lyon: Network, time: Any) -> None:
    tomorrow = time.now() + timedelta(days=1)
    version = rules.change(
        network=lyon, values={"car_hold_seconds": 1500}, reason="x", actor="test", valid_from=tomorrow
    )

    at_desk.post(reverse("admin:stations_ruleversion_act", args=["withdraw"]), {"id": version.pk, "reason": "No"})

    time.forward(days=2)
    assert rules.apply_due() == 0
    assert "withdrawn" in told(at_desk.get(url(RuleVersion, "changelist")))
