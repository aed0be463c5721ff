"""Finding a car: the first page, and a station."""

from bookings import operations
from stations.operations import close_station
from tests import factories
from tests.pages.registry import is_no_page, shows
from tests.pages.world import World
from tests.website.visitor import Visitor

is_no_page("live", because="numbers for the list and the map, as JSON")
is_no_page("layout", because="the stations of the map, as JSON")
is_no_page("station_photo", because="the photo itself")
is_no_page("language", because="only a form is sent there; it leads back")


@shows("home", is_main=True)
def for_a_stranger(world: World) -> Visitor:
    close_station(
        station=world.station("Odéon", latitude=48.852, longitude=2.339), reason="Travaux", actor="operator:1"
    )
    world.station("Gare d’Austerlitz", cars=[60], is_returning=False, latitude=48.8422, longitude=2.3650)
    world.station("Quai de la Rapée", free_docks=1, is_renting=False, latitude=48.8465, longitude=2.3660)
    return world.stranger.go("/")


@shows("home", presses="Near me")
def asking_where_one_is(world: World) -> Visitor:
    return world.stranger.go("/")


@shows("home", presses="Map")
def with_the_map_on_a_phone(world: World) -> Visitor:
    return world.stranger.go("/")


@shows("home")
def with_a_booking(world: World) -> Visitor:
    world.reserved()
    return world.visitor.go("/")


@shows("home")
def signed_out(world: World) -> Visitor:
    return world.visitor.go("/account/").press("Sign out")


@shows("home")
def near_a_place(world: World) -> Visitor:
    return world.stranger.go("/?q=bastille")


@shows("home")
def one_result(world: World) -> Visitor:
    return world.stranger.go("/?q=roquette")


@shows("home")
def several_results_on_their_second_page(world: World) -> Visitor:
    for number in range(21):
        world.station(f"Rue {number:02}", postal_code="75020", latitude=48.86 + number / 1000)
    return world.stranger.go("/?q=75020").follow("Next")


@shows("home")
def nothing_found(world: World) -> Visitor:
    return world.stranger.go("/?q=xyzzy")


@shows("home")
def near_me(world: World) -> Visitor:
    return world.stranger.go("/?near=48.850,2.380")


@shows("home")
def far_away(world: World) -> Visitor:
    return world.stranger.go("/?near=45.764,4.835")


@shows("home")
def a_position_that_is_none(world: World) -> Visitor:
    return world.stranger.go("/?near=here")


@shows("home")
def without_stations_and_closed(world: World) -> Visitor:
    world.be_another_network(is_open=False)
    return world.stranger.go("/")


@shows("station", is_main=True)
def with_cars_and_a_photo_for_anne(world: World) -> Visitor:
    world.photographed(world.bastille)
    return world.at_station(world.bastille)


@shows("station")
def with_cars_for_a_stranger(world: World) -> Visitor:
    return world.at_station(world.bastille, who=world.stranger)


@shows("station")
def with_a_car_and_a_dock_chosen(world: World) -> Visitor:
    return world.at_station(world.bastille).follow("70").press("Search docks", to="nation").follow("Nation")


@shows("station")
def with_docks_to_choose_from(world: World) -> Visitor:
    return world.at_station(world.bastille).press("Search docks", to="bastille")


@shows("station")
def no_destination_of_that_name(world: World) -> Visitor:
    return world.at_station(world.bastille).press("Search docks", to="xyzzy")


@shows("station")
def no_dock_free_where_one_goes(world: World) -> Visitor:
    return world.at_station(world.bastille, f"?destination={world.long_one.code}")


@shows("station")
def chosen_car_gone(world: World) -> Visitor:
    return world.at_station(world.bastille, "?car=GONE")


@shows("station")
def with_a_booking_already(world: World) -> Visitor:
    world.reserved()
    return world.at_station(world.bastille)


@shows("station")
def without_cars(world: World) -> Visitor:
    return world.at_station(world.nation)


@shows("station")
def with_a_long_name_in_the_demo(world: World) -> Visitor:
    world.be_the_demo()
    return world.at_station(world.long_one, f"?destination={world.nation.code}")


@shows("station")
def closed(world: World) -> Visitor:
    close_station(station=world.bastille, reason="Travaux jusqu’au 3 mai", actor="operator:1")
    return world.at_station(world.bastille)


@shows("station")
def absent(world: World) -> Visitor:
    close_station(station=world.nation, reason="Marché", actor="operator:1", is_installed=False)
    return world.at_station(world.nation, who=world.stranger)


@shows("station")
def for_returns_only(world: World) -> Visitor:
    close_station(station=world.bastille, reason="Réception", actor="operator:1", is_returning=True)
    return world.at_station(world.bastille)


@shows("station")
def for_departures_only_and_underground(world: World) -> Visitor:
    odeon = world.station(
        "Odéon", cars=[80], is_returning=False, access_note="Parking Odéon, niveau -2, badge à l’entrée"
    )
    return world.at_station(odeon)


@shows("station")
def refused_without_a_car_with_ways_out(world: World) -> Visitor:
    page = world.at_station(world.long_one)
    operations.reserve(subscriber=factories.subscriber(world.paris, "Bruno"), station=world.long_one, actor="test")
    return page.press("Reserve this car")


@shows("station")
def refused_without_a_dock_with_ways_out(world: World) -> Visitor:
    full = world.station("Alésia", free_docks=1, latitude=48.8500, longitude=2.3950)
    page = world.at_station(world.bastille, f"?destination={full.code}")
    world.reserved(full, by=factories.subscriber(world.paris, "Bruno"))
    return page.press("Reserve car and dock")


@shows("station")
def refused_for_a_booking_stands(world: World) -> Visitor:
    page = world.at_station(world.bastille)
    world.reserved()
    return page.press("Reserve this car")


@shows("station")
def refused_without_a_plan(world: World) -> Visitor:
    return world.at_station(world.bastille, who=world.signed_in(world.newcomer())).press("Reserve this car")


@shows("station")
def refused_for_the_page_was_used(world: World) -> Visitor:
    page = world.at_station(world.bastille)
    form = page.fields_of("Reserve this car")
    page.client.post(page.address, form)
    return page.press("Reserve this car", destination=world.nation.code)
