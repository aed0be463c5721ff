"""Periodic work on cars; each task makes one call and may run any number of times at once."""

from celery import shared_task

from stations import pulses
from vehicles import reports, task_rules


@shared_task
def apply_vehicle_reports() -> None:
    reports.apply_pending()


@shared_task
def make_field_tasks() -> None:
    """Ask the crews for what the rules of cars and docks find."""
    pulses.beat("field_tasks", **task_rules.make_round(task_rules.RULES))
