"""When people drive, and which way: the shape of Autolib's days in the first half of 2018.

The week is measured (takes a day in the published counters); the hours follow how many cars were missing from the
docks in the per-minute crawl of April 2018; the volume is 14,000 trips a day for some 3,900 cars.
"""

from datetime import UTC, datetime, timedelta

TRIPS_PER_CAR_AND_DAY = 14_000 / 3_900

DAYS = (12_610, 13_049, 13_083, 13_132, 14_391, 18_413, 16_556)  # Monday to Sunday

WEEKDAY_HOURS = (
    *(1.9, 1.2, 0.8, 0.6, 0.6, 0.9, 1.8, 3.6, 5.6, 5.2, 4.2, 4.2),
    *(4.8, 4.6, 4.6, 4.8, 5.4, 7.0, 9.2, 9.6, 7.6, 5.2, 4.0, 2.6),
)
WEEKEND_HOURS = (
    *(3.4, 2.9, 2.2, 1.5, 1.0, 0.9, 1.0, 1.5, 2.6, 3.6, 4.6, 5.4),
    *(5.6, 5.8, 6.6, 6.4, 6.6, 6.4, 7.0, 6.8, 5.6, 4.6, 4.4, 3.6),
)

# More than 0: towards the centre; less: outwards. Paris holds 40 % of the parked cars at night, 47 % at noon.
WEEKDAY_INWARD = (
    *(-0.4, -0.4, -0.3, 0.0, 0.3, 0.6, 0.9, 1.0, 1.0, 0.7, 0.4, 0.2),
    *(0.0, 0.0, 0.0, -0.1, -0.3, -0.7, -1.0, -1.0, -0.8, -0.6, -0.5, -0.5),
)
WEEKEND_INWARD = (
    *(-0.6, -0.6, -0.5, -0.4, -0.2, 0.0, 0.0, 0.0, 0.1, 0.2, 0.3, 0.4),
    *(0.3, 0.2, 0.2, 0.1, 0.0, -0.1, 0.1, 0.2, 0.0, -0.2, -0.4, -0.6),
)
STRENGTH_OF_FLOWS = 0.6


def trips_per_hour(moment: datetime, *, cars: int) -> float:
    """The demand at this moment (local time) on a network with so many cars."""
    hours = WEEKEND_HOURS if is_weekend(moment) else WEEKDAY_HOURS
    of_day = DAYS[moment.weekday()] / (sum(DAYS) / 7)
    return cars * TRIPS_PER_CAR_AND_DAY * of_day * hours[moment.hour] / sum(hours)


def busiest_hour(*, cars: int) -> float:
    """The demand of the week's busiest hour: on Saturday evening."""
    week = datetime(2018, 1, 1, tzinfo=UTC)
    return max(trips_per_hour(week + timedelta(hours=hour), cars=cars) for hour in range(7 * 24))


def inward(moment: datetime) -> float:
    """From -1 (everybody leaves the centre) to 1 (everybody comes in)."""
    return (WEEKEND_INWARD if is_weekend(moment) else WEEKDAY_INWARD)[moment.hour]


def weight_as_goal(*, remoteness: float, moment: datetime) -> float:
    """How much a place draws people now; `remoteness` is 0 in the middle of the network and 1 at its edge."""
    return 1 + STRENGTH_OF_FLOWS * inward(moment) * (1 - 2 * remoteness)


def weight_as_origin(*, remoteness: float, moment: datetime) -> float:
    return 1 - STRENGTH_OF_FLOWS * inward(moment) * (1 - 2 * remoteness)


def is_weekend(moment: datetime) -> bool:
    return moment.weekday() >= 5
