"""The end of a trip: into the dock that was kept, or into any that is empty; until the car is plugged in."""

from collections.abc import Iterator

from autolib.simulation.account import Account, Booking
from autolib.simulation.city import City
from autolib.simulation.devices import code_of
from autolib.simulation.errands import Place
from autolib.simulation.scenario import Car, Dock, Station

SECONDS_BETWEEN_ROUNDS = 60.0

Spot = tuple[Station, Dock]


def bring_back(
    car: Car, place: Place, *, kept: Spot | None, takes_any: bool, account: Account, city: City
) -> Iterator[float]:
    """Dock after dock near the place, the kept one first. A post that says the dock is taken is believed."""
    tried: set[int] = set()
    while True:
        for station, dock in [kept] if kept else empty_docks(place, tried, takes_any, account=account, city=city):
            tried.add(dock.id)
            if city.fleet.park(car, dock):
                if plug(car, station, dock, city=city):
                    return
                city.fleet.give_up(car)
        if kept is None:
            tried.clear()
            yield city.compressed(SECONDS_BETWEEN_ROUNDS)
        kept = None


def kept_dock(booking: Booking, city: City) -> Spot | None:
    held = booking["destination"]
    if held is None or held["state"] != "held" or city.seconds_until(held["held_until"]) <= 0:
        return None
    dock = city.scenario.docks.get(held["dock"]["id"])
    return (city.scenario.station_of_dock[dock.id], dock) if dock else None


def empty_docks(place: Place, tried: set[int], takes_any: bool, *, account: Account, city: City) -> Iterator[Spot]:
    """Free docks near the place, nearest station first; stations with something left for others before those without.

    Who `takes_any` uses a dock that looks empty even where it is kept for somebody else.
    """
    offered = account.stations((place.latitude, place.longitude), has="dock")
    for found in sorted(offered, key=lambda found: found["docks_available"] <= city.spare):
        station, detail = city.scenario.stations.get(found["id"]), account.station(found["id"])
        if station is None or detail is None:
            continue
        is_free = {dock["id"]: dock["is_free"] for dock in detail["docks"]}
        for dock in station.docks:
            looks_empty = is_free.get(dock.id) or (takes_any and not city.fleet.is_standing(dock))
            if looks_empty and dock.id not in tried:
                yield station, dock


def plug(car: Car, station: Station, dock: Dock, *, city: City) -> bool:
    """Whether the post took it: the car stands in this dock now, by the product's records too."""
    told = [city.devices.message("plugged", dock=dock, vehicle=car.plate), city.fleet.status(dock)]
    return code_of(city.devices.send(station.post, told)[0]) in ("", "already_there")
