"""A promised credit is something, is made once, and stays open until it is settled or withdrawn."""

from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from accounts.models import Subscriber
from bookings import operations
from bookings.export import exported
from bookings.models import Booking, CreditPromise
from bookings.refusals import NotFound, NothingPromised, PromisedAlready, PromiseOver
from stations import clock, four_eyes
from stations.models import Proposal
from tests.conftest import Clock


def promise(subscriber: Subscriber, **changes: object) -> CreditPromise:
    given = {"amount": Decimal("3.50"), "reason": "Waited for a tow", "actor": "operator:7", **changes}
    return operations.promise_credit(subscriber=subscriber, **given)  # type: ignore[arg-type]


def test_a_promise_is_in_the_networks_currency_and_in_the_persons_data(anne: Subscriber, booking: Booking) -> None:
    anne.network.currency = "CHF"
    anne.network.save()

    made = promise(anne, booking=booking)

    assert (str(made), made.network, made.promised_by, made.is_open) == ("3.50 CHF", anne.network, "operator:7", True)
    told = exported(anne.user)["promised_credits"][0]
    assert (told["amount"], told["currency"], told["booking"]) == ("3.50", "CHF", str(booking.pk))


def test_the_same_is_promised_once_until_it_is_over(anne: Subscriber) -> None:
    first = promise(anne)
    with pytest.raises(PromisedAlready):
        promise(anne)
    promise(anne, amount=Decimal("4"))

    operations.withdraw_promise(promise=first, reason="A mistake", actor="test")
    with pytest.raises(PromiseOver):
        operations.withdraw_promise(promise=first, reason="A mistake", actor="test")
    assert promise(anne).is_open


def test_nothing_and_somebody_elses_booking_are_refused(anne: Subscriber, bruno: Subscriber, booking: Booking) -> None:
    for nothing in (Decimal(0), Decimal("-1")):
        with pytest.raises(NothingPromised):
            promise(anne, amount=nothing)
    with pytest.raises(NotFound):
        promise(bruno, booking=booking)
    assert not CreditPromise.objects.exists()


def test_the_database_keeps_no_promise_of_nothing_and_none_that_ended_twice(anne: Subscriber) -> None:
    made = promise(anne)

    for wrong in ({"amount": Decimal(0)}, {"settled_at": clock.now(), "withdrawn_at": clock.now()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            CreditPromise.objects.filter(pk=made.pk).update(**wrong)


def test_who_leaves_is_still_owed_and_why_is_forgotten(anne: Subscriber) -> None:
    promise(anne)

    operations.leave(user=anne.user)

    kept = CreditPromise.objects.get()
    assert (kept.amount, kept.reason) == (Decimal("3.50"), "")


def test_more_than_one_person_may_promise_takes_another_one(anne: Subscriber) -> None:
    proposal = operations.promise_credit(subscriber=anne, amount=Decimal("250"), reason="Towed", actor="operator:1")
    assert isinstance(proposal, Proposal)
    assert not CreditPromise.objects.exists()
    with pytest.raises(PromisedAlready):
        operations.promise_credit(subscriber=anne, amount=Decimal("250.00"), reason="Towed", actor="operator:1")
    with pytest.raises(four_eyes.OwnProposal):
        four_eyes.approve(proposal=proposal, actor="operator:1", seen=four_eyes.fingerprint(proposal))

    four_eyes.approve(proposal=proposal, actor="operator:2", seen=four_eyes.fingerprint(proposal))

    promise = CreditPromise.objects.get()
    assert (promise.amount, promise.promised_by, promise.reason) == (Decimal("250"), "operator:1", "Towed")


def test_many_small_promises_are_one_large_one(anne: Subscriber, bruno: Subscriber, time: Clock) -> None:
    first = promise(anne, amount=Decimal("150"), reason="Towed")

    assert isinstance(promise(anne, amount=Decimal("60"), reason="And the taxi"), Proposal)

    assert isinstance(promise(bruno, amount=Decimal("60")), CreditPromise)
    assert isinstance(promise(anne, amount=Decimal("60"), actor="operator:8"), CreditPromise)
    operations.withdraw_promise(promise=first, reason="A mistake", actor="test")
    assert isinstance(promise(anne, amount=Decimal("150"), reason="Towed at night"), CreditPromise)
    time.forward(hours=25)
    assert isinstance(promise(anne, amount=Decimal("60"), reason="And the taxi"), CreditPromise)
