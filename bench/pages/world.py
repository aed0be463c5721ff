"""Paris with a subscriber in it, inside Django; and how many queries each page asks. Answers with one line of JSON."""

import json
import os
import sys
from pathlib import Path

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from accounts.models import Subscriber, User  # noqa: E402
from autolib import proofs  # noqa: E402
from autolib.console import live_map  # noqa: E402
from autolib.demo.cities import seed_city  # noqa: E402
from autolib.demo.people import seed_people  # noqa: E402
from autolib.website import live  # noqa: E402
from bookings import operations  # noqa: E402
from bookings.availability import counts, nearest  # noqa: E402
from bookings.models import Booking  # noqa: E402
from stations import clock  # noqa: E402
from stations.models import Dock, Network, Station  # noqa: E402
from stations.rights import Role  # noqa: E402

SNAPSHOT, CAPACITIES = "stations_snapshot_2018-05-18.csv", "stations_capacity_c2014.csv"
BOOKINGS = 10


def seed() -> Network:
    data = Path(os.environ.get("AUTOLIB_DATA") or settings.BASE_DIR.parent / "shared/data")
    is_real = (data / SNAPSHOT).is_file()
    paris = seed_city("paris", has_stations=not is_real)
    if is_real:
        with open(os.devnull, "w") as nowhere:
            call_command("import_stations", str(data / SNAPSHOT), network="paris", capacities=data / CAPACITIES,
                         place_cars=True, stdout=nowhere, stderr=nowhere)  # fmt: skip
    seed_people(paris)
    return paris


def booked(paris: Network) -> tuple[Subscriber, Booking]:
    """Anne's bookings: the last one stands, with a dock kept."""
    anne = Subscriber.objects.get(network=paris, user__email__startswith="anne@")
    near_bastille = {"network": paris, "latitude": 48.853, "longitude": 2.369}
    origin = nearest(**near_bastille, need="car", limit=1)[0].station
    destination = nearest(**near_bastille, need="dock", limit=1, without=origin.pk)[0].station
    for number in range(BOOKINGS):
        booking = operations.reserve(subscriber=anne, station=origin, destination=destination, actor="bench")
        if number < BOOKINGS - 1:
            operations.cancel(booking=booking, actor="bench")
    return anne, booking


def at_desk(paris: Network) -> Client:
    """The browser of a manager of Paris, who has shown a second step."""
    person = User.objects.create_user("bench@example.org", full_name="Bench", is_staff=True)
    person.networks.add(paris, through_defaults={"role": Role.MANAGER})
    client = Client(SERVER_NAME="localhost")
    client.force_login(person)
    session = client.session
    session[proofs.PROVED_AT] = clock.now().isoformat()
    session.save()
    return client


def cookie(client: Client) -> str:
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def queries(client: Client, address: str) -> int:
    client.get(address)
    live._made.clear()
    live_map.forget()
    with CaptureQueriesContext(connection) as asked:
        if client.get(address).status_code != 200:
            sys.exit(f"{address} was refused")
    return len(asked)


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    paris = seed()
    anne, booking = booked(paris)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    client = Client(SERVER_NAME="localhost")
    client.force_login(anne.user)
    pages = {
        "home": "/",
        "home with a search": "/?q=bastille",
        "near me": "/?near=48.853,2.369",
        "a way": "/?q=bastille&to=gare+de+lyon",
        "suggestions": "/suggest.json?q=bastil",
        "suggestions, mistyped": "/suggest.json?q=republik",
        "station": f"/stations/{booking.origin_station.code}/",
        "booking": f"/bookings/{booking.pk}/",
        "bookings": "/bookings/",
        "account": "/account/",
        "live.json": "/live.json",
        "live.json, made anew": "/live.json",
        "layout.json": "/layout.json",
        "console: a bare page": "/admin/password_change/",
        "console: board": "/admin/",
        "console: stations": "/admin/stations/station/",
        "console: cars": "/admin/vehicles/vehicle/",
        "console: bookings": "/admin/bookings/booking/",
        "console: indicators": "/admin/figures/",
        "console: what happened": f"/admin/accounts/subscriber/{anne.pk}/timeline/",
        "console: bring cars": f"/admin/stations/station/act/bring/?id={booking.origin_station_id}",
        "console: map": "/admin/map/",
        "console: map.json": "/admin/map.json",
        "map.json, made anew": "/admin/map.json",
    }
    desk = at_desk(paris)
    clients = {name: desk if address.startswith("/admin/") else client for name, address in pages.items()}
    cars = sum(offer.cars for offer in counts(list(Station.objects.values_list("pk", flat=True))).values())
    answer = {
        "network": f"{Station.objects.count():,} stations, {Dock.objects.count():,} docks, {cars:,} cars to take",
        "cookies": {name: cookie(clients[name]) for name in pages},
        "pages": pages,
        "queries": {name: queries(clients[name], address) for name, address in pages.items()},
    }
    print(json.dumps(answer))


main()
