"""Answers are packed for whoever can unpack them, and once only."""

import gzip

import pytest
from django.test import Client

from stations.models import Station
from tests.website.visitor import Reader

PACKED = {"accept-encoding": "gzip"}


@pytest.mark.parametrize("address", ["/", "/live.json", "/layout.json", "/api/v1/stations", "/nothing/"])
def test_it_is_packed_once_for_who_asks(bastille: Station, nation: Station, client: Client, address: str) -> None:
    plain, packed = client.get(address), client.get(address, headers=PACKED)

    assert not plain.has_header("Content-Encoding")
    assert "Accept-Encoding" in plain["Vary"]
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content)[:5] in {plain.content[:5], b"<!doc"}


def test_small_answers_stay_as_they_are(bastille: Station, client: Client) -> None:
    assert not client.get("/api/v1/clock", headers=PACKED).has_header("Content-Encoding")


def test_what_must_stay_secret_looks_different_each_time(bastille: Station, client: Client) -> None:
    """The one secret of a page that also says what somebody asked for is masked, so sizes tell nothing about it."""
    answers = [client.get("/?q=bastille", headers=PACKED) for _ in range(2)]

    tokens = {
        form.values["csrfmiddlewaretoken"]
        for answer in answers
        for form in Reader(gzip.decompress(answer.content).decode()).forms
        if "csrfmiddlewaretoken" in form.values
    }
    assert len(tokens) == 2


def test_a_packed_answer_is_still_known_by_its_tag(bastille: Station, client: Client) -> None:
    first = client.get("/api/v1/stations", headers=PACKED)

    again = client.get("/api/v1/stations", headers={**PACKED, "if-none-match": first["ETag"]})

    assert again.status_code == 304
