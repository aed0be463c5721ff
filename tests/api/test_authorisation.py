"""Who may do what: every operation of the published description, by every kind of caller.

A new operation without a row here fails; so does a row without its operation.
"""

import pytest

from autolib.api.docs import openapi
from bookings import operations
from stations.models import Network, Station
from tests import factories
from tests.api.conftest import Caller, calling_as
from vehicles.models import Vehicle

# Those who change something come last, so that the others meet the same state of things.
CALLERS = ("anonymous", "auditor", "operator_paris", "operator_lyon", "blocked", "other", "owner")
PUBLIC = (200, 200, 200, 200, 200, 200, 200)
OWN = (401, 403, 404, 404, 404, 404, 200)
EXPECTED = {
    "GET /api/schema/": PUBLIC,
    "GET /api/v1/clock": PUBLIC,
    "GET /api/v1/networks": PUBLIC,
    "GET /api/v1/places": PUBLIC,
    "GET /api/v1/stations": PUBLIC,
    "GET /api/v1/stations/{id}": PUBLIC,
    "GET /api/v1/vehicles": (401, 403, 200, 200, 200, 200, 200),
    "GET /api/v1/vehicles/{id}": (401, 403, 200, 404, 200, 200, 200),
    "GET /api/v1/me": (401, 403, 200, 200, 200, 200, 200),
    "GET /api/v1/bookings": (401, 403, 200, 200, 200, 200, 200),
    "POST /api/v1/bookings": (401, 403, 403, 403, 403, 201, 409),
    "GET /api/v1/bookings/{id}": OWN,
    "POST /api/v1/bookings/{id}/cancel": OWN,
    "POST /api/v1/bookings/{id}/drop-destination": OWN,
    "POST /api/v1/bookings/{id}/extend": OWN,
    "POST /api/v1/bookings/{id}/extend-destination": OWN,
    "POST /api/v1/bookings/{id}/move-destination": OWN,
    "POST /api/v1/bookings/{id}/start-trip": OWN,
    "POST /api/v1/bookings/{id}/rate": (401, 403, 404, 404, 404, 404, 409),
    "POST /api/v1/bookings/{id}/undo-cancel": (401, 403, 404, 404, 404, 404, 409),
    "GET /api/v1/events": (401, 200, 403, 403, 403, 403, 403),
    "POST /api/v1/tokens": (401, 401, 401, 401, 401, 401, 401),
    "POST /api/v1/tokens/revoke": (401, 204, 204, 204, 204, 204, 204),
    "GET /healthz": PUBLIC,
    "GET /readyz": (503, 503, 503, 503, 503, 503, 503),
    "GET /metrics": PUBLIC,
}


def test_every_operation_has_its_row() -> None:
    described = {
        f"{method.upper()} {path}"
        for path, methods in openapi()["paths"].items()
        for method in methods
        if not path.startswith("/devices/")  # Devices sign what they say: tests/devices/test_authentication.py.
    }

    assert described == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_each_caller_gets_what_is_due(name: str, paris: Network, bastille: Station, nation: Station, anne) -> None:
    booking = operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test")
    elsewhere = factories.station(paris, "Vincennes", free_docks=1)
    callers = {
        "anonymous": Caller(),
        "owner": calling_as(anne),
        "other": calling_as(factories.subscriber(paris)),
        "blocked": calling_as(factories.subscriber(paris, is_blocked=True)),
        "operator_paris": calling_as(factories.operator(paris)),
        "operator_lyon": calling_as(factories.operator(factories.network("lyon"))),
        "auditor": calling_as(factories.operator(paris), "audit"),
    }
    ids = {"vehicles": Vehicle.objects.get(pk=booking.vehicle_id).pk, "stations": bastille.pk, "bookings": booking.pk}
    bodies = {
        "/api/v1/bookings": {"station": bastille.pk},
        "/api/v1/bookings/{id}/move-destination": {"station": elsewhere.pk},
        "/api/v1/bookings/{id}/rate": {"cleanliness": "clean"},
        "/api/v1/tokens": {"email": "nobody@example.org", "password": "wrong"},
    }
    method, template = name.split(" ")
    path = template.replace("{id}", str(next((id for kind, id in ids.items() if f"/{kind}/" in template), "")))

    def call(caller: Caller) -> int:
        if method == "POST":
            return caller.post(path, bodies.get(template)).status_code
        return caller.get(path, **({"q": "x"} if template.endswith("/places") else {})).status_code

    assert {caller: call(callers[caller]) for caller in CALLERS} == dict(zip(CALLERS, EXPECTED[name], strict=True))
