"""Who may not reserve for a while: for a ground that can be named, until an operator or a day ends it."""

from datetime import datetime

import structlog
from django.db import transaction

from accounts.models import Subscriber
from accounts.refusals import BlockedAlready, BlockOver, GroundTooShort, NotBlocked
from stations import clock, traces
from stations.refusals import require_reason

LEAST_LETTERS = 10
BATCH = 200
SYSTEM = "system"

log = structlog.get_logger(__name__)


def checked_reason(*, ground: str, reason: str) -> str:
    """The reason, trimmed. Refuses GroundTooShort where no ground of the list applies and little is said."""
    reason = require_reason(reason)
    if ground == Subscriber.Ground.OTHER and len(reason) < LEAST_LETTERS:
        raise GroundTooShort(field="reason", least=LEAST_LETTERS)
    return reason


def block(*, subscriber: Subscriber, ground: str, reason: str, actor: str, until: datetime | None = None) -> None:
    """Take away the right to reserve and to drive off; a trip under way goes on to its end.

    Refuses GroundTooShort, BlockOver where `until` is past, and BlockedAlready.
    """
    reason = checked_reason(ground=Subscriber.Ground(ground), reason=reason)
    if until is not None and until <= clock.now():
        raise BlockOver(field="until")
    free = Subscriber.objects.filter(pk=subscriber.pk, is_blocked=False)
    if not free.update(is_blocked=True, blocked_reason=reason, blocked_ground=ground, blocked_until=until):
        raise BlockedAlready
    about = {"ground": str(ground), "reason": reason, "until": until.isoformat() if until else None}
    log.info("subscriber blocked", subscriber=str(subscriber.reference), actor=actor, **about)


def unblock(*, subscriber: Subscriber, reason: str, actor: str) -> None:
    """Give the right to reserve back. Refuses NotBlocked."""
    reason = require_reason(reason)
    if not _free(subscriber):
        raise NotBlocked
    log.info("subscriber unblocked", subscriber=str(subscriber.reference), actor=actor, reason=reason)


def _free(subscriber: Subscriber) -> bool:
    blocked = Subscriber.objects.filter(pk=subscriber.pk, is_blocked=True)
    return bool(blocked.update(is_blocked=False, blocked_reason="", blocked_ground="", blocked_until=None))


def unblock_due(*, limit: int = BATCH) -> int:
    """Unblock everybody whose block has ended, each with its trace; how many. Any number at once is harmless."""
    with transaction.atomic():
        due = Subscriber.objects.filter(is_blocked=True, blocked_until__lte=clock.instant()).order_by("blocked_until")
        rows = list(due.select_for_update(no_key=True, skip_locked=True)[:limit])
        for subscriber in rows:
            before = traces.snapshot(subscriber)
            _free(subscriber)
            told = traces.difference(before, traces.snapshot(Subscriber.objects.get(pk=subscriber.pk)))
            traces.write(
                network_id=subscriber.network_id,
                actor=SYSTEM,
                act="unblock",
                model=Subscriber._meta.label_lower,
                object_id=subscriber.pk,
                before=told[0],
                after=told[1],
            )
        return len(rows)
