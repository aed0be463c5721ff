"""A refusal is kept once a command: it survives the command that was undone, and a repetition adds none."""

from unittest.mock import patch

import pytest

from accounts.models import Subscriber
from bookings import refused
from bookings.models import RefusedRequest
from stations.models import Station
from stations.refusals import Busy
from tests.api.conftest import Caller

BOOKINGS = "/api/v1/bookings"


def test_a_refused_command_leaves_one_row_however_often_it_is_sent(
    as_anne: Caller, anne: Subscriber, nation: Station
) -> None:
    for _ in range(3):
        assert as_anne.post(BOOKINGS, {"station": nation.pk}, key="one").json()["code"] == "car_unavailable"

    row = RefusedRequest.objects.get()
    assert (row.subscriber, row.station, row.need, row.command) == (anne, nation, "car", "reserve")
    as_anne.post(BOOKINGS, {"station": nation.pk}, key="two")
    assert RefusedRequest.objects.count() == 2


def test_what_is_busy_or_not_there_is_not_kept(as_anne: Caller, bastille: Station) -> None:
    as_anne.post(BOOKINGS, {"station": 987654})
    with patch("bookings.operations.reserving.hold_both", side_effect=Busy):
        as_anne.post(BOOKINGS, {"station": bastille.pk})

    assert not RefusedRequest.objects.exists()


def test_without_the_row_there_is_no_answer(as_anne: Caller, nation: Station) -> None:
    with patch.object(refused.RefusedRequest.objects, "create", side_effect=RuntimeError), pytest.raises(RuntimeError):
        as_anne.post(BOOKINGS, {"station": nation.pk}, key="one")

    as_anne.post(BOOKINGS, {"station": nation.pk}, key="one")
    assert RefusedRequest.objects.count() == 1
