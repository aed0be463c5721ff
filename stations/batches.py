"""Work on many old rows in small transactions: any number of workers at once, and no row holds up the others."""

from collections.abc import Callable
from typing import Any

import structlog
from django.db import DatabaseError, transaction
from django.db.models import QuerySet

log = structlog.get_logger(__name__)

ROUNDS = 20


def in_batches(rows: QuerySet[Any], work: Callable[[QuerySet[Any]], object], *, size: int, rounds: int = ROUNDS) -> int:
    """Do `work` on `rows` in order of their keys, `size` in a transaction, `rounds` of them at most; on how many.

    What somebody else has locked is left for the next time. Where the database refuses a batch, each half is tried by
    itself; a row that is refused alone is logged and left.
    """
    done, last = 0, None
    for _ in range(rounds):
        ahead = rows if last is None else rows.filter(pk__gt=last)
        keys = list(ahead.order_by("pk").values_list("pk", flat=True)[:size])
        if not keys:
            break
        done += _work_off(rows, keys, work)
        last = keys[-1]
    return done


def _work_off(rows: QuerySet[Any], keys: list[Any], work: Callable[[QuerySet[Any]], object]) -> int:
    try:
        with transaction.atomic():
            free = rows.filter(pk__in=keys).select_for_update(of=("self",), skip_locked=True).order_by("pk").only("pk")
            locked = [row.pk for row in free]
            work(rows.model._base_manager.filter(pk__in=locked))
            return len(locked)
    except DatabaseError as error:
        if len(keys) == 1:
            log.warning("row_left", model=rows.model._meta.label_lower, pk=str(keys[0]), error=str(error))
            return 0
    middle = len(keys) // 2
    return _work_off(rows, keys[:middle], work) + _work_off(rows, keys[middle:], work)
