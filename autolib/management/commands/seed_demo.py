import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from environ import Env

from autolib.demo.cities import NETWORKS, seed_city
from autolib.demo.people import seed_people


class Command(BaseCommand):
    help = (
        "Make what is missing of the demo: two cities of our own making, and people to sign in as. The last line of "
        "the output lists the logins as JSON. AUTOLIB_DEMO_STATIONS=no (or --no-stations) leaves the networks without "
        "stations, to load a published network into."
    )
    requires_system_checks: list[str] = []  # part of every start of `up`, which waits for it

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-stations", action="store_true", help="networks, plans, places and people only")

    def handle(self, *, no_stations: bool, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "seed_demo makes accounts whose passwords are printed: it is refused in production mode."
            )
        has_stations = Env().bool("AUTOLIB_DEMO_STATIONS", default=True) and not no_stations
        cities = {slug: seed_city(slug, has_stations=has_stations) for slug in NETWORKS}
        logins = seed_people(cities["paris"])
        self.stdout.write(json.dumps(logins, ensure_ascii=False))
