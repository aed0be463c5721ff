import argparse
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import sleep
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection

from autolib.simulation.enrolment import enrol
from autolib.simulation.report import report
from autolib.simulation.run import GENTLE_SPEED, Simulation, Wishes, is_loopback
from autolib.simulation.scenario import NotYet, Scenario, Unusable, read_file

HELP = """\
Drive the running product through its public interfaces, over HTTP only: riders look for cars, reserve, change their
minds, badge at posts, drive and come back; cars and posts report. What they want follows from the seed.

Time: at --speed 60 an hour of the city takes a minute. Walks, trips, rests and batteries run 60 times as fast; the
product's own clock is PostgreSQL's and runs as always, so holds keep their true length and reported times are true.

Demo, load test and soak test in one: --gently beside real people; --riders 500 --speed 60 --duration 60 as a load.
The exit status is 1 when the server answered 5xx (but for 503 “busy”, a refusal by contract), or said what can never
be true, such as one car given to two riders."""

SECONDS_BETWEEN_LOOKS = 10


def positive(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1e6:
        raise argparse.ArgumentTypeError(f"“{text}” must be more than 0")
    return value


def number_of_riders(text: str) -> int:
    value = int(text)
    if not 0 < value <= 100_000:
        raise argparse.ArgumentTypeError(f"“{text}” must be from 1 to 100000")
    return value


class Command(BaseCommand):
    help = HELP
    requires_system_checks: list[str] = []

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        return super().create_parser(
            prog_name, subcommand, formatter_class=argparse.RawDescriptionHelpFormatter, **kwargs
        )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--seed", type=int, help="decides what riders want (1; with --gently: the date)")
        parser.add_argument("--speed", type=positive, help=f"1 is real time (1; with --gently: {GENTLE_SPEED:g})")
        parser.add_argument(
            "--riders", type=number_of_riders, help="so many, always on the move (else as the hour asks)"
        )
        parser.add_argument("--duration", type=positive, metavar="SECONDS", help="then bring every car back and report")
        parser.add_argument(
            "--gently",
            action="store_true",
            help="a few trips a minute, a quarter of the cars at most, no station emptied; waits for the server",
        )
        parser.add_argument("--network", help="slug (AUTOLIB_NETWORK; with --scenario: its first network)")
        parser.add_argument("--base-url", help="where the product runs (PUBLIC_URL, if that is this machine)")
        parser.add_argument(
            "--scenario",
            type=Path,
            metavar="FILE",
            help="riders and device keys as seed_scenario --json printed them: no database is needed then",
        )
        parser.add_argument("--report", action="store_true", help="print what was seen at the end (--duration does)")

    def handle(self, **options: Any) -> None:
        wishes = wishes_of(options)
        before = signal.signal(signal.SIGTERM, interrupt)
        try:
            simulation = Simulation(self.scenario(options, wishes), wishes, tell=self.tell)
            self.run(simulation)
        except KeyboardInterrupt:
            return
        except Unusable as error:
            raise CommandError(str(error)) from error
        finally:
            signal.signal(signal.SIGTERM, before)
        if options["report"] or wishes.seconds is not None:
            self.stdout.write(report(simulation.figures))
        if simulation.is_dismissed:
            raise CommandError("The product no longer knows our tokens: another simulator has taken the riders over.")
        if wishes.seconds is not None and not simulation.is_finished:
            raise CommandError("Not every car could be brought back in time; the next run with these riders does it.")
        if not simulation.figures.is_clean:
            sys.exit(1)

    def scenario(self, options: dict[str, Any], wishes: Wishes) -> Scenario:
        """Beside real people there is time: a city that is still being loaded is waited for."""
        is_told = False
        while True:
            try:
                return scenario_of(options, wishes)
            except NotYet as error:
                if not wishes.is_gentle:
                    raise
                if not is_told:
                    self.tell(f"waiting: {error}")
                is_told = True
                sleep(SECONDS_BETWEEN_LOOKS)

    def run(self, simulation: Simulation) -> None:
        try:
            simulation.run()
        except KeyboardInterrupt:
            self.tell("stopped; open bookings are picked up at the next start")

    def tell(self, line: str) -> None:
        self.stdout.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {line}")
        self.stdout.flush()


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def wishes_of(options: dict[str, Any]) -> Wishes:
    is_gentle = options["gently"]
    base_url = options["base_url"] or settings.PUBLIC_URL
    if not options["base_url"] and not is_loopback(base_url):
        raise CommandError(
            f"PUBLIC_URL is {base_url}, not this machine. To drive it all the same: --base-url {base_url}"
        )
    if not base_url.startswith(("http://", "https://")):
        raise CommandError("--base-url is an address such as http://127.0.0.1:8000")
    by_default = datetime.now(UTC).toordinal() if is_gentle else 1
    return Wishes(
        base_url=base_url,
        seed=options["seed"] if options["seed"] is not None else by_default,
        speed=options["speed"] or (GENTLE_SPEED if is_gentle else 1.0),
        riders=options["riders"],
        seconds=options["duration"],
        is_gentle=is_gentle,
    )


def scenario_of(options: dict[str, Any], wishes: Wishes) -> Scenario:
    if options["scenario"] is None:
        # Two simulators side by side, the demo's and a load, drive different people.
        name = "rider" if wishes.is_gentle else "load"
        return enrolled(network=options["network"] or settings.NETWORK, wishes=wishes, name=name)
    scenario = read_file(options["scenario"], network=options["network"])
    scenario.subscribers = scenario.subscribers[: wishes.riders_for(len(scenario.cars))]
    return scenario


def enrolled(*, network: str, wishes: Wishes, name: str) -> Scenario:
    """Riders made in our own database; the connection to it ends here."""
    try:
        return enrol(network=network, riders=wishes.riders_for, name=name)
    except OperationalError as error:
        raise NotYet(f"The database does not answer: {error}".strip()) from error
    finally:
        connection.close()
