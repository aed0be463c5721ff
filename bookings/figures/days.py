"""A network's day: from one midnight of its time zone to the next, 23, 24 or 25 hours."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from stations.models import Network

HOUR = 3600


@dataclass(frozen=True)
class Day:
    """`begins_at` and `ends_at` are instants in UTC; seconds and hours of the day count on from `begins_at`."""

    date: date
    begins_at: datetime
    ends_at: datetime

    @property
    def seconds(self) -> int:
        return int((self.ends_at - self.begins_at).total_seconds())

    @property
    def hours(self) -> int:
        return -(-self.seconds // HOUR)

    def second_of(self, at: datetime) -> int:
        return int((at - self.begins_at).total_seconds())


def day_of(network: Network, day: date) -> Day:
    return Day(day, midnight(network, day), midnight(network, day + timedelta(days=1)))


def midnight(network: Network, day: date) -> datetime:
    return wall_clock(network, day, time())


def wall_clock(network: Network, day: date, at: time) -> datetime:
    """The instant at which clocks of the network show this; the first one where they show it twice."""
    return datetime.combine(day, at, ZoneInfo(network.time_zone)).astimezone(UTC)


def date_at(network: Network, at: datetime) -> date:
    return at.astimezone(ZoneInfo(network.time_zone)).date()


def hours_on_the_wall(network: Network, day: Day) -> list[int]:
    """What the clock shows when each hour of the day begins: 0, 1, 3 … in March, 0, 1, 2, 2, 3 … in October."""
    zone = ZoneInfo(network.time_zone)
    return [(day.begins_at + timedelta(hours=number)).astimezone(zone).hour for number in range(day.hours)]
