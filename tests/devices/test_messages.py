"""What a request may look like, and what becomes of what it should not say."""

import json
import math
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.core.management import call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stations.models import DeviceMessage, DockReport, Network, Station
from stations.reports import apply_pending as apply_dock_reports
from tests import factories
from tests.devices.signing import PATH, Sender, car, named, post_of, said
from vehicles.models import Vehicle, VehicleReport
from vehicles.reports import apply_pending as apply_vehicle_reports


@pytest.fixture
def post(bastille: Station) -> Sender:
    return post_of(bastille.docks.first())


@pytest.fixture
def driver(bastille: Station) -> Sender:
    return car(Vehicle.objects.filter(dock__station=bastille).first())


def test_reports_are_accepted_at_once_and_applied_by_a_worker(post: Sender, driver: Sender, bastille: Station) -> None:
    dock, vehicle = bastille.docks.first(), Vehicle.objects.get(device=driver.device)
    told = [
        post.tell(said("connector_status", dock=named(dock), status="Faulted", error_code="GroundFailure", seq=4)),
        driver.tell(said("vehicle_status", charge_percent=81.5, range_km=143.4, odometer_km=10234.7)),
    ]
    assert not DockReport.objects.exists()

    apply_dock_reports()
    apply_vehicle_reports()

    assert [one["outcome"] for one in told] == ["accepted", "accepted"]
    report = DockReport.objects.get(dock=dock)
    assert (report.status, report.error_code, report.source_seq) == ("Faulted", "GroundFailure", 4)
    report = VehicleReport.objects.get(vehicle=vehicle)
    assert (float(report.charge_percent), report.range_km, float(report.odometer_km)) == (81.5, 143, 10234.7)


@pytest.mark.parametrize("reports", [1, 3])
def test_a_request_full_of_reports_costs_three_statements(
    post: Sender, bastille: Station, reports: int, django_assert_num_queries: Callable[[int], AbstractContextManager]
) -> None:
    docks = [named(dock) for dock in bastille.docks.all()]
    post.tell(said("connector_status", dock=docks[0], status="Available"))
    messages = [said("connector_status", dock=dock, status="Available") for dock in docks[:reports]]

    asked_by_the_test = 1  # the clock, to sign with
    with django_assert_num_queries(3 + asked_by_the_test):
        post.post(json.dumps({"messages": messages}).encode())


def test_good_messages_are_taken_and_bad_ones_told_why_in_the_order_sent(post: Sender, bastille: Station) -> None:
    good = said("connector_status", dock=named(bastille.docks.first()), status="Available")

    told = post.send(
        good,
        {**good, "msg_id": "b", "status": "Sleeping"},
        {**good, "msg_id": "c", "colour": "blue"},
        {**good, "msg_id": "d", "event_time": "2026-11-22T08:30:00"},
        {**good, "msg_id": "e", "dock": {"charge_point": "p", "connector": True}},
        {name: value for name, value in good.items() if name != "status"} | {"msg_id": "f"},
        {**good, "msg_id": "with a space"},
        {**good, "msg_id": "last"},
    )

    assert [one.get("field") for one in told] == [
        None, "status", "colour", "event_time", "dock.connector", "status", "msg_id", None,
    ]  # fmt: skip
    assert [one["msg_id"] for one in told] == [good["msg_id"], "b", "c", "d", "e", "f", None, "last"]
    assert DeviceMessage.objects.count() == 2


def test_a_message_alone_needs_no_envelope_and_what_is_wrong_with_it_is_a_400(post: Sender, bastille: Station) -> None:
    message = said("connector_status", dock=named(bastille.docks.first()), status="Available")

    good = post.post(json.dumps(message).encode())
    bad = post.post(json.dumps({**message, "event_time": "yesterday"}).encode())

    assert good.json()["results"][0]["msg_id"] == message["msg_id"]
    assert (bad.status_code, bad.json()["code"], bad.json()["field"]) == (400, "invalid", "event_time")


def test_an_id_is_taken_once_within_a_request_too_and_not_for_another_message(post: Sender, bastille: Station) -> None:
    message = said("connector_status", dock=named(bastille.docks.first()), status="Available")
    other = {**message, "status": "Faulted"}

    told = post.send(message, message, other)
    later = post.send(message, other)

    assert [(one["outcome"], one["duplicate"]) for one in told] == [
        ("accepted", False),
        ("accepted", True),
        ("refused", False),
    ]
    assert [(one["outcome"], one.get("code")) for one in later] == [("accepted", None), ("refused", "msg_id_reused")]
    assert DeviceMessage.objects.count() == 1


def test_the_same_id_of_another_device_is_another_message(post: Sender, bastille: Station) -> None:
    message = said("connector_status", dock=named(bastille.docks.first()), status="Available")

    told = [sender.tell(message) for sender in (post, post_of(bastille.docks.last()))]

    assert [one["duplicate"] for one in told] == [False, False]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b" ", 400),
        (b"null", 400),
        (b"[]", 400),
        (b"7", 400),
        (b"{}", 400),
        (b'{"messages": []}', 400),
        (b'{"messages": {}}', 400),
        (b'{"messages": [{}], "more": 1}', 400),
        (b'{"messages": [' + b"{}," * 500 + b"{}]}", 413),
        (b" " * (256 * 1024) + b"{}", 413),
        (b'{"a": NaN}', 400),
        (b'{"a": 1e999}', 400),
        (b'{"a": "\\u0000"}', 400),
        (b'{"a": "\\ud800"}', 400),
        (b'{"a": 1, "a": 2}', 400),
        (b"[" * 100_000, 400),
        (b"\xff\xfe", 400),
        (b'{"charge": ' + b"9" * 5000 + b"}", 400),
    ],
)
def test_a_body_that_cannot_be_read_is_a_problem_of_the_whole(post: Sender, body: bytes, status: int) -> None:
    response = post.post(body)

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"


def test_other_methods_other_content_and_no_length_are_refused(post: Sender) -> None:
    chunked = {"content_type": "application/json", "CONTENT_LENGTH": "", "headers": {"Transfer-Encoding": "chunked"}}
    answers = [
        post.client.get(PATH),
        post.post(b"a=1", content_type="application/x-www-form-urlencoded"),
        post.client.post(PATH, b"{}", **chunked),
    ]

    assert [answer.status_code for answer in answers] == [405, 415, 411]


@pytest.mark.parametrize(
    "event_time",
    [
        "2018-05-18T08:30:00.123456789+02:00",
        "2018-05-18 08:30:00z",
        "2018-05-18T08:30:00-12:00",
        "1970-01-01T00:00:00Z",
    ],
)
def test_instants_as_rfc_3339_has_them(post: Sender, bastille: Station, event_time: str) -> None:
    message = said("connector_status", dock=named(bastille.docks.first()), status="Available")

    assert post.tell({**message, "event_time": event_time})["outcome"] == "accepted"


@pytest.mark.parametrize(
    "event_time",
    [None, 0, 1.5, [], "", "now", "2026-11-22", "2026-11-22T08:30Z", "2026-11-22T25:00:00Z", "2026-02-30T00:00:00Z",
     "0000-01-01T00:00:00Z", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-11-22T08:30:00+99:99",
     "２０２６-11-22T08:30:00Z", "2026-11-22T08:30:00Z\n"],
)  # fmt: skip
def test_other_instants_are_refused(post: Sender, bastille: Station, event_time: object) -> None:
    message = said("connector_status", dock=named(bastille.docks.first()), status="Available")

    told = post.tell({**message, "event_time": event_time})

    assert (told["outcome"], told["field"]) == ("refused", "event_time")


POSITION = {
    "lat": 48.853271,
    "longitude": 2.369137,
    "gps": {"heading": 271.25},
    "lastPosition": [48.853271, 2.369137],
    "speed_kmh": 43.125,
}


def test_positions_are_dropped_counted_and_in_no_table(
    driver: Sender, post: Sender, bastille: Station, tmp_path
) -> None:
    dock = {**named(bastille.docks.first()), "coordinates": "48.853271,2.369137"}

    told = [
        *driver.send(said("vehicle_status", charge_percent=50, **POSITION)),
        *post.send(
            said("connector_status", dock=dock, status="Available", **POSITION),
            said("unplugged", dock=dock, vehicle="XX-999-XX", **POSITION),
            said("connector_status", dock=dock, status="Available", where="48.853271", **POSITION),
        ),
    ]
    waiting = list(DeviceMessage.objects.order_by("id").values_list("payload__positions_dropped", flat=True))
    apply_dock_reports()
    apply_vehicle_reports()

    assert [one["outcome"] for one in told] == ["accepted", "accepted", "quarantined", "refused"]
    assert sorted(waiting) == [5, 6, 6]
    call_command("dumpdata", "stations", "vehicles", "bookings", "accounts", output=str(tmp_path / "dump.json"))
    dump = (tmp_path / "dump.json").read_text()
    assert "unknown_vehicle" in dump
    assert not any(trace in dump for trace in ("48.853271", "2.369137", "271.25", "43.125"))


hostile = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=80)
    | st.sampled_from(
        ["A" * 10_000, "🚗" * 70, "\x00", "'; DROP TABLE bookings_booking; --", "<script>alert(1)</script>",
         "%s%(x)s{now}", 2**63, -(2**63), 2**70, 1e308, -0.0, math.nan]
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
FIELDS = [
    "msg_id", "event_time", "kind", "dock", "vehicle", "badge", "status", "error_code", "seq", "charge_percent",
    "range_km", "odometer_km", "🚗", "lat", "",
]  # fmt: skip
KINDS = ["badge", "plugged", "unplugged", "connector_status", "vehicle_status"]


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kind=st.sampled_from(KINDS),
    changes=st.dictionaries(st.sampled_from(FIELDS), hostile, min_size=1, max_size=3),
    connector=st.none() | hostile,
)
def test_hostile_values_never_break_anything(kind: str, changes: dict, connector: object) -> None:
    """Each value in each field of each kind, from a post and from a car: an answer below 500, and the workers go on."""
    paris: Network = factories.network()
    station = Station.objects.first() or factories.station(paris, "Bastille", cars=[90], free_docks=1)
    dock = named(station.docks.first())
    vehicle = Vehicle.objects.first()
    own = {
        "badge": {"badge": "04A2"},
        "plugged": {"dock": dock, "vehicle": vehicle.plate},
        "unplugged": {"dock": dock},
        "connector_status": {"dock": dock, "status": "Available"},
        "vehicle_status": {"charge_percent": 50},
    }[kind]
    message = said(kind, **own) | changes
    if connector is not None and isinstance(message.get("dock"), dict):
        message["dock"] = {**message["dock"], "connector": connector}

    for sender in (post_of(station.docks.first()), car(vehicle)):
        response = sender.post(json.dumps({"messages": [message]}).encode())

        assert response.status_code < 500
    apply_dock_reports()
    apply_vehicle_reports()
    assert not DeviceMessage.objects.filter(outcome="pending").exists()
