"""What operators do to rows: each act once, refused the second time, with actor and reason kept."""

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.urls import reverse

from accounts.models import ApiToken, Badge, Subscription, User
from bookings import operations
from bookings.models import Booking, State
from stations.acts import MOST_ROWS
from stations.closing import ClosureOverlaps, keep_closures, plan_closure
from stations.devices import device_key
from stations.looking import once
from stations.models import Device, DeviceMessage, Dock, Event, Network, PlannedClosure, Station, Trace
from stations.operations import close_station, open_station
from stations.story import LOOKS
from tests import factories
from tests.conftest import Clock
from tests.console.conftest import City
from tests.console.pages import url
from vehicles.models import Vehicle


def act(desk: Client, name: str, *rows: Model, **values: Any) -> list[str]:
    """Do it with a reason, as the confirmation page would; answers what the operator is told."""
    posted = {"id": [row.pk for row in rows], "reason": "Water in the street", **values}
    response = desk.post(act_page(rows[0], name), posted, follow=True)
    assert response.redirect_chain, response.context["form"].errors
    for row in rows:
        row.refresh_from_db()
    return [str(message) for message in response.context["messages"]]


def act_page(row: Model, name: str) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_act", args=[name])


def last_event(row: Station | Dock | Vehicle) -> Event:
    return Event.objects.filter(aggregate=row.AGGREGATE, aggregate_id=row.pk).latest("version")


def history(row: Model) -> list[str]:
    left = Trace.objects.filter(object_id=str(row.pk), model=row._meta.label_lower).exclude(act__in=LOOKS)
    return [f"{trace.act}: {trace.reason}" for trace in left.order_by("pk")]


def test_a_station_is_closed_and_opened(at_desk: Client, lyon_city: City, lucien: User) -> None:
    station = lyon_city.station

    closed = act(at_desk, "close", station)

    assert (station.is_renting, station.is_returning, station.closure_reason) == (False, False, "Water in the street")
    assert closed == ["Close the station: done for Traboule1 Gare."]
    assert (last_event(station).type, last_event(station).actor) == ("station_closed", f"operator:{lucien.pk}")
    again = act(at_desk, "close", station)
    assert again == ["Not done for Traboule1 Gare: This station is already closed in this way."]
    act(at_desk, "open", station, reason="Dry again")
    assert (station.is_renting, station.is_returning, station.closure_reason) == (True, True, "")
    assert history(station) == ["close: Water in the street", "open: Dry again"]


def test_a_station_may_close_for_renting_only(at_desk: Client, lyon_city: City) -> None:
    act(at_desk, "close", lyon_city.station, is_returning="on")

    assert (lyon_city.station.is_renting, lyon_city.station.is_returning) == (False, True)


def test_a_station_that_is_not_there_is_not_installed_by_closing_it(at_desk: Client, lyon: Network) -> None:
    planned = factories.station(lyon, "Gerland", is_installed=False, is_renting=False, is_returning=False)

    act(at_desk, "close", planned)

    assert not planned.is_installed


def test_several_rows_at_once_each_get_their_answer(at_desk: Client, lyon_city: City, lyon: Network) -> None:
    other = factories.station(lyon, "Bellecour")
    act(at_desk, "close", other)

    told = act(at_desk, "close", lyon_city.station, other)

    assert told == [
        "Close the station: done for Traboule1 Gare.",
        "Not done for Bellecour: This station is already closed in this way.",
    ]
    assert len(history(other)) == 1


def test_a_page_that_is_sent_twice_gives_once(at_desk: Client, lyon: Network) -> None:
    factories.station(lyon, "Bellecour", cars=[90])
    booking = operations.reserve(
        subscriber=factories.subscriber(lyon), station=Station.objects.get(name="Bellecour"), actor="test"
    )
    page = at_desk.get(act_page(booking, "lengthen"), {"id": booking.pk})
    said = {"minutes": 15, "once": page.context["once"]}

    act(at_desk, "lengthen", booking, **said)
    told = act(at_desk, "lengthen", booking, **said)

    assert told == ["This was sent twice: it was done once."]
    assert booking.held_until - booking.reserved_at == timedelta(minutes=45)
    assert history(booking) == ["lengthen: +15 min. Water in the street"]


def test_a_busy_desk_forgets_no_page_that_was_sent(db: None) -> None:
    """A cache that is full throws a third of what it holds away, whatever that is."""
    for number in range(700):
        with once(f"page-{number}") as is_first:
            assert is_first

    with once("page-0") as is_first:
        assert not is_first


def test_what_broke_may_be_sent_again(at_desk: Client, lyon_city: City) -> None:
    said = {"once": "token", "id": lyon_city.station.pk, "reason": "Flood"}
    with patch("stations.acts.ActsAdmin.do", side_effect=RuntimeError("broken")), pytest.raises(RuntimeError):
        at_desk.post(act_page(lyon_city.station, "close"), said)

    assert act(at_desk, "close", lyon_city.station, once="token")[0].startswith("Close the station: done")


def test_an_act_wants_a_reason(at_desk: Client, lyon_city: City) -> None:
    for blank in ("", "   "):
        response = at_desk.post(act_page(lyon_city.station, "close"), {"id": lyon_city.station.pk, "reason": blank})
        assert response.context["form"].errors == {"reason": ["This field is required."]}

    lyon_city.station.refresh_from_db()
    assert lyon_city.station.is_renting


@pytest.mark.django_db(transaction=True)
def test_a_row_that_somebody_else_holds_is_refused_and_the_others_are_done(
    transactional_db: None, at_desk: Client, lyon: Network
) -> None:
    held, free = factories.station(lyon, "Gerland"), factories.station(lyon, "Bellecour")
    other = connection.copy()
    other.set_autocommit(False)
    with connection.cursor() as ours, other.cursor() as theirs:
        ours.execute("SET lock_timeout = '100ms'")
        theirs.execute("SELECT FROM stations_station WHERE id = %s FOR UPDATE", [held.pk])

        told = act(at_desk, "close", held, free)

        ours.execute("RESET lock_timeout")
    other.close()
    assert (held.is_renting, free.is_renting) == (True, False)
    assert told[1].startswith("Not done for Gerland: Many people are asking")


def test_a_dock_is_taken_out_of_service_and_returned(at_desk: Client, lyon_city: City, lucien: User) -> None:
    dock = lyon_city.dock

    act(at_desk, "withdraw", dock)

    assert (dock.is_in_service, dock.out_of_service_reason) == (False, "Water in the street")
    assert (last_event(dock).type, last_event(dock).actor) == ("service_end", f"operator:{lucien.pk}")
    assert act(at_desk, "withdraw", dock)[0].endswith("This dock is already out of service.")
    act(at_desk, "return", dock)
    assert (dock.is_in_service, dock.out_of_service_reason) == (True, "")
    assert act(at_desk, "return", dock)[0].endswith("This dock is already in service.")
    assert last_event(dock).version == dock.version


def test_a_post_goes_out_of_service_with_all_its_docks_and_nobody_is_left_on_it(
    at_desk: Client, lyon_city: City
) -> None:
    port = Station.objects.get(code="Traboule1-port")
    kept = lyon_city.trip.dock_holds.get().dock
    post = kept.charge_point
    Dock.objects.filter(pk=factories.dock(port).pk).update(charge_point=post, connector=2)

    page = at_desk.get(act_page(post, "withdraw"), {"id": post.pk})
    told = act(at_desk, "withdraw", post)

    assert [line.partition(".")[0] for line in page.context["touched"]] == [f"Traboule1 drives to dock {kept}"]
    assert told[0].startswith(f"{post}: 1 booking was moved and its subscriber told (Traboule1 Gare")
    assert not post.docks.filter(is_in_service=True).exists()
    assert lyon_city.trip.dock_holds.get(state="held").dock.station == lyon_city.station
    assert act(at_desk, "withdraw", post)[0].endswith("No dock of this post is in service.")
    act(at_desk, "return", post)
    assert list(post.docks.values_list("is_in_service", flat=True)) == [True, True]


def test_closing_a_station_names_whom_it_touches_and_moves_them(at_desk: Client, lyon_city: City) -> None:
    """In one press: the page says who has to move and where to, the act moves them, and says whom it could not help."""
    network, station = lyon_city.network, lyon_city.station
    factories.vehicle(station.docks.exclude(pk=lyon_city.vehicle.dock_id).last() or factories.dock(station))
    near = factories.station(network, "Voisine", cars=[80], latitude=station.latitude, longitude=station.longitude)
    waiting = operations.reserve(subscriber=factories.subscriber(network, "Zoé"), station=station, actor="test")

    near_car = Vehicle.objects.get(dock__station=near)
    page = at_desk.get(act_page(station, "close"), {"id": station.pk})
    told = act(at_desk, "close", station)

    assert "Zoé has reserved car" in page.content.decode()
    assert "Voisine (1, 1 min)" in page.content.decode()
    assert told == [
        f"Traboule1 Gare: 1 booking was moved and its subscriber told ({near_car})",
        "Close the station: done for Traboule1 Gare.",
    ]
    assert Booking.objects.get(replaces=waiting).origin_station == near


def test_withdrawing_a_car_names_whom_it_touches_and_tells_what_they_got(at_desk: Client, lyon_city: City) -> None:
    """To name somebody shows a trip: it leaves a trace."""
    other = factories.station(lyon_city.network, "Bellecour", cars=[90, 80])
    waiting = operations.reserve(subscriber=factories.subscriber(lyon_city.network, "Zoé"), station=other, actor="test")
    left = Vehicle.objects.filter(dock__station=other).exclude(pk=waiting.vehicle_id).get()

    page = at_desk.get(act_page(left, "withdraw"), {"id": [waiting.vehicle_id, left.pk]})
    told = act(at_desk, "withdraw", waiting.vehicle, cause=Vehicle.Cause.DAMAGE)

    said = f"Zoé has reserved car {waiting.vehicle}. Next cars: Bellecour (1, 0 min)."
    assert page.context["touched"] == [said]
    assert told[0] == f"{waiting.vehicle}: 1 booking was moved and its subscriber told ({left})"
    look = Trace.objects.get(act="list", model="bookings.booking")
    assert (look.network, look.data["rows"]) == (lyon_city.network, [str(waiting.pk)])


def test_who_may_not_see_people_is_told_how_many_are_touched(client: Client, lyon: Network) -> None:
    station = factories.station(lyon, "Bellecour", cars=[90])
    operations.reserve(subscriber=factories.subscriber(lyon, "Zoé"), station=station, actor="test")
    car = Vehicle.objects.get(dock__station=station)
    client.force_login(factories.crew(lyon))
    client.cookies["django_language"] = "en"

    page = client.get(act_page(car, "move"), {"id": car.pk})
    told = act(client, "move", car)

    assert page.context["touched"] == ["A reservation that runs."]
    assert "Zoé" not in page.content.decode() + " ".join(told)
    assert "Nothing was near for booking" in told[0]
    assert not Trace.objects.filter(act="list", model="bookings.booking").exists()


def test_a_closure_is_planned_in_the_time_of_the_network_begun_ended_and_called_off(
    at_desk: Client, lyon_city: City, time: Clock
) -> None:
    station = lyon_city.station
    time.jump_to(datetime(2026, 3, 28, 9, tzinfo=UTC))
    when = {"from_at_0": "2026-03-28", "from_at_1": "23:00", "until_at_0": "2026-03-29"}
    skipped = at_desk.post(
        act_page(station, "plan_closure"), {"id": station.pk, "reason": "Works", **when, "until_at_1": "02:30"}
    )
    assert "That night clocks go forward and there is no 02:30" in skipped.content.decode()

    act(at_desk, "plan_closure", station, **when, until_at_1="06:00")

    plan = PlannedClosure.objects.get(station=station)
    assert (plan.from_at, plan.until_at) == (
        datetime(2026, 3, 28, 22, tzinfo=UTC),
        datetime(2026, 3, 29, 4, tzinfo=UTC),
    )
    assert keep_closures() == 0
    time.jump_to(plan.from_at)
    assert keep_closures() == 1
    station.refresh_from_db()
    assert (station.is_renting, station.closure_reason) == (False, "Water in the street")
    time.jump_to(plan.until_at)
    assert keep_closures() == 1
    station.refresh_from_db()
    assert station.is_renting is True
    assert act(at_desk, "call_off", plan)[0].endswith("This closure is over, or was called off.")


def test_what_somebody_decided_meanwhile_stands_when_a_closure_ends(lyon_city: City, time: Clock) -> None:
    station = lyon_city.station
    begin, end = time.now() + timedelta(hours=1), time.now() + timedelta(hours=2)
    plan_closure(station=station, from_at=begin, until_at=end, reason="Works", actor="operator:1")
    with pytest.raises(ClosureOverlaps):
        plan_closure(station=station, from_at=begin, until_at=end, reason="Again", actor="operator:1")
    time.jump_to(begin)
    keep_closures()
    open_station(station=station, actor="operator:1")
    close_station(station=station, reason="Flood", actor="operator:1")

    time.jump_to(end)
    keep_closures()

    station.refresh_from_db()
    assert (station.is_renting, station.closure_reason) == (False, "Flood")


def test_a_car_is_withdrawn_with_a_cause_and_its_reservation_with_it(
    at_desk: Client, lyon: Network, lucien: User
) -> None:
    station = factories.station(lyon, "Bellecour", cars=[90])
    booking = operations.reserve(subscriber=factories.subscriber(lyon), station=station, actor="test")
    car = booking.vehicle

    act(at_desk, "withdraw", car, cause="damage", reason="Broken mirror")

    booking.refresh_from_db()
    assert (car.is_in_service, car.out_of_service_cause, car.out_of_service_note) == (False, "damage", "Broken mirror")
    assert (booking.state, booking.end_cause) == (State.CANCELLED, Booking.EndCause.WITHDRAWN)
    assert last_event(car).actor == f"operator:{lucien.pk}"
    assert history(car) == ["withdraw: damage. Broken mirror"]
    act(at_desk, "return", car)
    assert (car.is_in_service, car.out_of_service_cause) == (True, "")
    assert act(at_desk, "return", car)[0].endswith("This car is already in service.")


def test_a_car_on_a_trip_is_not_withdrawn(at_desk: Client, lyon_city: City) -> None:
    told = act(at_desk, "withdraw", lyon_city.vehicle, cause="missing")

    assert told[0].startswith("Not done for Traboule1-1: This car is on a trip.")
    assert lyon_city.vehicle.is_in_service
    assert history(lyon_city.vehicle) == []


def test_a_trip_is_ended_for_a_subscriber(at_desk: Client, lyon_city: City, lucien: User) -> None:
    trip = lyon_city.trip

    act(at_desk, "end_trip", trip, reason="The post was dead")

    assert (trip.state, trip.end_cause, trip.end_note) == (
        State.COMPLETED,
        Booking.EndCause.OPERATOR,
        "The post was dead",
    )
    assert Event.objects.get(ref=trip.pk, type="trip_end").actor == f"operator:{lucien.pk}"
    assert "has ended" in act(at_desk, "end_trip", trip)[0]
    assert history(trip) == ["end_trip: The post was dead"]


def test_a_subscriber_is_blocked_and_unblocked(at_desk: Client, lyon_city: City) -> None:
    subscriber = lyon_city.subscriber

    act(at_desk, "block", subscriber, ground="misuse", reason="Three cars left with open doors")

    assert (subscriber.is_blocked, subscriber.blocked_reason) == (True, "Three cars left with open doors")
    assert act(at_desk, "block", subscriber, ground="misuse")[0].endswith("This subscriber is already blocked.")
    act(at_desk, "unblock", subscriber)
    assert (subscriber.is_blocked, subscriber.blocked_reason) == (False, "")
    assert act(at_desk, "unblock", subscriber)[0].endswith("This subscriber is not blocked.")


def test_customer_care_starts_a_subscription_of_the_subscribers_network(
    at_desk: Client, lyon: Network, paris: Network
) -> None:
    subscriber = factories.subscriber(lyon, is_subscribed=False)
    foreign, own = factories.plan(paris), factories.plan(lyon)

    refused = at_desk.post(
        act_page(subscriber, "subscribe"), {"id": subscriber.pk, "reason": "By phone", "plan": foreign.pk}
    )
    act(at_desk, "subscribe", subscriber, plan=own.pk)

    assert list(refused.context["form"].errors) == ["plan"]
    assert Subscription.objects.get(subscriber=subscriber).plan == own


def test_a_badge_is_registered_and_switched_off(at_desk: Client, lyon_city: City) -> None:
    act(at_desk, "give_badge", lyon_city.subscriber, uid="04A224B1C8")

    badge = Badge.objects.get(last_four="B1C8")
    assert history(lyon_city.subscriber) == ["give_badge: …B1C8. Water in the street"]
    act(at_desk, "disable", badge)
    assert not badge.is_active
    assert act(at_desk, "disable", badge)[0].endswith("This badge is already switched off.")


def test_a_token_is_revoked(at_desk: Client, lyon_city: City) -> None:
    token = ApiToken.objects.get(user=lyon_city.subscriber.user)

    act(at_desk, "revoke", token)

    assert token.revoked_at is not None


def test_a_message_in_quarantine_is_dealt_with(at_desk: Client, lyon_city: City) -> None:
    message = lyon_city.message
    page = url(DeviceMessage, "changelist") + "?for_a_person=open"
    assert "Traboule1-message" in at_desk.get(page).content.decode()

    act(at_desk, "resolve", message, reason="Two cars at one post, one was towed")

    assert message.resolved_at is not None
    assert "Traboule1-message" not in at_desk.get(page).content.decode()
    assert act(at_desk, "resolve", message)[0].startswith("Not done for plugged Traboule1-message: This message is not")


def test_a_new_key_is_shown_once(at_desk: Client, lyon_city: City) -> None:
    device = lyon_city.message.device

    told = act(at_desk, "replace_key", device)

    assert device.key_version == 2
    assert told[0] == f"Traboule1-post: {device_key(device)}"
    assert device_key(device) not in at_desk.get(url(Device, "change", device.pk)).content.decode()


def test_buttons_offer_what_can_be_done(at_desk: Client, lyon_city: City) -> None:
    def offered(row: Model) -> list[str]:
        page = at_desk.get(url(type(row), "change", row.pk))
        return [str(button["label"]) for button in page.context["acts"]]

    assert offered(lyon_city.station) == [
        "Close the station",
        "Plan a closure",
        "Bring cars here",
        "Take cars away",
        "Set the photo",
    ]
    assert offered(lyon_city.trip) == [
        "End the trip",
        "Let the trip last longer",
        "Hold the dock longer",
        "Move the dock",
        "Let the dock go",
        "Promise a credit",
    ]
    assert offered(lyon_city.vehicle) == ["Withdraw the car", "Move the car", "Swap the battery", "Ask for field work"]
    act(at_desk, "close", lyon_city.station)
    act(at_desk, "end_trip", lyon_city.trip)
    assert offered(lyon_city.station) == ["Open the station", "Take cars away", "Set the photo"]
    assert offered(lyon_city.trip) == ["Promise a credit"]


def test_after_an_act_one_is_back_where_one_was(at_desk: Client, lyon_city: City) -> None:
    station = lyon_city.station
    chosen = {"action": "close", "_selected_action": [station.pk]}
    from_list = at_desk.post(url(Station, "changelist") + "?q=gare", chosen)
    from_page = at_desk.get(act_page(station, "close"), {"id": station.pk})

    backs = [from_list.context["back"], from_page.context["back"]]
    values = {"id": station.pk, "reason": "x"}

    assert [at_desk.post(act_page(station, "close"), {**values, "back": back}).url for back in backs] == [
        url(Station, "changelist") + "?q=gare",
        url(Station, "change", station.pk),
    ]


def test_too_many_rows_at_once_are_refused(at_desk: Client, lyon: Network) -> None:
    places = Station.objects.bulk_create(
        Station(network=lyon, code=f"c{n}", name=f"n{n}", latitude=45, longitude=4, search_text="", sort_name="")
        for n in range(MOST_ROWS + 1)
    )
    chosen = {"action": "close", "select_across": "1", "_selected_action": [places[0].pk]}

    response = at_desk.post(url(Station, "changelist"), chosen, follow=True)

    assert [str(message) for message in response.context["messages"]] == [
        "At most 200 rows can be acted on at once. Nothing was changed."
    ]


@pytest.mark.parametrize("odd", ["x", "", "\0", "9" * 60])
def test_odd_ids_are_not_found(odd: str, at_desk: Client, lyon_city: City) -> None:
    assert at_desk.post(act_page(lyon_city.station, "close"), {"id": odd, "reason": "x"}).status_code == 404


def test_rows_have_no_acts_of_other_rows(at_desk: Client, lyon_city: City) -> None:
    for name in ("withdraw", "end_trip", "nothing"):
        assert at_desk.get(act_page(lyon_city.station, name), {"id": lyon_city.station.pk}).status_code == 404
