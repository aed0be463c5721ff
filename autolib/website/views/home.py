"""The first page: find a car. A list for everybody, a map beside it for those whose browser can."""

from dataclasses import dataclass, field
from functools import cache

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from autolib.website import inputs
from autolib.website.listing import Listing, by_distance, of_matches
from autolib.website.networks import network_of
from autolib.website.pages import page
from autolib.website.searching import Spot, find
from stations import clock
from stations.models import Network

# Whoever is farther than this from the nearest station is somewhere else: the list says so.
FAR_METERS = 20_000


@dataclass(frozen=True)
class Results:
    """What is listed, and why: `kind` is start, near, place, matches, nothing or unreadable."""

    kind: str
    listing: Listing
    spot: Spot | None = None
    others: list[Spot] = field(default_factory=list)

    @property
    def is_far(self) -> bool:
        first = self.listing.rows[0] if self.listing.rows else None
        return self.kind == "near" and first is not None and (first.meters or 0) > FAR_METERS


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    network = network_of(request)
    query = inputs.text(request.GET, "q", longest=100)
    near = inputs.text(request.GET, "near", longest=60)
    results = _results(network, query, near, inputs.text(request.GET, "page", longest=6))
    return page(
        request,
        "home.html",
        {
            "query": query,
            "near": near if results.kind == "near" else "",
            "results": results,
            "now": clock.now(),
            "centre": [network.latitude, network.longitude],
            "outline": _outline(network.slug),
            "keep": f"{urlencode({'near': near} if near else {'q': query})}&" if near or query else "",
        },
    )


@cache
def _outline(slug: str) -> str:
    """Our own rough drawing of the city, for when no tile server is set; not every city has one."""
    name = f"outline/{slug}.json"
    return name if finders.find(name) else ""


def _results(network: Network, query: str, near: str, number: str) -> Results:
    centre = Spot(network.name, network.latitude, network.longitude)
    if near:
        here = inputs.position(near)
        if here is None:
            return Results("unreadable", by_distance(network=network, spot=centre, page=number))
        spot = Spot(_("your position"), *here)
        return Results("near", by_distance(network=network, spot=spot, page=number), spot)
    if not query:
        return Results("start", by_distance(network=network, spot=centre, page=number))
    found = find(network=network, query=query)
    if found.spot is not None:
        listing = by_distance(network=network, spot=found.spot, page=number)
        return Results("place", listing, found.spot, found.others)
    if found.matches:
        return Results("matches", of_matches(found.matches, page=number))
    return Results("nothing", of_matches([], page=number))
