"""From here to there: the pair that is proposed, and what there is where nothing is near."""

from bookings import operations
from stations.models import Device
from stations.presence import note
from tests import factories
from tests.pages.registry import is_no_page, shows
from tests.pages.world import World
from tests.website.visitor import Visitor

is_no_page("suggest", because="suggestions while one types, as JSON")
is_no_page("favourites", because="only a form is sent there; it leads back")


@shows("home", is_main=True)
def a_way_for_anne(world: World) -> Visitor:
    return world.visitor.go("/").press("Search", q="bastille", to="nation")


@shows("home")
def a_way_for_a_stranger(world: World) -> Visitor:
    return world.stranger.go("/?q=bastille&to=nation")


@shows("home")
def a_way_without_a_start(world: World) -> Visitor:
    return world.stranger.go("/?to=nation")


@shows("home")
def a_way_of_which_neither_end_is_known(world: World) -> Visitor:
    return world.stranger.go("/?q=xyzzy&to=qwrtz")


@shows("home")
def a_way_with_nothing_near(world: World) -> Visitor:
    world.station("Versailles", latitude=48.8044, longitude=2.1232)
    return world.visitor.go("/?q=versailles&to=versailles")


@shows("home")
def a_way_with_nothing_anywhere(world: World) -> Visitor:
    world.be_another_network()
    factories.station(factories.network("lyon"), "Perrache", latitude=45.7485, longitude=4.8260)
    return world.stranger.go("/?q=perrache&to=perrache")


@shows("home")
def a_way_with_a_booking_already(world: World) -> Visitor:
    world.reserved()
    return world.visitor.go("/?q=boulevard&to=nation")


@shows("home")
def with_places_that_are_kept(world: World) -> Visitor:
    for name in ("nation", "place de la bastille", "arsenal"):
        page = world.visitor.go(f"/?q={name}")
        page.press("Keep")
    return page


@shows("home")
def with_a_station_that_is_silent(world: World) -> Visitor:
    post = Device.objects.filter(charge_point__station=world.bastille).first()
    note(device_id=post.pk, at=world.time.now(), clock_ahead_ms=0)
    world.time.forward(hours=3)
    return world.stranger.go("/?q=bastille")


@shows("station")
def silent(world: World) -> Visitor:
    with_a_station_that_is_silent(world)
    return world.at_station(world.bastille)


@shows("journey")
def refused_without_a_car(world: World) -> Visitor:
    world.station("Roquette", cars=[80], latitude=48.8560, longitude=2.3760)
    page = world.visitor.go("/?q=bastille&to=nation&car=roquette")
    rival = factories.subscriber(world.paris, "Bruno")
    operations.reserve(subscriber=rival, station=type(world.nation).objects.get(code="roquette"), actor="test")
    return page.press("Reserve car and dock")


@shows("journey")
def refused_without_a_dock(world: World) -> Visitor:
    full = world.station("Alésia", free_docks=1, latitude=48.8500, longitude=2.3950)
    page = world.visitor.go(f"/?q=bastille&to=nation&dock={full.code}")
    world.reserved(full, by=factories.subscriber(world.paris, "Bruno"))
    return page.press("Reserve car and dock")


@shows("booking")
def cancelled_a_moment_ago(world: World) -> Visitor:
    return world.at_booking(world.reserved(world.nation)).press("Cancel the booking")


@shows("booking")
def cancelled_and_undone(world: World) -> Visitor:
    return cancelled_a_moment_ago(world).press("Undo: I want the car back")


@shows("booking")
def undone_without_the_dock(world: World) -> Visitor:
    lone = world.station("Picpus", free_docks=1, latitude=48.8450, longitude=2.3990)
    page = world.at_booking(world.reserved(lone)).press("Cancel the booking")
    other = world.station("Roquette", cars=[80], latitude=48.8560, longitude=2.3760)
    rival = factories.subscriber(world.paris, "Bruno")
    operations.reserve(subscriber=rival, station=other, destination=lone, actor="test")
    return page.press("Undo: I want the car back")


@shows("booking")
def too_late_to_undo(world: World) -> Visitor:
    page = cancelled_a_moment_ago(world)
    world.time.forward(minutes=2)
    return page.press("Undo: I want the car back")


@shows("booking")
def nearly_over(world: World) -> Visitor:
    booking = world.reserved(world.nation)
    world.time.forward(minutes=24)
    return world.at_booking(booking)


@shows("booking", presses="Choose on the map")
def with_the_map_of_docks(world: World) -> Visitor:
    return world.at_booking(world.reserved(world.nation))


@shows("design", is_main=True)
def all_of_it(world: World) -> Visitor:
    return world.stranger.go("/design/")
