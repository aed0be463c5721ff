import sys
import time
from pathlib import Path
from typing import Any, TextIO

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, transaction
from django.utils import translation

from stations.importing import NotTheRightFile, Plan, apply, plan
from stations.models import Network
from stations.refusals import Refusal
from vehicles.placing import NetworkHasCars, place_cars

NOTHING_IMPORTED = 2
SOME_REFUSED = 1
SHOWN = 20
ACTOR = "system"


class Command(BaseCommand):
    help = (
        "Read stations from the published open-data file (autolib-disponibilite-temps-reel, CSV with semicolons). "
        "Exit status: 0 every row is good, 1 some rows were refused, 2 nothing was imported."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the published station file")
        parser.add_argument("--network", required=True, metavar="SLUG", help="the network that the stations belong to")
        parser.add_argument(
            "--capacities", type=Path, metavar="FILE", help="the list of 2014: a station has the larger number of docks"
        )
        parser.add_argument(
            "--place-cars", action="store_true", help="put cars where the counters say, on a network without any"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would change, write nothing")

    def handle(self, *, file: Path, network: str, capacities: Path | None, **options: Any) -> None:
        # English like every command: what it prints is read by engineers and by programs.
        with translation.override("en"):
            try:
                status = self._import(file, network, capacities, **options)
            except NotTheRightFile as error:
                raise CommandError(f"Nothing was imported. {error}", returncode=NOTHING_IMPORTED) from error
            except Refusal as refusal:
                raise CommandError(f"Nothing was imported. {refusal.message}", returncode=NOTHING_IMPORTED) from refusal
            except OperationalError as error:
                raise CommandError(
                    f"Nothing was imported. The database does not answer or refused to: {str(error).strip()} "
                    "Is it running? “python3 manage.py up” starts it.",
                    returncode=NOTHING_IMPORTED,
                ) from error
        if status:
            sys.exit(status)

    def _import(
        self,
        file: Path,
        slug: str,
        capacities: Path | None,
        *,
        place_cars: bool,
        dry_run: bool,
        verbosity: int,
        **_others: Any,
    ) -> int:
        network = _network(slug)
        made = plan(
            network=network, stations=_read(file), capacities=_read(capacities) if capacities is not None else None
        )
        self._show_problems(made)
        if not made.rows:
            self.stderr.write("Nothing was imported: every row was refused.")
            return NOTHING_IMPORTED
        if not dry_run:
            # One transaction: stations without the cars that were asked for would be half an import.
            with transaction.atomic(), Bar(sys.stderr, "stations") as bar:
                apply(made, actor=ACTOR, file=file.name, progress=bar.show)
                cars = _place_cars(made) if place_cars else ""
        self._show_summary(made, dry_run=dry_run, shown=None if verbosity > 1 else SHOWN)
        if place_cars:
            self.stdout.write(f"The file counts {_cars(made)} cars." if dry_run else cars)
        return SOME_REFUSED if made.problems else 0

    def _show_problems(self, made: Plan) -> None:
        for problem in made.problems:
            source = "" if problem.source == "stations" else f"{problem.source}, "
            code = f" ({problem.code})" if problem.code else ""
            self.stderr.write(f"refused: {source}line {problem.line}{code}: {problem.reason}")

    def _show_summary(self, made: Plan, *, dry_run: bool, shown: int | None) -> None:
        found = made.comparison
        self._list(
            "vanished", [f"{code} ({name}) is no longer in the file; kept" for code, name in found.vanished], shown
        )
        self._list(
            "smaller",
            [f"{one.code} has {one.docks} docks, the file counts {one.said}; kept" for one in found.smaller],
            shown,
        )
        if found.unpublished:
            self.stdout.write(f"{found.unpublished} stations of this network never came from a published file; kept")
        refused = sum(problem.source == "stations" for problem in made.problems)
        others = len(made.problems) - refused
        self.stdout.write(
            f"{'Dry run, nothing was written: ' if dry_run else ''}"
            f"{len(found.created)} created, {len(found.updated)} updated, {found.unchanged} unchanged, "
            f"{len(found.vanished)} vanished, {refused} refused"
            f"{f', {others} rows of the capacity list refused' if others else ''}. "
            f"{sum(row.capacity for row in made.rows)} docks in {len(made.rows)} stations of the file."
        )

    def _list(self, title: str, lines: list[str], shown: int | None) -> None:
        for line in lines[:shown]:
            self.stdout.write(f"{title}: {line}")
        if shown is not None and len(lines) > shown:
            self.stdout.write(f"{title}: and {len(lines) - shown} more (--verbosity 2 lists them all)")


def _network(slug: str) -> Network:
    network = Network.objects.filter(slug=slug).first()
    if network is None:
        known = ", ".join(Network.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
        raise CommandError(
            f"Nothing was imported. There is no network “{slug}”; known: {known}. Networks are made in the admin.",
            returncode=NOTHING_IMPORTED,
        )
    return network


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CommandError(f"Nothing was imported. {path}: {error.strerror}.", returncode=NOTHING_IMPORTED) from error


def _place_cars(made: Plan) -> str:
    try:
        placement = place_cars(network=made.network, counters={row.code: row.cars for row in made.rows})
    except NetworkHasCars as refusal:
        return f"No cars were placed. {refusal.message}"
    left_over = sum(placement.left_over.values())
    return (
        f"{placement.placed} cars placed. Their charge and mileage are assumed: the file has none."
        f"{f' {left_over} found no empty dock: {sorted(placement.left_over)}.' if left_over else ''}"
    )


def _cars(made: Plan) -> int:
    return sum(sum(row.cars.values()) for row in made.rows)


class Bar:
    """A progress bar on a terminal, nothing elsewhere."""

    WIDTH = 40
    SECONDS_BETWEEN = 0.1

    def __init__(self, stream: TextIO, what: str) -> None:
        self._stream, self._what, self._shown_at = stream, what, 0.0
        self._is_drawn = False

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_error: object) -> None:
        if self._is_drawn:
            self._stream.write("\r\033[K")
            self._stream.flush()

    def show(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not self._stream.isatty() or not total or (done < total and now - self._shown_at < self.SECONDS_BETWEEN):
            return
        filled = self.WIDTH * done // total
        self._stream.write(f"\r[{'█' * filled}{'·' * (self.WIDTH - filled)}] {done} of {total} {self._what}")
        self._stream.flush()
        self._shown_at, self._is_drawn = now, True
