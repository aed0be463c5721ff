"""The event log read from outside: everything once, in order, and nothing behind a cursor."""

from collections import defaultdict
from threading import Event as Flag
from threading import Thread

import pytest
from django.db import connection

from bookings import operations
from stations.models import Event, Network, Station
from tests import factories
from tests.api.conftest import Caller, calling_as

EVENTS = "/api/v1/events"


def read_to_the_end(caller: Caller, *, limit: int = 100, after: str | None = None) -> tuple[list[dict], str]:
    """Every event after the cursor, and the cursor behind the last."""
    events: list[dict] = []
    while True:
        query = {"limit": limit} | ({"after": after} if after else {})
        page = caller.get(EVENTS, **query).json()
        events += page["events"]
        after = page["next"]
        if not page["events"]:
            return events, after


def identity(event: dict) -> tuple[str, int, int]:
    return event["agg"], event["agg_id"], event["version"]


def test_a_reservation_is_told_in_full(auditor: Caller, bastille: Station, nation: Station, anne) -> None:
    booking = operations.reserve(
        subscriber=anne, station=bastille, destination=nation, actor=f"subscriber:{anne.reference}"
    )

    events, _cursor = read_to_the_end(auditor)

    assert [(e["agg"], e["version"], e["type"], e["ref"]) for e in events] == [
        ("vehicle", 1, "reservation_start", str(booking.pk)),
        ("dock", 1, "dock_hold_start", str(booking.pk)),
    ]
    assert {event["actor"] for event in events} == {f"subscriber:{anne.reference}"}
    assert {event["network"] for event in events} == {"paris"}
    assert events[0]["data"]["state"]["phase"] == "reserved"


def test_the_next_cursor_is_always_there_and_leads_on(auditor: Caller, bastille: Station, anne) -> None:
    nothing = auditor.get(EVENTS).json()
    booking = operations.reserve(subscriber=anne, station=bastille, actor="test")
    first, cursor = read_to_the_end(auditor, after=nothing["next"])
    operations.cancel(booking=booking, actor="test")
    second, end = read_to_the_end(auditor, after=cursor)

    assert nothing["events"] == []
    assert [event["type"] for event in first + second] == ["reservation_start", "customer_cancellation"]
    assert auditor.get(EVENTS, after=end).json() == {"events": [], "next": end}


def test_an_operator_reads_the_own_networks_only(bastille: Station, anne, paris: Network) -> None:
    lyon = factories.network("lyon")
    bellecour = factories.station(lyon, "Bellecour", cars=[90])
    operations.reserve(subscriber=anne, station=bastille, actor="test")
    operations.reserve(subscriber=factories.subscriber(lyon), station=bellecour, actor="test")

    def networks(user) -> list[str]:
        return [event["network"] for event in read_to_the_end(calling_as(user, "audit"), limit=1)[0]]

    assert networks(factories.operator(paris)) == ["paris"]
    assert networks(factories.operator(lyon)) == ["lyon"]
    assert networks(factories.operator(paris, lyon)) == ["paris", "lyon"]
    assert networks(factories.operator()) == []
    assert networks(factories.user(is_superuser=True)) == ["paris", "lyon"]
    assert networks(anne.user) == []


def test_a_quiet_networks_cursor_moves_past_the_others(bastille: Station, anne) -> None:
    lyonnais = calling_as(factories.operator(factories.network("lyon")), "audit")
    before = lyonnais.get(EVENTS).json()
    operations.reserve(subscriber=anne, station=bastille, actor="test")

    after = lyonnais.get(EVENTS, after=before["next"]).json()

    assert (before["events"], after["events"]) == ([], [])
    assert after["next"] != before["next"]


@pytest.mark.parametrize("events", [1, 3])
def test_a_page_takes_as_many_queries_for_one_event_as_for_three(
    auditor: Caller, paris: Network, events: int, django_assert_num_queries
) -> None:
    place = factories.station(paris, "Alésia", cars=[90] * events)
    for _ in range(events):
        operations.reserve(subscriber=factories.subscriber(paris), station=place, actor="test")

    # The token; a savepoint, its lock, the numbering and its end; the caller's networks, the last position, the page.
    with django_assert_num_queries(8):
        auditor.get(EVENTS)


@pytest.mark.django_db(transaction=True)
def test_a_follower_sees_everything_once_and_in_order_while_others_write(auditor: Caller, paris: Network) -> None:
    place = factories.station(paris, "Bastille", cars=[90] * 4, free_docks=8)
    target = factories.station(paris, "Nation", free_docks=8)
    subscribers = [factories.subscriber(paris, f"P{number}") for number in range(4)]
    is_over = Flag()

    def write(subscriber) -> None:
        try:
            for _ in range(8):
                booking = operations.reserve(subscriber=subscriber, station=place, destination=target, actor="test")
                operations.extend(booking=booking, actor="test")
                operations.cancel(booking=booking, actor="test")
        finally:
            connection.close()

    seen: list[dict] = []

    def follow() -> None:
        cursor = None
        try:
            while True:
                was_over = is_over.is_set()
                fresh, cursor = read_to_the_end(auditor, limit=7, after=cursor)
                seen.extend(fresh)
                if was_over:
                    return
        finally:
            connection.close()

    follower = Thread(target=follow)
    writers = [Thread(target=write, args=[subscriber]) for subscriber in subscribers]
    for thread in (follower, *writers):
        thread.start()
    for writer in writers:
        writer.join()
    is_over.set()
    follower.join()

    written = Event.objects.values_list("aggregate", "aggregate_id", "version")
    assert len(seen) == len(written) == 4 * 8 * 5
    assert {identity(event) for event in seen} == set(written)
    versions = defaultdict(list)
    for event in seen:
        versions[event["agg"], event["agg_id"]].append(event["version"])
    assert all(found == list(range(1, len(found) + 1)) for found in versions.values())
    assert [identity(event) for event in read_to_the_end(auditor)[0]] == [identity(event) for event in seen]
