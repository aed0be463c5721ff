"""The same message fifty times at once: one effect, fifty equal answers. And a fact that meets a lock."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from threading import Event as ThreadingEvent
from threading import Thread

import pytest
from django.db import connection, transaction

from accounts import operations as people
from bookings.models import Booking
from stations.models import DeviceMessage, Event, Station
from tests import factories
from tests.concurrency.rivals import at_once
from tests.devices.signing import Sender, named, post_of, said
from vehicles.models import Vehicle

pytestmark = pytest.mark.django_db(transaction=True)

TWINS = 50


@pytest.fixture
def station() -> Station:
    paris = factories.network()
    anne = factories.subscriber(paris, "Anne")
    people.give_badge(subscriber=anne, uid="04A2")
    return factories.station(paris, "Bastille", cars=[90, 80, 70], free_docks=1)


def told_at_once(station: Station, *messages: dict) -> list[list[dict]]:
    device = post_of(station.docks.first()).device
    return at_once([partial(Sender(device).send, *messages) for _ in range(TWINS)])


def test_a_badge(station: Station) -> None:
    answers = [one for (one,) in told_at_once(station, said("badge", badge="04A2"))]

    booking = Booking.objects.get()
    assert {one["booking"] for one in answers} == {str(booking.pk)}
    assert sorted(one["duplicate"] for one in answers) == [False] + [True] * (TWINS - 1)
    assert Event.objects.count() == 2
    assert DeviceMessage.objects.count() == 1


def test_an_unplugging_and_a_plug(station: Station) -> None:
    car, other = Vehicle.objects.order_by("pk")[:2]
    left = said("unplugged", dock=named(car.dock), vehicle=car.plate)
    back = said("plugged", dock=named(car.dock), vehicle=car.plate)

    answers = told_at_once(station, left, back)

    assert {tuple(one["outcome"] for one in answer) for answer in answers} == {("applied", "applied")}
    assert Event.objects.filter(aggregate="vehicle", aggregate_id=car.pk).count() == 2
    assert not Event.objects.filter(aggregate="vehicle", aggregate_id=other.pk).exists()


def test_a_batch_of_reports_in_two_orders(station: Station) -> None:
    docks = [named(dock) for dock in station.docks.all()] * 10
    reports = [said("connector_status", dock=dock, status="Charging") for dock in docks]
    device = post_of(station.docks.first()).device

    calls = [partial(Sender(device).send, *(reports if turn % 2 else reports[::-1])) for turn in range(TWINS)]
    answers = at_once(calls)

    told = [one for answer in answers for one in answer]
    assert {one["outcome"] for one in told} == {"accepted"}
    assert sum(not one["duplicate"] for one in told) == len(reports)
    assert DeviceMessage.objects.count() == len(reports)


@contextmanager
def locked_by_somebody(car: Vehicle) -> Iterator[None]:
    """Another connection holds the car's row; ours waits for a tenth of a second only."""
    is_held, may_go = ThreadingEvent(), ThreadingEvent()

    def hold() -> None:
        with transaction.atomic():
            Vehicle.objects.select_for_update().get(pk=car.pk)
            is_held.set()
            may_go.wait(timeout=30)
        connection.close()

    holder = Thread(target=hold)
    holder.start()
    assert is_held.wait(timeout=30)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '100ms'")
    try:
        yield
    finally:
        may_go.set()
        holder.join()
        connection.close()


def test_a_fact_that_meets_a_lock_leaves_no_trace_and_is_sent_again(station: Station) -> None:
    car, other = Vehicle.objects.order_by("pk")[:2]
    post = post_of(station.docks.first())
    left = said("unplugged", dock=named(car.dock))
    other_left = said("unplugged", dock=named(other.dock))
    report = said("connector_status", dock=named(car.dock), status="Available")

    with locked_by_somebody(car):
        alone = post.post(json.dumps(left).encode())
        together = post.send(other_left, report, {**left, "event_time": other_left["event_time"]}, left)
        kept = set(DeviceMessage.objects.values_list("msg_id", flat=True))
    after = post.tell(left)

    assert (alone.status_code, alone["Retry-After"], alone.json()["code"]) == (503, "1", "busy")
    assert [one["outcome"] for one in together] == ["retry", "accepted", "retry", "retry"]
    assert kept == {report["msg_id"]}
    assert (after["outcome"], after["duplicate"]) == ("applied", False)
