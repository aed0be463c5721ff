"""Docks, cars and subscribers from a table: the preview writes nothing, and what is confirmed is what was seen."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Subscriber, Subscription, User
from accounts.operations import subscribe_as_wanted
from autolib.console import tables
from stations.models import ChargePoint, Device, Dock, ImportRun, Network, Station, Trace
from tests import factories
from tests.console.conftest import City, build
from tests.console.pages import url
from vehicles.models import Vehicle

HEADERS = {
    "docks": "station,number,post,connector",
    "cars": "plate,type,device",
    "subscribers": "email,name,phone,language,plan",
}
CHANGED_MEANWHILE = "The network has changed since this preview. Look at the new preview, then apply it."


def page_of(kind: str) -> str:
    return reverse("admin:import_table", args=[kind])


def upload(desk: Client, network: Network, kind: str, *rows: str, header: str | None = None) -> Any:
    content = "\n".join([header or HEADERS[kind], *rows])
    return send(desk, network, kind, content.encode())


def send(desk: Client, network: Network, kind: str, content: bytes) -> Any:
    table = SimpleUploadedFile(f"{kind}.csv", content)
    return desk.post(page_of(kind), {"network": network.pk, "table": table})


def confirm(desk: Client, kind: str, preview: Any) -> Any:
    return desk.post(page_of(kind), {"preview": preview.context["sealed"]}, follow=True)


def refused(preview: Any) -> list[tuple[int, str, str]]:
    return [(problem.line, problem.column, problem.reason) for problem in preview.context["problems"]]


def told(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def everything() -> dict[str, list[Any]]:
    """What imports write."""
    models = (Station, Dock, ChargePoint, Device, Vehicle, User, EmailAddress, Subscriber, ImportRun, Trace)
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in models}


@pytest.fixture
def bellecour(lyon: Network) -> Station:
    return factories.station(lyon, "Bellecour", code="bellecour")


def test_docks_are_made_with_the_posts_that_they_name(
    at_desk: Client, lyon: Network, lucien: User, bellecour: Station
) -> None:
    before = everything()
    preview = upload(at_desk, lyon, "docks", "bellecour,1,lyon.b.1,", "bellecour,2,lyon.b.1,2", "nowhere,1,x,1")

    assert preview.context["counted"] == "2 created, 0 updated, 0 unchanged, 1 row refused"
    assert refused(preview) == [
        (4, "station", "There is no station with this code in Lyon. Add the station first."),
    ]
    assert everything() == before

    done = confirm(at_desk, "docks", preview)

    assert told(done) == ["Imported “docks.csv”: 2 created, 0 updated, 0 unchanged, 1 row refused"]
    docks = bellecour.docks.order_by("number").values_list("number", "charge_point__identity", "connector")
    assert list(docks) == [(1, "lyon.b.1", 1), (2, "lyon.b.1", 2)]
    assert Device.objects.get(identifier="lyon.b.1").network == lyon
    run = ImportRun.objects.get()
    assert (run.kind, run.file, run.actor, run.created_count) == ("docks", "docks.csv", f"operator:{lucien.pk}", 2)
    trace = Trace.objects.get(model="stations.network")
    assert (trace.act, trace.data["run"], trace.data["kind"]) == ("import", run.pk, "docks")
    assert Trace.objects.filter(model="stations.dock", act="import").count() == 2


def test_docks_may_change_places_at_their_posts(at_desk: Client, lyon: Network, bellecour: Station) -> None:
    one, two = factories.dock(bellecour), factories.dock(bellecour)
    first, second = one.charge_point.identity, two.charge_point.identity

    preview = upload(at_desk, lyon, "docks", f"bellecour,1,{second},1", f"bellecour,2,{first},1")
    assert [changes for _line, changes in preview.context["changed"]] == [
        [("post", first, second)],
        [("post", second, first)],
    ]
    confirm(at_desk, "docks", preview)

    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.charge_point.identity, two.charge_point.identity) == (second, first)


def test_a_connector_serves_one_dock_and_a_post_one_station(at_desk: Client, lyon: Network, bellecour: Station) -> None:
    taken = factories.dock(bellecour).charge_point.identity
    factories.station(lyon, "Croix-Rousse", code="croix")

    preview = upload(
        at_desk,
        lyon,
        "docks",
        f"bellecour,2,{taken},1",
        "bellecour,3,new.1,1",
        "bellecour,4,new.1,1",
        f"croix,1,{taken},2",
        "croix,2,new.1,2",
    )

    assert refused(preview) == [
        (2, "connector", "This connector serves dock 1 of bellecour. Choose another connector."),
        (4, "connector", "This connector serves dock 3 of bellecour. Choose another connector."),
        (5, "post", "This post stands at the station bellecour. A post serves docks of one station."),
        (6, "post", "This post stands at the station bellecour. A post serves docks of one station."),
    ]
    assert preview.context["counted"].startswith("1 created")


def test_cars_are_made_and_changed(at_desk: Client, lyon: Network) -> None:
    factories.vehicle_type("utilib")
    known = factories.vehicle(network=lyon)
    other = factories.vehicle(network=lyon)

    preview = upload(
        at_desk,
        lyon,
        "cars",
        "ab-900-cd,bluecar,lyon.900",
        "AB-901-CD,bluecar,",
        f"{known.plate.lower()},utilib,lyon.902",
        f"{other.plate},bluecar,{other.device.identifier}",
        "AB-903-CD,tram,",
        f"AB-904-CD,bluecar,{other.device.identifier}",
        "AB-905-CD,bluecar,lyon.900",
    )
    confirm(at_desk, "cars", preview)

    assert preview.context["counted"] == "2 created, 1 updated, 1 unchanged, 3 rows refused"
    assert refused(preview) == [
        (6, "type", "There is no vehicle type with this code. Known are bluecar, utilib."),
        (7, "device", f"This device is that of the car {other.plate}. Take it away there first."),
        (8, "device", "The same is already on line 2."),
    ]
    made = Vehicle.objects.get(plate="AB-900-CD")
    assert (made.network, made.device.identifier, made.device.kind, made.dock) == (lyon, "lyon.900", "car", None)
    assert Vehicle.objects.get(plate="AB-901-CD").device is None
    known.refresh_from_db()
    assert (known.vehicle_type.code, known.device.identifier) == ("utilib", "lyon.902")
    trace = Trace.objects.get(model="vehicles.vehicle", object_id=known.pk, act="import")
    assert set(trace.before) == {"vehicle_type", "device"}


def test_subscribers_come_without_a_password_and_nobody_is_written_to(
    at_desk: Client, client: Client, lyon: Network
) -> None:
    plan = factories.plan(lyon)
    preview = upload(at_desk, lyon, "subscribers", "Anne@Example.org,Anne Martin,'+33 6 12 34 56 78,fr,year")
    confirm(at_desk, "subscribers", preview)

    anne = User.objects.get(email="anne@example.org")
    address = EmailAddress.objects.get(user=anne)
    assert (anne.full_name, anne.phone, anne.language) == ("Anne Martin", "+33 6 12 34 56 78", "fr")
    assert not anne.has_usable_password()
    assert (address.primary, address.verified) == (True, False)
    assert (anne.subscriber.network, anne.subscriber.wanted_plan) == (lyon, plan)
    assert not Subscription.objects.exists()
    assert mail.outbox == []

    client.logout()
    client.post(reverse("account_reset_password"), {"email": "anne@example.org"})
    assert [message.to for message in mail.outbox] == [["anne@example.org"]]
    assert "/key/" in mail.outbox[0].body or "reset" in mail.outbox[0].body
    assert subscribe_as_wanted(user=anne).plan == plan


def test_known_subscribers_are_changed_and_an_empty_cell_says_nothing(at_desk: Client, lyon: Network) -> None:
    anne = factories.subscriber(lyon, "Anne", is_subscribed=False)
    bruno = factories.subscriber(lyon, "Bruno")
    factories.plan(lyon)

    preview = upload(
        at_desk,
        lyon,
        "subscribers",
        f"{anne.user.email},Anne Martin,,,year",
        f"{bruno.user.email},Bruno,,en,year",
        f"{bruno.user.email.upper()},Bruno,,,",
    )
    looked = Trace.objects.latest("id")
    confirm(at_desk, "subscribers", preview)

    assert [changes for _line, changes in preview.context["changed"]] == [
        [("name", "Anne", "Anne Martin"), ("plan", "—", "year")]
    ]
    assert preview.context["counted"] == "0 created, 1 updated, 1 unchanged, 1 row refused"
    assert (looked.act, looked.data["rows"]) == ("list", [str(anne.pk)])
    anne.refresh_from_db()
    assert (anne.user.full_name, anne.wanted_plan.code) == ("Anne Martin", "year")
    trace = Trace.objects.get(model="accounts.user", object_id=anne.user_id)
    assert "Martin" not in str(trace.after)


def test_who_is_known_elsewhere_operates_or_left_is_refused_alike(
    at_desk: Client, lyon: Network, paris: Network, lucien: User
) -> None:
    elsewhere = factories.subscriber(paris, "Zoe").user
    staff = factories.subscriber(lyon, "Odette").user
    left = factories.subscriber(lyon, "Louis").user
    second = factories.subscriber(lyon, "Sofia").user
    User.objects.filter(pk=staff.pk).update(is_staff=True)
    User.objects.filter(pk=left.pk).update(is_active=False)
    EmailAddress.objects.create(user=second, email="second@example.org", verified=True)
    emails = [elsewhere.email, staff.email, left.email, lucien.email, "second@example.org"]
    before = everything()

    preview = upload(at_desk, lyon, "subscribers", *(f"{email.upper()},Somebody,,," for email in emails))

    assert [reason for _line, _column, reason in refused(preview)] == ["This address cannot be imported."] * 5
    assert ">Zoe" not in preview.content.decode()
    confirm(at_desk, "subscribers", preview)
    assert everything() == before


def test_plans_must_be_those_of_the_network_and_open(at_desk: Client, lyon: Network, paris: Network) -> None:
    factories.plan(paris)
    subscribed = factories.subscriber(lyon, "Bruno").user
    factories.plan(lyon).__class__.objects.create(network=lyon, code="old", name="Old", is_open=False)

    preview = upload(
        at_desk,
        lyon,
        "subscribers",
        "a@example.org,A,,,month",
        "b@example.org,B,,,old",
        f"{subscribed.email},Bruno,,,old",
    )

    assert refused(preview) == [
        (2, "plan", "There is no plan with this code in Lyon."),
        (3, "plan", "This plan is not open to new subscribers."),
        (4, "plan", "A subscription to “year” is valid now. Leave the cell empty."),
    ]


@pytest.mark.parametrize(
    ("kind", "row", "column", "reason"),
    [
        ("docks", "bellecour,0,p,1", "number", "It must be a whole number from 1 to 999."),
        ("docks", "bellecour,1,,1", "post", "It is missing."),
        ("docks", "bellecour,1,a b,1", "post", "made of letters"),
        ("docks", "bellecour,1,p,x", "connector", "from 1 to 99"),
        ("cars", f"{'A' * 21},bluecar,", "plate", "longer than 20"),
        ("subscribers", "anne,Anne,,,", "email", "It must be an e-mail address"),
        ("subscribers", "anne@example.org,A\ufffd,,,", "name", "damaged"),
        ("subscribers", "anne@example.org,A,0,,", "phone", "telephone number"),
        ("subscribers", "anne@example.org,A,,de,", "language", "one of: fr, en"),
    ],
)
def test_a_bad_cell_names_its_line_its_column_and_the_remedy(
    kind: str, row: str, column: str, reason: str, at_desk: Client, lyon: Network, bellecour: Station
) -> None:
    found = refused(upload(at_desk, lyon, kind, row))

    assert [(line, where) for line, where, _why in found] == [(2, column)]
    assert reason in found[0][2]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not a text file"),
        (b"PK\x03\x04 workbook", "not a text file"),
        (b"station,number,post,connector\nb\0,1,x,1\n", "not a text file"),
        (b"x" * 10_000_000, "larger than 2 MB"),
        (b"station,number\nbellecour,1\n", "columns are missing: post, connector"),
        (b"station,number,post,connector,colour\nbellecour,1,x,1,red\n", "not known: colour"),
        (b"station,number,post,connector,post\nbellecour,1,x,1,y\n", "there twice: post"),
        (b"station\tnumber\tpost\tconnector\nbellecour\t1\tx\t1\n", "separated by"),
        (b"station,number,post,connector\n", "no rows"),
        ("station,number,post,connector\nà,1,x,1\né,1,y,1\n".encode("latin-1"), "not in UTF-8"),
        ("station,number,post,connector\nà,1,x,1\n".encode("utf-16"), "UTF-16"),
        (b'{"station": 1}', "JSON"),
        (b"station,number,post,connector\n" + b"bellecour,1,x,1\n" * 5_001, "more than 5000 rows"),
        (b"# only\n# notes\n", "empty"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
def test_what_is_not_such_a_table_is_refused_and_changes_nothing(
    content: bytes, said: str, at_desk: Client, lyon: Network, bellecour: Station
) -> None:
    before = everything()

    response = send(at_desk, lyon, "docks", content)

    assert said in str(response.context["form"].errors["table"])
    assert everything() == before


def test_a_row_that_cannot_be_read_costs_that_row(at_desk: Client, lyon: Network, bellecour: Station) -> None:
    rows = [b"bellecour;1;p.1;1", b"bellecour;2;p\xff;1", b"bellecour;3", b'bellecour;4;"p.4;1', b"bellecour;5;p.5;1"]

    preview = send(at_desk, lyon, "docks", b"\xef\xbb\xbfstation;number;post;connector\r\n" + b"\r\n".join(rows))

    assert [line for line, _column, _reason in refused(preview)] == [3, 4, 5]
    assert preview.context["counted"] == "2 created, 0 updated, 0 unchanged, 3 rows refused"


def test_the_second_of_two_equal_rows_is_refused(at_desk: Client, lyon: Network, bellecour: Station) -> None:
    preview = upload(at_desk, lyon, "docks", "bellecour,1,p.1,1", "bellecour,01,p.2,1")

    assert refused(preview) == [(3, "station, number", "The same is already on line 2.")]


@pytest.mark.parametrize("kind", sorted(HEADERS))
def test_the_template_is_explained_and_reads_back(kind: str, at_desk: Client, lyon: Network) -> None:
    template = at_desk.get(reverse("admin:import_table_template", args=[kind]))
    content = template.content
    example = [line for line in content.decode("utf-8-sig").splitlines() if line.startswith("#")][-1]

    assert template["Content-Disposition"] == f'attachment; filename="{kind}.csv"'
    assert "no rows" in str(send(at_desk, lyon, kind, content).context["form"].errors["table"])
    preview = send(at_desk, lyon, kind, content + example.removeprefix("# ").encode())
    known = {"docks": "no station with this code", "cars": "no vehicle type", "subscribers": "no plan"}[kind]
    [(line, _column, reason)] = refused(preview)
    assert known in reason
    assert line == len(content.splitlines()) + 1


def test_a_preview_that_is_no_longer_true_is_not_applied(at_desk: Client, lyon: Network, bellecour: Station) -> None:
    preview = upload(at_desk, lyon, "docks", "bellecour,1,p.1,1", "bellecour,2,p.2,1")
    factories.dock(bellecour)
    before = everything()

    again = confirm(at_desk, "docks", preview)

    assert told(again) == [CHANGED_MEANWHILE]
    assert again.context["counted"].startswith("1 created, 1 updated")
    assert everything() == before
    confirm(at_desk, "docks", again)
    assert bellecour.docks.count() == 2


def test_applied_twice_is_applied_once(at_desk: Client, lyon: Network, bellecour: Station) -> None:
    preview = upload(at_desk, lyon, "docks", "bellecour,1,p.1,1")
    confirm(at_desk, "docks", preview)
    before = everything()

    twice = confirm(at_desk, "docks", preview)

    assert told(twice) == [CHANGED_MEANWHILE]
    assert "There is nothing to apply." in twice.content.decode()
    assert everything() == before


def test_no_other_person_network_or_kind(
    at_desk: Client, client: Client, lyon: Network, paris: Network, lucien: User, bellecour: Station
) -> None:
    foreign = upload(at_desk, paris, "docks", "bellecour,1,p.1,1")
    preview = upload(at_desk, lyon, "docks", "bellecour,1,p.1,1")
    other_kind = at_desk.post(page_of("cars"), {"preview": preview.context["sealed"]})
    lucien.networks.clear()
    expelled = at_desk.post(page_of("docks"), {"preview": preview.context["sealed"]})
    client.force_login(factories.operator(lyon, name="Lucie"))
    stolen = client.post(page_of("docks"), {"preview": preview.context["sealed"]})

    assert list(foreign.context["form"].errors) == ["network"]
    assert [response.status_code for response in (other_kind, expelled, stolen)] == [403, 403, 403]
    assert at_desk.get(page_of("nothing")).status_code == 404
    assert not Dock.objects.exists()


@pytest.mark.parametrize("sealed", ["", "x", "a:b:c", "\0", "x" * 10_000])
def test_a_forged_preview_is_refused(sealed: str, at_desk: Client, lyon: Network) -> None:
    response = at_desk.post(page_of("docks"), {"preview": sealed}, follow=True)

    assert told(response) == ["This preview is no longer valid. Upload the file again."]


def test_a_table_of_lyon_neither_touches_nor_tells_of_paris(at_desk: Client, lyon_city: City, paris_city: City) -> None:
    paris, lyon = paris_city, lyon_city.network
    post, device = f"{paris.mark}-post", paris.vehicle.device.identifier
    before = everything()

    previews = {
        "docks": upload(
            at_desk,
            lyon,
            "docks",
            f"{paris.station.code},1,x.1,1",
            f"{lyon_city.station.code},90,{post},1",
            f"{lyon_city.station.code},91,{device},1",
        ),
        "cars": upload(at_desk, lyon, "cars", f"NEW-1,bluecar,{device}", f"NEW-2,bluecar,{post}"),
        "subscribers": upload(at_desk, lyon, "subscribers", f"{paris.subscriber.user.email},Mine,,,"),
    }
    for kind, preview in previews.items():
        assert preview.context["counted"].startswith("0 created, 0 updated, 0 unchanged"), kind
        reasons = " ".join(reason for _line, _column, reason in refused(preview))
        assert paris.mark not in reasons
        assert paris.network.name not in preview.content.decode()
        confirm(at_desk, kind, preview)
    same_plate = upload(at_desk, lyon, "cars", f"{paris.vehicle.plate},bluecar,")
    confirm(at_desk, "cars", same_plate)

    after = everything()
    for model in (Dock, ChargePoint, Device, User, Subscriber, Station):
        assert after[model.__name__] == before[model.__name__]
    changed = [row for row in after["Vehicle"] if row not in before["Vehicle"]]
    assert [(row["network_id"], row["plate"]) for row in changed] == [(lyon.pk, paris.vehicle.plate.upper())]


def test_a_larger_table_takes_no_more_queries(at_desk: Client, lyon: Network, bellecour: Station) -> None:
    factories.vehicle_type()

    def queries(kind: str, *rows: str) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as planning:
            preview = upload(at_desk, lyon, kind, *rows)
        with CaptureQueriesContext(connection) as applying:
            confirm(at_desk, kind, preview)
        assert preview.context["counted"].startswith(f"{len(rows)} created")
        return len(planning), len(applying)

    for kind, row in {
        "docks": "bellecour,{0},p.{0},1",
        "cars": "AB-{0},bluecar,d.{0}",
        "subscribers": "a{0}@example.org,A,,,",
    }.items():
        assert queries(kind, row.format(1)) == queries(kind, *(row.format(number) for number in range(2, 7))), kind


def test_the_pages_speak_french(at_desk: Client, lyon: Network, bellecour: Station) -> None:
    at_desk.cookies["django_language"] = "fr"

    page = at_desk.get(page_of("docks")).content.decode()
    preview = upload(at_desk, lyon, "docks", "bellecour,0,p,1")
    template = at_desk.get(reverse("admin:import_table_template", args=["docks"])).content.decode()

    assert "Télécharger un tableau vide" in page
    assert refused(preview)[0][2] == "Il faut un nombre entier de 1 à 999."
    assert "code de la station" in template


def test_a_table_too_large_to_come_back_is_refused(at_desk: Client, lyon: Network, monkeypatch: Any) -> None:
    monkeypatch.setattr(tables, "MOST_CHARACTERS", 100)

    response = upload(at_desk, lyon, "cars", "AB-1,bluecar,")

    assert "Split it." in str(response.context["form"].errors["table"])


def test_a_list_of_imports_is_that_of_ones_networks(at_desk: Client, lyon: Network, paris: Network) -> None:
    build(lyon, "Traboule")
    build(paris, "Quaisecret")

    page = at_desk.get(url(ImportRun, "changelist"))

    assert [run.file for run in page.context["cl"].queryset] == ["Traboule1.csv"]
