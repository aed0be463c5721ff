"""Periodic work on cars; each task makes one call and may run any number of times at once."""

from celery import shared_task

from stations import pulses
from vehicles import fieldwork, reports, task_rules


@shared_task
def apply_vehicle_reports() -> None:
    reports.apply_pending()


@shared_task
def make_field_tasks() -> None:
    """Ask the crews for what the rules of cars and docks find."""
    pulses.beat("field_tasks", **task_rules.make_round(task_rules.RULES))


@shared_task
def forget_old_photos() -> None:
    """Delete what crews photographed long ago."""
    fieldwork.forget_old_photos()
