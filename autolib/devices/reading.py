"""What a message may say. Each is read alone; what it says of a position is thrown away before anything else looks."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from django.utils.translation import gettext as _

from stations.devices import badge_digest
from stations.models import DockReport

FACTS = ("badge", "plugged", "unplugged")
REQUIRED: dict[str, set[str]] = {
    "badge": {"badge"},
    "plugged": {"dock", "vehicle"},
    "unplugged": {"dock"},
    "connector_status": {"dock", "status"},
    "vehicle_status": {"charge_percent"},
}
OPTIONAL: dict[str, set[str]] = {
    "badge": {"dock"},
    "plugged": set(),
    "unplugged": {"vehicle"},
    "connector_status": {"error_code"},
    "vehicle_status": {"vehicle", "range_km", "odometer_km"},
}
ENVELOPE = {"msg_id", "event_time", "kind"}
SHOWN = 60

MSG_ID = re.compile(r"[\x21-\x7e]{1,64}")
INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# fmt: off
POSITION_WORDS = frozenset({
    "lat", "latitude", "lon", "lng", "long", "longitude", "latlon", "latlng", "lonlat", "lnglat", "coordinate",
    "coordinates", "coords", "pos", "position", "positions", "location", "locations", "gps", "gnss", "geo", "geohash",
    "geometry", "alt", "altitude", "elevation", "heading", "bearing", "course", "speed", "velocity", "track", "route",
    "hdop", "satellites",
})
# fmt: on


class Invalid(Exception):
    """The message cannot be taken as it is: which field, and what to send instead."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(field)
        self.field = field[:SHOWN]
        self.detail = detail


@dataclass(frozen=True)
class DockName:
    charge_point: str
    connector: int


@dataclass(frozen=True)
class Message:
    """A message as read. `digest` tells a repetition from another message under the same id."""

    msg_id: str
    kind: str
    event_time: datetime
    said: dict[str, Any]
    positions_dropped: int
    digest: str

    @property
    def is_fact(self) -> bool:
        return self.kind in FACTS

    @property
    def dock(self) -> DockName | None:
        return self.said.get("dock")


def read_message(document: Any) -> Message:
    """The message, or Invalid."""
    if not isinstance(document, dict):
        raise Invalid("messages", _("A message is an object with msg_id, event_time and kind."))
    document, dropped = without_positions(document)
    for name in ("msg_id", "event_time", "kind"):
        if document.get(name) is None:
            raise Invalid(name, _("This field is required."))
    msg_id, event_time, kind = _msg_id(document["msg_id"]), _instant(document["event_time"]), _kind(document["kind"])
    known = REQUIRED[kind] | OPTIONAL[kind] | {"seq"}
    for name in document:
        if name not in known | ENVELOPE:
            raise Invalid(name, _("This field is not known for “%(kind)s”. Leave it out.") % {"kind": kind})
    said = {name: READERS[name](document[name]) for name in sorted(known) if document.get(name) is not None}
    for name in sorted(REQUIRED[kind] - set(said)):
        raise Invalid(name, _("This field is required."))
    return Message(msg_id, kind, event_time, said, dropped, _digest(kind, event_time, said))


def without_positions(document: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """The document without fields that tell where a car is or how it moves, and how many there were."""
    kept: dict[str, Any] = {}
    dropped = 0
    for name, value in document.items():
        if any(word.lower() in POSITION_WORDS for word in WORD.findall(name)):
            dropped += 1
            continue
        if isinstance(value, dict):
            value, inner = without_positions(value)
            dropped += inner
        kept[name] = value
    return kept, dropped


def _digest(kind: str, event_time: datetime, said: dict[str, Any]) -> str:
    told = json.dumps([kind, event_time.isoformat(), said], sort_keys=True, default=lambda dock: vars(dock))
    return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()


def _msg_id(value: Any) -> str:
    if not isinstance(value, str) or not MSG_ID.fullmatch(value):
        raise Invalid("msg_id", _("Send 1 to 64 visible ASCII characters, new for each message of this device."))
    return value


def _kind(value: Any) -> str:
    if not isinstance(value, str) or value not in REQUIRED:
        raise Invalid("kind", _("Send one of: %(kinds)s.") % {"kinds": ", ".join(REQUIRED)})
    return value


def _instant(value: Any) -> datetime:
    match = INSTANT.fullmatch(value) if isinstance(value, str) else None
    try:
        if match is None:
            raise ValueError
        date, time, fraction, offset = match.groups()
        parsed = datetime.fromisoformat(f"{date}T{time}{(fraction or '.0')[:7]:0<7}{offset.upper()}").astimezone(UTC)
        if not 1970 <= parsed.year < 9999:
            raise ValueError
    except (ValueError, OverflowError) as error:
        detail = _("Send an RFC 3339 instant with its offset, such as 2026-11-22T08:30:00.250+01:00.")
        raise Invalid("event_time", detail) from error
    return parsed


def _dock(value: Any) -> DockName:
    if not isinstance(value, dict):
        raise Invalid("dock", _('Send {"charge_point": identity, "connector": number}.'))
    for name in value:
        if name not in ("charge_point", "connector"):
            raise Invalid(f"dock.{name}", _("This field is not known here. Leave it out."))
    return DockName(
        _text("dock.charge_point", value.get("charge_point"), longest=48),
        _whole("dock.connector", value.get("connector"), lowest=1, highest=32767),
    )


def _text(field: str, value: Any, *, longest: int) -> str:
    if not isinstance(value, str) or not value.strip() or len(value.strip()) > longest or not value.isprintable():
        raise Invalid(field, _("Send 1 to %(longest)s printable characters.") % {"longest": longest})
    return value.strip()


def _whole(field: str, value: Any, *, lowest: int, highest: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
        bounds = {"lowest": lowest, "highest": highest}
        raise Invalid(field, _("Send a whole number from %(lowest)s to %(highest)s.") % bounds)
    return value


def _number(field: str, value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise Invalid(field, _("Send a number."))
    return value


def _distance(field: str, value: Any, *, highest: int) -> float:
    if not 0 <= _number(field, value) <= highest:
        bounds = {"lowest": 0, "highest": highest}
        raise Invalid(field, _("Send a number from %(lowest)s to %(highest)s.") % bounds)
    return float(value)


def _status(value: Any) -> str:
    if not isinstance(value, str) or value not in DockReport.Status.values:
        raise Invalid("status", _("Send one of: %(kinds)s.") % {"kinds": ", ".join(DockReport.Status.values)})
    return value


def _error_code(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,49}", value):
        raise Invalid("error_code", _("Send an OCPP error code: 1 to 50 letters and digits."))
    return value


# A badge's number leaves this file only as its keyed digest.
READERS: dict[str, Callable[[Any], Any]] = {
    "dock": _dock,
    "vehicle": lambda value: _text("vehicle", value, longest=48),
    "badge": lambda value: badge_digest(_text("badge", value, longest=64)),
    "status": _status,
    "error_code": _error_code,
    "seq": lambda value: _whole("seq", value, lowest=0, highest=2**63 - 1),
    "charge_percent": lambda value: _number("charge_percent", value),
    "range_km": lambda value: round(_distance("range_km", value, highest=10_000)),
    "odometer_km": lambda value: round(_distance("odometer_km", value, highest=9_999_999), 1),
}
