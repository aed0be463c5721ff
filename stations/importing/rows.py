"""One row of the published station file ("autolib-disponibilite-temps-reel"), checked, and in our words."""

import re
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from stations.geography import is_inside
from stations.importing.text import Unreadable, mend
from stations.models import Station

COLUMNS = (
    "Address",
    "Cars",
    "Bluecar counter",
    "Utilib counter",
    "Utilib 1.4 counter",
    "Charge Slots",
    "Charging Status",
    "City",
    "Displayed comment",
    "ID",
    "Kind",
    "Geo point",
    "Postal code",
    "Public name",
    "Rental status",
    "Scheduled at",
    "Slots",
    "Station type",
    "Status",
    "Subscription status",
)
KINDS = {
    "STATION": Station.Kind.STREET,
    "SPACE": Station.Kind.KIOSK,
    "PARKING": Station.Kind.CAR_PARK,
    "CENTER": Station.Kind.CENTER,
}
STATUSES = {
    "Station type": ("station", "full_station", "subs_center"),
    "Status": ("ok", "closed", "scheduled"),
    "Rental status": ("operational", "broken", "future", "nonexistent"),
    "Charging Status": ("operational", "broken", "future", "nonexistent"),
    "Subscription status": ("operational", "broken", "future", "nonexistent"),
}
# The counters of parked cars by the code of the vehicle type.
COUNTERS = {"bluecar": "Bluecar counter", "utilib": "Utilib counter", "utilib-14": "Utilib 1.4 counter"}
NUMBERS = ("Cars", *COUNTERS.values(), "Charge Slots", "Slots")
MOST_DOCKS = 100

NUMBER = re.compile(r"[0-9]{1,3}")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
POSTAL_CODE = re.compile(r"[0-9]{5}")
POINT = re.compile(r"(-?[0-9]{1,3}(?:\.[0-9]{1,16})?)\s*,\s*(-?[0-9]{1,3}(?:\.[0-9]{1,16})?)")

OPEN, CLOSED, SCHEDULED, NO_RENTAL = "open", "closed", "scheduled", "no_rental"


class BadRow(ValueError):
    """The row is refused. `str()` says why, `code` is the station's where it could be read."""

    code = ""


@dataclass(frozen=True)
class StationRow:
    """What a file says of a station. `status` is one of OPEN, CLOSED, SCHEDULED, NO_RENTAL; `capacity` counts docks.

    `cars` counts the cars parked there by the code of their type: it tells how many docks there are, and whoever knows
    cars may place them.
    """

    code: str
    name: str
    address: str
    postal_code: str
    city: str
    latitude: float
    longitude: float
    kind: str
    status: str
    scheduled_at: str
    access_note: str
    capacity: int
    cars: dict[str, int] = field(default_factory=dict)

    def published(self) -> dict[str, Any]:
        """What `Station.published` keeps: all but the code, and the cars, which are not the station's."""
        return {name: value for name, value in asdict(self).items() if name not in ("code", "cars")}


def read_row(values: dict[str, str], *, area: list[list[float]]) -> StationRow:
    """Raises BadRow. Its capacity is what the counters add up to."""
    code = values["ID"].strip()
    try:
        if not CODE.fullmatch(code):
            raise BadRow(_("“ID” must be made of letters, digits and hyphens"))
        return _row(code, values, area)
    except BadRow as error:
        error.code = code if CODE.fullmatch(code) else ""
        raise


def _row(code: str, values: dict[str, str], area: list[list[float]]) -> StationRow:
    kind = values["Kind"].strip()
    if kind not in KINDS:
        raise BadRow(_unknown("Kind", kind, KINDS))
    statuses = {column: _status(column, values[column].strip()) for column in STATUSES}
    numbers = {column: _number(column, values[column].strip()) for column in NUMBERS}
    if numbers["Cars"] != numbers["Bluecar counter"]:
        raise BadRow(
            _("“Cars” says %(cars)d and “Bluecar counter” %(bluecars)d: they must be the same")
            % {"cars": numbers["Cars"], "bluecars": numbers["Bluecar counter"]}
        )
    latitude, longitude = read_point(values["Geo point"], area=area)
    cars = {vehicle_type: numbers[column] for vehicle_type, column in COUNTERS.items()}
    capacity = sum(cars.values()) + numbers["Slots"]
    if capacity > MOST_DOCKS:
        raise BadRow(
            _("%(count)d docks are more than the %(most)d that a station may have")
            % {"count": capacity, "most": MOST_DOCKS}
        )
    return StationRow(
        code=code,
        name=_text(values, "Public name", limit=200, is_required=True),
        address=_text(values, "Address", limit=200),
        postal_code=_postal_code(values["Postal code"].strip()),
        city=_text(values, "City", limit=100, is_required=True),
        latitude=latitude,
        longitude=longitude,
        kind=str(KINDS[kind]),
        status=_opening(statuses["Status"], statuses["Rental status"]),
        scheduled_at=_scheduled(values["Scheduled at"].strip()),
        access_note=_text(values, "Displayed comment", limit=300),
        capacity=capacity,
        cars=cars,
    )


def read_point(text: str, *, area: list[list[float]]) -> tuple[float, float]:
    """Latitude and longitude of `"48.85, 2.35"`, inside the area where the network has one. Raises BadRow."""
    if not text.strip():
        raise BadRow(_("“Geo point” is missing: a station needs its latitude and longitude"))
    match = POINT.fullmatch(text.strip())
    if match is None:
        raise BadRow(_("“Geo point” must be a latitude and a longitude, like “48.8531, 2.3691”"))
    latitude, longitude = float(match[1]), float(match[2])
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise BadRow(_("“Geo point” %(point)s is not on earth") % {"point": match[0]})
    if area and not is_inside(latitude=latitude, longitude=longitude, ring=area):
        raise BadRow(_("“Geo point” %(point)s lies outside the area of the network") % {"point": match[0]})
    return latitude, longitude


def _status(column: str, value: str) -> str:
    if value not in STATUSES[column]:
        raise BadRow(_unknown(column, value, STATUSES[column]))
    return value


def _unknown(column: str, value: str, known: Any) -> str:
    return _("“%(column)s” is “%(value)s”; known are %(known)s") % {
        "column": column,
        "value": value[:40],
        "known": ", ".join(known),
    }


def _number(column: str, value: str) -> int:
    if not NUMBER.fullmatch(value):
        raise BadRow(_("“%(column)s” must be a whole number, 0 or more") % {"column": column})
    return int(value)


def _text(values: dict[str, str], column: str, *, limit: int, is_required: bool = False) -> str:
    try:
        text = mend(values[column])
    except Unreadable as error:
        raise BadRow(_("“%(column)s” is damaged: %(reason)s") % {"column": column, "reason": error}) from error
    if len(text) > limit:
        raise BadRow(_("“%(column)s” is longer than %(limit)d characters") % {"column": column, "limit": limit})
    if is_required and not text:
        raise BadRow(_("“%(column)s” is missing") % {"column": column})
    return text


def _postal_code(value: str) -> str:
    if not POSTAL_CODE.fullmatch(value):
        raise BadRow(_("“Postal code” must have five digits"))
    return value


def _scheduled(value: str) -> str:
    """The day alone: the hour at which somebody typed it in means nothing."""
    try:
        return date.fromisoformat(value[:10]).isoformat() if value else ""
    except ValueError as error:
        raise BadRow(_("“Scheduled at” must be a date like 2016-07-27T15:32:22")) from error


def _opening(status: str, rental: str) -> str:
    if rental == "nonexistent":
        return NO_RENTAL
    if "scheduled" in (status, "scheduled" if rental == "future" else ""):
        return SCHEDULED
    return OPEN if (status, rental) == ("ok", "operational") else CLOSED
