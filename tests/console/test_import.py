"""Stations from a published file: the preview writes nothing, and what is confirmed is what was seen."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from autolib.console import importing
from stations.importing.rows import COLUMNS
from stations.models import Dock, Event, Network, Station, Trace
from tests import factories
from tests.console.pages import url

ROW = {
    "Address": "1 place Bellecour",
    "Cars": "1",
    "Bluecar counter": "1",
    "Utilib counter": "0",
    "Utilib 1.4 counter": "0",
    "Charge Slots": "0",
    "Charging Status": "operational",
    "City": "Lyon",
    "Displayed comment": "",
    "ID": "bellecour",
    "Kind": "STATION",
    "Geo point": "45.7577, 4.832",
    "Postal code": "69002",
    "Public name": "Bellecour",
    "Rental status": "operational",
    "Scheduled at": "",
    "Slots": "3",
    "Station type": "station",
    "Status": "ok",
    "Subscription status": "nonexistent",
}


def file_of(*rows: dict[str, str]) -> SimpleUploadedFile:
    lines = [";".join(COLUMNS), *(";".join((ROW | row)[column] for column in COLUMNS) for row in rows)]
    return SimpleUploadedFile("stations.csv", "\n".join(lines).encode())


def upload(desk: Client, network: Network, *rows: dict[str, str], **more: Any) -> Any:
    return desk.post(url(Station, "import"), {"network": network.pk, "stations": file_of(*rows), **more})


def confirm(desk: Client, preview: Any) -> Any:
    return desk.post(url(Station, "import"), {"preview": preview.context["sealed"]}, follow=True)


def told(response: Any) -> list[str]:
    return [str(message) for message in response.context["messages"]]


def test_nothing_is_written_before_it_was_confirmed(at_desk: Client, lyon: Network, lucien: User) -> None:
    preview = upload(
        at_desk, lyon, {}, {"ID": "croix-rousse", "Public name": "Croix-Rousse"}, {"ID": "bad", "Slots": "-1"}
    )

    assert preview.context["counted"] == "2 created, 0 updated, 0 unchanged, 0 vanished, 1 row refused"
    assert "must be a whole number" in preview.content.decode()
    assert not Station.objects.exists()

    done = confirm(at_desk, preview)

    assert told(done) == ["Imported “stations.csv”: 2 created, 0 updated, 0 unchanged, 0 vanished, 1 row refused"]
    assert list(Station.objects.values_list("name", flat=True).order_by("name")) == ["Bellecour", "Croix-Rousse"]
    assert Dock.objects.count() == 8
    trace = Trace.objects.get(actor=f"operator:{lucien.pk}")
    assert (trace.act, trace.object_id, trace.data["file"]) == ("import", str(lyon.pk), "stations.csv")


def test_changes_are_shown_before_and_after_and_made_by_the_operator(
    at_desk: Client, lyon: Network, lucien: User
) -> None:
    confirm(at_desk, upload(at_desk, lyon, {}, {"ID": "gone", "Public name": "Gone"}))

    preview = upload(at_desk, lyon, {"Public name": "Place Bellecour", "Status": "closed", "Slots": "5"})
    changes = {
        str(change["field"]): (change["before"], change["after"])
        for row in preview.context["updates"]
        for change in row["changes"]
    }
    confirm(at_desk, preview)

    assert changes == {"name": ("Bellecour", "Place Bellecour"), "status": ("open", "closed"), "docks": (4, 6)}
    assert "Gone" in preview.content.decode()
    station = Station.objects.get(code="bellecour")
    assert (station.name, station.is_renting, station.docks.count()) == ("Place Bellecour", False, 6)
    assert Event.objects.get(type="station_closed").actor == f"operator:{lucien.pk}"


def test_a_preview_that_is_no_longer_true_is_not_applied(at_desk: Client, lyon: Network) -> None:
    preview = upload(at_desk, lyon, {})
    factories.station(lyon, "Bellecour", code="bellecour")

    again = confirm(at_desk, preview)

    assert told(again) == ["The network has changed since this preview. Look at the new preview, then apply it."]
    assert again.context["counted"].startswith("0 created, 1 updated")
    assert Dock.objects.count() == 0
    confirm(at_desk, again)
    assert Dock.objects.count() == 4


def test_a_file_without_news_offers_nothing_to_apply(at_desk: Client, lyon: Network) -> None:
    confirm(at_desk, upload(at_desk, lyon, {}))

    preview = upload(at_desk, lyon, {})

    assert preview.context["counted"] == "0 created, 0 updated, 1 unchanged, 0 vanished, 0 rows refused"
    assert "There is nothing to apply." in preview.content.decode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{}", "This is JSON"),
        (b"a,b,c\n1,2,3", "columns are missing"),
        (b"\x89PNG\0\0", "not a text file"),
        (b"", "The submitted file is empty."),
    ],
)
def test_what_is_not_the_file_is_refused_with_the_reason(
    content: bytes, said: str, at_desk: Client, lyon: Network
) -> None:
    response = at_desk.post(
        url(Station, "import"), {"network": lyon.pk, "stations": SimpleUploadedFile("x.csv", content)}
    )

    assert said in str(response.context["form"].errors["stations"])


def test_a_file_too_large_to_come_back_is_refused(at_desk: Client, lyon: Network, monkeypatch: Any) -> None:
    monkeypatch.setattr(importing, "MOST_CHARACTERS", 100)

    response = upload(at_desk, lyon, {})

    assert "manage.py import_stations" in str(response.context["form"].errors["stations"])


def test_a_file_too_large_is_not_even_read(at_desk: Client, lyon: Network, monkeypatch: Any) -> None:
    monkeypatch.setattr(importing, "MAX_BYTES", 100)
    monkeypatch.setattr(importing, "_read", None)

    response = upload(at_desk, lyon, {}, capacities=file_of({}))

    assert [*response.context["form"].errors] == ["stations", "capacities"]
    assert "larger than" in response.content.decode()


def test_no_other_network_and_no_other_person(
    at_desk: Client, client: Client, lyon: Network, paris: Network, lucien: User
) -> None:
    foreign = upload(at_desk, paris, {})
    preview = upload(at_desk, lyon, {})
    lucien.networks.clear()

    expelled = at_desk.post(url(Station, "import"), {"preview": preview.context["sealed"]})
    client.force_login(factories.operator(lyon, name="Lucie"))
    stolen = client.post(url(Station, "import"), {"preview": preview.context["sealed"]})

    assert list(foreign.context["form"].errors) == ["network"]
    assert (expelled.status_code, stolen.status_code) == (403, 403)
    assert not Station.objects.exists()


@pytest.mark.parametrize("sealed", ["", "x", "a:b:c", "\0", "x" * 10_000])
def test_a_forged_preview_is_refused(sealed: str, at_desk: Client, lyon: Network) -> None:
    response = at_desk.post(url(Station, "import"), {"preview": sealed}, follow=True)

    assert told(response) == ["This preview is no longer valid. Upload the file again."]
