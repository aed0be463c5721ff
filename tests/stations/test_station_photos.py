"""One photo a station: made anew, replaced as a whole, removed with its file."""

from io import BytesIO

import pytest
from django.utils.translation import override
from PIL import Image

from stations import clock, undoing
from stations.importing import apply, plan
from stations.models import Network, Station, StationPhoto, StationPhotoFile
from stations.refusals import Refusal
from stations.station_photos import file_of, remove_photo, set_photo
from tests import factories
from tests.stations.published import files_of
from tests.stations.test_photos import HOSTILE, picture, with_position

WHY = {"reason": "It is hard to find", "actor": "operator:7"}


def test_a_photo_is_set_and_replaced_under_another_address(bastille: Station) -> None:
    first = set_photo(station=bastille, photo=picture(), caption="  The post,\n left of the door ", **WHY)
    assert (first.width, first.height, first.added_by) == (64, 48, "operator:7")
    assert first.caption == "The post, left of the door"
    assert clock.now() >= first.added_at

    second = set_photo(station=bastille, photo=picture(size=(30, 90)), **WHY)

    assert StationPhoto.objects.get() == second
    assert (second.width, second.height, second.caption) == (30, 90, "")
    assert (file_of(first.digest), StationPhotoFile.objects.count()) == (None, 1)
    shown = Image.open(BytesIO(file_of(second.digest) or b""))
    assert (shown.format, shown.size) == ("JPEG", (30, 90))


def test_nothing_of_the_camera_and_nothing_behind_the_picture_is_kept(bastille: Station) -> None:
    kept = set_photo(station=bastille, photo=with_position() + b"<script>alert(1)</script>", **WHY)

    content = file_of(kept.digest) or b""
    assert dict(Image.open(BytesIO(content)).getexif()) == {}
    assert b"Fatou" not in content
    assert b"script" not in content


@pytest.mark.parametrize("name", ["svg", "html with a sign of jpeg", "truncated jpeg", "bomb", "more than 8 MB"])
def test_a_refused_file_leaves_the_photo_that_is_there(bastille: Station, name: str) -> None:
    made, code = HOSTILE[name]
    kept = factories.photo(bastille)

    with pytest.raises(Refusal) as refused:
        set_photo(station=bastille, photo=made(), **WHY)

    assert (refused.value.code, refused.value.field) == (code, "photo")
    assert StationPhoto.objects.get().digest == kept.digest


def test_a_photo_is_removed_once_with_its_file(bastille: Station, nation: Station) -> None:
    alike = [factories.photo(bastille), factories.photo(nation)]

    remove_photo(station=bastille, **WHY)

    assert StationPhoto.objects.get().station == nation
    assert file_of(alike[1].digest)
    remove_photo(station=nation, **WHY)
    assert not StationPhotoFile.objects.exists()
    with pytest.raises(Refusal) as refused:
        remove_photo(station=nation, **WHY)
    assert refused.value.code == "station_has_no_photo"


def test_an_import_taken_back_leaves_a_station_that_has_a_photo(paris: Network) -> None:
    run = apply(plan(network=paris, stations=files_of(["one", "two"])), actor="operator:1")
    assert run is not None
    station = Station.objects.get(code="one")
    factories.photo(station)

    with override("en"):
        undone = undoing.undo(run=run, actor="operator:1")

    assert [(each.what, each.why) for each in undone.kept] == [(station.name, "used by: photos of stations")]
    assert list(Station.objects.all()) == [station]


def test_both_want_a_reason(bastille: Station) -> None:
    for refused_for_it in (
        lambda: set_photo(station=bastille, photo=picture(), reason=" ", actor="operator:7"),
        lambda: remove_photo(station=bastille, reason="", actor="operator:7"),
    ):
        with pytest.raises(Refusal) as refused:
            refused_for_it()
        assert refused.value.code == "reason_required"
