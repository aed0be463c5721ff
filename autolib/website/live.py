"""The whole network in two small answers for the map: where stations are, and what each offers now."""

import gzip
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

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


@dataclass(frozen=True)
class Bytes:
    """An answer made once and given to everybody who asks within its time."""

    made_at: datetime
    plain: bytes
    zipped: bytes
    etag: str


_made: dict[tuple[str, str], Bytes] = {}


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
        made = _made[name, slug] = _bytes(at, content(network))
    if made.etag in request.headers.get("If-None-Match", ""):
        response: HttpResponse = HttpResponseNotModified()
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response = HttpResponse(made.zipped, content_type="application/json", headers={"Content-Encoding": "gzip"})
    else:
        response = HttpResponse(made.plain, content_type="application/json")
    response["ETag"] = made.etag
    response["Vary"] = "Accept-Encoding"
    response["Cache-Control"] = cache_control
    response["X-As-Of"] = made.made_at.isoformat(timespec="milliseconds")
    return response


def _bytes(at: datetime, content: object) -> Bytes:
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    return Bytes(
        at, plain, gzip.compress(plain, compresslevel=5, mtime=0), f'W/"{hashlib.sha256(plain).hexdigest()[:32]}"'
    )


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
