"""Periodic work on cars; each task makes one call and may run any number of times at once."""

from celery import shared_task

from vehicles import reports


@shared_task
def apply_vehicle_reports() -> None:
    reports.apply_pending()
