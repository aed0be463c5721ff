"""A block has a ground and may have an end, which comes by itself and leaves a trace."""

from datetime import timedelta

import pytest

from accounts import blocking
from accounts.models import Subscriber
from accounts.refusals import BlockOver, GroundTooShort
from accounts.tasks import unblock_due
from bookings import operations
from bookings.refusals import SubscriberBlocked
from stations.models import Network, Station, Trace
from tests import factories
from tests.conftest import Clock


@pytest.fixture
def anne(paris: Network) -> Subscriber:
    return factories.subscriber(paris, "Anne")


def standing(subscriber: Subscriber) -> tuple[bool, str, str]:
    subscriber.refresh_from_db()
    return subscriber.is_blocked, subscriber.blocked_ground, subscriber.blocked_reason


def test_a_block_ends_on_its_day_by_itself(anne: Subscriber, bastille: Station, time: Clock) -> None:
    until = time.now() + timedelta(days=3)
    blocking.block(subscriber=anne, ground="unpaid", reason="Two invoices", actor="test", until=until)
    for_ever = factories.subscriber(anne.network, "Bruno")
    blocking.block(subscriber=for_ever, ground="damage", reason="Door", actor="test")

    time.forward(days=2)
    unblock_due()
    assert standing(anne) == (True, "unpaid", "Two invoices")
    with pytest.raises(SubscriberBlocked):
        operations.reserve(subscriber=anne, station=bastille, actor="test")
    time.forward(days=1, seconds=1)
    unblock_due()
    unblock_due()

    assert standing(anne) == (False, "", "")
    assert anne.blocked_until is None
    assert standing(for_ever)[0]
    assert operations.reserve(subscriber=anne, station=bastille, actor="test")
    trace = Trace.objects.get()
    assert (trace.act, trace.actor, trace.object_id) == ("unblock", "system", str(anne.pk))
    assert (trace.before["is_blocked"], trace.after["is_blocked"]) == (True, False)
    assert "Two invoices" not in str(trace.before)


def test_who_names_no_ground_says_more(anne: Subscriber) -> None:
    with pytest.raises(GroundTooShort) as refused:
        blocking.block(subscriber=anne, ground="other", reason="rude", actor="test")
    assert (refused.value.field, "10" in refused.value.message) == ("reason", True)

    blocking.block(subscriber=anne, ground="other", reason="Shouted at the crew", actor="test")
    assert standing(anne) == (True, "other", "Shouted at the crew")


def test_a_block_that_is_over_before_it_begins_is_refused(anne: Subscriber, time: Clock) -> None:
    with pytest.raises(BlockOver):
        blocking.block(subscriber=anne, ground="misuse", reason="x", actor="test", until=time.now())

    assert not standing(anne)[0]


def test_a_ground_that_is_not_on_the_list_is_a_mistake_of_ours(anne: Subscriber) -> None:
    with pytest.raises(ValueError, match="rudeness"):
        blocking.block(subscriber=anne, ground="rudeness", reason="x", actor="test")
