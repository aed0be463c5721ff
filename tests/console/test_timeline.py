"""What happened to a subscriber, as customer care tells it back on the phone."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts import blocking
from accounts.models import Subscriber, User
from autolib.console import timeline
from bookings import notifications, operations, refused
from bookings.models import Booking, CreditPromise
from stations.models import DeviceMessage, Network, Station, Trace
from stations.rights import Role
from tests import factories
from tests.conftest import Clock, counted
from tests.console.conftest import City
from tests.console.pages import url
from tests.console.test_acts import act

# The usual ones, the person, each source, the bookings, docks and operators named, and the trace of the look.
ASKED_OF_A_PAGE = 18


def page_of(subscriber: Subscriber) -> str:
    return reverse("admin:accounts_subscriber_timeline", args=[subscriber.pk])


def said(desk: Client, subscriber: Subscriber, **query: str) -> list[str]:
    """Newest first."""
    return [line.said for line in desk.get(page_of(subscriber), query).context["timeline"].lines]


@pytest.fixture
def anne(lyon: Network) -> Subscriber:
    return factories.subscriber(lyon, "Anne")


@pytest.fixture
def gare(lyon: Network) -> Station:
    return factories.station(lyon, "Gare", cars=[90], free_docks=1)


@pytest.fixture
def port(lyon: Network) -> Station:
    return factories.station(lyon, "Port", free_docks=1, latitude=48.86)


@pytest.fixture
def quai(lyon: Network) -> Station:
    return factories.station(lyon, "Quai", free_docks=2, latitude=48.87)


def lived(anne: Subscriber, gare: Station, port: Station, quai: Station, time: Clock) -> Booking:
    """Something of every kind, one after the other; the trip goes on."""
    refused.note_search(network=anne.network, subscriber=anne, station_id=port.pk, need="car")
    booking = operations.reserve(subscriber=anne, station=gare, destination=port, actor=f"subscriber:{anne.reference}")
    operations.move_destination(booking=booking, station=quai, actor=f"subscriber:{anne.reference}")
    notifications.deliver_events()
    operations.start_trip(booking=booking, actor="device:post-1")
    operations.unplugged(
        dock=booking.vehicle.dock, vehicle=booking.vehicle, event_time=time.now(), actor="device:post-1"
    )
    hold = booking.dock_holds.get(state="held")
    operations.plugged(
        dock=hold.dock, vehicle=factories.vehicle(network=anne.network), event_time=time.now(), actor="device:post-2"
    )
    DeviceMessage.objects.create(
        device_id=port.docks.first().charge_point.device_id,
        msg_id=f"m-{booking.pk}",
        kind="plugged",
        event_time=time.now(),
        received_at=time.now(),
        payload={"vehicle": booking.vehicle.plate, "badge": "04A2-never"},
        outcome=DeviceMessage.Outcome.QUARANTINED,
        reason="dock_taken",
    )
    operations.rate(booking=booking, cleanliness="dirty", is_faulty=True)
    operations.promise_credit(subscriber=anne, amount=Decimal("3.50"), reason="For the wait", actor="operator:1")
    return booking


def test_everything_is_told_in_words_newest_first(
    at_desk: Client, anne: Subscriber, gare: Station, port: Station, quai: Station, time: Clock
) -> None:
    booking = lived(anne, gare, port, quai, time)
    act(at_desk, "end_trip", booking, reason="The post was dead")
    act(at_desk, "block", anne, ground="unpaid", reason="Two invoices")

    car, until = booking.vehicle.plate, "[0-2][0-9]:[0-9]{2}"
    lines = said(at_desk, anne)

    for expected in [
        "Block the subscriber.",
        "End the trip.",
        f"Trip with car {car} ended by an operator.",
        "Credit promised: 3.50 EUR.",
        "Said of the car: dirty, something is broken or missing.",
        f"A device said of car {car}: plugged in. It waits for a person (another car stands in that dock).",
        f"Dock 2 held at Quai until {until}.",
        "Another car was plugged into the dock that was held at Quai.",
        f"The post at Gare reported car {car} unplugged from dock 1.",
        f"Trip started with car {car} at Gare.",
        "To be told by e-mail: confirmation, not sent yet.",
        f"Dock moved from Port to Quai, held until {until}.",
        f"Dock 1 held at Port until {until}.",
        f"Car {car} reserved at Gare, held until {until}.",
        "Looked for a car near Port and found none within a walk.",
    ]:
        assert any(re.fullmatch(expected.replace("(", r"\(").replace(")", r"\)"), line) for line in lines), expected
    assert lines.index("Credit promised: 3.50 EUR.") < lines.index(f"Trip started with car {car} at Gare.")
    assert lines[-1] == "Looked for a car near Port and found none within a walk."


def test_who_did_it_and_why_stand_beside_it(at_desk: Client, anne: Subscriber, lucien: User) -> None:
    act(at_desk, "block", anne, ground="unpaid", reason="Two invoices")

    line = at_desk.get(page_of(anne)).context["timeline"].lines[0]

    assert (line.name, line.why) == ("Lucien", "unpaid invoices. Two invoices")


def test_a_refusal_says_what_was_wanted_and_why_not(at_desk: Client, anne: Subscriber, port: Station) -> None:
    with pytest.raises(Exception, match="car_unavailable") as no:
        operations.reserve(subscriber=anne, station=port, actor="test")
    refused.note(no.value)

    assert said(at_desk, anne) == ["Wanted to reserve a car (Port). Refused: no car was free."]


def test_the_number_of_queries_is_the_same_for_any_number_of_lines(
    at_desk: Client, anne: Subscriber, lyon: Network, quai: Station, time: Clock
) -> None:
    def once(number: int) -> int:
        gare = factories.station(lyon, f"Gare{number}", cars=[90])
        port = factories.station(lyon, f"Port{number}", free_docks=1)
        quai = factories.station(lyon, f"Quai{number}", free_docks=2)
        booking = lived(anne, gare, port, quai, time)
        operations.end_trip(booking=booking, actor="operator:1", reason=f"{number}")
        for act_of_it in (blocking.block, blocking.unblock):
            ground = {"ground": "unpaid"} if act_of_it is blocking.block else {}
            act_of_it(subscriber=anne, reason="x", actor="operator:1", **ground)
        operations.withdraw_promise(promise=CreditPromise.objects.latest("pk"), reason="x", actor="operator:1")
        with CaptureQueriesContext(connection) as asked:
            assert at_desk.get(page_of(anne)).status_code == 200
        return len(counted(asked))

    assert [once(number) for number in (1, 2, 3)] == [ASKED_OF_A_PAGE] * 3


def test_pages_follow_each_other_without_gap_and_without_repetition(
    at_desk: Client, anne: Subscriber, gare: Station, monkeypatch: pytest.MonkeyPatch, time: Clock
) -> None:
    for _ in range(5):
        booking = operations.reserve(subscriber=anne, station=gare, destination=gare, actor="test")
        operations.cancel(booking=booking, actor="test")
    whole = at_desk.get(page_of(anne)).context["timeline"].lines
    monkeypatch.setattr(timeline, "PAGE", 3)

    found, before = [], ""
    while True:
        page = at_desk.get(page_of(anne), {"before": before}).context["timeline"]
        found += [(line.at, line.said) for line in page.lines]
        before = page.older_than
        if not before:
            break

    assert found == [(line.at, line.said) for line in whole]
    assert len(found) == 20


@pytest.mark.parametrize("odd", ["", "x", "2026-13-40", "2026-01-01", "9" * 99])
def test_an_odd_page_is_the_first(odd: str, at_desk: Client, lyon_city: City) -> None:
    assert said(at_desk, lyon_city.subscriber, before=odd) == said(at_desk, lyon_city.subscriber)


def test_a_look_leaves_a_trace_and_no_secret_is_shown(at_desk: Client, lyon_city: City, lucien: User) -> None:
    who = lyon_city.subscriber
    badge, device = who.badges.get(), factories.device(who.user, name="phone-secret")

    html = at_desk.get(page_of(who)).content.decode()

    trace = Trace.objects.latest("id")
    assert (trace.act, trace.actor, trace.object_id) == ("look", f"operator:{lucien.pk}", str(who.pk))
    assert trace.data == {"page": "timeline"}
    for secret in (badge.digest, device.endpoint, device.auth, who.user.password, who.user.tokens.get().digest):
        assert secret not in html
    assert "looked at" not in html


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_it_takes_the_right_to_see_people_and_bookings_in_this_network(
    role: Role, client: Client, lyon_city: City, paris_city: City
) -> None:
    client.force_login(factories.operator(lyon_city.network, name="Rolande", role=role))
    may = role != Role.CREW

    assert client.get(page_of(lyon_city.subscriber)).status_code == (200 if may else 403)
    assert client.get(page_of(paris_city.subscriber)).status_code == (404 if may else 403)
    page = client.get(url(Subscriber, "change", lyon_city.subscriber.pk))
    assert (page.status_code == 200 and page_of(lyon_city.subscriber) in page.content.decode()) == may


def test_times_are_those_of_the_network(at_desk: Client, anne: Subscriber, gare: Station, time: Clock) -> None:
    anne.network.time_zone = "Pacific/Noumea"
    anne.network.save()
    time.jump_to(time.now().replace(hour=12, minute=0))
    operations.reserve(subscriber=anne, station=gare, actor="test")

    html = at_desk.get(page_of(anne)).content.decode()

    assert " 23:00:" in html
    assert "held until 23:30" in html


def test_what_was_learnt_late_says_so(at_desk: Client, anne: Subscriber, gare: Station, time: Clock) -> None:
    trip = operations.take_now(subscriber=anne, station=gare, actor="test")
    away = trip.vehicle.dock
    left_at = time.now()
    time.forward(hours=2)

    operations.unplugged(dock=away, vehicle=trip.vehicle, event_time=left_at, actor="device:post-1")

    lines = at_desk.get(page_of(anne)).context["timeline"].lines
    late = next(line for line in lines if "unplugged" in line.said)
    assert late.at == left_at
    assert "We learnt of it at" in late.said
    assert time.now() - left_at > timedelta(hours=1)


def test_it_is_told_in_french(at_desk: Client, lyon_city: City) -> None:
    at_desk.cookies["django_language"] = "fr"

    lines = said(at_desk, lyon_city.subscriber)

    assert any(line.startswith("Trajet commencé avec la voiture Traboule1-1") for line in lines)
    assert "A cherché une voiture près de Traboule1 Gare et n’en a trouvé aucune à pied." in lines
