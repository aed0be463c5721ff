"""The numbers of a network, a day at a time: folded from the log, stored, and led back to their rows."""

from bookings.figures.comparing import Comparison, SoFar, same_weekday
from bookings.figures.computing import DayNotOver, compute_day, compute_due, due_days
from bookings.figures.days import Day, date_at, day_of, hours_on_the_wall
from bookings.figures.explaining import Course, course_of
from bookings.figures.refused import refused_requests

__all__ = [
    "Comparison",
    "Course",
    "Day",
    "DayNotOver",
    "SoFar",
    "compute_day",
    "compute_due",
    "course_of",
    "date_at",
    "day_of",
    "due_days",
    "hours_on_the_wall",
    "refused_requests",
    "same_weekday",
]
