"""Who may report: the signature, the clock, and for whom."""

import json
from datetime import timedelta

import pytest

from stations.devices import device_key, signature
from stations.models import Device, DeviceMessage, Network, Station
from tests import factories
from tests.devices.signing import PATH, Sender, car, named, post_of, said
from vehicles.models import Vehicle


@pytest.fixture
def post(bastille: Station) -> Sender:
    return post_of(bastille.docks.first())


@pytest.fixture
def body(bastille: Station) -> bytes:
    return json.dumps(said("connector_status", dock=named(bastille.docks.first()), status="Available")).encode()


def test_a_signed_report_is_taken(post: Sender, body: bytes) -> None:
    response = post.post(body)

    assert response.status_code == 200
    assert response.json()["results"][0]["outcome"] == "accepted"


@pytest.mark.parametrize("header", ["X-Device", "X-Timestamp", "X-Signature"])
@pytest.mark.parametrize("value", ["", "no", "é" * 70, "1e99", "-1", "x\x00"])
def test_a_broken_proof_is_refused(post: Sender, body: bytes, header: str, value: str) -> None:
    response = post.post(body, headers={header: value})

    assert response.status_code == 401
    assert response["Content-Type"] == "application/problem+json"
    assert response["WWW-Authenticate"] == "Autolib-Device"
    assert not DeviceMessage.objects.exists()


def test_unknown_inactive_and_wrongly_signed_get_the_same_answer(
    post: Sender, body: bytes, bastille: Station, paris: Network
) -> None:
    other = post_of(bastille.docks.last())
    unknown = Sender(Device(identifier="nobody", key_version=1))
    retired = Sender(factories.dock(bastille).charge_point.device)
    Device.objects.filter(pk=retired.device.pk).update(is_active=False)
    old_key = Sender(Device(identifier=other.device.identifier, key_version=1))
    Device.objects.filter(pk=other.device.pk).update(key_version=2)

    answers = [
        unknown.post(body),
        retired.post(body),
        old_key.post(body),
        post.post(body, headers={"X-Device": retired.device.identifier}),
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1


def test_one_flipped_bit_anywhere_in_the_body_is_found(post: Sender, body: bytes, time) -> None:
    timestamp = str(int(time.now().timestamp()))
    headers = {
        "X-Device": post.device.identifier,
        "X-Timestamp": timestamp,
        "X-Signature": signature(key=device_key(post.device), timestamp=timestamp, body=body),
    }
    for place in range(0, len(body), 7):
        flipped = bytearray(body)
        flipped[place] ^= 1

        response = post.client.post(PATH, bytes(flipped), content_type="application/json", headers=headers)

        assert response.status_code == 401
    assert post.client.post(PATH, body, content_type="application/json", headers=headers).status_code == 200


@pytest.mark.parametrize("seconds", [-301, 301, -86_400, 86_400])
def test_a_clock_that_is_off_is_told_the_time(post: Sender, body: bytes, time, seconds: int) -> None:
    timestamp = str(int(time.now().timestamp()) + seconds)
    signed = signature(key=device_key(post.device), timestamp=timestamp, body=body)

    response = post.post(body, headers={"X-Timestamp": timestamp, "X-Signature": signed})

    assert response.status_code == 401
    assert response.json()["code"] == "clock_off"
    assert response.json()["server_time"][:16] == time.now().isoformat()[:16]


def test_the_offset_of_a_clock_is_tracked_now_and_then(post: Sender, body: bytes, time) -> None:
    def seen(ahead: float) -> Device:
        timestamp = f"{time.now().timestamp() + ahead:.3f}"
        signed = signature(key=device_key(post.device), timestamp=timestamp, body=body)
        assert post.post(body, headers={"X-Timestamp": timestamp, "X-Signature": signed}).status_code == 200
        return Device.objects.get(pk=post.device.pk)

    first, soon = seen(90), seen(10)
    time.forward(seconds=31)
    later = seen(10)

    assert first.clock_ahead_ms == pytest.approx(90_000, abs=2_000)
    assert (soon.clock_ahead_ms, soon.last_seen_at) == (first.clock_ahead_ms, first.last_seen_at)
    assert later.clock_ahead_ms == pytest.approx(10_000, abs=2_000)
    assert later.last_seen_at > first.last_seen_at + timedelta(seconds=30)


def test_a_post_speaks_for_its_station_and_a_car_for_itself(bastille: Station, nation: Station) -> None:
    here, beside, there = bastille.docks.first(), bastille.docks.last(), nation.docks.get()
    one, other = Vehicle.objects.filter(dock__station=bastille)
    post, driver = post_of(here), car(one)

    told = post.send(
        said("connector_status", dock=named(here), status="Available"),
        said("connector_status", dock=named(beside), status="Available"),
        said("connector_status", dock=named(there), status="Available"),
        said("connector_status", dock={"charge_point": "nowhere", "connector": 1}, status="Available"),
        said("badge", badge="04A2", dock=named(there)),
        said("plugged", dock=named(there), vehicle=one.plate),
        said("vehicle_status", vehicle=one.plate, charge_percent=50),
    )
    told_by_car = driver.send(
        said("vehicle_status", charge_percent=50),
        said("vehicle_status", vehicle=one.plate, charge_percent=50),
        said("vehicle_status", vehicle=one.device.identifier, charge_percent=50),
        said("vehicle_status", vehicle=other.plate, charge_percent=50),
        said("plugged", dock=named(here), vehicle=one.plate),
        said("badge", badge="04A2"),
    )

    assert [result["outcome"] for result in told] == ["accepted"] * 2 + ["refused"] * 5
    assert [result["outcome"] for result in told_by_car] == ["accepted"] * 3 + ["refused"] * 3
    refused = [result for result in told + told_by_car if result["outcome"] == "refused"]
    assert {result["code"] for result in refused} == {"not_yours"}
    assert DeviceMessage.objects.count() == 5
