"""What every page may ask about the site it is on. Nothing is read before a template asks for it."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from autolib.website.devices_told import devices_told
from autolib.website.languages import own_names
from autolib.website.networks import network_of
from autolib.website.passkeys import site_id
from autolib.website.pocket import account_mark
from autolib.website.standing import current_booking_id


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "is_demo": settings.DEMO,
        "map_tile_url": settings.MAP_TILE_URL,
        "map_attribution": settings.MAP_ATTRIBUTION,
        "languages": own_names(),
        "passkey_site": site_id(),
        "network": SimpleLazyObject(lambda: network_of(request)),
        "account_mark": SimpleLazyObject(lambda: account_mark(request)),
        "push": SimpleLazyObject(lambda: devices_told(request)),
        "current_booking_id": SimpleLazyObject(lambda: current_booking_id(request)),
    }
