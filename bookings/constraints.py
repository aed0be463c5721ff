"""The database has the last word: a broken constraint becomes, by its name, the refusal of its rule."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, OperationalError

from bookings.refusals import AlreadyHolding, CarUnavailable, DockUnavailable
from stations.refusals import Busy, Refusal

LOCK_NOT_AVAILABLE = "55P03"


def refusal_of(constraint: str) -> Refusal | None:
    match constraint:
        case "no_car_is_claimed_twice":
            return CarUnavailable()
        case "no_subscriber_books_twice" | "no_subscriber_holds_two_docks":
            return AlreadyHolding()
        case "no_dock_is_held_twice":
            return DockUnavailable(station="")
    return None


@contextmanager
def as_refusals() -> Iterator[None]:
    """Inside an atomic block: broken claims and lock time-outs leave as refusals, everything else as it is."""
    try:
        yield
    except IntegrityError as error:
        diagnostics = getattr(error.__cause__, "diag", None)
        refusal = refusal_of(getattr(diagnostics, "constraint_name", None) or "")
        if refusal is None:
            raise
        raise refusal from error
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", None) == LOCK_NOT_AVAILABLE:
            raise Busy from error
        raise
