"""Who is speaking: three headers and one statement. Whatever is wrong with a proof, the refusal is the same."""

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext as _

from autolib.devices.problem import Problem
from stations import clock
from stations.devices import device_key, signature
from stations.models import Device

SCHEME = {"WWW-Authenticate": "Autolib-Device"}
HEADERS = {
    "X-Device": re.compile(r"[\x20-\x7e]{1,48}"),
    "X-Timestamp": re.compile(r"[0-9]{1,11}(\.[0-9]{1,6})?"),
    "X-Signature": re.compile(r"[0-9a-fA-F]{64}"),
}

# Always one row, for an unknown identifier too: the same work, and the time to answer with.
LOOK_UP = """
SELECT {now}, device.id, device.network_id, device.kind, device.key_version, device.is_active, device.last_seen_at,
       network.clock_tolerance_seconds, charge_point.station_id, vehicle.id, vehicle.plate
FROM (SELECT %(identifier)s::text AS identifier) AS asked
LEFT JOIN stations_device AS device ON device.identifier = asked.identifier
LEFT JOIN stations_network AS network ON network.id = device.network_id
LEFT JOIN stations_chargepoint AS charge_point ON charge_point.device_id = device.id
LEFT JOIN vehicles_vehicle AS vehicle ON vehicle.device_id = device.id
"""


@dataclass(frozen=True)
class Sender:
    """The device that signed the request. `station_id` is a post's, `vehicle_id` and `plate` are a car's."""

    device_id: int
    identifier: str
    network_id: int
    kind: str
    station_id: int | None
    vehicle_id: int | None
    plate: str | None
    last_seen_at: datetime | None
    received_at: datetime
    latest_event_time: datetime
    clock_ahead_ms: int

    @property
    def actor(self) -> str:
        return f"device:{self.identifier}"


def authenticate(request: HttpRequest, body: bytes) -> Sender:
    """The sender of `body`, or a Problem with status 401."""
    proof = {name: request.headers.get(name, "") for name in HEADERS}
    if not all(pattern.fullmatch(proof[name]) for name, pattern in HEADERS.items()):
        raise Problem(
            401,
            "not_authenticated",
            _("Sign the request: X-Device, X-Timestamp (Unix seconds) and X-Signature (hex HMAC-SHA256)."),
            headers=SCHEME,
        )
    now, parameters = clock.sql()
    with connection.cursor() as cursor:
        cursor.execute(LOOK_UP.format(now=now), {"identifier": proof["X-Device"], **parameters})
        at, device_id, network_id, kind, key_version, is_active, last_seen_at, tolerance, *about = cursor.fetchone()
    ahead = float(proof["X-Timestamp"]) - at.timestamp()
    if abs(ahead) > settings.DEVICE_SIGNATURE_TOLERANCE_SECONDS:
        raise Problem(
            401,
            "clock_off",
            _("X-Timestamp is too far from the time of the server; see server_time."),
            headers=SCHEME,
            server_time=at.isoformat(),
        )
    key = device_key(Device(identifier=proof["X-Device"], key_version=key_version or 1))
    expected = signature(key=key, timestamp=proof["X-Timestamp"], body=body)
    is_signed = hmac.compare_digest(expected, proof["X-Signature"].lower())
    if not (is_signed and is_active):
        detail = _("This device and this signature do not go together.")
        raise Problem(401, "authentication_failed", detail, headers=SCHEME)
    station_id, vehicle_id, plate = about
    return Sender(
        device_id=device_id,
        identifier=proof["X-Device"],
        network_id=network_id,
        kind=kind,
        station_id=station_id,
        vehicle_id=vehicle_id,
        plate=plate,
        last_seen_at=last_seen_at,
        received_at=at,
        latest_event_time=at + timedelta(seconds=tolerance),
        clock_ahead_ms=round(ahead * 1000),
    )
