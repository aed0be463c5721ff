"""A booking's page and everything that may be commanded from it; and the list of one's bookings."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from autolib.outline import outline_of
from autolib.website import inputs
from autolib.website.commands import Outcome, actor, carried_out
from autolib.website.destinations import destinations, docks_near
from autolib.website.networks import network_of
from autolib.website.pages import page
from autolib.website.pocket import account_mark, pocket_facts
from autolib.website.searching import Spot
from autolib.website.standing import Standing, current_booking_id, own_bookings, standing_of
from autolib.website.unmet import note_search
from bookings import operations
from bookings.availability import Near
from bookings.models import Booking, Rating
from bookings.notifications import replacement_of
from bookings.operations.rating import may_rate
from bookings.operations.undoing import hold_given_back, undo_until
from bookings.refusals import NotFound
from stations import clock
from stations.models import Station
from stations.refusals import Refusal

PAGE_SIZE = 10
DOCKS_SUGGESTED = 4

# The commands that need nothing but the booking; `move_destination` takes a station too.
PLAIN_COMMANDS: dict[str, Callable[..., Booking]] = {
    "extend": operations.extend,
    "extend_destination": operations.extend_destination,
    "drop_destination": operations.drop_destination,
    "cancel": operations.cancel,
    "start_trip": operations.start_trip,
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def booking(request: HttpRequest, booking_id: UUID) -> HttpResponse:
    own = get_object_or_404(own_bookings(request), pk=booking_id)
    if request.method == "POST":
        outcome = carried_out(request, lambda: _command(request, own))
        if outcome.refusal is None:
            return HttpResponseRedirect(outcome.location, status=outcome.status)
        own = get_object_or_404(own_bookings(request), pk=booking_id)
        return _page(request, own, outcome)
    return _page(request, own)


def _command(request: HttpRequest, own: Booking) -> str:
    name = inputs.text(request.POST, "command", longest=30)
    by = actor(own.subscriber)
    if name == "undo_cancel":
        return _undo(own, by)
    if name == "move_destination":
        code = inputs.text(request.POST, "destination", longest=100)
        station = Station.objects.filter(network=own.network, code=code).first()
        if station is None:
            raise NotFound
        operations.move_destination(booking=own, station=station, actor=by)
    elif name == "rate":
        said = inputs.text(request.POST, "cleanliness", longest=10)
        operations.rate(booking=own, cleanliness=said, is_faulty="is_faulty" in request.POST)
    elif name in PLAIN_COMMANDS:
        PLAIN_COMMANDS[name](booking=own, actor=by)
    else:
        raise UnknownCommand
    return f"{reverse('booking', args=[own.pk])}?done={name}"


def _undo(cancelled: Booking, by: str) -> str:
    """The booking that stands for the cancelled one has a page of its own."""
    again = operations.undo_cancel(booking=cancelled, actor=by)
    is_dock_lost = hold_given_back(cancelled) is not None and not again.dock_holds.exists()
    done = "undo_cancel_without_dock" if is_dock_lost else "undo_cancel"
    return f"{reverse('booking', args=[again.pk])}?done={done}"


class UnknownCommand(Refusal):
    """Only a page that is not ours sends one."""

    code = "unknown_command"


def _page(request: HttpRequest, own: Booking, outcome: Outcome | None = None) -> HttpResponse:
    standing = standing_of(own, clock.now())
    held_at = standing.hold.dock.station_id if standing.hold else None
    found = destinations(network=own.network, query=inputs.text(request.GET, "to", longest=100), without=held_at)
    if found.spot is not None and not found.near:
        note_search(request, spot=found.spot, need="dock")
    until = _undo_until(own, standing)
    context: dict[str, Any] = {
        "booking": own,
        "standing": standing,
        "hold": standing.hold,
        "destinations": found,
        "docks_near": _docks_to_suggest(standing, held_at) if not found.query else [],
        "undo_until": until,
        "undo_seconds": int((until - standing.now).total_seconds()) if until else 0,
        "map_spot": _where_to(standing),
        "centre": [own.network.latitude, own.network.longitude],
        "outline": outline_of(own.network.slug),
        "replacement": replacement_of(own) if own.end_cause == Booking.EndCause.MOVED else None,
        "rating": getattr(own, "rating", None),
        "may_rate": may_rate(own, standing.now),
        "cleanlinesses": Rating.Cleanliness.choices,
        "done": inputs.text(request.GET, "done", longest=30),
        "now": standing.now,
        "refusal": outcome.refusal if outcome else None,
    }
    return page(request, "booking.html", context, status=outcome.status if outcome else 200)


def _undo_until(own: Booking, standing: Standing) -> datetime | None:
    until = undo_until(own)
    return until if until is not None and until > standing.now else None


def _docks_to_suggest(standing: Standing, held_at: int | None) -> list[Near]:
    """While driving: docks around where the person is going, else around where the car came from."""
    if standing.phase != "driving":
        return []
    spot = _where_to(standing)
    return docks_near(network=standing.booking.network, spot=spot, limit=DOCKS_SUGGESTED, without=held_at)


def _where_to(standing: Standing) -> Spot:
    """Where the person is going, as far as we know, else where the car is."""
    lost = standing.lost_hold
    around = standing.hold.dock.station if standing.hold else lost.dock.station if lost else standing.origin
    return Spot(around.title, around.latitude, around.longitude)


@login_required
@require_safe
def state(request: HttpRequest, booking_id: UUID) -> JsonResponse:
    """What the page's script asks for now and then: the true time, and whether the page still tells the truth."""
    own = own_bookings(request).filter(pk=booking_id).first()
    if own is None:
        raise Http404
    standing = standing_of(own, clock.now())
    return JsonResponse(
        {"now": standing.now.isoformat(timespec="milliseconds"), "fingerprint": standing.fingerprint},
        headers={"Cache-Control": "no-store"},
    )


@login_required
@require_safe
def pocket(request: HttpRequest) -> JsonResponse:
    """What the browser keeps for when there is no network: the booking that stands now, or null."""
    own = own_bookings(request).filter(pk=current_booking_id(request)).first()
    standing = standing_of(own, clock.now()) if own else None
    return JsonResponse(
        {"account": account_mark(request), "booking": pocket_facts(standing) if standing else None},
        headers={"Cache-Control": "no-store"},
    )


@login_required
@require_safe
def bookings(request: HttpRequest) -> HttpResponse:
    rows = own_bookings(request).order_by("-reserved_at", "pk")
    shown = Paginator(rows, PAGE_SIZE).get_page(inputs.text(request.GET, "page", longest=6))
    now = clock.now()
    return page(
        request,
        "bookings.html",
        {"page": shown, "standings": [Standing(own, now, None, None) for own in shown], "network": network_of(request)},
    )
