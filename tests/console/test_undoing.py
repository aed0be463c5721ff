"""An import is taken back once: what nobody uses goes, what stands as imported gets its old value, the rest stays."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timezone import localtime

from accounts.erasing import erase
from accounts.models import Subscriber, User
from bookings import operations
from stations import undoing
from stations.models import ChargePoint, Device, Dock, Event, ImportRun, Network, Station, Trace
from stations.operations import close_station
from tests import factories
from tests.conftest import Clock, counted
from tests.console.conftest import City
from tests.console.pages import url
from tests.console.test_import import confirm as confirm_stations
from tests.console.test_import import upload as upload_stations
from tests.console.test_tables import confirm, everything, told, upload
from vehicles.models import Vehicle


@pytest.fixture
def bellecour(lyon: Network) -> Station:
    return factories.station(lyon, "Bellecour", code="bellecour")


def undo_page(run: ImportRun) -> str:
    return reverse("admin:stations_importrun_undo", args=[run.pk])


def applied(desk: Client, network: Network, kind: str, *rows: str) -> ImportRun:
    confirm(desk, kind, upload(desk, network, kind, *rows))
    return ImportRun.objects.latest("id")


def undo(desk: Client, run: ImportRun) -> list[str]:
    return told(desk.post(undo_page(run), {"reason": "The wrong file"}, follow=True))


def facts() -> dict[str, Any]:
    return {name: rows for name, rows in everything().items() if name not in ("ImportRun", "Trace")}


def test_a_whole_import_is_undone_and_leaves_its_trace(
    at_desk: Client, lyon: Network, lucien: User, bellecour: Station
) -> None:
    factories.dock(bellecour)
    before = facts()
    run = applied(at_desk, lyon, "docks", "bellecour,1,p.1,2", "bellecour,2,p.2,", "bellecour,3,p.2,2")

    assert undo(at_desk, run) == ["3 deleted, 1 as before, 0 left as they are"]

    assert facts() == before
    run.refresh_from_db()
    assert (run.undone_by, run.undone_at is not None) == (f"operator:{lucien.pk}", True)
    trace = Trace.objects.latest("id")
    assert (trace.act, trace.model, trace.object_id) == ("undo_import", "stations.importrun", str(run.pk))
    assert (trace.reason, trace.data["deleted"], trace.data["restored"]) == ("The wrong file", 3, 1)
    rows = Trace.objects.filter(act="undo_import", reason="The wrong file").exclude(pk=trace.pk)
    assert set(rows.values_list("model", flat=True)) == {"stations.dock", "stations.chargepoint"}
    [restored] = [row for row in rows if row.after]
    assert (restored.before["connector"], restored.after["connector"]) == (2, 1)


def test_the_page_says_what_would_happen_and_does_nothing(at_desk: Client, lyon: Network, bellecour: Station) -> None:
    dock = factories.dock(bellecour)
    old = dock.charge_point.identity
    run = applied(at_desk, lyon, "docks", "bellecour,1,p.1,2", "bellecour,2,p.2,")
    before = everything()

    page = at_desk.get(undo_page(run))

    assert page.context["told"] == "2 deleted, 1 as before, 0 left as they are"
    assert page.context["deleted"] == ["p.1", "Bellecour · 2"]
    [(name, changes)] = page.context["restored"]
    assert (name, changes) == ("Bellecour · 1", [("Charging post", "p.1", old), ("Connector", 2, 1)])
    assert everything() == before
    assert ChargePoint.objects.filter(identity=old).exists()


def test_without_a_reason_nothing_is_undone(at_desk: Client, lyon: Network, bellecour: Station) -> None:
    run = applied(at_desk, lyon, "docks", "bellecour,2,p.2,")
    before = facts()

    page = at_desk.post(undo_page(run), {"reason": ""})

    assert list(page.context["form"].errors) == ["reason"]
    assert facts() == before


def test_it_is_undone_once_only(at_desk: Client, lyon: Network, bellecour: Station) -> None:
    run = applied(at_desk, lyon, "docks", "bellecour,2,p.2,")
    undo(at_desk, run)
    before = everything()

    assert undo(at_desk, run) == ["This import has already been undone."]
    assert told(at_desk.get(undo_page(run), follow=True)) == ["This import has already been undone."]
    assert everything() == before
    assert "Undo this import" not in at_desk.get(url(ImportRun, "change", run.pk)).content.decode()


def test_the_page_says_until_when_and_then_offers_it_no_more(
    at_desk: Client, lyon: Network, bellecour: Station, time: Clock
) -> None:
    run = applied(at_desk, lyon, "docks", "bellecour,2,p.2,")
    page = at_desk.get(url(ImportRun, "change", run.pk)).content.decode()
    assert "Can be undone until" in page
    assert f"{localtime(run.at + timedelta(days=90)):%Y-%m-%d %H:%M}" in page

    time.forward(days=90)
    before = facts()
    at_desk.force_login(factories.operator(lyon))

    assert "Undo this import" not in at_desk.get(url(ImportRun, "change", run.pk)).content.decode()
    refused = "It is too late to undo this import: what it did is no longer kept."
    assert undo(at_desk, run) == [refused]
    assert told(at_desk.get(undo_page(run), follow=True)) == [refused]
    assert facts()["Dock"] == before["Dock"]


def test_what_is_in_use_or_was_changed_stays(at_desk: Client, lyon: Network, bellecour: Station) -> None:
    run = applied(
        at_desk, lyon, "docks", "bellecour,1,p.1,1", "bellecour,2,p.1,2", "bellecour,3,p.3,", "bellecour,4,p.4,"
    )
    used, changed = Dock.objects.get(number=2), Dock.objects.get(number=3)
    factories.vehicle(used)
    Dock.objects.filter(pk=changed.pk).update(connector=7)

    page = at_desk.get(undo_page(run))
    kept = {(each.what, each.why) for each in page.context["kept"]}
    undo(at_desk, run)

    assert kept == {
        ("Bellecour · 3", "changed since, or no longer there"),
        ("Bellecour · 2", "used by: cars"),
        ("Bellecour · 1", "used by: docks"),
    }
    assert list(bellecour.docks.order_by("number").values_list("number", flat=True)) == [1, 2, 3]
    assert set(Device.objects.filter(kind="post").values_list("identifier", flat=True)) == {"p.1", "p.3"}


def test_a_column_that_changed_since_keeps_its_new_value(at_desk: Client, lyon: Network) -> None:
    factories.vehicle_type("utilib"), factories.vehicle_type("utilib-14")
    one, two = factories.vehicle(network=lyon), factories.vehicle(network=lyon)
    old = one.device.identifier
    run = applied(at_desk, lyon, "cars", f"{one.plate},utilib,new.1", f"{two.plate},utilib,")
    Vehicle.objects.filter(pk=one.pk).update(vehicle_type=factories.vehicle_type("utilib-14"))

    page = at_desk.get(undo_page(run))
    undo(at_desk, run)

    assert [(each.what, each.why) for each in page.context["kept"]] == [(one.plate, "changed since: Type")]
    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.vehicle_type.code, one.device.identifier) == ("utilib-14", old)
    assert two.vehicle_type.code == "bluecar"
    assert not Device.objects.filter(identifier="new.1").exists()


def test_an_old_value_that_somebody_else_has_now_is_not_taken_away(at_desk: Client, lyon: Network) -> None:
    car, other = factories.vehicle(network=lyon), factories.vehicle(network=lyon)
    device = car.device
    run = applied(at_desk, lyon, "cars", f"{car.plate},bluecar,new.1")
    Vehicle.objects.filter(pk=other.pk).update(device=device)

    page = at_desk.get(undo_page(run))
    undo(at_desk, run)

    assert {(each.what, each.why) for each in page.context["kept"]} == {
        (car.plate, "its old value is taken by now, or what it named is gone"),
        ("new.1", "used by: cars"),
    }
    car.refresh_from_db()
    assert car.device.identifier == "new.1"


def test_docks_that_changed_places_change_back(at_desk: Client, lyon: Network, bellecour: Station) -> None:
    one, two = factories.dock(bellecour), factories.dock(bellecour)
    before = facts()
    first, second = one.charge_point.identity, two.charge_point.identity
    run = applied(at_desk, lyon, "docks", f"bellecour,1,{second},1", f"bellecour,2,{first},1")

    undo(at_desk, run)

    assert facts() == before


def test_stations_are_undone_with_all_that_stands_there(at_desk: Client, lyon: Network) -> None:
    confirm_stations(at_desk, upload_stations(at_desk, lyon, {}))
    before = facts()
    rows = [{"Public name": "Place Bellecour", "Status": "closed", "Slots": "5"}, {"ID": "new", "Public name": "New"}]
    confirm_stations(at_desk, upload_stations(at_desk, lyon, *rows))
    run = ImportRun.objects.latest("id")
    assert (run.kind, run.created_count, run.changed_count) == ("stations", 1, 1)

    assert undo(at_desk, run) == ["3 deleted, 1 as before, 0 left as they are"]

    after = facts()
    versions = [station.pop("version") for station in after["Station"]], [s.pop("version") for s in before["Station"]]
    assert after == before
    assert versions == ([2], [0])  # closed by the import, opened again: each with its event
    assert list(Event.objects.order_by("id").values_list("type", flat=True)) == ["station_closed", "station_opened"]
    again = upload_stations(at_desk, lyon, *rows)
    assert again.context["counted"].startswith("1 created, 1 updated")


def test_a_station_in_use_stays_with_all_its_docks(at_desk: Client, lyon: Network) -> None:
    confirm_stations(at_desk, upload_stations(at_desk, lyon, {}, {"ID": "other", "Public name": "Other"}))
    run = ImportRun.objects.latest("id")
    used = Station.objects.get(code="bellecour")
    factories.vehicle(used.docks.first())
    close_station(station=Station.objects.get(code="other"), reason="Works", actor="test")

    kept = {(each.what, each.why) for each in at_desk.get(undo_page(run)).context["kept"]}
    undo(at_desk, run)

    assert kept == {("Bellecour", "used by: cars"), ("Other", "changed since, or no longer there")}
    assert (Station.objects.count(), used.docks.count()) == (2, 4)


def test_subscribers_who_came_or_were_booked_for_stay(at_desk: Client, lyon: Network) -> None:
    rows = [f"{name}@example.org,{name},,," for name in ("anne", "bruno", "carla", "didier", "elise")]
    known = factories.subscriber(lyon, "Zoe")
    run = applied(at_desk, lyon, "subscribers", *rows, f"{known.user.email},Zoe Autre,,,")
    EmailAddress.objects.filter(email="anne@example.org").update(verified=True)
    factories.subscriber(lyon)
    bruno = Subscriber.objects.get(user__email="bruno@example.org")
    factories.device(User.objects.get(email="carla@example.org"))
    User.objects.filter(email="didier@example.org").update(full_name="Didier Corrigé")
    operations_of(bruno, lyon)

    page = at_desk.get(undo_page(run))
    assert undo(at_desk, run) == ["1 deleted, 1 as before, 4 left as they are"]

    assert {each.why for each in page.context["kept"]} == {
        "changed since, or no longer there",
        "used by: bookings",
        "used by: push subscriptions",
    }
    left = set(User.objects.filter(email__endswith="@example.org").values_list("full_name", flat=True))
    assert {"anne", "bruno", "carla", "Didier Corrigé", "Zoe"} <= left
    assert "elise" not in left
    assert Trace.objects.filter(act="look", model="stations.importrun").count() == 1


def operations_of(subscriber: Subscriber, network: Network) -> None:
    start = factories.subscriber(network)
    type(start.subscriptions.get()).objects.filter(subscriber=start).update(subscriber=subscriber)
    station = factories.station(network, "Bellecour", cars=[90])
    booking = operations.reserve(subscriber=subscriber, station=station, actor="test")
    booking.subscription.__class__.objects.filter(pk=booking.subscription_id).update(subscriber=start)


def test_who_left_is_forgotten_by_the_imports_too(at_desk: Client, lyon: Network) -> None:
    anne = factories.subscriber(lyon, "Anne", is_subscribed=False)
    run = applied(at_desk, lyon, "subscribers", f"{anne.user.email},Anne Martin,+33612345678,,")

    erase(user=anne.user)

    run.refresh_from_db()
    assert "Anne" not in str(run.changed) + str(run.created)
    undo(at_desk, run)
    assert User.objects.get(pk=anne.user_id).full_name == ""


def test_nobody_undoes_an_import_of_another_network(at_desk: Client, lyon_city: City, paris_city: City) -> None:
    run = ImportRun.objects.get(network=paris_city.network)
    before = facts()

    assert at_desk.get(undo_page(run)).status_code == 404
    assert at_desk.post(undo_page(run), {"reason": "x"}).status_code == 404
    assert at_desk.get(undo_page(ImportRun(pk=987654321))).status_code == 404
    assert facts() == before


def test_a_larger_import_takes_no_more_queries_to_undo(at_desk: Client, lyon: Network, bellecour: Station) -> None:
    def queries(*rows: str) -> int:
        run = applied(at_desk, lyon, "docks", *rows)
        with CaptureQueriesContext(connection) as asked:
            undoing.undo(run=run, actor="test")
        return len(counted(asked))

    one = queries("bellecour,1,p.1,1")

    assert queries(*(f"bellecour,{number},p.{number},1" for number in range(1, 8))) == one


@pytest.mark.parametrize("language", ["fr"])
def test_the_page_speaks_french(at_desk: Client, lyon: Network, bellecour: Station, language: str) -> None:
    run = applied(at_desk, lyon, "docks", "bellecour,2,p.2,")
    factories.vehicle(Dock.objects.get())
    at_desk.cookies["django_language"] = language

    page = at_desk.get(undo_page(run))

    assert "Reprendre cette importation" in page.content.decode()
    assert [each.why for each in page.context["kept"]] == ["utilisé par\N{NO-BREAK SPACE}: voitures"]
