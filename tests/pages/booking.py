"""A booking from the reservation to its end, and the list of one's bookings."""

from bookings import operations
from bookings.models import Booking, State
from stations.operations import close_station
from tests import factories
from tests.pages.registry import is_no_page, shows
from tests.pages.world import World
from tests.website.visitor import Visitor
from vehicles.models import Vehicle

is_no_page("booking_state", because="what the booking's page asks for now and then, as JSON")


@shows("booking")
def held(world: World) -> Visitor:
    return world.at_booking(world.reserved())


@shows("booking", is_main=True)
def held_with_a_dock(world: World) -> Visitor:
    world.photographed(world.bastille, "La borne, à gauche de la porte bleue")
    return world.at_booking(world.reserved(world.nation))


@shows("booking")
def held_in_the_demo(world: World) -> Visitor:
    world.be_the_demo()
    return world.at_booking(world.reserved(world.nation))


@shows("booking")
def held_longer(world: World) -> Visitor:
    return world.at_booking(world.reserved(world.nation)).press("Keep it longer")


@shows("booking")
def dock_held_longer(world: World) -> Visitor:
    return world.at_booking(world.reserved(world.nation)).press("Keep the dock longer")


@shows("booking")
def dock_given_back(world: World) -> Visitor:
    return world.at_booking(world.reserved(world.nation)).press("Give the dock back")


@shows("booking")
def dock_moved(world: World) -> Visitor:
    page = world.at_booking(world.reserved(world.nation)).press("Search docks", to="bastille")
    return page.press("Keep a dock here")


@shows("booking")
def with_docks_to_choose_from(world: World) -> Visitor:
    return world.at_booking(world.reserved()).press("Search docks", to="nation")


@shows("booking")
def no_destination_of_that_name(world: World) -> Visitor:
    return world.at_booking(world.reserved()).press("Search docks", to="xyzzy")


@shows("booking")
def refused_to_wait_longer_again(world: World) -> Visitor:
    booking = world.reserved()
    page = world.at_booking(booking)
    operations.extend(booking=booking, actor="test")
    return page.press("Keep it longer")


@shows("booking")
def refused_without_a_dock_with_ways_out(world: World) -> Visitor:
    full = world.station("Alésia", free_docks=1, latitude=48.8500, longitude=2.3950)
    page = world.at_booking(world.reserved()).press("Search docks", to="alesia")
    world.reserved(full, by=factories.subscriber(world.paris, "Bruno"))
    return page.press("Keep a dock here")


@shows("booking")
def refused_for_it_has_ended(world: World) -> Visitor:
    booking = world.reserved()
    page = world.at_booking(booking)
    operations.cancel(booking=booking, actor="test")
    return page.press("I am at the car: unlock")


@shows("booking")
def unlocked(world: World) -> Visitor:
    return world.at_booking(world.reserved(world.nation)).press("I am at the car: unlock")


@shows("booking", is_main=True)
def driving_to_a_dock(world: World) -> Visitor:
    return world.at_booking(world.driving(world.nation))


@shows("booking")
def driving_without_a_dock_in_the_demo(world: World) -> Visitor:
    world.be_the_demo()
    return world.at_booking(world.driving())


@shows("booking")
def driving_when_the_dock_ran_out(world: World) -> Visitor:
    booking = world.driving(world.nation)
    world.time.forward(minutes=90)
    return world.at_booking(booking)


@shows("booking")
def driving_when_the_dock_was_taken(world: World) -> Visitor:
    booking = world.driving(world.nation)
    close_station(station=world.bastille, reason="Travaux", actor="operator:1")
    for dock in world.nation.docks.all():
        intruder = factories.vehicle(network=world.paris)
        operations.plugged(dock=dock, vehicle=intruder, event_time=world.time.now(), actor="test")
    return world.at_booking(booking)


@shows("booking")
def completed(world: World) -> Visitor:
    booking = world.driving(world.nation)
    dock = world.nation.docks.order_by("pk").first()
    operations.plugged(dock=dock, vehicle=booking.vehicle, event_time=world.time.now(), actor="test")
    return world.at_booking(booking)


@shows("booking")
def completed_and_rated(world: World) -> Visitor:
    return completed(world).press("Send", cleanliness="dirty", is_faulty="1")


@shows("booking")
def driving_and_rated(world: World) -> Visitor:
    return world.at_booking(world.driving(world.nation)).press("Send", cleanliness="fair")


@shows("booking")
def completed_by_customer_care(world: World) -> Visitor:
    booking = world.driving()
    operations.end_trip(booking=booking, actor="operator:1", reason="Panne")
    return world.at_booking(booking)


@shows("booking")
def cancelled(world: World) -> Visitor:
    return world.at_booking(world.reserved(world.nation)).press("Cancel the booking")


@shows("booking")
def expired(world: World) -> Visitor:
    booking = world.reserved()
    world.time.forward(minutes=31)
    return world.at_booking(booking)


@shows("booking")
def moved_to_another_car(world: World) -> Visitor:
    booking = world.reserved()
    _withdraw(booking.vehicle)
    return world.at_booking(booking)


@shows("booking")
def withdrawn_with_no_car_near(world: World) -> Visitor:
    booking = world.reserved()
    for vehicle in Vehicle.objects.filter(is_in_service=True).exclude(pk=booking.vehicle_id):
        _withdraw(vehicle)
    _withdraw(booking.vehicle)
    return world.at_booking(booking)


def _withdraw(vehicle: Vehicle) -> None:
    operations.withdraw_vehicle(vehicle=vehicle, cause=Vehicle.Cause.DAMAGE, note="Rétroviseur", actor="operator:1")


@shows("bookings")
def none_yet(world: World) -> Visitor:
    return world.visitor.go("/bookings/")


@shows("bookings", is_main=True)
def of_every_kind(world: World) -> Visitor:
    cancelled(world)
    moved_to_another_car(world)
    operations.cancel(booking=Booking.objects.get(state=State.RESERVED), actor="test")
    expired(world)
    completed(world)
    world.time.forward(hours=1)
    operations.reserve(subscriber=world.anne, station=world.long_one, actor="test")
    return world.visitor.go("/bookings/")


@shows("bookings")
def on_their_second_page_while_driving(world: World) -> Visitor:
    for _number in range(10):
        operations.cancel(booking=world.reserved(), actor="test")
    world.driving()
    return world.visitor.go("/bookings/").follow("Next")
