"""What a list shows leaves as a file: safe to open, within limits, with a reason, and never without its trace."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.db.models import ForeignKey
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Appointment, RequestCount, Subscriber, User
from accounts.tasks import forget_old_records
from autolib.console import export_reading
from autolib.console.export_files import csv_lines, xlsx_file
from bookings.models import Booking
from stations import four_eyes
from stations.cells import shielded, unshielded
from stations.models import Event, Network, Station, Trace
from stations.rights import Right, Role, grants
from tests import factories
from tests.conftest import counted
from tests.console.conftest import City, build
from tests.console.pages import SCOPED, label, rows_of, site, url
from vehicles.models import Vehicle

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.builds(
    "{}{}{}".format,
    st.sampled_from(["", " ", "\u200b", "\ufeff ", "\t", "\xa0"]),
    st.sampled_from(list("=+-@\t\r\n\0＝＋－＠﹦")),
    st.text(max_size=10).map(lambda text: text.encode("utf-8", "replace").decode()),
)
NUMBERS = st.integers() | st.floats() | st.decimals(allow_nan=False, allow_infinity=False, places=2) | st.booleans()
DAYS = st.dates(date(1901, 2, 1), date(2100, 1, 1))
INSTANTS = st.builds(datetime.combine, DAYS, st.times(), st.just(UTC)) | DAYS
SPACE = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(autouse=True)
def _patient(settings: Any) -> None:
    settings.EXPORTS_A_DAY = 1_000


def page_of(model: type, **query: Any) -> str:
    return reverse("admin:export", args=[model._meta.app_label, model._meta.model_name], query=query)


def download(desk: Client, model: type, *, query: dict[str, Any] | None = None, **values: Any) -> Any:
    return desk.post(page_of(model, **(query or {})), {"format": "csv", "reason": "Monthly report", **values})


def rows(response: Any) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def last() -> Trace:
    return Trace.objects.latest("id")


@given(st.lists(st.lists(TEXTS | NUMBERS | INSTANTS | st.none(), min_size=1, max_size=4), min_size=1, max_size=5))
def test_no_text_of_a_csv_is_ever_computed_and_none_is_lost(table: list[list[Any]]) -> None:
    content = b"".join(csv_lines(table)).decode("utf-8-sig")
    read = list(csv.reader(io.StringIO(content, newline="")))

    assert content.count("\ufeff") == sum(value.count("\ufeff") for row in table for value in row if _is_text(value))
    for row, cells in zip(table, read, strict=True):
        for value, cell in zip(row, cells, strict=True):
            if _is_text(value):
                assert cell in (value, f"'{value}")
                assert not cell or cell[0] not in "=+-@\t\r\n\0＝＋－＠"
                assert not cell.lstrip() or cell.lstrip()[0] not in "=+-@＝＋－＠"
            elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
                assert cell == str(value)


@given(st.lists(st.lists(TEXTS | NUMBERS | INSTANTS | st.none(), min_size=1, max_size=4), min_size=1, max_size=5))
def test_a_workbook_holds_texts_as_texts_and_no_formula(table: list[list[Any]]) -> None:
    with xlsx_file(table, title="rows") as file, zipfile.ZipFile(file) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own
        names = set(book.namelist())

    cells = {cell.get("r"): cell for cell in sheet.iter(f"{SPACE}c")}
    assert list(sheet.iter(f"{SPACE}f")) == []
    assert not any("externalLink" in name or "hyperlink" in name for name in names)
    for line, row in enumerate(table, start=1):
        for column, value in zip("ABCD", row, strict=False):
            cell = cells.get(f"{column}{line}")
            if _is_text(value) and value:
                assert cell is not None
                assert cell.get("t") == "inlineStr"
            elif isinstance(value, bool):
                assert cell is not None
                assert cell.get("t") == "b"
            elif isinstance(value, date):
                assert cell is not None
                assert cell.get("t") is None
                assert float(cell.findtext(f"{SPACE}v") or "") > 0


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


@given(TEXTS)
def test_what_was_shielded_reads_back(text: str) -> None:
    assert unshielded(shielded(text)) == text or shielded(text) == text


def test_every_list_that_tells_of_people_says_of_whom() -> None:
    for model in SCOPED:
        path = site._registry[model].people_path
        targets = {field.related_model for field in model._meta.concrete_fields if isinstance(field, ForeignKey)}
        tells = model in (User, Subscriber, Booking, Event) or targets & {User, Subscriber, Booking}

        assert bool(path) == bool(tells), label(model)


def test_every_list_of_the_console_can_be_exported_in_both_formats(at_desk: Client, lyon_city: City) -> None:
    for model in SCOPED:
        page = at_desk.get(url(model, "changelist"))
        assert page.context["export_url"] == page_of(model)
        shown = [str(row.pk) for row in page.context["cl"].queryset]

        as_csv = rows(download(at_desk, model))
        as_xlsx = download(at_desk, model, format="xlsx")
        book = zipfile.ZipFile(io.BytesIO(as_xlsx.getvalue()))

        assert [row["id"] for row in as_csv] == shown, label(model)
        assert book.testzip() is None
        assert not any("<" in value for row in as_csv for value in row.values()), label(model)
        assert as_xlsx["Content-Disposition"].startswith(f'attachment; filename="lyon-{model._meta.model_name}-2')


def test_a_file_holds_what_the_list_shows_under_its_search(at_desk: Client, lyon: Network) -> None:
    bellecour = factories.station(lyon, "Bellecour", cars=[90], free_docks=2)
    factories.station(lyon, "=HYPERLINK('http://evil')", free_docks=1)
    factories.station(lyon, "Croix-Rousse", cars=[80])

    every = rows(download(at_desk, Station))
    found = rows(download(at_desk, Station, query={"q": "bellecour"}))
    filtered = rows(download(at_desk, Station, query={"supply": "empty"}))
    ticked = rows(download(at_desk, Station, id=[bellecour.pk]))

    assert [row["Name"] for row in every] == ["Bellecour", "Croix-Rousse", "'=HYPERLINK('http://evil')"]
    assert found == ticked == [row for row in every if row["Name"] == "Bellecour"]
    assert (found[0]["Free cars"], found[0]["Free docks"], found[0]["Docks"]) == ("1", "2", "3")
    assert [row["Name"] for row in filtered] == ["'=HYPERLINK('http://evil')"]


def test_numbers_and_instants_are_typed(at_desk: Client, lyon_city: City) -> None:
    car = rows(download(at_desk, Vehicle))[0]
    booking = rows(download(at_desk, Booking))[0]

    assert (car["Charge (%)"], car["Type (id)"]) == ("90", str(lyon_city.vehicle.vehicle_type_id))
    assert datetime.fromisoformat(car["Last heard"]).utcoffset() is not None
    assert datetime.fromisoformat(booking["Trip started"]).tzinfo is not None
    assert (booking["State"], booking["Subscriber (id)"]) == ("on trip", str(lyon_city.subscriber.pk))


def test_the_action_of_a_list_leads_to_the_ticked_rows(at_desk: Client, lyon: Network) -> None:
    bellecour, _other = factories.station(lyon, "Bellecour"), factories.station(lyon, "Croix-Rousse")
    asked = {"action": "export", "_selected_action": [bellecour.pk]}

    ticked = at_desk.post(url(Station, "changelist"), asked)
    across = at_desk.post(url(Station, "changelist"), {**asked, "select_across": "1"})

    assert (ticked.context["ids"], ticked.context["counted"]) == ([str(bellecour.pk)], "1 row")
    assert (across.context["ids"], across.context["counted"]) == ([], "2 rows")


def test_a_file_of_three_rows_costs_what_a_file_of_one_costs(
    at_desk: Client, lyon: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What was taken before costs one query a list.
    monkeypatch.setattr(four_eyes, "COUNTED_TOGETHER", timedelta(0))

    def queries(model: type) -> int:
        with CaptureQueriesContext(connection) as asked:
            rows(download(at_desk, model))
        return len(counted(asked))

    build(lyon, "Traboule", 1)
    of_one = {label(model): queries(model) for model in SCOPED}
    build(lyon, "Traboule", 2)
    build(lyon, "Traboule", 3)

    assert {label(model): queries(model) for model in SCOPED} == of_one
    assert max(of_one.values()) <= 22


def test_rows_are_read_in_batches(at_desk: Client, lyon: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        factories.station(lyon, f"Station {number}")
    monkeypatch.setattr(export_reading, "BATCH", 2)

    assert [row["Name"] for row in rows(download(at_desk, Station))] == [f"Station {number}" for number in range(5)]


def test_the_trace_is_there_before_the_first_byte(at_desk: Client, lyon_city: City, lucien: User) -> None:
    response = download(at_desk, Subscriber, query={"q": "traboule", "is_blocked__exact": "0"})

    trace = last()
    assert (trace.network, trace.actor, trace.act) == (lyon_city.network, f"operator:{lucien.pk}", "export")
    assert (trace.model, trace.reason, trace.came_from) == ("accounts.subscriber", "Monthly report", "127.0.0.1")
    assert trace.data == {
        "format": "csv",
        "count": 1,
        "filters": {"is_blocked__exact": "0"},
        "searched": True,
        "ticked": False,
        "rows": [str(lyon_city.subscriber.pk)],
    }
    assert len(rows(response)) == 1
    download(at_desk, Station)
    assert "rows" not in last().data


def test_without_a_reason_nothing_leaves(at_desk: Client, lyon_city: City) -> None:
    before = Trace.objects.count()

    page = download(at_desk, Station, reason=" ")

    assert list(page.context["form"].errors) == ["reason"]
    assert Trace.objects.count() == before


def test_a_file_has_a_largest_size(at_desk: Client, lyon_city: City, settings: Any) -> None:
    settings.EXPORT_MOST_ROWS = 1
    before = Trace.objects.count()

    asked, posted = at_desk.get(page_of(Station)), download(at_desk, Station)

    sentence = "A file holds 1 rows at most. Search or filter the list first."
    assert asked.context["refusal"] == sentence
    assert posted.context["form"].non_field_errors() == [sentence]
    assert Trace.objects.count() == before


def test_a_person_takes_so_many_files_a_day(at_desk: Client, lyon_city: City, settings: Any) -> None:
    settings.EXPORTS_A_DAY = 2
    for _file in range(2):
        assert download(at_desk, Station).streaming

    third = download(at_desk, Station)

    assert third.context["form"].non_field_errors() == ["You have taken 2 files today. Go on tomorrow."]
    assert Trace.objects.filter(act="export").count() == 2


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_who_may_export_sees_the_door_and_nobody_else_finds_it(client: Client, lyon_city: City, role: Role) -> None:
    client.force_login(factories.operator(lyon_city.network, name="Lucien", role=role))
    for model in SCOPED:
        needs = (site._registry[model].needs["view"], Right.EXPORT)
        may = all(grants(role, right) for right in needs)

        assert (client.get(page_of(model)).status_code == 200) == may, (label(model), role)
        shown = client.get(url(model, "changelist"))
        if shown.status_code == 200:
            assert (page_of(model) in shown.content.decode()) == may


def test_only_rows_of_networks_where_one_may_export_leave(client: Client, lyon_city: City, paris_city: City) -> None:
    both = factories.operator(lyon_city.network, name="Lucien", role=Role.AUDITOR)
    Appointment.objects.create(user=both, network=paris_city.network, role=Role.CONTROL)
    client.force_login(both)
    for model in SCOPED:
        foreign = rows_of(paris_city, model).values_list("pk", flat=True)
        own = {str(key) for key in rows_of(lyon_city, model).values_list("pk", flat=True)}
        for posted in ([], list(foreign), [*own, *foreign]):
            response = download(client, model, id=posted, query={"q": ""})

            told = b"".join(response.streaming_content) if response.streaming else response.content
            assert paris_city.mark not in told.decode(), label(model)
            if response.streaming:
                assert {row["id"] for row in csv.DictReader(io.StringIO(told.decode("utf-8-sig")))} <= own
    assert set(Trace.objects.filter(act="export").values_list("network", flat=True)) == {lyon_city.network.pk}


def test_what_is_no_list_of_networks_is_not_exported(at_desk: Client, lyon_city: City) -> None:
    for path in ("auth/group", "vehicles/vehicletype", "stations/nothing", "nothing/station", "stations/traceseal"):
        assert at_desk.get(f"/admin/export/{path}/").status_code == 404
    assert download(at_desk, Station, id=["x"]).status_code == 404
    assert at_desk.get(page_of(Station, is_installed__gt="1")).status_code == 400
    assert at_desk.get(page_of(Booking, reserved_at__gte="yesterday")).status_code == 302


def test_a_frenchman_reads_french_headings(at_desk: Client, lyon_city: City) -> None:
    at_desk.cookies["django_language"] = "fr"

    page: HttpResponse = at_desk.get(page_of(Station))
    file = download(at_desk, Station)

    assert "Télécharger" in page.content.decode()
    assert {"Nom", "Commune"} <= set(rows(file)[0])


def test_who_runs_the_installation_exports_what_belongs_to_no_network(client: Client, lyon_city: City) -> None:
    root = factories.user(is_staff=True, is_superuser=True)
    client.force_login(root)

    found = rows(download(client, User))

    assert {str(root.pk), str(lyon_city.subscriber.user_id)} <= {row["id"] for row in found}
    assert set(Trace.objects.filter(act="export").values_list("network", flat=True)) == {None, lyon_city.network.pk}


def test_the_counter_of_a_day_outlives_those_of_an_hour(
    at_desk: Client, lyon_city: City, time: Any, settings: Any
) -> None:
    settings.EXPORTS_A_DAY = 1
    time.jump_to(time.now().replace(hour=12))
    download(at_desk, Station)
    time.forward(hours=2)
    forget_old_records()
    assert RequestCount.objects.filter(key__startswith=RequestCount.OF_A_DAY).exists()

    time.forward(days=2)
    forget_old_records()
    assert not RequestCount.objects.exists()
