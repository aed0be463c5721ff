"""The table of transitions, pair by pair, and its picture."""

from pathlib import Path

import pytest
from django.conf import settings

from accounts.models import Subscriber
from bookings import operations
from bookings.drawing import draw
from bookings.models import TRANSITIONS, Booking, Command, State
from stations.models import Event, Network, Station
from stations.refusals import Refusal
from tests import factories
from vehicles.models import Vehicle

ACTOR = {"actor": "test"}


@pytest.fixture
def here(paris: Network) -> Station:
    return factories.station(paris, "Alésia", cars=[90], free_docks=1)


def in_state(state: State, subscriber: Subscriber, here: Station, there: Station, time) -> Booking:
    """A booking brought to the state by the real steps, with a dock kept while it is open."""
    booking = operations.reserve(subscriber=subscriber, station=here, destination=there, **ACTOR)
    match state:
        case State.CANCELLED:
            operations.cancel(booking=booking, **ACTOR)
        case State.EXPIRED:
            time.forward(hours=1)
            operations.expire_due_bookings()
        case State.ON_TRIP:
            operations.start_trip(booking=booking, **ACTOR)
        case State.COMPLETED:
            operations.start_trip(booking=booking, **ACTOR)
            operations.end_trip(booking=booking, reason="test", **ACTOR)
    booking.refresh_from_db()
    assert booking.state == state
    return booking


def carry_out(command: Command, booking: Booking, elsewhere: Station, time) -> None:
    match command:
        case Command.EXTEND:
            operations.extend(booking=booking, **ACTOR)
        case Command.EXTEND_DESTINATION:
            operations.extend_destination(booking=booking, **ACTOR)
        case Command.MOVE_DESTINATION:
            operations.move_destination(booking=booking, station=elsewhere, **ACTOR)
        case Command.DROP_DESTINATION:
            operations.drop_destination(booking=booking, **ACTOR)
        case Command.CANCEL:
            operations.cancel(booking=booking, **ACTOR)
        case Command.START_TRIP:
            operations.start_trip(booking=booking, **ACTOR)
        case Command.END_TRIP:
            operations.end_trip(booking=booking, reason="test", **ACTOR)
        case Command.PROLONG:
            operations.prolong_trip(booking=booking, minutes=30, reason="test", **ACTOR)
        case Command.WITHDRAW:
            operations.withdraw_vehicle(vehicle=booking.vehicle, cause=Vehicle.Cause.OTHER, note="test", **ACTOR)
        case Command.EXPIRE:
            time.forward(hours=1)
            operations.expire_due_bookings()


@pytest.mark.parametrize("command", Command)
@pytest.mark.parametrize("state", State)
def test_every_command_in_every_state(
    state: State, command: Command, paris: Network, here: Station, nation: Station, anne: Subscriber, time
) -> None:
    elsewhere = factories.station(paris, "Opéra", free_docks=1)
    booking = in_state(state, anne, here, nation, time)
    events = Event.objects.filter(ref=booking.pk).count()

    try:
        carry_out(command, booking, elsewhere, time)
    except Refusal:
        was_refused = True
    else:
        was_refused = False

    booking.refresh_from_db()
    expected = TRANSITIONS.get((state, command), state)
    assert booking.state == expected
    if (state, command) in TRANSITIONS:
        assert not was_refused
        assert Event.objects.filter(ref=booking.pk).count() > events
    else:
        assert Event.objects.filter(ref=booking.pk).count() == events


def test_the_picture_is_fresh() -> None:
    page = Path(settings.BASE_DIR) / "docs/states.md"

    assert page.read_text(encoding="utf-8") == draw(), "run: python3 manage.py draw_states"
