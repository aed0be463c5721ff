"""Credits that customer care promises. The money follows with the books; until then the promise is what is owed."""

from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Subscriber
from bookings import picking
from bookings.constraints import as_refusals
from bookings.models import Booking, CreditPromise
from bookings.refusals import NotFound, NothingPromised, PromisedAlready, PromiseOver
from stations import clock, four_eyes
from stations.four_eyes import Change, Kind
from stations.models import Proposal
from stations.refusals import require_reason
from stations.rights import Right


def promise_credit(
    *, subscriber: Subscriber, amount: Decimal, reason: str, actor: str, booking: Booking | None = None
) -> CreditPromise | Proposal:
    """Note that so much, in the network's currency, will be credited. Locks the subscriber.

    A proposal where it is more than one person may promise, together with what he promised them within a day.

    Refuses NothingPromised, NotFound for somebody else's booking, and PromisedAlready where the same is open: a form
    that was sent twice promises once.
    """
    reason = require_reason(reason)
    if amount <= 0:
        raise NothingPromised(field="amount")
    if booking is not None and booking.subscriber_id != subscriber.pk:
        raise NotFound(field="booking")
    with transaction.atomic(), as_refusals():
        subscriber = picking.lock_subscriber(subscriber)
        if amount + _promised_lately(subscriber, actor) > subscriber.network.four_eyes_credit_amount:
            return _propose(subscriber, booking, amount, reason, actor)
        return _promise(subscriber, booking, amount, reason, actor)


def _promised_lately(subscriber: Subscriber, actor: str) -> Decimal:
    """What stands of it, also what was approved: a large sum in portions is a large sum."""
    since = clock.instant() - four_eyes.COUNTED_TOGETHER
    lately = CreditPromise.objects.filter(subscriber=subscriber, promised_by=actor, promised_at__gt=since)
    found: Decimal | None = lately.filter(withdrawn_at=None).aggregate(total=Sum("amount"))["total"]
    return found or Decimal(0)


def _same(subscriber: Subscriber, booking: Booking | None, amount: Decimal, reason: str) -> QuerySet[CreditPromise]:
    open_ones = CreditPromise.objects.filter(settled_at=None, withdrawn_at=None)
    return open_ones.filter(subscriber=subscriber, booking=booking, amount=amount, reason=reason)


def _promise(
    subscriber: Subscriber, booking: Booking | None, amount: Decimal, reason: str, actor: str
) -> CreditPromise:
    if _same(subscriber, booking, amount, reason).exists():
        raise PromisedAlready
    network = subscriber.network
    return CreditPromise.objects.create(
        subscriber=subscriber,
        booking=booking,
        amount=amount,
        reason=reason,
        network=network,
        currency=network.currency,
        promised_by=actor,
        promised_at=clock.now(),
    )


def _propose(subscriber: Subscriber, booking: Booking | None, amount: Decimal, reason: str, actor: str) -> Proposal:
    arguments = {
        "subscriber": subscriber.pk,
        "booking": str(booking.pk) if booking else None,
        "amount": f"{amount:.2f}",
    }
    same = Proposal.objects.filter(network=subscriber.network, what=PROMISE.name, arguments=arguments, decided_at=None)
    is_promised = _same(subscriber, booking, amount, reason).exists()
    if is_promised or same.filter(expires_at__gt=clock.instant()).exists():
        raise PromisedAlready
    return four_eyes.propose(
        network=subscriber.network, what=PROMISE.name, arguments=arguments, reason=reason, actor=actor
    )


def _promise_as_approved(proposal: Proposal, actor: str) -> CreditPromise:
    """In the name of whoever proposed it; the proposal keeps who approved."""
    subscriber = picking.lock_subscriber(_subscriber_of(proposal))
    booking_id = proposal.arguments["booking"]
    booking = Booking.objects.get(pk=booking_id, subscriber=subscriber) if booking_id else None
    amount = Decimal(proposal.arguments["amount"])
    return _promise(subscriber, booking, amount, proposal.reason, proposal.proposed_by)


def _would_change(proposal: Proposal) -> list[Change]:
    """Named by number in what is kept, by name on the page."""
    subscriber = _subscriber_of(proposal)
    amount = f"{proposal.arguments['amount']} {subscriber.network.currency}"
    return [Change(f"subscriber {subscriber.pk}", _("Credit promised to %(who)s") % {"who": subscriber}, None, amount)]


def _subscriber_of(proposal: Proposal) -> Subscriber:
    known = Subscriber.objects.select_related("user", "network")
    return known.get(pk=proposal.arguments["subscriber"], network=proposal.network_id)


PROMISE = Kind(
    "promise_credit", gettext_lazy("Promise a credit"), _promise_as_approved, _would_change, Right.CARE_FOR_PEOPLE
)
four_eyes.register(PROMISE)


def withdraw_promise(*, promise: CreditPromise, reason: str, actor: str) -> None:
    """Take back what is still open. Refuses PromiseOver."""
    require_reason(reason)
    is_open = CreditPromise.objects.filter(pk=promise.pk, settled_at=None, withdrawn_at=None)
    if not is_open.update(withdrawn_at=clock.instant()):
        raise PromiseOver
