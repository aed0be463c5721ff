"""Setting and removing a station's photo from the console: who may, what is refused, and what the trace says."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import User
from stations import photos
from stations.models import Network, Station, StationPhoto, Trace
from stations.rights import Role
from tests import factories
from tests.console.conftest import City
from tests.console.pages import url
from tests.stations.test_photos import picture, with_position

SET, REMOVE = (reverse("admin:stations_station_act", args=[name]) for name in ("set_photo", "remove_photo"))


@pytest.fixture
def station(lyon: Network) -> Station:
    return factories.station(lyon, "Bellecour")


def send(desk: Client, station: Station, content: bytes | None, **values: Any) -> Any:
    files = {} if content is None else {"photo": SimpleUploadedFile("kerb.jpg", content)}
    return desk.post(SET, {"id": station.pk, "reason": "Hard to find", "back": "page", **files, **values}, follow=True)


def errors(page: Any) -> dict[str, list[str]]:
    assert not StationPhoto.objects.exists()
    return dict(page.context["form"].errors)


def traces(station: Station) -> list[Trace]:
    return list(Trace.objects.filter(model="stations.station", object_id=str(station.pk)).order_by("pk"))


def test_a_photo_is_set_seen_and_removed_and_leaves_traces(at_desk: Client, station: Station, lucien: User) -> None:
    assert 'enctype="multipart/form-data"' in at_desk.get(SET, {"id": station.pk}).content.decode()

    page = send(at_desk, station, with_position(), caption="The blue door").content.decode()

    photo = StationPhoto.objects.get(station=station)
    assert (photo.added_by, photo.caption) == (f"operator:{lucien.pk}", "The blue door")
    assert f'src="/stations/photos/{photo.digest}.jpg" width="48" height="64" alt="The blue door"' in page
    removed = at_desk.post(REMOVE, {"id": station.pk, "reason": "A face", "back": "page"}, follow=True)
    assert "/stations/photos/" not in removed.content.decode()
    assert "Remove the photo</a>" not in removed.content.decode()
    told = f"{photo.digest} The blue door"
    assert [(one.act, one.reason, one.before, one.after) for one in traces(station)] == [
        ("set_photo", "Hard to find", {"photo": ""}, {"photo": told}),
        ("remove_photo", "A face", {"photo": told}, {"photo": ""}),
    ]
    history = at_desk.get(url(Station, "history", station.pk)).content.decode()
    assert "Set the photo" in history
    assert "Remove the photo" in history


def test_what_is_wrong_is_said_at_its_field(at_desk: Client, station: Station) -> None:
    assert list(errors(send(at_desk, station, None))) == ["photo"]
    assert list(errors(send(at_desk, station, picture(), reason=""))) == ["reason"]
    assert list(errors(send(at_desk, station, picture(), caption="x" * 201))) == ["caption"]


def test_what_is_too_large_is_not_even_read(at_desk: Client, station: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "MOST_BYTES", 100)
    monkeypatch.setattr(photos, "prepare", None)

    assert errors(send(at_desk, station, picture()))["photo"] == [
        "This photo is too large: at most 8 MB and 40 million points. Take it anew with a smaller size."
    ]


def test_what_is_no_photo_is_refused_and_leaves_no_trace(at_desk: Client, station: Station) -> None:
    page = send(at_desk, station, b"<svg onload=alert(1)>")

    assert [str(message) for message in page.context["messages"]] == [
        "Not done for Bellecour: This file is no photo that we can read. Take a photo as JPEG or PNG."
    ]
    assert not StationPhoto.objects.exists()
    assert traces(station) == []


@pytest.mark.parametrize("role", [role for role in Role if role != Role.MANAGER])
def test_only_who_builds_stations_sets_their_photo(client: Client, station: Station, lyon: Network, role: Role) -> None:
    client.force_login(factories.operator(lyon, name="Lucien", role=role))

    assert send(client, station, picture()).status_code == 404
    assert client.post(REMOVE, {"id": station.pk, "reason": "x"}).status_code == 404


def test_a_station_of_another_network_is_not_there(at_desk: Client, paris_city: City) -> None:
    foreign = paris_city.station
    factories.photo(foreign, caption="Quai")

    assert send(at_desk, foreign, picture()).status_code == 404
    assert at_desk.post(REMOVE, {"id": foreign.pk, "reason": "x"}).status_code == 404
    assert StationPhoto.objects.get().caption == "Quai"


def test_one_photo_is_not_set_for_many_stations(at_desk: Client, station: Station, lyon: Network) -> None:
    other = factories.station(lyon, "Gerland")
    actions = [
        name for name, _label in at_desk.get(url(Station, "changelist")).context["action_form"]["action"].field.choices
    ]

    both = at_desk.post(SET, {"id": [station.pk, other.pk], "reason": "x", "photo": SimpleUploadedFile("x", picture())})

    assert "close" in actions
    assert not {"set_photo", "remove_photo"} & set(actions)
    assert both.status_code == 404
    assert not StationPhoto.objects.exists()
