"""Files that are taken at once. The controls have no lock.

An approved one leaves once. Those that one person takes alone tell together of no more people than one may.
"""

from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import RequestCount, Subscriber, User
from autolib.console import export_proposals, exporting
from stations import four_eyes, traces
from stations.models import Network, Proposal, Trace
from tests import factories
from tests.concurrency.rivals import at_once
from tests.console.test_exports import download

pytestmark = pytest.mark.django_db(transaction=True)

RIVALS = 8
MOST = 2


@pytest.fixture
def lucien(transactional_db: None) -> User:
    return factories.operator(factories.network(), name="Lucien")


@pytest.fixture
def approved(lucien: User, settings: Any) -> Proposal:
    settings.EXPORT_MOST_PEOPLE = 1
    network = Network.objects.get()
    for name in ("Anne", "Bruno"):
        factories.subscriber(network, name)
    address = reverse("admin:export", args=["accounts", "subscriber"])
    desk_of(lucien).post(address, {"format": "csv", "reason": "Mailing"})
    proposal = Proposal.objects.get()
    lucie = factories.operator(network, name="Lucie")
    seen = four_eyes.fingerprint(proposal)
    four_eyes.approve(proposal=proposal, actor=f"operator:{lucie.pk}", seen=seen)
    proposal.refresh_from_db()
    return proposal


def desk_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_many_who_take_it_at_once_get_one_file(approved: Proposal, lucien: User) -> None:
    page = reverse("admin:export_approved", args=[approved.pk])

    answers = at_once([partial(desk_of(lucien).post, page) for _number in range(RIVALS)])

    assert [answer.status_code for answer in answers] == [200] * RIVALS
    assert sum(answer.streaming for answer in answers) == 1
    assert Trace.objects.filter(act="export", data__proposal=approved.pk).count() == 1
    assert RequestCount.objects.get(key__endswith=f"export:{lucien.pk}").count == 1


def test_control_without_the_lock_it_leaves_twice(approved: Proposal) -> None:
    def note() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.1)")
        traces.write(
            network_id=approved.network_id,
            actor=approved.proposed_by,
            act="export",
            model=Subscriber._meta.label_lower,
            object_id="",
            data={"proposal": approved.pk},
        )

    with patch.object(export_proposals, "_locked", lambda row: Proposal.objects.get(pk=row.pk)):
        at_once([partial(export_proposals.take, approved, note)] * 3)

    assert Trace.objects.filter(act="export").count() > 1


@pytest.fixture
def portions(lucien: User, settings: Any) -> list[Any]:
    """The same person's browsers, each about to take a file of somebody else."""
    settings.EXPORT_MOST_PEOPLE = MOST
    network = Network.objects.get()
    return [partial(_takes, lucien, factories.subscriber(network)) for _number in range(RIVALS)]


def _takes(lucien: User, of: Subscriber) -> bool:
    return bool(download(desk_of(lucien), Subscriber, id=[of.pk]).streaming)


def test_portions_taken_at_once_tell_of_no_more_people_than_one_may(portions: list[Any]) -> None:
    outcomes = at_once(portions)

    assert sorted(outcomes) == [False] * (RIVALS - MOST) + [True] * MOST
    assert Trace.objects.filter(act="export").count() == MOST
    assert RequestCount.objects.get(key__endswith=f"export:{Trace.objects.first().actor[9:]}").count == MOST


def test_control_without_the_lock_more_leave(portions: list[Any]) -> None:
    trace = exporting._trace

    def slowly(*given: Any, **told: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.3)")
        trace(*given, **told)

    # Each has looked at what was taken, and takes its time before it writes down what it takes.
    unlocked = SimpleNamespace(objects=SimpleNamespace(select_for_update=lambda **_: User.objects))
    with patch.object(exporting, "User", unlocked), patch.object(exporting, "_trace", slowly):
        at_once(portions)

    assert Trace.objects.filter(act="export").count() > MOST
