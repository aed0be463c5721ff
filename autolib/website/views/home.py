"""The first page: find a car, or a whole way. A list for everybody, a map beside it for those whose browser can."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from autolib.counting import seconds_to_wait
from autolib.outline import outline_of
from autolib.website import inputs
from autolib.website.commands import Outcome, actor, carried_out, subscriber_of
from autolib.website.favourites import favourites_of
from autolib.website.journeys import Journey, journey
from autolib.website.listing import Listing, by_distance
from autolib.website.networks import network_of
from autolib.website.pages import page
from autolib.website.searching import Asked, Spot, asked
from autolib.website.unmet import note_search
from bookings import operations
from bookings.availability import ALTERNATIVES_WITHIN_METERS
from bookings.refusals import NotFound
from stations import clock
from stations.finding import named_like
from stations.models import Network, Station

# Whoever is farther than this from the nearest station is somewhere else: the list says so.
FAR_METERS = 20_000
SUGGESTIONS = 7
# Nobody types faster; and a miss keeps PostgreSQL busy for some 30 ms.
SUGGESTIONS_A_MINUTE = 300
# What the address of the page may hold, and how long each may be.
ADDRESS = {"q": 100, "near": 60, "to": 100, "car": 100, "dock": 100}


@dataclass(frozen=True)
class Results:
    """What is shown, and why: `kind` is start, near, place, nothing, unreadable, journey or no_start."""

    kind: str
    start: Asked
    listing: Listing | None = None
    journey: Journey | None = None

    @property
    def spot(self) -> Spot | None:
        return self.start.spot

    @property
    def goal(self) -> Spot | None:
        return self.journey.goal.asked.spot if self.journey else None

    @property
    def others(self) -> list[Spot]:
        return self.start.others if self.listing else []

    @property
    def lacking(self) -> list[tuple[Spot, str]]:
        """Around which spots there is no car, or no dock, within a walk."""
        if self.journey is not None:
            ends = ((self.journey.start, "car"), (self.journey.goal, "dock"))
            return [(end.asked.spot, need) for end, need in ends if end.asked.spot and end.is_beyond]
        if self.spot is None or self.listing is None or self.listing.page.number != 1:
            return []
        in_reach = (row for row in self.listing.rows if row.meters <= ALTERNATIVES_WITHIN_METERS)
        return [] if any(row.counts.cars for row in in_reach) else [(self.spot, "car")]

    @property
    def is_far(self) -> bool:
        first = self.listing.rows[0] if self.listing and self.listing.rows else None
        return self.kind == "near" and first is not None and first.meters > FAR_METERS


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return _page(request, _said(request.GET))


@require_http_methods(["GET", "HEAD", "POST"])
def reserve(request: HttpRequest) -> HttpResponse:
    """One press for both ends of a journey. A stranger is shown in first, and finds everything as it was."""
    if request.method != "POST":  # Whoever switches the language on a refusal comes by here.
        return HttpResponseRedirect(reverse("home"))
    said = _said(request.POST)
    if not request.user.is_authenticated:
        way = "account_login" if "sign_in" in request.POST else "account_signup"
        return HttpResponseRedirect(f"{reverse(way)}?{urlencode({'next': _address(said)})}")

    def command() -> str:
        subscriber = subscriber_of(request)
        here, there = (_station(request, said[name]) for name in ("car", "dock"))
        booking = operations.reserve(subscriber=subscriber, actor=actor(subscriber), station=here, destination=there)
        return reverse("booking", args=[booking.pk])

    outcome = carried_out(request, command)
    if outcome.refusal is None:
        return HttpResponseRedirect(outcome.location, status=outcome.status)
    return _page(request, said, outcome)


@require_safe
def suggest(request: HttpRequest) -> JsonResponse:
    """`{"results": [{kind, name, detail, label}]}`: what the words typed so far may mean."""
    if left := seconds_to_wait(request, scope="suggest", limit=SUGGESTIONS_A_MINUTE, window_seconds=60):
        return JsonResponse({"results": []}, status=429, headers={"Retry-After": str(left)})
    words = inputs.text(request.GET, "q", longest=100)
    found = named_like(words, network=network_of(request), limit=SUGGESTIONS)
    return JsonResponse(
        {"results": [{"kind": n.kind, "name": n.name, "detail": n.detail, "label": n.label} for n in found]},
        headers={"Cache-Control": "private, max-age=300"},
    )


def _said(values: QueryDict) -> dict[str, str]:
    return {name: inputs.text(values, name, longest=longest) for name, longest in ADDRESS.items()}


def _address(said: dict[str, str], **changes: str) -> str:
    kept = {name: value for name, value in {**said, **changes}.items() if value}
    return reverse("home") + (f"?{urlencode(kept)}" if kept else "")


def _station(request: HttpRequest, code: str) -> Station:
    station = Station.objects.filter(network=network_of(request), code=code).first()
    if station is None:
        raise NotFound
    return station


def _page(request: HttpRequest, said: dict[str, str], outcome: Outcome | None = None) -> HttpResponse:
    network = network_of(request)
    results = _results(network, said, inputs.text(request.GET, "page", longest=6))
    for spot, need in results.lacking:
        note_search(request, spot=spot, need=need)
    favourites = favourites_of(request)
    keep = {name: value for name, value in said.items() if value and name in {"q", "near"}}
    context: dict[str, Any] = {
        "said": said,
        "results": results,
        "address": _address(said),
        "without_choice": _address(said, car="", dock=""),
        "favourites": favourites,
        "is_favourite": results.spot is not None and results.spot.label in {one.name for one in favourites},
        "now": clock.now(),
        "centre": [network.latitude, network.longitude],
        "outline": outline_of(network.slug),
        "keep": f"{urlencode(keep)}&" if keep else "",
        "refusal": outcome.refusal if outcome else None,
    }
    return page(request, "home.html", context, status=outcome.status if outcome else 200)


def _results(network: Network, said: dict[str, str], number: str) -> Results:
    centre = Spot(network.name, network.latitude, network.longitude)
    start = asked(network=network, words=said["q"], position=said["near"])
    if said["to"]:
        goal = asked(network=network, words=said["to"])
        way = journey(network=network, start=start, goal=goal, car=said["car"], dock=said["dock"])
        return Results("no_start" if start.is_empty else "journey", start, journey=way)
    if start.spot is not None:
        kind = "near" if said["near"] and not said["q"] else "place"
        return Results(kind, start, by_distance(network=network, spot=start.spot, page=number))
    if start.words:
        return Results("nothing", start)
    return Results(
        "unreadable" if said["near"] else "start", start, by_distance(network=network, spot=centre, page=number)
    )
