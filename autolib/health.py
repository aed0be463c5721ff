"""Three questions from outside: does the process live, can it serve, and what are the figures.

They answer before hosts, redirects, sessions and languages are looked at: whoever watches knows an address only.
"""

import json
from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse

from autolib import metrics
from autolib.outage import RETRY_AFTER_SECONDS

PULSES = ("sweep", "deliver", "apply_dock_reports", "apply_vehicle_reports")
# Work that is late by more than this is named, but the service still serves: nothing of it decides a booking.
LATE_AFTER_SECONDS = 60.0

APPLIED = "SELECT app, name FROM django_migrations"
FACTS = """
SELECT (SELECT json_object_agg(name, extract(epoch FROM clock_timestamp() - at)) FROM stations_pulse),
       (SELECT count(*) FROM stations_event WHERE delivered_at IS NULL),
       (SELECT extract(epoch FROM clock_timestamp() - min(recorded_at)) FROM stations_event WHERE delivered_at IS NULL),
       (SELECT count(*) FROM stations_devicemessage WHERE outcome = 'pending'),
       (SELECT extract(epoch FROM clock_timestamp() - min(received_at)) FROM stations_devicemessage
        WHERE outcome = 'pending')
"""


class Probes:
    """Answers /healthz, /readyz and /metrics; everything else goes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.answers = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics_page}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.answers.get(request.path_info)
        if answer is None:
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        response = answer()
        response["Cache-Control"] = "no-store"
        if response.status_code == 503:
            response["Retry-After"] = str(RETRY_AFTER_SECONDS)
        response["Content-Length"] = str(len(response.content))
        return response


def healthz() -> HttpResponse:
    """The process lives. No database: a database that is away is no reason to restart it."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


def readyz() -> HttpResponse:
    """Whether to send requests here: 503 without the database, its migrations or a recent sweep."""
    checks = examined()
    failed = [name for name, check in checks.items() if not check["ok"] and check["is_vital"]]
    degraded = [name for name, check in checks.items() if not check["ok"] and not check["is_vital"]]
    body = {
        "status": "unready" if failed else "degraded" if degraded else "ready",
        "failed": failed,
        "degraded": degraded,
        "checks": {
            name: {key: value for key, value in check.items() if key != "is_vital"} for name, check in checks.items()
        },
    }
    return HttpResponse(json.dumps(body), status=503 if failed else 200, content_type="application/json")


def examined() -> dict[str, dict[str, Any]]:
    """Each check with `ok` and its figures. Anything after the database needs the database."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, InterfaceError) as error:
        return {"database": _check(False, reason=type(error).__name__)}
    checks = {"database": _check(True)}
    try:
        with connection.cursor() as cursor:
            cursor.execute(APPLIED)
            missing = sorted(".".join(name) for name in migrations_of_this_code() - set(cursor.fetchall()))
            checks["migrations"] = _check(not missing, unapplied=missing)
            cursor.execute(FACTS)
            pulses, undelivered, oldest, pending, oldest_pending = cursor.fetchone()
    except (DatabaseError, InterfaceError) as error:
        return {**checks, "migrations": _check(False, reason=type(error).__name__)}
    for name in PULSES:
        is_vital, limit = (True, settings.READY_SWEEP_AGE_SECONDS) if name == "sweep" else (False, LATE_AFTER_SECONDS)
        age = (pulses or {}).get(name)
        is_recent = age is not None and age <= limit
        checks[name] = _check(is_recent, is_vital=is_vital, age_seconds=_rounded(age), limit_seconds=limit)
    checks["queue"] = _backlog(undelivered, oldest)
    checks["inbox"] = _backlog(pending, oldest_pending)
    return checks


def _check(ok: bool, *, is_vital: bool = True, **figures: Any) -> dict[str, Any]:
    return {"ok": ok, "is_vital": is_vital, **figures}


def _backlog(waiting: int, oldest: Any) -> dict[str, Any]:
    lag = float(oldest or 0)
    return _check(
        lag <= LATE_AFTER_SECONDS,
        is_vital=False,
        waiting=waiting,
        lag_seconds=_rounded(lag),
        limit_seconds=LATE_AFTER_SECONDS,
    )


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(float(seconds), 3)


@cache
def migrations_of_this_code() -> frozenset[tuple[str, str]]:
    """What must be in the database; those that another one replaces need not be."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    replaced = {name for migration in loader.disk_migrations.values() for name in migration.replaces}
    return frozenset(set(loader.disk_migrations) - replaced)


def metrics_page() -> HttpResponse:
    try:
        text, status = metrics.text(), 200
    except (DatabaseError, InterfaceError):
        text, status = metrics.DATABASE_DOWN, 503
    return HttpResponse(text, status=status, content_type="text/plain; version=0.0.4; charset=utf-8")
