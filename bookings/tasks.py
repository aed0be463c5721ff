"""Celery's door to bookings. Each task finds its own work in PostgreSQL and may run twice, or five times at once."""

from collections.abc import Callable

import structlog
from celery import shared_task

from bookings import field_rules, figures, notifications, operations, push_notices, refused
from bookings.operations.sweeping import BATCH
from stations import clock
from stations.closing import keep_closures
from stations.pulses import beat
from vehicles import task_rules

ROUNDS = 20
log = structlog.get_logger(__name__)


@shared_task(name="bookings.tasks.sweep")
def sweep() -> None:
    """Close what ran out, owe the reminders that are due, and leave nobody on something closed.

    A step that fails is told and takes no other along; but only a whole round is a beat.
    """
    steps: dict[str, Callable[[], int]] = {
        "closed": lambda: _drain(operations.expire_due_bookings) + _drain(operations.expire_due_holds),
        "reminders": operations.owe_reminders,
        "closures": keep_closures,
        "rehoused": lambda: len(operations.rehouse()),
    }
    counts, failed = {}, None
    for name, step in steps.items():
        try:
            counts[name] = step()
        except Exception as error:
            log.exception("a step of the sweep failed", step=name)
            failed = error
    if failed is not None:
        raise failed
    beat("sweep", **counts)


@shared_task(name="bookings.tasks.deliver")
def deliver() -> None:
    """Hand each event to its consumers."""
    beat("deliver", events=_drain(notifications.deliver_events, notifications.BATCH))


@shared_task(name="bookings.tasks.send_notifications")
def send_notifications() -> None:
    """Send what is owed to subscribers."""
    beat("notify", sent=notifications.send_due())


@shared_task(name="bookings.tasks.send_pushes")
def send_pushes() -> None:
    """Send to devices what is owed to them; apart from mails, for a slow push service must hold up no mail."""
    beat("push", sent=push_notices.send_due())


@shared_task(name="bookings.tasks.compute_figures")
def compute_figures() -> None:
    """Compute the figures of the days that are over, and of those of which something was learnt since."""
    beat("figures", **figures.compute_due())


@shared_task(name="bookings.tasks.forget_refused_requests")
def forget_refused_requests() -> None:
    """Drop what was refused long ago, and before that to whom."""
    refused.forget(at=clock.now())


@shared_task(name="bookings.tasks.make_field_tasks")
def make_field_tasks() -> None:
    """Ask the crews for the cars that nobody accounts for, and for those that subscribers found dirty or broken."""
    beat("field_tasks_unaccounted", **task_rules.make_round(field_rules.RULES))


def _drain(work: Callable[[], int], batch: int = BATCH) -> int:
    """Work until a round comes back less than full; bounded, so that one task never starves the others."""
    total = 0
    for _ in range(ROUNDS):
        done = work()
        total += done
        if done < batch:
            break
    return total
