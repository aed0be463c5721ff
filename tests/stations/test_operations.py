"""Opening and closing a station, and installing docks."""

import pytest
from django.db import IntegrityError, connection, transaction

from stations.models import ChargePoint, Device, Event, Network, Station
from stations.operations import (
    StationAlreadyClosed,
    StationAlreadyOpen,
    close_station,
    install_docks,
    open_station,
    post_identity,
)
from stations.refusals import ReasonRequired


def test_closing_and_opening_leave_their_events(bastille: Station) -> None:
    close_station(station=bastille, reason="  Works on the square ", actor="operator:7")
    open_station(station=bastille, actor="operator:7")

    events = list(Event.objects.filter(aggregate="station", aggregate_id=bastille.pk).order_by("version"))
    assert [(event.version, event.type, event.actor) for event in events] == [
        (1, "station_closed", "operator:7"),
        (2, "station_opened", "operator:7"),
    ]
    assert events[0].data == {
        "reason": "Works on the square",
        "state": {"is_installed": True, "is_renting": False, "is_returning": False},
    }
    bastille.refresh_from_db()
    assert (bastille.is_renting, bastille.is_returning, bastille.closure_reason) == (True, True, "")


def test_a_closed_station_may_still_take_cars_back_and_then_close_altogether(bastille: Station) -> None:
    half = close_station(station=bastille, reason="Last cars", actor="system", is_returning=True)
    gone = close_station(station=bastille, reason="Removed", actor="system", is_installed=False)

    assert (half.is_installed, half.is_renting, half.is_returning) == (True, False, True)
    assert (gone.is_installed, gone.is_renting, gone.is_returning) == (False, False, False)
    assert (gone.version, gone.closure_reason) == (2, "Removed")


def test_a_closure_needs_a_reason(bastille: Station) -> None:
    with pytest.raises(ReasonRequired):
        close_station(station=bastille, reason=" \n", actor="system")

    assert not Event.objects.exists()


def test_a_decision_that_changes_nothing_is_refused(bastille: Station) -> None:
    with pytest.raises(StationAlreadyOpen):
        open_station(station=bastille, actor="system")
    close_station(station=bastille, reason="Works", actor="system")
    with pytest.raises(StationAlreadyClosed):
        close_station(station=bastille, reason="Other works", actor="system")

    assert Event.objects.count() == 1


def test_the_longest_reason_is_kept_whole_in_the_event(bastille: Station) -> None:
    closed = close_station(station=bastille, reason="é" * 10_000, actor="system")

    assert closed.closure_reason == "é" * 300
    assert Event.objects.get().data["reason"] == "é" * 10_000


def test_new_docks_are_numbered_on_each_with_a_post_of_its_own(bastille: Station, nation: Station) -> None:
    install_docks(docks=[(bastille, 2), (nation, 1)])

    assert list(bastille.docks.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6]
    added = list(bastille.docks.filter(number__gt=4).select_related("charge_point__device").order_by("number"))
    assert [dock.charge_point.identity for dock in added] == [
        f"paris.{bastille.code}.5",
        f"paris.{bastille.code}.6",
    ]
    assert {dock.charge_point.device.kind for dock in added} == {Device.Kind.POST}
    assert nation.docks.count() == 2


def test_posts_of_long_codes_and_of_two_networks_keep_apart() -> None:
    networks = [Network(slug="paris"), Network(slug="paris-2"), Network(slug="x" * 50)]
    codes = ["paris-ordener-65", "a" * 99 + "1", "a" * 99 + "2", "2.a"]

    identities = [
        post_identity(network, Station(code=code), number)
        for network in networks
        for code in codes
        for number in (1, 11, 100)
    ]

    assert identities[0] == "paris.paris-ordener-65.1"
    assert len(set(identities)) == len(identities)
    assert max(map(len, identities)) <= ChargePoint._meta.get_field("identity").max_length


@pytest.mark.parametrize(
    ("column", "constraint"),
    [
        ("latitude = 91", "a_station_stands_on_earth"),
        ("is_installed = false", "a_station_that_is_not_there_serves_nobody"),
    ],
)
def test_the_database_refuses_a_station_that_cannot_be(bastille: Station, column: str, constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE stations_station SET {column} WHERE id = %s", [bastille.pk])


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_a_station_that_closes_without_an_event(bastille: Station) -> None:
    with pytest.raises(IntegrityError, match="changed without an event"):
        Station.objects.filter(pk=bastille.pk).update(is_renting=False)
