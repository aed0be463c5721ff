"""An approved file that is taken many times at once leaves once. The control has no lock: it leaves twice."""

from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from accounts.models import RequestCount, Subscriber, User
from autolib.console import export_proposals
from stations import four_eyes, traces
from stations.models import Network, Proposal, Trace
from tests import factories
from tests.concurrency.rivals import at_once

pytestmark = pytest.mark.django_db(transaction=True)

RIVALS = 8


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
