"""Health, readiness and figures: whoever watches gets an answer at any address, and no personal data."""

import re
from time import perf_counter

import pytest
from django.conf import LazySettings
from django.db import OperationalError, connection
from django.test import Client

from autolib import health, metrics
from bookings import operations
from stations.models import Network, Station
from stations.pulses import beat
from tests import factories


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "_kept", None)


@pytest.fixture
def well(db: None) -> None:
    for pulse in health.PULSES:
        beat(pulse)


def away(*_arguments: object) -> None:
    raise OperationalError("connection refused")


def test_the_process_lives_without_any_database() -> None:
    # No fixture opens the database here: a query would fail the test.
    response = Client().get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")


def test_the_answer_takes_no_time() -> None:
    client = Client()
    client.get("/healthz")

    durations = []
    for _ in range(20):
        start = perf_counter()
        client.get("/healthz")
        durations.append(perf_counter() - start)

    assert min(durations) < 0.005


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_hosts_and_https_do_not_matter(path: str, well: None, settings: LazySettings) -> None:
    settings.SECURE_SSL_REDIRECT = True

    response = Client().get(path, headers={"host": "10.1.2.3:8000"})

    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_they_are_read_only(path: str) -> None:
    response = Client().post(path)

    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


def test_a_service_that_is_well_is_ready(well: None) -> None:
    response = Client().get("/readyz")

    assert response.status_code == 200
    assert (response.json()["status"], response.json()["failed"], response.json()["degraded"]) == ("ready", [], [])
    assert response.json()["checks"]["sweep"]["age_seconds"] < 15


def test_without_a_database_nobody_is_sent_here(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    with monkeypatch.context() as outage:
        outage.setattr(connection, "cursor", away)
        response = Client().get("/readyz")

    assert (response.status_code, response.json()["failed"]) == (503, ["database"])


def test_an_unapplied_migration_is_named(monkeypatch: pytest.MonkeyPatch, well: None) -> None:
    needed = health.migrations_of_this_code() | {("bookings", "9999_future")}
    monkeypatch.setattr(health, "migrations_of_this_code", lambda: needed)

    response = Client().get("/readyz")

    assert (response.status_code, response.json()["failed"]) == (503, ["migrations"])
    assert response.json()["checks"]["migrations"]["unapplied"] == ["bookings.9999_future"]


def test_a_sweep_that_stopped_makes_it_unready(well: None, settings: LazySettings) -> None:
    settings.READY_SWEEP_AGE_SECONDS = 0.000_001

    response = Client().get("/readyz")

    assert (response.status_code, response.json()["failed"]) == (503, ["sweep"])


def test_work_that_is_late_is_named_and_the_service_serves(db: None, paris: Network, bastille: Station) -> None:
    beat("sweep")
    operations.reserve(subscriber=factories.subscriber(paris), station=bastille, actor="test")

    body = Client().get("/readyz").json()

    assert (body["status"], body["degraded"]) == (
        "degraded",
        ["deliver", "apply_dock_reports", "apply_vehicle_reports"],
    )
    assert body["checks"]["queue"]["waiting"] == 1


def figures(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_the_figures_are_those_of_the_database(well: None, paris: Network, bastille: Station, nation: Station) -> None:
    first = operations.reserve(subscriber=factories.subscriber(paris), station=bastille, actor="test")
    operations.reserve(subscriber=factories.subscriber(paris), station=bastille, destination=nation, actor="test")
    operations.cancel(booking=first, actor="test")

    found = figures(Client().get("/metrics").content.decode())

    assert found['autolib_bookings{network="paris",state="reserved"}'] == 1
    assert found['autolib_bookings{network="paris",state="cancelled"}'] == 1
    assert found['autolib_overdue_holds{kind="car"}'] == 0
    assert found["autolib_undelivered_events"] == 4
    assert found['autolib_device_messages{outcome="pending"}'] == 0
    assert found['autolib_stations_without_car{network="paris"}'] == 1
    assert found['autolib_stations_without_dock{network="paris"}'] == 1
    assert found['autolib_pulse_age_seconds{name="sweep"}'] < 60


def test_the_figures_are_in_prometheus_text_format(well: None, bastille: Station) -> None:
    response = Client().get("/metrics")

    assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    sample = re.compile(r'[a-z_]+(\{([a-z]+="[^"\n]*",?)*\})? -?[0-9.e+-]+\Z')
    for line in response.content.decode().splitlines():
        assert line.startswith(("# HELP autolib_", "# TYPE autolib_")) or sample.match(line), line


def test_nothing_in_the_figures_is_about_a_person(well: None, paris: Network, bastille: Station) -> None:
    anne = factories.subscriber(paris, "Anne")
    operations.reserve(subscriber=anne, station=bastille, actor="test")

    text = Client().get("/metrics").content.decode()

    assert str(anne.reference) not in text
    assert "@" not in text


def test_without_a_database_the_figures_say_so(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    with monkeypatch.context() as outage:
        outage.setattr(connection, "cursor", away)
        response = Client().get("/metrics")

    assert (response.status_code, figures(response.content.decode())) == (503, {"autolib_up": 0})
