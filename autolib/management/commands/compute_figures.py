import time
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from bookings.figures import DayNotOver, compute_days
from stations.models import Network


def day(text: str) -> date:
    return date.fromisoformat(text)


class Command(BaseCommand):
    help = "Compute the figures of a network's days anew, from the log and the bookings. Twice gives equal rows."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--network", required=True, metavar="SLUG", help="the network")
        parser.add_argument("--from", required=True, type=day, metavar="YYYY-MM-DD", dest="first", help="first day")
        parser.add_argument(
            "--until", type=day, metavar="YYYY-MM-DD", dest="last", help="last day (default: the first)"
        )

    def handle(self, *, network: str, first: date, last: date | None, **options: Any) -> None:
        last = last or first
        if last < first:
            raise CommandError("Nothing was computed. --until is a day before --from.")
        found = Network.objects.filter(slug=network).first()
        if found is None:
            known = ", ".join(Network.objects.order_by("slug").values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"Nothing was computed. There is no network “{network}”; known: {known}.")
        began = time.monotonic()
        try:
            for row in compute_days(network=found, first=first, last=last):
                self.stdout.write(
                    f"{row.date}: {row.events} events, {row.reservations} reservations, {row.trips} trips "
                    f"({time.monotonic() - began:.1f} s)"
                )
                began = time.monotonic()
        except DayNotOver as refusal:
            with translation.override("en"):
                raise CommandError(f"{refusal.message} The days before are computed.") from refusal
