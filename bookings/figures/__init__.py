"""The numbers of a network, a day at a time: folded from the log, stored, and led back to their rows."""

from bookings.figures.comparing import Comparison, SoFar, same_weekday
from bookings.figures.computing import DayNotOver, compute_day, compute_days, compute_due, due_days
from bookings.figures.days import Day, date_at, day_of, hours_on_the_wall
from bookings.figures.explaining import Course, course_of
from bookings.figures.folding import Moment
from bookings.figures.looking import (
    NEEDS,
    Charge,
    Scarcity,
    cars_of,
    charge_now,
    days_of,
    scarcities,
    shares_by_hour,
)
from bookings.figures.meanings import MEANINGS

__all__ = [
    "MEANINGS",
    "NEEDS",
    "Charge",
    "Comparison",
    "Course",
    "Day",
    "DayNotOver",
    "Moment",
    "Scarcity",
    "SoFar",
    "cars_of",
    "charge_now",
    "compute_day",
    "compute_days",
    "compute_due",
    "course_of",
    "date_at",
    "day_of",
    "days_of",
    "due_days",
    "hours_on_the_wall",
    "same_weekday",
    "scarcities",
    "shares_by_hour",
]
