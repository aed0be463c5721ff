"""What customer care does for somebody on the phone: more time, another dock, no booking, a promise, a block."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from accounts.models import Subscriber, User
from bookings import operations
from bookings.models import Booking, CreditPromise, DockHold, State
from stations import clock
from stations.models import Network, Station
from tests import factories
from tests.console.conftest import City
from tests.console.pages import url
from tests.console.test_acts import act, act_page, history
from tests.console.test_deciding import told
from vehicles.models import Vehicle


@pytest.fixture
def booking(lyon: Network) -> Booking:
    start = factories.station(lyon, "Bellecour", cars=[90], latitude=45.757, longitude=4.832)
    target = factories.station(lyon, "Perrache", free_docks=1, latitude=45.749, longitude=4.826)
    return operations.reserve(subscriber=factories.subscriber(lyon), station=start, destination=target, actor="test")


@pytest.fixture
def ainay(lyon: Network) -> Station:
    return factories.station(lyon, "Ainay", free_docks=2, latitude=45.752, longitude=4.828)


def test_a_hold_is_made_longer_with_a_reason(at_desk: Client, booking: Booking, lucien: User) -> None:
    until = booking.held_until

    act(at_desk, "lengthen", booking, minutes="20", reason="Train is late")
    act(at_desk, "lengthen_dock", booking, minutes="10")

    assert booking.held_until == until + timedelta(minutes=20)
    assert history(booking) == ["lengthen: +20 min. Train is late", "lengthen_dock: +10 min. Water in the street"]
    refused = at_desk.post(act_page(booking, "lengthen"), {"id": booking.pk, "minutes": "90", "reason": "x"})
    assert list(refused.context["form"].errors) == ["minutes"]


def test_the_dock_moves_to_one_of_the_stations_offered(
    at_desk: Client, booking: Booking, ainay: Station, lyon: Network
) -> None:
    factories.station(lyon, "Full", latitude=45.752, longitude=4.828)
    form = at_desk.get(act_page(booking, "move_dock"), {"id": booking.pk}).context["form"]
    assert [pk for pk, _label in form.fields["station"].choices] == [ainay.pk]
    assert "2 free docks" in form.fields["station"].choices[0][1]

    act(at_desk, "move_dock", booking, station=ainay.pk)

    assert booking.dock_holds.get(state=DockHold.State.HELD).dock.station == ainay
    assert history(booking) == ["move_dock: Ainay. Water in the street"]


def test_a_dock_elsewhere_and_of_another_network_cannot_be_chosen(
    at_desk: Client, booking: Booking, ainay: Station, paris_city: City
) -> None:
    for station in (paris_city.station.pk, booking.origin_station_id, "x"):
        refused = at_desk.post(act_page(booking, "move_dock"), {"id": booking.pk, "station": station, "reason": "x"})
        assert list(refused.context["form"].errors) == ["station"]


def test_the_dock_is_let_go_and_the_booking_cancelled_for_somebody(
    at_desk: Client, booking: Booking, lucien: User
) -> None:
    act(at_desk, "drop_dock", booking)
    assert not booking.dock_holds.filter(state=DockHold.State.HELD).exists()
    assert "No dock is held" in act(at_desk, "drop_dock", booking)[0]

    act(at_desk, "cancel", booking, reason="Called from the hospital")

    assert (booking.state, booking.end_cause, booking.end_note) == (
        State.CANCELLED,
        Booking.EndCause.OPERATOR,
        "Called from the hospital",
    )
    assert history(booking)[-1] == "cancel: Called from the hospital"


def test_buttons_of_a_reservation(at_desk: Client, booking: Booking) -> None:
    def offered() -> list[str]:
        page = at_desk.get(url(Booking, "change", booking.pk))
        return [str(button["label"]) for button in page.context["acts"]]

    assert offered() == [
        "Hold the car longer",
        "Hold the dock longer",
        "Move the dock",
        "Let the dock go",
        "Cancel for the subscriber",
        "Promise a credit",
    ]
    act(at_desk, "drop_dock", booking)
    assert "Let the dock go" not in offered()


def test_a_credit_is_promised_to_a_person_and_for_a_booking(at_desk: Client, booking: Booking, lucien: User) -> None:
    who = booking.subscriber

    act(at_desk, "promise_credit", who, amount="5.00", reason="Waited an hour")
    act(at_desk, "promise_credit", booking, amount="2.50", reason="Dirty car")
    told = act(at_desk, "promise_credit", booking, amount="2.50", reason="Dirty car")

    assert told[0].endswith("The same credit is promised already, for the same reason.")
    made = CreditPromise.objects.order_by("pk")
    assert [(str(one), one.booking, one.promised_by) for one in made] == [
        ("5.00 EUR", None, f"operator:{lucien.pk}"),
        ("2.50 EUR", booking, f"operator:{lucien.pk}"),
    ]
    assert history(who) == ["promise_credit: 5.00. Waited an hour"]
    for wrong in ("0", "-3", "1.234", "many", "1000000"):
        refused = at_desk.post(act_page(who, "promise_credit"), {"id": who.pk, "amount": wrong, "reason": "x"})
        assert list(refused.context["form"].errors) == ["amount"]


def test_open_promises_are_listed_and_withdrawn(at_desk: Client, lyon_city: City) -> None:
    promise = CreditPromise.objects.get()
    page = url(CreditPromise, "changelist")
    assert list(at_desk.get(page, {"promise": "open"}).context["cl"].queryset) == [promise]

    act(at_desk, "withdraw", promise)

    assert list(at_desk.get(page, {"promise": "open"}).context["cl"].queryset) == []
    assert list(at_desk.get(page, {"promise": "withdrawn"}).context["cl"].queryset) == [promise]
    assert "settled or withdrawn already" in act(at_desk, "withdraw", promise)[0]


def test_a_block_takes_a_ground_and_may_name_its_last_day(at_desk: Client, lyon_city: City) -> None:
    who = lyon_city.subscriber

    def refused(**values: str) -> list[str]:
        posted = {"id": who.pk, "ground": "damage", "reason": "A dent", **values}
        return list(at_desk.post(act_page(who, "block"), posted).context["form"].errors)

    assert refused(ground="rudeness") == ["ground"]
    assert refused(ground="other", reason="rude") == ["reason"]
    assert refused(until="tomorrow") == ["until"]
    yesterday = (clock.now() - timedelta(days=1)).date()
    assert "later than now" in act(at_desk, "block", who, ground="damage", until=yesterday.isoformat())[0]
    day = (clock.now() + timedelta(days=30)).date()

    act(at_desk, "block", who, ground="damage", reason="A dent", until=day.isoformat())

    local = who.blocked_until.astimezone(ZoneInfo(who.network.time_zone))
    assert (local.date(), local.hour, local.minute) == (day, 0, 0)
    assert history(who)[-1] == "block: damage to a car. A dent"
    html = at_desk.get(url(Subscriber, "change", who.pk)).content.decode()
    assert "damage to a car" in html


def test_what_a_subscriber_said_of_the_car_stands_beside_both(at_desk: Client, lyon_city: City) -> None:
    trip, car = lyon_city.trip, lyon_city.vehicle
    operations.rate(booking=trip, cleanliness="dirty", is_faulty=True)

    of_booking = told(at_desk.get(url(Booking, "change", trip.pk)))
    of_car = at_desk.get(url(Vehicle, "history", car.pk))
    line = next(line for line in of_car.context["story"].lines if line.what == "rated")

    assert "dirty, something is broken or missing" in of_booking
    assert (line.said, line.name, line.reason) == ("rated", "the subscriber", "dirty, something is broken or missing")
    assert lyon_city.subscriber.user.email not in told(of_car)
