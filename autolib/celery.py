"""Celery: it only makes things sooner. What is due is found in PostgreSQL by every round of every task."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "autolib.settings")

from django.conf import settings

app = Celery("autolib", broker=settings.REDIS_URL, set_as_current=True)
app.conf.update(
    task_ignore_result=True,
    result_backend=None,
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_time_limit=45,
    task_soft_time_limit=30,
    worker_soft_shutdown_timeout=8,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 90,
        "unacked_restore_throttle": 1,
        "socket_timeout": 1,
        "socket_connect_timeout": 1,
        "retry_on_timeout": True,
    },
    worker_hijack_root_logger=False,
    timezone="UTC",
    beat_schedule={
        name: {"task": task, "schedule": period, "options": {"expires": max(2.0, 2 * period)}}
        for name, task, period in [
            ("sweep", "bookings.tasks.sweep", settings.SWEEP_SECONDS),
            ("deliver", "bookings.tasks.deliver", settings.DELIVERY_SECONDS),
            ("notify", "bookings.tasks.send_notifications", settings.DELIVERY_SECONDS),
            *([("push", "bookings.tasks.send_pushes", settings.DELIVERY_SECONDS)] if settings.PUSH_PRIVATE_KEY else []),
            ("dock reports", "stations.tasks.apply_dock_reports", settings.DEVICE_APPLY_SECONDS),
            ("car reports", "vehicles.tasks.apply_vehicle_reports", settings.DEVICE_APPLY_SECONDS),
            ("rules", "stations.tasks.apply_rules", settings.SWEEP_SECONDS),
            ("plans", "accounts.tasks.apply_plans", 60.0),
            ("field tasks", "vehicles.tasks.make_field_tasks", 60.0),
            ("unaccounted cars", "bookings.tasks.make_field_tasks", 60.0),
            ("seal", "stations.tasks.seal_traces", 60.0),
            ("figures", "bookings.tasks.compute_figures", 600.0),
            ("unblock", "accounts.tasks.unblock_due", 60.0),
            ("forget", "accounts.tasks.forget_old_records", 3600.0),
            ("forget photos", "vehicles.tasks.forget_old_photos", 3600.0),
            ("forget imports", "stations.tasks.forget_old_imports", 3600.0),
            ("forget refusals", "bookings.tasks.forget_refused_requests", 3600.0),
        ]
    },
)
app.autodiscover_tasks(["stations", "vehicles", "accounts", "bookings"])
