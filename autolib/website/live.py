"""The whole network in two small answers for the map: where stations are, and what each offers now."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from autolib.packed import Packed, answer, pack
from autolib.website import inputs
from bookings.availability import counts
from stations import clock
from stations.models import Network, Station
from stations.naming import title_of
from stations.presence import silent_since

LIVE_FOR = timedelta(seconds=1)
LAID_OUT_FOR = timedelta(seconds=60)
# What is so of a station, as bits: the map's script reads them. A silent one's posts have not spoken for too long.
INSTALLED, RENTING, RETURNING, SILENT = 1, 2, 4, 8


_made: dict[tuple[str, str], Packed] = {}


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """`{"stations": {id: [cars, docks, best charge or null, bits]}}`."""
    return _answer(request, "live", _offers, fresh_for=LIVE_FOR, cache_control="no-cache")


@require_safe
def layout(request: HttpRequest) -> HttpResponse:
    """`{"stations": [[id, code, title, latitude, longitude]]}`: what seldom changes."""
    return _answer(request, "layout", _layout, fresh_for=LAID_OUT_FOR, cache_control="max-age=60")


def _answer(
    request: HttpRequest,
    name: str,
    content: Callable[[Network], object],
    *,
    fresh_for: timedelta,
    cache_control: str,
) -> HttpResponse:
    slug = inputs.text(request.GET, "network", longest=50) or settings.NETWORK
    at = clock.now()
    made = _made.get((name, slug))
    if made is None or not timedelta(0) <= at - made.made_at < fresh_for:
        network = Network.objects.filter(slug=slug).first()
        if network is None:
            return JsonResponse({"detail": _("There is no such network.")}, status=404)
        made = _made[name, slug] = pack(at, content(network))
    return answer(request, made, cache_control=cache_control)


def _offers(network: Network) -> object:
    rows = Station.objects.filter(network=network).values_list("pk", "is_installed", "is_renting", "is_returning")
    bits = {pk: INSTALLED * there + RENTING * renting + RETURNING * returning for pk, there, renting, returning in rows}
    for pk in silent_since(bits):
        bits[pk] |= SILENT
    return {
        "stations": {
            pk: [offer.cars, offer.docks, offer.best_charge, bits[pk]] for pk, offer in counts(sorted(bits)).items()
        }
    }


def _layout(network: Network) -> object:
    rows = Station.objects.filter(network=network).order_by("pk")
    return {
        "stations": [
            [pk, code, title_of(name), round(latitude, 5), round(longitude, 5)]
            for pk, code, name, latitude, longitude in rows.values_list("pk", "code", "name", "latitude", "longitude")
        ]
    }
