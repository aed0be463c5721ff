"""What a browser may keep for when there is no network: the present booking, nothing of the past, nobody else's."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from autolib.website.formats import clock_time
from autolib.website.standing import Standing
from stations.models import Network, Station


def account_mark(request: HttpRequest) -> str:
    """Tells a browser whether it still serves the same person; says nothing about whom."""
    if not request.user.is_authenticated:
        return ""
    return salted_hmac("autolib.website.pocket", str(request.user.pk)).hexdigest()[:16]


def pocket_facts(standing: Standing) -> dict[str, Any]:
    """The facts of the booking's page, with times both for the script's clock and as people read them."""
    booking, hold = standing.booking, standing.hold
    with timezone.override(ZoneInfo(booking.network.time_zone)):
        return {
            "id": str(booking.pk),
            "url": reverse("booking", args=[booking.pk]),
            "fingerprint": standing.fingerprint,
            "phase": standing.phase,
            "car": booking.vehicle.vehicle_type.name,
            "plate": booking.vehicle.plate,
            "station": _place(standing.origin, booking.network) | {"dock": standing.dock_number},
            "until": _instant(booking.held_until) if standing.phase == "held" else None,
            "since": _instant(booking.started_at) if booking.started_at else None,
            "dock": _place(hold.dock.station, booking.network)
            | {"dock": hold.dock.number, "until": _instant(hold.held_until)}
            if hold
            else None,
            "contact": booking.network.contact_email,
            "as_of": _instant(standing.now),
        }


def _place(station: Station, network: Network) -> dict[str, Any]:
    city = station.city or network.name
    return {
        "city": f"{city} · {station.postal_code}" if station.postal_code else city,
        "name": station.title,
        "address": station.address if station.address != station.title else "",
        "access_note": station.access_note,
    }


def _instant(value: datetime) -> dict[str, str]:
    return {"at": value.isoformat(timespec="milliseconds"), "said": clock_time(value)}
