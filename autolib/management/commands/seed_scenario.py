import json

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from autolib.scenario import RULES, seed_scenario


class Command(BaseCommand):
    help = (
        "Make a seeded world of two networks for programs that check the product from outside: stations, docks, cars, "
        "subscribers with tokens and badges, devices with keys, operators, an auditor. The same seed gives the same "
        "world; running it again changes nothing but the rules. Refused in production."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--stations", type=int, default=10, help="per network")
        parser.add_argument("--docks", type=int, default=5, help="per station")
        parser.add_argument("--cars", type=int, default=25, help="per network")
        parser.add_argument("--subscribers", type=int, default=20, help="per network")
        parser.add_argument("--json", action="store_true", help="print the whole world as one JSON document")
        for rule in RULES:
            parser.add_argument(f"--{rule.replace('_', '-')}", type=int, help="rule of both networks")

    def handle(
        self, *, seed: int, stations: int, docks: int, cars: int, subscribers: int, json: bool, **options: object
    ) -> None:
        if settings.PRODUCTION:
            raise CommandError("seed_scenario makes accounts with known keys: it is refused in production mode.")
        rules = {rule: value for rule in RULES if isinstance(value := options.get(rule), int)}
        world = seed_scenario(
            seed=seed, stations=stations, docks=docks, cars=cars, subscribers=subscribers, rules=rules
        )
        self.stdout.write(as_json(world) if json else f"scenario {seed} is in place; see --json for ids and keys")


def as_json(world: dict[str, object]) -> str:
    return json.dumps(world, ensure_ascii=False, indent=1)
