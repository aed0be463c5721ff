"""A search that found no car or no dock within a walk. Kept is the station nearest to it: no word, no position.

Whoever looks again soon, or reloads, counts once for a place and a need.
"""

import hashlib
import hmac

from django.conf import settings
from django.http import HttpRequest

from accounts.models import Subscriber
from autolib.callers import address_of, is_by_a_person
from autolib.counting import is_first, seconds_to_wait
from autolib.website.networks import network_of
from autolib.website.searching import Spot
from bookings import refused
from stations.geography import nearest_first
from stations.models import Network, Station

AGAIN_AFTER_SECONDS = 300
# More places than this nobody looks at; a program may, and must not fill the table.
SEARCHES_AN_HOUR = 60
# Farther from every station nobody is in the city.
CITY_METERS = 25_000


def note_search(request: HttpRequest, *, spot: Spot, need: str) -> None:
    """`need` is "car" or "dock". Only what a person asked for by opening a page counts."""
    if request.method != "GET" or not is_by_a_person(request):
        return
    network = network_of(request)
    station_id = _nearest(network, spot)
    if station_id is None:
        return
    if seconds_to_wait(request, scope="refused", limit=SEARCHES_AN_HOUR, window_seconds=3600):
        return
    if is_first(f"refused:{_searcher(request)}:{station_id}:{need}", within_seconds=AGAIN_AFTER_SECONDS):
        who = Subscriber.objects.filter(user=request.user.pk, network=network).first() if request.user.pk else None
        refused.note_search(network=network, subscriber=who, station_id=station_id, need=need)


def _nearest(network: Network, spot: Spot) -> int | None:
    if spot.station_id is not None:
        return spot.station_id
    known = Station.objects.filter(network=network, is_installed=True).values_list("pk", "latitude", "longitude")
    for meters, pk in nearest_first(known, latitude=spot.latitude, longitude=spot.longitude):
        return pk if meters <= CITY_METERS else None
    return None


def _searcher(request: HttpRequest) -> str:
    """The person, else the session, else a keyed digest of the browser: enough to know a reload by, gone in an hour."""
    if request.user.is_authenticated:
        return f"user:{request.user.pk}"
    seen = request.session.session_key or f"{address_of(request)} {request.headers.get('User-Agent', '')}"
    return hmac.new(settings.SECRET_KEY.encode(), seen.encode(), hashlib.sha256).hexdigest()[:32]
