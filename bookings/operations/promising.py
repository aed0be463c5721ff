"""Credits that customer care promises. The money follows with the books; until then the promise is what is owed."""

from decimal import Decimal

from django.db import transaction

from accounts.models import Subscriber
from bookings import picking
from bookings.constraints import as_refusals
from bookings.models import Booking, CreditPromise
from bookings.refusals import NotFound, NothingPromised, PromisedAlready, PromiseOver
from stations import clock
from stations.refusals import require_reason


def promise_credit(
    *, subscriber: Subscriber, amount: Decimal, reason: str, actor: str, booking: Booking | None = None
) -> CreditPromise:
    """Note that so much, in the network's currency, will be credited. Locks the subscriber.

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
        same = {"subscriber": subscriber, "booking": booking, "amount": amount, "reason": reason}
        if CreditPromise.objects.filter(**same, settled_at=None, withdrawn_at=None).exists():
            raise PromisedAlready
        network = subscriber.network
        return CreditPromise.objects.create(
            **same, network=network, currency=network.currency, promised_by=actor, promised_at=clock.now()
        )


def withdraw_promise(*, promise: CreditPromise, reason: str, actor: str) -> None:
    """Take back what is still open. Refuses PromiseOver."""
    require_reason(reason)
    is_open = CreditPromise.objects.filter(pk=promise.pk, settled_at=None, withdrawn_at=None)
    if not is_open.update(withdrawn_at=clock.instant()):
        raise PromiseOver
