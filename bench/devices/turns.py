"""The turns of the measurement, inside Django: COPY, inbox, workers; each with one writer and with two."""

import io
import json
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from threading import Thread

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from stations import clock, reports  # noqa: E402
from stations.inbox import Entry, keep  # noqa: E402
from stations.models import ChargePoint, Device, Dock, DockReport, Network, Station  # noqa: E402

ROUNDS, DOCKS, REPORTS = (int(argument) for argument in sys.argv[1:4])
BATCH = reports.BATCH
REQUEST = 500
STATUSES = DockReport.Status.values

HISTORY = """
CREATE TABLE bench_history (device_id bigint, msg_id text, event_time timestamptz, received_at timestamptz,
    dock_id bigint, status text, error_code text, source_seq bigint)
"""
CLEAR = "TRUNCATE bench_history, stations_devicemessage, stations_dockreport"


def prepare() -> list[tuple[int, int]]:
    """(device, dock) of every post."""
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(HISTORY)
    network = Network.objects.create(slug="bench", name="Bench", latitude=48.85, longitude=2.35)
    station = Station.objects.create(network=network, code="bench", name="Bench", latitude=48.85, longitude=2.35)
    numbers = range(1, DOCKS + 1)
    devices = Device.objects.bulk_create(
        Device(network=network, identifier=f"post-{number}", kind=Device.Kind.POST) for number in numbers
    )
    points = ChargePoint.objects.bulk_create(
        ChargePoint(station=station, identity=device.identifier, device=device) for device in devices
    )
    docks = Dock.objects.bulk_create(
        Dock(station=station, number=number, charge_point=point) for number, point in zip(numbers, points, strict=True)
    )
    return [(device.pk, dock.pk) for device, dock in zip(devices, docks, strict=True)]


def made(posts: list[tuple[int, int]]) -> list[Entry]:
    """Reports as posts send them: each post in turn, a little late and a little out of order."""
    chance = random.Random(20111205)
    at = clock.now() - timedelta(hours=1)
    entries = []
    for number in range(REPORTS):
        device_id, dock_id = posts[number % len(posts)]
        entries.append(
            Entry(
                device_id=device_id,
                msg_id=f"message-{number}",
                kind="connector_status",
                event_time=at + timedelta(milliseconds=number * 10 - chance.randrange(60_000)),
                received_at=at,
                digest="0123456789abcdef",
                content={"dock": dock_id, "status": chance.choice(STATUSES), "error_code": "NoError", "seq": number},
            )
        )
    return entries


def as_text(entries: list[Entry]) -> list[str]:
    """The reports as COPY takes them, a batch a piece."""
    lines = [
        f"{entry.device_id}\t{entry.msg_id}\t{entry.event_time}\t{entry.received_at}\t{entry.content['dock']}\t"
        f"{entry.content['status']}\t{entry.content['error_code']}\t{entry.content['seq']}\n"
        for entry in entries
    ]
    return ["".join(lines[first : first + BATCH]) for first in range(0, len(lines), BATCH)]


def copied(batches: list[str]) -> None:
    for batch in batches:
        with connection.cursor() as cursor:
            cursor.copy_expert("COPY bench_history FROM STDIN", io.StringIO(batch))


def kept(entries: list[Entry]) -> None:
    for first in range(0, len(entries), REQUEST):
        keep(entries[first : first + REQUEST])


def clear() -> None:
    with connection.cursor() as cursor:
        cursor.execute(CLEAR)


def timed(writers: int, work: Callable[[int], None]) -> float:
    """Reports a second, by `writers` connections at once."""

    def run(number: int) -> None:
        try:
            work(number)
        finally:
            connection.close()

    threads = [Thread(target=run, args=(number,)) for number in range(writers)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return REPORTS / (time.perf_counter() - start)


def turn(entries: list[Entry], writers: int) -> dict[str, float]:
    shares = [entries[number::writers] for number in range(writers)]
    texts = [as_text(share) for share in shares]
    clear()
    figures = {"COPY": timed(writers, lambda number: copied(texts[number]))}
    figures["inbox"] = timed(writers, lambda number: kept(shares[number]))
    figures["workers"] = timed(writers, lambda _number: reports.apply_pending() and None)
    with connection.cursor() as cursor:
        cursor.execute("SELECT outcome, count(*) FROM stations_devicemessage GROUP BY 1")
        outcomes = dict(cursor.fetchall())
    if outcomes.get("pending") or sum(outcomes.values()) != REPORTS:
        sys.exit(f"reports were lost: {json.dumps(outcomes)}")
    return figures


def main() -> None:
    entries = made(prepare())
    print(f"median of {ROUNDS} turns; {REPORTS} reports of {DOCKS} docks; reports a second (of COPY)\n")
    print(f"{'writers':>7} {'COPY':>9} {'inbox':>17} {'workers':>17}")
    for writers in (1, 2):
        turns = [turn(entries, writers) for _ in range(ROUNDS)]
        middle = {name: statistics.median(one[name] for one in turns) for name in turns[0]}
        cells = [f"{middle[name]:9.0f} ({middle[name] / middle['COPY']:5.2f})" for name in ("inbox", "workers")]
        print(f"{writers:7} {middle['COPY']:9.0f} {' '.join(cells)}", flush=True)


main()
