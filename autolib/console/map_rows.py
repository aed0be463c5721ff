"""What is known of a network as rows of the map and of its list: words in the reader's language, and what he may do.

A row: `{"key", "title", "level": Level, "is": [filter], "says": [sentence], "acts": [[label, address]]}`. A station's
has `code`, `at`: [latitude, longitude], `open`, `cars`, `docks`, `capacity`, `charge` beside, and what is not 0 of
`faulted`, `withdrawn` (docks), `cars_withdrawn`, `cars_low`, `posts_silent`, `uncertain`. A car's and a task's has
`station`: the id of the one where it was last seen, or None; and `links`: [[label, address]].
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from autolib.console.map_facts import CarFacts, Facts, StationFacts
from bookings.models import Booking
from stations import rights
from stations.models import Dock, Network, Station
from stations.rights import Right
from vehicles.models import Vehicle

# The acts that the map leads to. Others are on the pages of the rows.
ACTS: dict[type[Model], tuple[str, ...]] = {
    Station: ("close", "open", "bring", "take_away"),
    Dock: ("withdraw", "return"),
    Vehicle: ("withdraw", "return"),
    Booking: ("end_trip", "prolong"),
}
MENDS = {"bring": "empty", "take_away": "full"}  # offered where the station has this mark
RIGHTS = (
    Right.RUN_STATIONS,
    Right.RUN_CARS,
    Right.SEE_BOOKINGS,
    Right.STEER_BOOKINGS,
    Right.WORK_TASKS,
    Right.GIVE_TASKS,
)


@dataclass(frozen=True)
class OneOf:
    """What an act asks of its row to say whether it concerns it."""

    is_in_service: bool


def rights_of(user: Any, network: Network) -> frozenset[Right]:
    return frozenset(right for right in RIGHTS if rights.has_in(user, right, network.pk))


class Rows:
    """The rows of one instant for whoever has these rights, in the language of the moment."""

    def __init__(self, facts: Facts, may: frozenset[Right]) -> None:
        self.facts = facts
        self.may = may
        self.titles = {station.id: station.title for station in facts.stations}

    def content(self) -> dict[str, Any]:
        """Each part by urgency, and by name where it is the same."""
        by_urgency = sorted(self.facts.stations, key=lambda station: (-station.level, station.sort_name, station.id))
        cars = sorted(self.facts.cars, key=lambda car: -car.level)
        return {
            "stations": [self.station(station) for station in by_urgency],
            "cars": [self.car(car) for car in cars],
            "cars_in_all": self.facts.cars_in_all,
            "tasks": [self.task(task) for task in self.facts.tasks if Right.WORK_TASKS in self.may],
        }

    def station(self, station: StationFacts) -> dict[str, Any]:
        numbers = {
            "faulted": len(station.faulted_docks),
            "withdrawn": len(station.withdrawn_docks),
            "cars_withdrawn": len(station.withdrawn_cars),
            "cars_low": station.low_cars,
            "posts_silent": station.silent_posts,
            "uncertain": int(station.is_silent),
        }
        return {
            "key": f"station-{station.id}",
            "title": station.title,
            "code": station.code,
            "at": [station.latitude, station.longitude],
            "level": int(station.level),
            "is": station.marks,
            "says": says_of(station),
            "acts": [*self._station_acts(station)],
            "open": int(station.is_renting or station.is_returning),
            "cars": station.cars,
            "docks": station.docks,
            "capacity": station.capacity,
            "charge": station.best_charge,
            **{name: number for name, number in numbers.items() if number},
        }

    def car(self, car: CarFacts) -> dict[str, Any]:
        acts = self._acts(Vehicle, car, car.id)
        if car.trip and Right.STEER_BOOKINGS in self.may:
            acts += self._acts(Booking, car, car.trip)
        links = [[_("Page of the car"), _page(Vehicle, "change", car.id)]]
        if Right.SEE_BOOKINGS in self.may:
            links.append([_("Its bookings"), f"{_page(Booking, 'changelist')}?q={car.plate}"])
        where = self.titles.get(car.station)
        seen = _("Last seen here: %(station)s") % {"station": where} if where else _("Nobody knows where it was last.")
        return {
            "key": f"car-{car.id}",
            "title": car.plate,
            "level": int(car.level),
            "is": ["cars"],
            "says": [*_says_of_car(car), seen],
            "acts": acts,
            "links": links,
            "station": car.station,
        }

    def task(self, task: dict[str, Any]) -> dict[str, Any]:
        return {
            "key": f"task-{task['id']}",
            "title": task["title"],
            "level": int(task["level"]),
            "is": ["tasks"],
            "says": task["says"],
            "acts": [],
            "links": [[_("Page of the task"), task["url"]]],
            "station": task["station"],
        }

    def _station_acts(self, station: StationFacts) -> list[list[str]]:
        acts = self._acts(Station, station, station.id)
        for pk, number in station.faulted_docks:
            acts += self._acts(Dock, OneOf(is_in_service=True), pk, number)
        for pk, number in station.withdrawn_docks:
            acts += self._acts(Dock, OneOf(is_in_service=False), pk, number)
        for pk, plate in station.withdrawn_cars:
            acts += self._acts(Vehicle, OneOf(is_in_service=False), pk, plate)
        return acts

    def _acts(self, model: type[Model], row: Any, pk: object, name: object = "") -> list[list[str]]:
        return [
            [f"{label} ({name})" if name else label, f"{address}?id={pk}"]
            for act, label, address in self._offered[model]
            if (MENDS[act.name] in row.marks if act.name in MENDS else model is Booking or act.concerns(row))
        ]

    @cached_property
    def _offered(self) -> dict[type[Model], list[tuple[Any, str, str]]]:
        """Of each model the acts that this person may do in this network: looked up once, not for each row."""
        offered: dict[type[Model], list[tuple[Any, str, str]]] = {}
        for model, names in ACTS.items():
            of_model: Any = admin.site._registry[model]
            acts = [act for act in of_model.acts if act.name in names]
            offered[model] = [
                (act, str(act.label), reverse(f"admin:{of_model.act_url_name}", args=[act.name]))
                for act in acts
                if (act.needs or of_model.needs["act"]) in self.may
            ]
        return offered


def _page(model: type[Model], page: str, *args: object) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def station_links(pk: object, code: str) -> list[list[str]]:
    return [
        [_("Page of the station"), _page(Station, "changelist") + f"{pk}/change/"],
        [_("Its docks"), f"{_page(Dock, 'changelist')}?q={code}"],
        [_("Its cars"), f"{_page(Vehicle, 'changelist')}?q={code}"],
    ]


def says_of(station: StationFacts) -> list[str]:
    """What is not as usual, the worst first."""
    numbers, count = _listed(station.faulted_docks), len(station.faulted_docks)
    said = []
    if station.is_silent:
        said.append(_("All posts are silent: what is known of it may be old"))
    elif station.silent_posts:
        said.append(
            ngettext("%(count)s post is silent", "%(count)s posts are silent", station.silent_posts)
            % {"count": station.silent_posts}
        )
    if count:
        said.append(
            ngettext("Dock %(numbers)s is faulty", "Docks %(numbers)s are faulty", count) % {"numbers": numbers}
        )
    if station.lost_cars:
        said.append(
            ngettext("%(count)s car was last seen here", "%(count)s cars were last seen here", station.lost_cars)
            % {"count": station.lost_cars}
        )
    if station.tasks:
        said.append(ngettext("%(count)s open task", "%(count)s open tasks", station.tasks) % {"count": station.tasks})
    return [*said, *_says_of_service(station), *_says_of_supply(station)]


def _says_of_service(station: StationFacts) -> list[str]:
    said = []
    if not (station.is_renting and station.is_returning):
        of_station: Any = admin.site._registry[Station]
        service = str(of_station.service(station))
        said.append(service[:1].upper() + service[1:])
    if count := len(station.withdrawn_docks):
        numbers = _listed(station.withdrawn_docks)
        said.append(
            ngettext("Dock %(numbers)s is out of service", "Docks %(numbers)s are out of service", count)
            % {"numbers": numbers}
        )
    if count := len(station.withdrawn_cars):
        plates = _listed(station.withdrawn_cars)
        said.append(
            ngettext("Car %(plates)s is out of service", "Cars %(plates)s are out of service", count)
            % {"plates": plates}
        )
    return said


def _says_of_supply(station: StationFacts) -> list[str]:
    said = []
    if "empty" in station.marks:
        said.append(pgettext("map", "No car to take"))
    if "full" in station.marks:
        said.append(pgettext("map", "No free dock"))
    if station.low_cars:
        said.append(
            ngettext("%(count)s car is charged too little", "%(count)s cars are charged too little", station.low_cars)
            % {"count": station.low_cars}
        )
    return said


def _says_of_car(car: CarFacts) -> list[str]:
    since = f"{localtime(car.since):%Y-%m-%d %H:%M}" if car.since else "—"
    sentences = {
        "unaccounted": _("Unaccounted for: without a trip it is plugged in nowhere, since %(since)s"),
        "overlong": _("On a trip for longer than usual, since %(since)s"),
        "disputed": _("Says that it is plugged in where another car stands, since %(since)s"),
    }
    said = [sentences[car.why] % {"since": since}]
    if not car.is_in_service:
        cause = str(Vehicle.Cause(car.cause).label)
        said.append(_("Out of service: %(cause)s") % {"cause": cause})
    return said


def _listed(pairs: list[tuple[int, Any]]) -> str:
    return ", ".join(str(name) for _pk, name in pairs)
