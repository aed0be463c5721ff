"""Whatever is wrong, the answer is a problem with a code, in the caller's language."""

import pytest
from django.db import OperationalError
from django.test import Client

from autolib.problems import MACHINE_PATHS
from stations import clock
from stations.models import Station
from tests.api.conftest import Caller

BOOKINGS = "/api/v1/bookings"


def test_an_address_that_is_not_there(db: None) -> None:
    for path in ("/api/", "/api/v1/nothing", "/api/v2/clock", "/api/v1/stations/x", "/api/v1/bookings/1/cancel"):
        response = Client().get(path)
        assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")
        assert response.json()["code"] == "not_found"


@pytest.mark.parametrize("method", ["put", "patch", "delete", "trace"])
def test_a_method_that_is_not_known(as_anne: Caller, method: str) -> None:
    response = getattr(as_anne.client, method)(BOOKINGS, headers=as_anne.headers)

    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert {"GET", "POST"} <= set(response["Allow"].split(", "))


def test_a_method_is_not_overridden_by_a_header(as_anne: Caller) -> None:
    response = as_anne.get(BOOKINGS, headers={"x-http-method-override": "POST"})

    assert response.status_code == 200


def test_a_body_that_is_not_json(as_anne: Caller) -> None:
    response = as_anne.client.post(BOOKINGS, {"station": 1}, headers={**as_anne.headers, "idempotency-key": "one"})

    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")


def test_a_body_that_is_too_large(as_anne: Caller) -> None:
    response = as_anne.post(BOOKINGS, raw=b'{"station": "' + b"x" * 65536 + b'"}')

    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


def test_a_chunked_body_is_not_taken_for_an_empty_one(as_anne: Caller) -> None:
    response = as_anne.client.generic(
        "POST",
        BOOKINGS,
        b"",
        content_type="application/json",
        headers={**as_anne.headers, "transfer-encoding": "chunked"},
    )

    assert (response.status_code, response.json()["code"]) == (411, "length_required")


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b"\xff\xfe",
        b'{"station": NaN}',
        b'{"station": 1e999}',
        b'{"station": 1, "station": 2}',
        b'{"station": ' + b"9" * 5000 + b"}",
        b'{"station": "\\u0000"}',
        b'{"station": "\\ud800"}',
        b"[" * 20000,
        b'{"a":' * 40 + b"1" + b"}" * 40,
    ],
)
def test_json_that_we_do_not_read(as_anne: Caller, raw: bytes) -> None:
    response = as_anne.post(BOOKINGS, raw=raw)

    assert (response.status_code, response.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize("token", ["", "nonsense", "é" * 10, "x" * 5000])
def test_a_wrong_token_is_never_taken_for_an_anonymous_caller(anyone: Caller, db: None, token: str) -> None:
    response = anyone.get("/api/v1/clock", headers={"authorization": f"Bearer {token}"})

    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert response.json()["code"] == "authentication_failed"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"unknown": "1"}, "unknown"),
        ({"limit": "0"}, "limit"),
        ({"limit": "201"}, "limit"),
        ({"limit": "1.0"}, "limit"),
        ({"limit": "null"}, "limit"),
        ({"limit": "٣"}, "limit"),
        ({"limit": "18446744073709551615"}, "limit"),
        ({"limit": "9" * 5000}, "limit"),
        ({"near": "NaN,NaN"}, "near"),
        ({"near": "91,0"}, "near"),
        ({"near": "48.85"}, "near"),
        ({"near": "1e3,2"}, "near"),
        ({"radius": "-1"}, "radius"),
        ({"bbox": "2,1,1,2"}, "bbox"),
        ({"bbox": "1,2,3"}, "bbox"),
        ({"q": "\x00"}, "q"),
        ({"q": "x" * 101}, "q"),
        ({"has": "boat"}, "has"),
        ({"network": "a b"}, "network"),
        ({"cursor": "x"}, "cursor"),
        ({"cursor": "WzEsMl0="}, "cursor"),
        ({"cursor": "W05hTiwxXQ=="}, "cursor"),
    ],
)
def test_a_parameter_that_is_wrong_is_named(anyone: Caller, bastille: Station, query: dict, field: str) -> None:
    response = anyone.get("/api/v1/stations", **query)

    assert (response.status_code, response.json()["code"]) == (400, "invalid")
    assert list(response.json()["errors"]) == [field]


def test_a_parameter_given_twice_is_refused(anyone: Caller, bastille: Station) -> None:
    response = anyone.get("/api/v1/stations?limit=1&limit=2")

    assert list(response.json()["errors"]) == ["limit"]


def test_commands_take_no_parameter(as_anne: Caller, bastille: Station) -> None:
    response = as_anne.post(f"{BOOKINGS}?station={bastille.pk}", {"station": bastille.pk})

    assert list(response.json()["errors"]) == ["station"]


def test_sentences_follow_accept_language(as_anne: Caller, anyone: Caller) -> None:
    french = anyone.get("/api/v1/me", headers={"accept-language": "fr-FR"})
    english = anyone.get("/api/v1/me", headers={"accept-language": "en"})

    assert (french["Content-Language"], english["Content-Language"]) == ("fr", "en")
    assert french.json()["code"] == english.json()["code"] == "not_authenticated"
    assert french.json()["detail"] != english.json()["detail"]


def test_a_database_that_is_away_is_503_with_retry_after(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    def away() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(clock, "now", away)

    response = Client().get("/api/v1/clock")

    assert (response.status_code, response["Retry-After"]) == (503, "5")
    assert (response["Content-Type"], response.json()["code"]) == ("application/problem+json", "unavailable")


def test_what_nobody_foresaw_is_a_problem_too(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setattr(clock, "now", lambda: 1 / 0)

    response = Client(raise_request_exception=False).get("/api/v1/clock")

    assert (response.status_code, response.json()["code"]) == (500, "server_error")
    assert "/api/" in MACHINE_PATHS


def test_any_accept_header_gets_json(anyone: Caller, db: None) -> None:
    for accepted in ("text/html", "application/xml", "application/problem+json", "*/*;q=0", "x" * 5000):
        assert anyone.get("/api/v1/clock", headers={"accept": accepted})["Content-Type"] == "application/json"
