"""Nobody sets more than a command offers: every column of our models, sent with every command, changes nothing."""

import pytest

from accounts.models import Subscriber, User
from autolib.api.docs import openapi, resolve
from bookings import operations
from bookings.models import Booking, DockHold
from stations.models import Station
from tests import factories
from tests.api.conftest import Caller

COLUMNS = sorted(
    {field.attname for model in (Booking, DockHold, Subscriber, User) for field in model._meta.concrete_fields}
    | {"subscriber", "network", "price", "actor", "scopes", "during", "occurred_at", "is_admin", "role", "booking"}
)
COMMANDS = sorted(
    path for path, methods in openapi()["paths"].items() if path.startswith("/api/") and "post" in methods
)


@pytest.mark.parametrize("template", COMMANDS)
def test_no_column_can_be_sent(
    template: str, as_anne: Caller, anne: Subscriber, bastille: Station, nation: Station
) -> None:
    booking = operations.reserve(subscriber=anne, station=bastille, destination=nation, actor="test")
    described = (
        openapi()["paths"][template]["post"].get("requestBody", {}).get("content", {}).get("application/json", {})
    )
    offered = resolve(described.get("schema", {}), openapi()).get("properties", {})
    sensible = {"email": "a@example.org", "password": "x", "station": nation.pk, "cleanliness": "clean"}
    valid = {name: value for name, value in sensible.items() if name in offered}
    before = list(Booking.objects.values()), list(DockHold.objects.values()), list(User.objects.values())

    for column in set(COLUMNS) - set(offered):
        response = as_anne.post(template.replace("{id}", str(booking.pk)), {**valid, column: 1})
        assert (response.status_code, list(response.json()["errors"])) == (400, [column])

    assert (list(Booking.objects.values()), list(DockHold.objects.values()), list(User.objects.values())) == before


def test_answers_name_no_column_of_a_person(as_anne: Caller, anne: Subscriber, bastille: Station) -> None:
    factories.subscriber(anne.network, "Bruno")

    booking = as_anne.post("/api/v1/bookings", {"station": bastille.pk}).json()
    car = as_anne.get(f"/api/v1/vehicles/{booking['vehicle']['id']}").json()

    assert "subscriber" not in booking
    assert not {"subscriber", "booking", "email"} & set(car)
