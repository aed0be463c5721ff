"""Whoever acts or looks leaves a line that nobody changes, readable beside the object."""

import pytest
from django.contrib.admin.sites import site
from django.db import DatabaseError, connection, transaction
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import Subscriber, User
from bookings import operations
from bookings.models import Booking
from stations import traces
from stations.models import Network, Place, Station, Trace
from stations.rights import Role
from tests import factories
from tests.conftest import Clock
from tests.console.conftest import City
from tests.console.pages import SCOPED, url
from vehicles import fieldwork
from vehicles.models import Vehicle


def broken() -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(traces.BROKEN)
        return cursor.fetchall()


def nothing_beside(inline: str) -> dict[str, int]:
    return {f"{inline}-TOTAL_FORMS": 0, f"{inline}-INITIAL_FORMS": 0}


def act_page(model: type[Model], name: str) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_act", args=[name])


def last() -> Trace:
    return Trace.objects.latest("id")


def test_an_act_says_who_when_from_where_what_before_and_after_and_why(
    at_desk: Client, lyon_city: City, lucien: User
) -> None:
    page = reverse("admin:stations_dock_act", args=["withdraw"])

    at_desk.post(page, {"id": lyon_city.dock.pk, "reason": "The flap is broken"}, REMOTE_ADDR="192.0.2.7")

    trace = last()
    assert (trace.network, trace.actor, trace.act) == (lyon_city.network, f"operator:{lucien.pk}", "withdraw")
    assert (trace.model, trace.object_id, trace.came_from) == ("stations.dock", str(lyon_city.dock.pk), "192.0.2.7")
    assert trace.reason == "The flap is broken"
    assert (trace.before["is_in_service"], trace.after["is_in_service"]) == (True, False)


def test_a_refused_act_leaves_none(at_desk: Client, lyon_city: City) -> None:
    before = Trace.objects.count()

    at_desk.post(reverse("admin:stations_station_act", args=["open"]), {"id": lyon_city.station.pk, "reason": "x"})

    assert Trace.objects.count() == before


def test_a_changed_form_says_what_it_changed(at_desk: Client, lyon_city: City) -> None:
    station = lyon_city.station
    page = at_desk.get(url(Station, "change", station.pk))
    values = {
        **page.context["adminform"].form.initial,
        "access_note": "Code 4711 at the gate",
        **nothing_beside("docks"),
    }

    at_desk.post(url(Station, "change", station.pk), {**values, "access_note": "Code 4711 at the gate"})

    assert (last().act, last().before, last().after) == (
        "change",
        {"access_note": ""},
        {"access_note": "Code 4711 at the gate"},
    )


def test_what_is_added_and_deleted_is_kept_in_the_trace(at_desk: Client, lyon: Network) -> None:
    at_desk.post(url(Place, "add"), {"network": lyon.pk, "name": "Bellecour", "latitude": 45.7, "longitude": 4.8})
    assert (last().act, last().after["name"]) == ("add", "Bellecour")

    at_desk.post(url(Place, "delete", Place.objects.get().pk), {"post": "yes"})

    assert (last().act, last().before["name"]) == ("delete", "Bellecour")


def test_a_look_at_a_persons_trips_is_a_line(at_desk: Client, lyon_city: City, lucien: User) -> None:
    at_desk.get(url(Booking, "change", lyon_city.trip.pk))
    assert (last().act, last().model, last().object_id) == ("look", "bookings.booking", str(lyon_city.trip.pk))

    at_desk.get(url(Subscriber, "changelist"), {"q": "traboule1"})

    assert (last().act, last().data) == ("list", {"rows": [str(lyon_city.subscriber.pk)], "searched": True})
    before = Trace.objects.count()
    at_desk.get(url(Station, "change", lyon_city.station.pk))
    assert Trace.objects.count() == before


def test_so_is_every_other_way_to_look(at_desk: Client, lyon_city: City) -> None:
    who, trip, station = lyon_city.subscriber, lyon_city.trip, lyon_city.station
    choices = {"app_label": "bookings", "model_name": "booking", "field_name": "subscriber", "term": "traboule"}
    ways = [
        (lambda: at_desk.post(url(Subscriber, "changelist") + "?q=traboule"), "list", [str(who.pk)]),
        (lambda: at_desk.get(url(Booking, "history", trip.pk)), "look", str(trip.pk)),
        (lambda: at_desk.get(reverse("admin:autocomplete"), choices), "list", [str(who.pk)]),
        (lambda: at_desk.get(act_page(Subscriber, "block"), {"id": who.pk}), "list", [str(who.pk)]),
    ]
    for look, kind, whose in ways:
        before = Trace.objects.count()

        assert look().status_code == 200

        assert (Trace.objects.count() - before, last().act) == (1, kind)
        assert whose in (last().object_id, last().data.get("rows"))

    before = Trace.objects.count()
    at_desk.get(act_page(Station, "open"), {"id": station.pk})
    assert Trace.objects.count() == before


def test_what_a_closing_tells_of_people_is_traced(at_desk: Client, lyon_city: City) -> None:
    port = Station.objects.get(code=f"{lyon_city.mark}-port")

    page = at_desk.get(act_page(Station, "close"), {"id": port.pk})

    assert str(lyon_city.subscriber) in page.content.decode()
    shown = {"rows": [str(lyon_city.trip.pk)]}
    assert (last().act, last().model, last().data) == ("list", "bookings.booking", shown)


def test_every_list_of_people_is_personal() -> None:
    """Whoever adds one whose rows lead to a person says so, and its looks are traced."""
    admins = [site._registry[model] for model in SCOPED]

    assert [each.opts.label for each in admins if each.people_path and not each.is_personal] == []


def test_no_trace_names_a_person(client: Client, lyon_city: City) -> None:
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    user = lyon_city.subscriber.user
    page = client.get(url(User, "change", user.pk))
    values = page.context["adminform"].form.initial
    kept = {name: value for name, value in values.items() if value not in (None, False, [])}

    kept |= nothing_beside("appointments")
    client.post(url(User, "change", user.pk), {**kept, "full_name": "Nom Nouveau", "phone": "+33612345678"})

    assert last().after == {"full_name": traces.UNTOLD_SIGN, "phone": traces.UNTOLD_SIGN}


def test_no_trace_tells_a_password(client: Client, db: None) -> None:
    client.force_login(factories.user(is_staff=True, is_superuser=True))
    typed = {"usable_password": "true", "password1": "Vaulx-en-Velin", "password2": "Vaulx-en-Velin"}

    client.post(url(User, "add"), {"email": "marie@example.org", **typed})
    added = last()
    marie = User.objects.get(email="marie@example.org")
    other = {"password1": "Bron-Parilly", "password2": "Bron-Parilly"}
    client.post(reverse("admin:auth_user_password_change", args=[marie.pk]), {**typed, **other})
    changed = last()

    marie.refresh_from_db()
    assert marie.check_password("Bron-Parilly")
    assert (added.act, added.after["password1"]) == ("add", traces.UNTOLD_SIGN)
    assert (changed.act, changed.after) == ("change", {"password": traces.UNTOLD_SIGN})
    assert not any(word in str(list(Trace.objects.values())) for word in ("Vaulx", "Bron"))


def test_the_history_tells_acts_and_events_in_order_and_looks_to_auditors(client: Client, lyon_city: City) -> None:
    trip, station = lyon_city.trip, lyon_city.station
    manager, care = (factories.operator(lyon_city.network, name=name, role=role)
                     for name, role in (("Manon", Role.MANAGER), ("Karim", Role.CARE)))  # fmt: skip
    client.force_login(manager)
    client.cookies["django_language"] = "en"
    client.post(reverse("admin:stations_station_act", args=["close"]), {"id": station.pk, "reason": "Flood"})
    client.get(url(Booking, "change", trip.pk))

    story = client.get(url(Station, "history", station.pk)).context["story"].lines
    seen_by_manager = client.get(url(Booking, "history", trip.pk)).context["story"].lines
    client.force_login(care)
    seen_by_care = client.get(url(Booking, "history", trip.pk)).context["story"].lines

    assert [(line.said, line.name, line.reason) for line in story] == [("Close the station", "Manon", "Flood")]
    assert ("Renting", "yes", "no") in story[0].changes
    assert [line.what for line in seen_by_manager] == ["look"]
    assert seen_by_care == []


@pytest.mark.parametrize(
    "statement",
    ["UPDATE stations_trace SET reason = 'nothing'", "DELETE FROM stations_trace", "DELETE FROM stations_traceseal"],
)
def test_nobody_rewrites_a_trace(lyon_city: City, statement: str) -> None:
    traces.seal()

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE stations_trace SET reason = 'nothing' WHERE id = %s",
        "UPDATE stations_trace SET actor = 'operator:99' WHERE id = %s",
        "DELETE FROM stations_traceseal WHERE trace_id = %s",
    ],
)
def test_the_chain_shows_what_was_done_behind_its_back(lyon_city: City, paris_city: City, tampering: str) -> None:
    first = Trace.objects.earliest("id")
    assert traces.seal() == Trace.objects.count()
    assert traces.seal() == 0
    assert broken() == []

    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("stations_trace", "stations_traceseal"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(tampering, [first.pk])

    assert broken() != []


def test_the_history_of_a_car_tells_of_everything_in_order(at_desk: Client, lyon_city: City, time: Clock) -> None:
    """Trips, acts, battery, and what crews did on it."""
    car = lyon_city.vehicle
    operations.end_trip(booking=lyon_city.trip, reason="Post dead", actor="operator:1")
    time.forward(minutes=1)
    withdraw = reverse("admin:vehicles_vehicle_act", args=["withdraw"])
    at_desk.post(withdraw, {"id": car.pk, "cause": "damage", "reason": "Mirror"})
    time.forward(minutes=1)
    task = fieldwork.ask_for(
        network=car.network, kind="repair", urgency=2, vehicle=car, why="Mirror", actor="operator:1"
    )
    time.forward(minutes=1)
    fieldwork.cancel(task=task, reason="Done in the workshop", actor="operator:1")

    told = [line.what for line in at_desk.get(url(Vehicle, "history", car.pk)).context["story"].lines]

    assert told[:4] == ["task_cancelled", "task_asked", "withdraw", "trip_end"]
    assert {"trip_start", "reservation_start"} <= set(told)
