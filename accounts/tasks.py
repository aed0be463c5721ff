from datetime import timedelta

from celery import shared_task
from django.conf import settings

from accounts import appointing, blocking, idempotency, plan_versions, sign_ins
from accounts.models import RequestCount
from stations import clock


@shared_task(name="accounts.tasks.forget_old_records")
def forget_old_records() -> None:
    """Drop answers, counters and sign-ins that nobody can ask for any more, and whoever was proposed in vain."""
    at = clock.now()
    idempotency.forget(older_than=at - timedelta(hours=settings.IDEMPOTENCY_HOURS))
    old = RequestCount.objects.filter(window_start__lt=at - timedelta(hours=1))
    old.exclude(key__startswith=RequestCount.OF_A_DAY).delete()
    old.filter(window_start__lt=at - timedelta(days=1)).delete()
    sign_ins.forget_ended()
    appointing.forget_the_unappointed()


@shared_task(name="accounts.tasks.unblock_due")
def unblock_due() -> None:
    """Unblock whose block was to end by now."""
    while blocking.unblock_due() == blocking.BATCH:
        pass


@shared_task(name="accounts.tasks.apply_plans")
def apply_plans() -> None:
    """Bring the changes of plans that are due into force."""
    plan_versions.apply_due()
