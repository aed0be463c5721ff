"""The service in figures, in Prometheus' text format. All is read from PostgreSQL, so every process says the same; none
of it concerns a person.
"""

import platform
import tomllib
from collections.abc import Iterator
from functools import cache
from time import monotonic

import django
from django.conf import settings
from django.db import connection

from bookings.availability import counts

Sample = tuple[dict[str, str], float]
DATABASE_DOWN = "# HELP autolib_up Whether the database answers.\n# TYPE autolib_up gauge\nautolib_up 0\n"
# Who asks more often gets the figures of a moment ago: nobody can make the database count in a loop.
KEPT_SECONDS = 1.0

QUERIES: list[tuple[str, str, tuple[str, ...], str]] = [
    (
        "autolib_bookings",
        "Bookings by network and state.",
        ("network", "state"),
        "SELECT network.slug, booking.state, count(*) FROM bookings_booking AS booking "
        "JOIN stations_network AS network ON network.id = booking.network_id GROUP BY 1, 2 ORDER BY 1, 2",
    ),
    (
        "autolib_overdue_holds",
        "Holds past their time that no sweep has closed yet; they block nobody.",
        ("kind",),
        "SELECT 'car', count(*) FROM bookings_booking WHERE state = 'reserved' AND held_until <= clock_timestamp() "
        "UNION ALL SELECT 'dock', count(*) FROM bookings_dockhold "
        "WHERE state = 'held' AND upper(during) <= clock_timestamp()",
    ),
    (
        "autolib_undelivered_events",
        "Events whose consequences are still to be carried out.",
        (),
        "SELECT count(*) FROM stations_event WHERE delivered_at IS NULL",
    ),
    (
        "autolib_delivery_lag_seconds",
        "Age of the oldest undelivered event.",
        (),
        "SELECT coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0) "
        "FROM stations_event WHERE delivered_at IS NULL",
    ),
    (
        "autolib_device_messages",
        "Messages of devices that wait, or that a person must look at.",
        ("outcome",),
        "SELECT outcome, (SELECT count(*) FROM stations_devicemessage AS message "
        "WHERE message.outcome = wanted.outcome AND (wanted.outcome = 'pending' OR message.resolved_at IS NULL)) "
        "FROM (VALUES ('pending'), ('quarantined')) AS wanted(outcome)",
    ),
    (
        "autolib_unsent_notifications",
        "Messages owed to subscribers and not sent yet.",
        (),
        "SELECT count(*) FROM bookings_notification WHERE sent_at IS NULL",
    ),
    (
        "autolib_pulse_age_seconds",
        "Since when each periodic work has not done its round.",
        ("name",),
        "SELECT name, extract(epoch FROM clock_timestamp() - at) FROM stations_pulse ORDER BY name",
    ),
]

_kept: tuple[float, str] | None = None


def text() -> str:
    """The page; raises what the database raises."""
    global _kept
    if _kept is None or monotonic() - _kept[0] >= KEPT_SECONDS:
        _kept = monotonic(), "".join(_lines())
    return _kept[1]


def _lines() -> Iterator[str]:
    yield from _metric("autolib_up", "Whether the database answers.", [({}, 1)])
    build = {"version": version(), "python": platform.python_version(), "django": django.get_version()}
    yield from _metric("autolib_build_info", "What is running.", [(build, 1)])
    for name, meaning, labels, query in QUERIES:
        with connection.cursor() as cursor:
            cursor.execute(query)
            rows = cursor.fetchall()
        samples = [(dict(zip(labels, row[:-1], strict=True)), float(row[-1])) for row in rows]
        yield from _metric(name, meaning, samples)
    yield from _stations()


def _stations() -> Iterator[str]:
    """Stations where nobody can take a car, or leave one, at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT network.slug, array_agg(station.id) FROM stations_station AS station "
            "JOIN stations_network AS network ON network.id = station.network_id "
            "WHERE station.is_installed GROUP BY 1 ORDER BY 1"
        )
        networks = cursor.fetchall()
    samples: dict[str, list[Sample]] = {"installed": [], "without_car": [], "without_dock": []}
    for slug, ids in networks:
        offered = counts(ids).values()
        samples["installed"].append(({"network": slug}, len(ids)))
        samples["without_car"].append(({"network": slug}, sum(not of.cars for of in offered)))
        samples["without_dock"].append(({"network": slug}, sum(not of.docks for of in offered)))
    yield from _metric("autolib_stations", "Stations in place.", samples["installed"])
    yield from _metric("autolib_stations_without_car", "Stations where no car can be reserved.", samples["without_car"])
    yield from _metric("autolib_stations_without_dock", "Stations where no dock can be held.", samples["without_dock"])


def _metric(name: str, meaning: str, samples: list[Sample]) -> Iterator[str]:
    yield f"# HELP {name} {meaning}\n# TYPE {name} gauge\n"
    for labels, value in samples:
        named = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        yield f"{name}{{{named}}} {value:.15g}\n" if named else f"{name} {value:.15g}\n"


def _escaped(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


@cache
def version() -> str:
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))
    found: str = project["project"]["version"]
    return found
