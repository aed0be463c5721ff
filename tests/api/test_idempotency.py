"""One command, one effect, one answer: however often it is sent, and however many times at once."""

import json
from collections import Counter
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse

from bookings.models import Booking
from stations.models import Event, Station
from tests import factories
from tests.api.conftest import Caller, calling_as

BOOKINGS = "/api/v1/bookings"


def at_once(calls: list[Callable[[], Any]]) -> list[Any]:
    """Every call in a thread of its own, all let go together."""
    barrier, answers = Barrier(len(calls)), [None] * len(calls)

    def run(index: int, call: Callable[[], Any]) -> None:
        try:
            barrier.wait()
            answers[index] = call()
        finally:
            connection.close()

    threads = [Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def told(response: HttpResponse) -> tuple[int, bytes]:
    return response.status_code, response.content


def test_the_same_command_again_gets_the_same_answer(as_anne: Caller, bastille: Station) -> None:
    first = as_anne.post(BOOKINGS, {"station": bastille.pk}, key="one")
    again = as_anne.post(BOOKINGS, {"station": bastille.pk}, key="one")

    assert told(again) == told(first)
    assert "Idempotent-Replayed" not in first
    assert again["Idempotent-Replayed"] == "true"
    assert Booking.objects.count() == 1


def test_a_refusal_is_an_answer_too(as_anne: Caller, nation: Station) -> None:
    first = as_anne.post(BOOKINGS, {"station": nation.pk}, key="one")
    factories.vehicle(factories.dock(nation))
    again = as_anne.post(BOOKINGS, {"station": nation.pk}, key="one")
    with_a_new_key = as_anne.post(BOOKINGS, {"station": nation.pk}, key="two")

    assert first.json()["code"] == "car_unavailable"
    assert (told(again), again["Content-Type"]) == (told(first), "application/problem+json")
    assert with_a_new_key.status_code == 201


@pytest.mark.parametrize("sent", [{"body": {"station": 1}}, {"raw": b'{"station":  1}'}])
def test_another_body_under_the_key_is_refused(as_anne: Caller, bastille: Station, sent: dict) -> None:
    as_anne.post(BOOKINGS, {"station": bastille.pk}, key="one")

    other = as_anne.post(BOOKINGS, key="one", **sent)

    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_another_address_under_the_key_is_refused(as_anne: Caller, bastille: Station) -> None:
    booking = as_anne.post(BOOKINGS, {"station": bastille.pk}).json()["id"]
    as_anne.post(f"{BOOKINGS}/{booking}/extend", key="one")

    other = as_anne.post(f"{BOOKINGS}/{booking}/cancel", key="one")

    assert other.status_code == 422
    assert Booking.objects.get().state == "reserved"


def test_a_key_belongs_to_its_sender(as_anne: Caller, as_bruno: Caller, bastille: Station) -> None:
    hers = as_anne.post(BOOKINGS, {"station": bastille.pk}, key="one").json()
    his = as_bruno.post(BOOKINGS, {"station": bastille.pk}, key="one").json()

    assert hers["id"] != his["id"]
    assert hers["vehicle"]["id"] != his["vehicle"]["id"]


@pytest.mark.parametrize("key", [None, " ", "é", "a" * 256, "two words"])
def test_a_command_without_a_good_key_is_refused(as_anne: Caller, bastille: Station, key: str | None) -> None:
    response = as_anne.post(BOOKINGS, {"station": bastille.pk}, key=key)

    assert (response.status_code, response.json()["code"]) == (400, "idempotency_key_required")
    assert response.json()["field"] == "Idempotency-Key"


def test_what_was_malformed_may_be_sent_again_under_its_key(as_anne: Caller, bastille: Station) -> None:
    as_anne.post(BOOKINGS, {"station": "?"}, key="one")

    assert as_anne.post(BOOKINGS, {"station": bastille.pk}, key="one").status_code == 201


@pytest.mark.django_db(transaction=True)
def test_fifty_twins_at_once_have_one_effect_and_one_answer(as_anne: Caller, bastille: Station) -> None:
    answers = at_once([lambda: as_anne.post(BOOKINGS, {"station": bastille.pk}, key="one")] * 50)

    assert Counter(answer.status_code for answer in answers) == {201: 50}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer for answer in answers) == 49
    assert Booking.objects.count() == Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_rivals_at_once_get_one_car(paris, nation: Station) -> None:
    factories.vehicle(factories.dock(nation))
    callers = [calling_as(factories.subscriber(paris, f"P{number}")) for number in range(12)]

    answers = at_once([lambda caller=caller: caller.post(BOOKINGS, {"station": nation.pk}) for caller in callers])

    codes = Counter(json.loads(answer.content).get("code", "booked") for answer in answers)
    assert codes == {"booked": 1, "car_unavailable": 11}
