"""A post that refuses a badge: kept once, with the owner where the badge is known."""

from accounts import operations as people
from accounts.models import Badge
from bookings import operations
from bookings.models import RefusedRequest
from stations.models import Network, Station
from tests import factories
from tests.devices.signing import post_of, said


def test_a_refused_badge_is_kept_with_its_owner(paris: Network, bastille: Station, nation: Station) -> None:
    anne, bruno = factories.subscriber(paris, "Anne"), factories.subscriber(paris, "Bruno")
    people.give_badge(subscriber=anne, uid="04A1")
    people.give_badge(subscriber=bruno, uid="04B1")
    operations.reserve(subscriber=anne, station=bastille, actor="test")
    people.disable_badge(badge=Badge.objects.get(subscriber=bruno), reason="lost", actor="test")
    post = post_of(nation.docks.first())
    elsewhere = said("badge", badge="04A1")

    for message in (elsewhere, elsewhere, said("badge", badge="04B1"), said("badge", badge="04FF")):
        assert post.tell(message)["outcome"] == "refused"

    rows = RefusedRequest.objects.order_by("pk")
    assert [(row.code, row.subscriber) for row in rows] == [
        ("car_elsewhere", anne),
        ("badge_unknown", bruno),
        ("badge_unknown", None),
    ]
    assert {(row.command, row.station) for row in rows} == {("present_badge", nation)}


def test_no_car_for_a_badge_is_a_car_that_was_lacking(paris: Network, nation: Station) -> None:
    people.give_badge(subscriber=factories.subscriber(paris), uid="04A1")

    post_of(nation.docks.first()).tell(said("badge", badge="04A1"))

    row = RefusedRequest.objects.get()
    assert (row.code, row.need, row.station, row.command) == ("car_unavailable", "car", nation, "present_badge")
