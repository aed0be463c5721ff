"""What a change of a plan would have meant yesterday: for whoever subscribed to it on that day of the network."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Plan, Subscription
from stations import clock, local_times


@dataclass(frozen=True)
class Preview:
    begins_at: datetime
    ends_at: datetime
    subscriptions: int
    findings: list[str]


def yesterday(*, plan: Plan, values: dict[str, Any]) -> Preview:
    """One query. A name changes nothing but words."""
    begins_at, ends_at = local_times.day_before(clock.now(), network=plan.network)
    began = Subscription.objects.filter(plan=plan, during__startswith__gte=begins_at, during__startswith__lt=ends_at)
    count = began.count()
    findings = []
    if count and values.get("is_open") is False:
        findings.append(
            ngettext(
                "%(count)s person could not have subscribed.", "%(count)s people could not have subscribed.", count
            )
            % {"count": count}
        )
    elif count and "duration_days" in values:
        sentence = ngettext(
            "%(count)s subscription would last %(after)s instead of %(before)s.",
            "%(count)s subscriptions would last %(after)s instead of %(before)s.",
            count,
        )
        lasts = {"after": _lasting(values["duration_days"]), "before": _lasting(plan.duration_days)}
        findings.append(sentence % {"count": count, **lasts})
    return Preview(begins_at, ends_at, count, findings)


def _lasting(days: int | None) -> str:
    if days is None:
        return _("without end")
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
