"""A file that tells of many people: one person asks, another one approves, and the first takes it once."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.blocking import block
from accounts.models import Appointment, Badge, Subscriber, User
from bookings.models import Booking
from stations.models import Network, Proposal, Station, Trace
from stations.rights import Role
from tests import factories
from tests.console.conftest import build
from tests.console.pages import SCOPED, label, site, url
from tests.console.test_deciding import act, told
from tests.console.test_exports import download, page_of, rows


@pytest.fixture(autouse=True)
def _few(settings: Any) -> None:
    settings.EXPORT_MOST_PEOPLE = 2
    settings.EXPORTS_A_DAY = 1_000


@pytest.fixture
def people(lyon: Network) -> list[Subscriber]:
    return [factories.subscriber(lyon, name) for name in ("Anne", "Bruno", "Chloe")]


def ask(desk: Client, model: type = Subscriber, *, query: dict[str, Any] | None = None, **values: Any) -> Proposal:
    before = Proposal.objects.count()
    shown = desk.post(page_of(model, **(query or {})), {"format": "csv", "reason": "Mailing", **values})
    assert shown.status_code == 302, shown.context["form"].errors
    assert Proposal.objects.count() == before + 1
    return Proposal.objects.latest("id")


def page(proposal: Proposal) -> str:
    return reverse("admin:export_approved", args=[proposal.pk])


def take(desk: Client, proposal: Proposal) -> Any:
    return desk.post(page(proposal))


def refusal(desk: Client, proposal: Proposal) -> str:
    response = take(desk, proposal)
    assert not response.streaming
    assert not Trace.objects.filter(act="export", data__proposal=proposal.pk).exists()
    return str(response.context["refusal"])


def test_many_people_are_asked_for_approved_and_taken_once(
    at_desk: Client, people: list[Subscriber], lucien: User, at_other_desk: Client, lucie: User
) -> None:
    beforehand = told(at_desk.get(page_of(Subscriber)))
    assert "This names 3 people: somebody else has to approve it." in beforehand
    assert "Nobody else may approve" not in beforehand

    proposal = ask(at_desk, query={"is_blocked__exact": "0", "o": "1"})
    assert Trace.objects.latest("id").act == "propose"
    assert refusal(at_desk, proposal) == "Nobody has decided on this yet."
    shown = at_other_desk.get(reverse("admin:stations_proposal_act", args=["approve"]), {"id": proposal.pk})
    for words in ("Rows of “Subscribers” (blocked: No): 3", "People named in it: 3", "Columns (id, ", "Mailing"):
        assert words in told(shown)
    act(at_other_desk, proposal, "approve")
    assert not Trace.objects.filter(act="export").exists()

    for where in (url(Proposal, "changelist"), url(Proposal, "change", proposal.pk), page_of(Subscriber)):
        assert page(proposal) in told(at_desk.get(where))
        assert page(proposal) not in told(at_other_desk.get(where))
    file = take(at_desk, proposal)
    assert {row["id"] for row in rows(file)} == {str(one.pk) for one in people}
    trace = Trace.objects.get(act="export")
    assert (trace.actor, trace.reason, trace.model) == (f"operator:{lucien.pk}", "Mailing", "accounts.subscriber")
    assert trace.data == {
        "proposal": proposal.pk,
        "approved_by": f"operator:{lucie.pk}",
        "format": "csv",
        "count": 3,
        "filters": {"is_blocked__exact": "0"},
        "searched": False,
        "ticked": False,
        "rows": [str(one.pk) for one in reversed(people)],
    }
    again = take(at_desk, proposal)
    assert "This file was taken already" in told(again)
    assert Trace.objects.filter(act="export").count() == 1
    assert page(proposal) not in told(at_desk.get(page_of(Subscriber)))
    assert page(proposal) not in told(at_desk.get(url(Proposal, "changelist")))


def test_what_is_kept_names_nobody_and_a_search_is_not_asked_for(at_desk: Client, people: list[Subscriber]) -> None:
    searched = download(at_desk, Subscriber, query={"q": "example"})
    assert "filter the list instead of searching" in str(searched.context["form"].errors)
    assert "instead of searching" in at_desk.get(page_of(Subscriber, q="example")).context["refusal"]
    assert not Proposal.objects.exists()

    proposal = ask(at_desk, id=[one.pk for one in people])

    kept = str([proposal.arguments, *Trace.objects.values_list("before", "after", "data")])
    assert not [one for one in people if str(one) in kept]
    assert proposal.arguments["ids"] == sorted(str(one.pk) for one in people)
    assert "ticked one by one" in told(at_desk.get(page(proposal)))


def test_many_people_take_four_eyes_in_every_list_that_names_them(
    at_desk: Client, lyon: Network, settings: Any
) -> None:
    settings.EXPORT_MOST_PEOPLE = 1
    build(lyon, "Traboule", 1)
    assert len(rows(download(at_desk, Subscriber))) == 1
    build(lyon, "Traboule", 2)

    for model in SCOPED:
        shown = at_desk.get(page_of(model)).context["takes_four_eyes"]
        assert shown == bool(site._registry[model].people_path), label(model)
        if shown:
            assert told(at_desk.get(page(ask(at_desk, model)))), label(model)


def test_many_people_in_portions_are_many(at_desk: Client, people: list[Subscriber], time: Any) -> None:
    first, second, third = ({"id": [one.pk]} for one in people)
    for portion in (first, second, first):
        assert len(rows(download(at_desk, Subscriber, **portion))) == 1

    shown = told(at_desk.post(page_of(Subscriber), {**third, "format": "csv", "reason": ""}))
    assert "This names 1 person: somebody else has to approve it." in shown
    assert "With the files that you took within 24 hours, they are 3; one person alone may take 2." in shown
    searched = told(at_desk.get(page_of(Subscriber, q="Chloe")))
    assert all(words in searched for words in ("This names 1 person", "they are 3;", "instead of searching"))
    assert len(rows(download(at_desk, Subscriber, id=[one.pk for one in people[:2]]))) == 2
    proposal = ask(at_desk, **third)

    assert proposal.arguments["people"] == 1
    assert "With the files that the same person took within 24 hours: 3" in told(at_desk.get(page(proposal)))
    time.forward(hours=24)
    assert len(rows(download(at_desk, Subscriber, **third))) == 1


def test_a_file_that_was_approved_counts_with_no_other(
    at_desk: Client, people: list[Subscriber], at_other_desk: Client
) -> None:
    proposal = ask(at_desk)
    act(at_other_desk, proposal, "approve")
    rows(take(at_desk, proposal))

    assert len(rows(download(at_desk, Subscriber, id=[people[0].pk]))) == 1


def test_people_of_one_list_count_with_those_of_another(at_desk: Client, lyon: Network) -> None:
    riders = [build(lyon, "Traboule", number).subscriber for number in (1, 2)]
    rows(download(at_desk, Booking))

    assert at_desk.get(page_of(Subscriber)).context["takes_four_eyes"] is False
    assert len(rows(download(at_desk, Subscriber))) == len(riders)
    assert at_desk.get(page_of(Badge)).context["takes_four_eyes"] is False
    factories.subscriber(lyon, "Zoe")
    assert at_desk.get(page_of(Subscriber)).context["takes_four_eyes"] is True
    assert at_desk.get(page_of(Station)).context["takes_four_eyes"] is False


def test_the_same_is_asked_for_once(at_desk: Client, people: list[Subscriber]) -> None:
    ask(at_desk)

    again = download(at_desk, Subscriber)

    assert "You have asked for this already" in str(again.context["form"].errors)
    assert Proposal.objects.count() == 1


def test_who_is_alone_is_told(at_desk: Client, people: list[Subscriber]) -> None:
    alone = "Nobody else may approve in this network at the moment: only a superuser can."

    assert alone in told(at_desk.get(page_of(Subscriber)))
    assert alone in told(at_desk.get(page(ask(at_desk))))


def test_an_approval_lasts_a_day(at_desk: Client, people: list[Subscriber], at_other_desk: Client, time: Any) -> None:
    proposal = ask(at_desk)
    act(at_other_desk, proposal, "approve")
    time.forward(hours=24)

    assert "approved more than 24 hours ago" in refusal(at_desk, proposal)
    assert page(proposal) not in told(at_desk.get(page_of(Subscriber)))


def test_what_nobody_approved_gives_nothing(
    at_desk: Client, people: list[Subscriber], at_other_desk: Client, time: Any
) -> None:
    declined = ask(at_desk)
    act(at_other_desk, declined, "decline", reason="Too many")
    withdrawn = ask(at_desk)
    act(at_desk, withdrawn, "take_back")
    late = ask(at_desk)
    time.forward(hours=25)

    assert refusal(at_desk, declined) == "This was declined: Too many"
    assert "You took this back" in refusal(at_desk, withdrawn)
    assert "Nobody approved this in time" in refusal(at_desk, late)


def test_only_who_asked_and_may_still_export_takes_it(
    at_desk: Client, people: list[Subscriber], lucien: User, at_other_desk: Client
) -> None:
    proposal = ask(at_desk)
    act(at_other_desk, proposal, "approve")

    assert at_other_desk.get(page(proposal)).status_code == take(at_other_desk, proposal).status_code == 404
    Appointment.objects.filter(user=lucien).update(role=Role.CONTROL)
    assert at_desk.get(page(proposal)).status_code == take(at_desk, proposal).status_code == 404


def test_rows_are_those_of_now_and_hardly_more_people(
    at_desk: Client, lyon: Network, at_other_desk: Client, people: list[Subscriber]
) -> None:
    for number in range(7):
        factories.subscriber(lyon, f"More{number}")
    every, not_blocked = ask(at_desk), ask(at_desk, query={"is_blocked__exact": "0"})
    act(at_other_desk, every, "approve")
    act(at_other_desk, not_blocked, "approve")
    block(subscriber=people[0], ground="misuse", reason="x", actor="test")
    factories.subscriber(lyon, "Zoe")
    factories.subscriber(lyon, "Yves")

    assert refusal(at_desk, every) == "This names 12 people now; 10 were approved. Ask again."
    left = {row["id"] for row in rows(take(at_desk, not_blocked))}
    assert len(left) == 11
    assert str(people[0].pk) not in left


def test_other_columns_than_those_that_were_approved_do_not_leave(
    at_desk: Client, people: list[Subscriber], at_other_desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = ask(at_desk)
    act(at_other_desk, proposal, "approve")
    monkeypatch.setattr(site._registry[Subscriber], "exported", ("user", "reference"))

    assert "other columns" in refusal(at_desk, proposal)


def test_rows_of_several_networks_are_asked_for_one_by_one(
    client: Client, lyon: Network, paris: Network, people: list[Subscriber], at_other_desk: Client
) -> None:
    for name in ("Denis", "Elise", "Farid"):
        factories.subscriber(paris, name)
    root = factories.user(is_staff=True, is_superuser=True)
    client.force_login(root)
    client.cookies["django_language"] = "en"

    assert "Choose one network." in client.get(page_of(Subscriber)).context["refusal"]
    assert "of no network" in client.get(page_of(User)).context["refusal"]
    assert "Choose one network." in str(download(client, Subscriber).context["form"].errors)
    proposal = ask(client, query={"network": lyon.pk})
    act(at_other_desk, proposal, "approve")

    assert proposal.network == lyon
    assert {row["id"] for row in rows(take(client, proposal))} == {str(one.pk) for one in people}


def test_an_approved_file_counts_as_one_of_the_day(
    at_desk: Client, people: list[Subscriber], at_other_desk: Client, settings: Any
) -> None:
    settings.EXPORTS_A_DAY = 1
    first, second = ask(at_desk), ask(at_desk, query={"is_blocked__exact": "0"})
    act(at_other_desk, first, "approve")
    act(at_other_desk, second, "approve")
    rows(take(at_desk, first))

    assert "You have taken 1 files today" in refusal(at_desk, second)


def test_the_most_rows_hold_for_what_is_approved_as_well(
    at_desk: Client, people: list[Subscriber], at_other_desk: Client, settings: Any
) -> None:
    proposal = ask(at_desk)
    act(at_other_desk, proposal, "approve")
    settings.EXPORT_MOST_ROWS = 2

    assert "2 rows at most" in refusal(at_desk, proposal)
    assert "2 rows at most" in at_desk.get(page_of(Subscriber)).context["refusal"]


def test_an_auditor_who_sees_no_proposals_finds_the_file_where_he_asked(
    client: Client, lyon: Network, people: list[Subscriber], at_other_desk: Client
) -> None:
    client.force_login(factories.operator(lyon, name="Aude", role=Role.AUDITOR))
    client.cookies["django_language"] = "en"
    proposal = ask(client)
    act(at_other_desk, proposal, "approve")

    assert client.get(url(Proposal, "changelist")).status_code == 403
    assert page(proposal) in told(client.get(page_of(Subscriber)))
    assert len(rows(take(client, proposal))) == 3
