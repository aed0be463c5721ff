"""A subscriber who leaves for good. Trips stay as they were driven; whose they were is forgotten."""

from django.db import transaction

from accounts import erasing
from accounts.models import Subscriber, User
from bookings import claims, notifications, picking, refused
from bookings.constraints import as_refusals
from bookings.models import Booking, CreditPromise, DockHold, RefusedRequest
from bookings.refusals import BookingOpen
from stations import clock

# As in accounts.erasing: the tables of this app that point at a person, and why their rows stay.
KEPT = {
    Booking._meta.label: "the law asks for what was driven and paid",
    DockHold._meta.label: "a part of its booking",
    RefusedRequest._meta.label: "how often something was lacking; by whom it was asked for is forgotten",
    CreditPromise._meta.label: "money that is owed until it is settled; why is forgotten",
}


def leave(*, user: User) -> None:
    """Erase the account of somebody who has no open booking. Locks the subscriber, so that none begins meanwhile.

    Refuses BookingOpen and OperatorAccount; then nothing has changed.
    """
    with transaction.atomic(), as_refusals():
        subscriber = Subscriber.objects.filter(user=user).first()
        if subscriber is not None:
            picking.lock_subscriber(subscriber)
            if claims.live_bookings().filter(subscriber=subscriber).exists():
                raise BookingOpen
            notifications.forgive(subscriber=subscriber, at=clock.now())
            refused.forget_person(subscriber)
            CreditPromise.objects.filter(subscriber=subscriber).update(reason="")
        erasing.erase(user=user)
