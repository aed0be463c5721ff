"""Periodic work of the ground; each task makes one call and may run any number of times at once."""

from celery import shared_task

from stations import import_runs, pulses, reports, rules, traces


@shared_task
def apply_dock_reports() -> None:
    reports.apply_pending()


@shared_task
def seal_traces() -> None:
    traces.seal()


@shared_task
def apply_rules() -> None:
    """Bring the rules that are due into force."""
    pulses.beat("rules", applied=rules.apply_due())


@shared_task
def forget_old_imports() -> None:
    """Empty what is kept for undoing imports that nobody can undo any more."""
    import_runs.forget_old()
