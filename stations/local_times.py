"""What the clock on a wall of the network says, as an instant; and the day of a network, from midnight to midnight."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from stations.models import Network
from stations.refusals import Refusal


class NoSuchLocalTime(Refusal):
    code = "no_such_local_time"
    sentence = _("That night clocks go forward and there is no %(time)s. Choose a time before or after that hour.")


class TwiceThatLocalTime(Refusal):
    code = "twice_that_local_time"
    sentence = _("That night clocks go back and it is %(time)s twice. Choose a time before or after that hour.")


def instant_of(wall: datetime, *, network: Network, field: str) -> datetime:
    """The instant, in UTC, at which a wall of the network shows `wall` (which knows no zone).

    Refuses NoSuchLocalTime and TwiceThatLocalTime, at `field`, in the hours in which the clocks are changed.
    """
    zone = ZoneInfo(network.time_zone)
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    instant = first.astimezone(UTC)
    if first.utcoffset() == second.utcoffset():
        return instant
    is_there = instant.astimezone(zone).replace(tzinfo=None, fold=0) == wall
    raise (TwiceThatLocalTime if is_there else NoSuchLocalTime)(field=field, time=f"{wall:%H:%M}")


def day_before(at: datetime, *, network: Network) -> tuple[datetime, datetime]:
    """The network's day before the one of `at`, from midnight to midnight, in UTC: it may have 23 hours, or 25."""
    zone = ZoneInfo(network.time_zone)
    today = at.astimezone(zone).date()
    bounds = (datetime.combine(day, time.min, zone).astimezone(UTC) for day in (today - timedelta(days=1), today))
    first, last = bounds
    return first, last
