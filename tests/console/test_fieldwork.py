"""The crew's page, and the control room's list: what is offered, to whom, and what each press leaves behind."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from bookings import operations
from stations.models import Network, Station, Trace
from stations.rights import Role
from tests import factories
from tests.console.conftest import City
from tests.console.pages import url
from tests.console.test_acts import act, history
from tests.console.test_changelists import queries_of
from tests.stations.test_photos import bomb, with_position
from tests.website.visitor import Visitor
from vehicles import fieldwork, task_rules
from vehicles.models import FieldPhoto, FieldTask, TaskRule, Vehicle

TASKS = "/admin/tasks/"
Kind, Urgency, State = FieldTask.Kind, FieldTask.Urgency, FieldTask.State


@pytest.fixture
def gare(lyon: Network) -> Station:
    address = {"address": "5 place Béraudier", "postal_code": "69003", "city": "Lyon", "access_note": "Level -1"}
    return factories.station(
        lyon, "Part-Dieu", cars=[90, 40], free_docks=1, latitude=45.7605, longitude=4.8597, **address
    )


@pytest.fixture
def perrache(lyon: Network) -> Station:
    return factories.station(lyon, "Perrache", free_docks=1, latitude=45.7485, longitude=4.8260)


@pytest.fixture
def fatou(lyon: Network) -> User:
    return factories.crew(lyon)


@pytest.fixture
def phone(client: Client, fatou: User) -> Visitor:
    client.force_login(fatou)
    return Visitor(client)


def car_at(station: Station) -> Vehicle:
    return Vehicle.objects.filter(dock__station=station).order_by("pk")[0]


def begun(task: FieldTask, person: User) -> FieldTask:
    fieldwork.take(task=task, person=person)
    return fieldwork.start(task=task, actor=fieldwork.actor_of(person))


def test_a_shift_without_a_script(phone: Visitor, gare: Station, perrache: Station, fatou: User) -> None:
    car = car_at(gare)
    operations.withdraw_vehicle(vehicle=car, cause=Vehicle.Cause.CLEANING, note="Muddy", actor="desk")
    clean = factories.task(vehicle=car, why="Muddy seats")
    factories.task(station=perrache, kind=Kind.CHECK, why="Snow on the docks")

    page = phone.go(TASKS)
    assert page.response.status_code == 200
    assert all(word in page.text for word in ("Part-Dieu", "dock 1", "5 place Béraudier", "69003 Lyon", "Level -1"))
    phone.press("Take it")
    assert "It is yours: clean" in phone.text
    phone.press("Start")
    assert "The car may be rented again" in phone.text
    phone.press("Done", note="Vacuumed", is_rentable="on")

    clean.refresh_from_db()
    car.refresh_from_db()
    assert (clean.state, clean.outcome, car.is_in_service) == (State.DONE, "Vacuumed", True)
    assert "The next one is below" in phone.text
    assert "Next, from Part-Dieu" in phone.text
    assert "2.9 km" in phone.text or "2.9 km" in phone.text
    assert history(clean) == ["take: ", "start: ", "finish: Vacuumed"]
    trace = Trace.objects.filter(model="vehicles.fieldtask").latest("id")
    assert (trace.actor, trace.before["state"], trace.after["state"]) == (f"operator:{fatou.pk}", "underway", "done")


def test_what_cannot_be_done_is_handed_back_with_a_reason(phone: Visitor, gare: Station, fatou: User) -> None:
    task = begun(factories.task(station=gare), fatou)
    phone.go(TASKS)

    phone.press("Hand it back", reason="  ")
    assert "Please give a reason" in phone.text
    phone.press("Hand it back", reason="The gate is locked")

    task.refresh_from_db()
    assert (task.state, task.assignee) == (State.OPEN, "")
    assert "Handed back: The gate is locked" in phone.text


def test_a_car_is_moved_from_the_phone(
    phone: Visitor, gare: Station, perrache: Station, fatou: User, time: Any
) -> None:
    """The card says where to; from “Start” on nobody can reserve the car, until it is plugged in there."""
    car = car_at(gare)
    task = factories.task(vehicle=car, kind=Kind.MOVE, target=perrache, why="Nobody can rent there")
    assert "To <strong>Perrache</strong>" in phone.go(TASKS).html

    phone.press("Take it")
    phone.press("Start")

    car.refresh_from_db()
    task.refresh_from_db()
    assert (car.out_of_service_cause, task.state) == ("relocation", State.UNDERWAY)
    operations.unplugged(dock=car.dock, vehicle=car, event_time=time.now(), actor="device:x")
    operations.plugged(dock=perrache.docks.first(), vehicle=car, event_time=time.now(), actor="device:x")
    phone.go(TASKS).press("Done")
    car.refresh_from_db()
    assert (car.is_in_service, car.dock.station) == (True, perrache)


def test_a_station_without_a_car_gets_one_in_a_press(client: Client, lyon: Network, gare: Station) -> None:
    """The page offers what others can spare; the reason is there, and may be made a better one."""
    dry = factories.station(lyon, "Perrache", free_docks=1, latitude=45.7485, longitude=4.8260)
    best = Vehicle.objects.get(dock__station=gare, report__charge_percent=90)
    foreign = factories.vehicle(factories.dock(factories.station(factories.network(), "Bastille")))
    client.force_login(factories.operator(lyon, role=Role.CONTROL))
    client.cookies["django_language"] = "en"
    page = client.get("/admin/stations/station/act/bring/", {"id": dry.pk})
    form = page.context["form"]
    label = f"{best} · 90 % · Part-Dieu (1 car, 1 free dock, 2.9 km)"
    assert form.fields["cars"].choices == []  # it keeps its only one: the other is not charged enough

    factories.vehicle(factories.dock(gare))
    form = client.get("/admin/stations/station/act/bring/", {"id": dry.pk}).context["form"]
    assert form.fields["cars"].choices == [(best.pk, label.replace("1 car", "2 cars"))]
    assert (form["cars"].value(), form["reason"].value()) == ([best.pk], "No car at Perrache.")

    asked = {"urgency": 1, "reason": "Rush"}
    refused = client.post("/admin/stations/station/act/bring/", {"id": dry.pk, "cars": foreign.pk, **asked})
    assert "cars" in refused.context["form"].errors
    two = client.get("/admin/stations/station/act/bring/", {"id": [dry.pk, gare.pk]})
    assert two.status_code == 404

    told = act(client, "bring", dry, cars=[best.pk], **asked)

    task = FieldTask.objects.get()
    assert (task.kind, task.vehicle, task.target, task.urgency) == ("move", best, dry, 1)
    assert told[0] == f"Perrache: asked of the crews: move · {best} → Perrache"
    assert history(dry) == ["bring: Rush"]


def test_a_full_station_is_relieved_in_a_press(client: Client, lyon: Network, perrache: Station) -> None:
    full = factories.station(lyon, "Part-Dieu", cars=[90, 80], latitude=45.7605, longitude=4.8597)
    client.force_login(factories.operator(lyon, role=Role.CONTROL))
    client.cookies["django_language"] = "en"
    form = client.get("/admin/stations/station/act/take_away/", {"id": full.pk}).context["form"]
    assert [pk for pk, _label in form.fields["target"].choices] == [perrache.pk]

    act(client, "take_away", full, cars=form["cars"].value(), target=perrache.pk, urgency=2, reason="Full")

    task = FieldTask.objects.get()
    assert (task.vehicle.dock.station, task.target) == (full, perrache)


def test_the_nearest_comes_first_from_where_one_says_one_is(phone: Visitor, gare: Station, perrache: Station) -> None:
    factories.task(station=gare, why="first asked for")
    factories.task(station=perrache)

    def places(**asked: str) -> list[str]:
        return [card.near.task.place.name for card in phone.client.get(TASKS, asked).context["open"]]

    assert places() == ["Part-Dieu", "Perrache"]
    assert places(q="perache") == ["Perrache", "Part-Dieu"]
    page = phone.go(f"{TASKS}?q=nowhere+at+all+zzz")
    assert "Nothing is called “nowhere at all zzz” here" in page.text
    for hostile in ("%", "'", "\u202e", "9" * 400, "<script>"):
        assert phone.client.get(TASKS, {"q": hostile, "page": hostile}).status_code == 200


def test_a_position_is_used_once_and_kept_nowhere(phone: Visitor, gare: Station, perrache: Station) -> None:
    factories.task(station=gare)
    factories.task(station=perrache)
    here = {"latitude": "45.7486", "longitude": "4.8261"}

    page = phone.client.post(TASKS, here)

    assert [card.near.task.place for card in page.context["open"]] == [perrache, gare]
    assert "45.74" not in page.content.decode()
    assert dict(phone.client.session).keys() & {"latitude", "longitude"} == set()
    assert not Trace.objects.filter(model="vehicles.fieldtask").exists()
    assert [card.near.task.place for card in phone.client.get(TASKS).context["open"]] == [gare, perrache]
    for wrong in ({"latitude": "x", "longitude": "4"}, {"latitude": "nan", "longitude": "4"}, {"latitude": "91"}):
        refused = phone.client.post(TASKS, wrong, headers=phone.headers)
        assert "Your position could not be read" in refused.content.decode()


def test_photos_are_kept_clean_and_a_refused_one_loses_nothing(phone: Visitor, gare: Station, fatou: User) -> None:
    task = begun(factories.task(station=gare), fatou)
    finish = reverse("admin:task_command", args=[task.pk, "finish"])

    def send(content: bytes, name: str = "x.jpg", **values: str) -> str:
        sent = SimpleUploadedFile(name, content, "image/jpeg")
        return phone.client.post(finish, {"photo": sent, **values}, headers=phone.headers, follow=True).content.decode()

    assert "This file is no photo" in (page := send(b"<script>", note="Swept the dock"))
    assert 'value="Swept the dock"' in page
    assert "This photo is too large" in send(bomb())
    assert "This photo is too large" in send(b"\xff\xd8\xff" + bytes(8_000_001))
    assert "The submitted file is empty" in send(b"")
    assert FieldTask.objects.get(pk=task.pk).state == State.UNDERWAY
    assert "The next one is below" in send(with_position(), name="../../etc/passwd.html")

    photo = FieldPhoto.objects.get()
    shown = phone.client.get(reverse("admin:task_photo", args=[photo.pk]))
    assert (shown.status_code, shown["Content-Type"], shown.content) == (200, "image/jpeg", bytes(photo.content))
    assert shown["Content-Disposition"] == f'inline; filename="task-{task.pk}-{str(photo.pk)[:8]}.jpg"'
    assert (shown["X-Content-Type-Options"], shown["Cache-Control"]) == ("nosniff", "private, max-age=3600")
    assert str(photo.pk) in phone.client.get(url(FieldTask, "change", task.pk)).content.decode()


def test_photos_and_tasks_of_another_network_are_not_there(
    phone: Visitor, paris_city: City, lyon_city: City, client: Client
) -> None:
    paris_crew = factories.crew(paris_city.network)
    foreign = begun(factories.task(dock=paris_city.dock, kind=Kind.REPAIR, why=paris_city.mark), paris_crew)
    fieldwork.finish(task=foreign, photo=with_position(), actor=fieldwork.actor_of(paris_crew))
    photo = reverse("admin:task_photo", args=[FieldPhoto.objects.get().pk])
    waiting = FieldTask.objects.get(dock=paris_city.dock, state=State.OPEN)

    for path in (photo, *(reverse("admin:task_command", args=[waiting.pk, name]) for name in ("take", "finish"))):
        assert phone.client.get(path).status_code in (302, 404)
        assert phone.client.post(path).status_code in (404, 405)
    for asked in ("", "?q=gare", "?q=port", "?page=1"):
        assert paris_city.mark not in phone.go(TASKS + asked).html
    assert {card.task.network for card in phone.go(TASKS).response.context["open"]} == {lyon_city.network}
    waiting.refresh_from_db()
    assert waiting.state == State.OPEN
    client.force_login(paris_crew)
    assert client.get(photo).status_code == 200
    client.logout()
    assert client.get(photo).status_code == 302


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_the_page_is_for_whoever_works_tasks(client: Client, lyon: Network, gare: Station, role: Role) -> None:
    worker = factories.operator(lyon, name="Lucien", role=role)
    client.force_login(worker)
    task = factories.task(station=gare)
    works = role in (Role.CREW, Role.CONTROL, Role.MANAGER)

    assert client.get(TASKS).status_code == (200 if works else 403)
    assert client.post(reverse("admin:task_command", args=[task.pk, "take"])).status_code == (302 if works else 403)
    index = client.get(reverse("admin:index")).content.decode()
    assert (f'href="{TASKS}"' in index) == works
    assert client.post(reverse("admin:task_command", args=[task.pk, "burn"])).status_code == 404


def test_the_page_costs_the_same_for_any_number_of_tasks(phone: Visitor, gare: Station, fatou: User) -> None:
    def fill(number: int) -> None:
        dock = factories.dock(gare)
        factories.task(vehicle=factories.vehicle(dock), why=str(number))
        fieldwork.take(task=factories.task(dock=dock, kind=Kind.REPAIR), person=fatou)

    fill(1)
    of_one = queries_of(phone.client, TASKS)
    fill(2)
    fill(3)

    assert (of_one, queries_of(phone.client, TASKS)) == (10, 10)


def test_a_long_list_is_leafed_through(phone: Visitor, gare: Station) -> None:
    for _ in range(12):
        factories.task(dock=factories.dock(gare))

    first = phone.go(TASKS)
    assert len(first.response.context["open"]) == 10
    phone.follow("Further")
    assert len(phone.response.context["open"]) == 2
    assert "2 of 2" in phone.text


def test_a_task_is_asked_for_by_hand_and_given_to_somebody(
    at_desk: Client, lyon: Network, gare: Station, fatou: User, lucien: User
) -> None:
    car = car_at(gare)
    values = {"network": lyon.pk, "kind": "clean", "urgency": 1, "vehicle": car.pk, "why": "Mud"}

    assert at_desk.post(url(FieldTask, "add"), {**values, "vehicle": ""}).status_code == 200
    assert at_desk.post(url(FieldTask, "add"), values).status_code == 302

    task = FieldTask.objects.get()
    assert (task.origin, task.urgency, task.because, task.created_at is not None) == ("by_hand", 1, "Mud", True)
    assert history(task) == ["add: "]
    again = at_desk.post(url(FieldTask, "add"), values, follow=True)
    assert "This is asked for already" in again.content.decode()
    page = reverse("admin:vehicles_fieldtask_act", args=["assign"])
    offered = at_desk.get(page, {"id": task.pk}).context["form"].fields["person"].queryset
    assert set(offered) == {fatou, lucien}
    act(at_desk, "assign", task, person=fatou.pk, reason="")
    assert task.assignee == fieldwork.actor_of(fatou)
    assert "Fatou" not in str(Trace.objects.filter(act="assign").values())
    assert "Fatou" in at_desk.get(url(FieldTask, "changelist")).content.decode()
    assert "Fatou" in at_desk.get(url(FieldTask, "change", task.pk)).content.decode()
    told = act(at_desk, "cancel", task, reason="Sold")
    assert (task.state, task.outcome, told) == (State.CANCELLED, "Sold", [f"Call the task off: done for {task}."])


def test_field_work_is_asked_for_on_the_page_of_a_car_and_of_a_dock(at_desk: Client, gare: Station) -> None:
    car, dock = car_at(gare), gare.docks.last()

    for row in (car, dock):
        told = act(at_desk, "ask", row, kind="repair", urgency=3, reason="The flap is loose")
        assert told == [f"Ask for field work: done for {row}."]
        assert history(row) == ["ask: repair. The flap is loose"]

    assert set(FieldTask.objects.values_list("vehicle", "dock", "urgency", "why")) == {
        (car.pk, None, 3, "The flap is loose"),
        (None, dock.pk, 3, "The flap is loose"),
    }
    again = act(at_desk, "ask", car, kind="repair", urgency=3)
    assert again == [f"Not done for {car}: This is asked for already: look under the open field tasks."]


def test_tasks_are_filtered_and_measured(at_desk: Client, gare: Station, fatou: User, lucien: User, time: Any) -> None:
    mine = factories.task(station=gare)
    fieldwork.take(task=mine, person=lucien)
    old = factories.task(dock=gare.docks.first(), kind=Kind.REPAIR)
    time.forward(hours=5)
    done = begun(factories.task(dock=gare.docks.last(), kind=Kind.REPAIR), fatou)
    fieldwork.finish(task=done, actor=fieldwork.actor_of(fatou))

    def found(**filters: str) -> set[FieldTask]:
        return set(at_desk.get(url(FieldTask, "changelist"), filters).context["cl"].queryset)

    assert found(whose="mine") == {mine}
    assert found(stands="nobody") == {old}
    assert found(stands="done") == {done}
    assert found(age="hours") == {mine, old}
    assert found(age="day") == set()
    page = at_desk.get(url(FieldTask, "changelist"))
    assert list(page.context["cl"].result_list) == [mine, old, done]
    assert [(each.kind, each.asked, each.done) for each in page.context["measures"]] == [
        ("clean", 1, 0),
        ("repair", 2, 1),
    ]
    assert page.context["measures"][0].until_assigned < timedelta(minutes=1)


def test_the_rules_of_a_network_are_set_by_whoever_may(at_desk: Client, lyon: Network) -> None:
    task_rules.settle(lyon, task_rules.RULES)
    rule = TaskRule.objects.get(code="low_charge")
    values = {"kind": "charge", "urgency": 1, "threshold": 30, "rest_hours": 6, "most_open": 9, "is_active": "on"}

    assert at_desk.post(url(TaskRule, "change", rule.pk), {**values, "threshold": 101}).status_code == 200
    assert at_desk.post(url(TaskRule, "change", rule.pk), values).status_code == 302

    rule.refresh_from_db()
    assert (rule.threshold, rule.urgency, rule.rest_hours, rule.most_open) == (30, 1, 6, 9)
    assert "30 %" in at_desk.get(url(TaskRule, "changelist")).content.decode()
