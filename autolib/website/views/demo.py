"""What stands in for the world in demo mode: a mailbox for the mail server, a page for each station's posts."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Badge, Subscriber
from accounts.operations import give_badge
from autolib.website import inputs, mailbox
from autolib.website.networks import network_of
from autolib.website.pages import page
from autolib.website.standing import current_booking_id
from autolib.website.virtual_post import NoPost, VirtualPost
from bookings.models import Booking
from stations.devices import badge_digest
from stations.models import Dock, Station
from vehicles.models import Vehicle

MAILS_A_PAGE = 10
CARS_OFFERED = 12

View = Callable[..., HttpResponse]


def only_in_the_demo(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@only_in_the_demo
@require_safe
def mail(request: HttpRequest) -> HttpResponse:
    shown = Paginator(mailbox.newest_first(), MAILS_A_PAGE).get_page(inputs.text(request.GET, "page", longest=6))
    return page(request, "demo/mail.html", {"page": shown})


@only_in_the_demo
@require_http_methods(["GET", "HEAD", "POST"])
def post(request: HttpRequest, code: str) -> HttpResponse:
    station = Station.objects.filter(network=network_of(request), code=code).first()
    if station is None:
        raise Http404
    answer = _act(request, station) if request.method == "POST" else None
    docks = list(Dock.objects.filter(station=station).select_related("charge_point").order_by("number"))
    standing = {
        car.dock_id: car
        for car in Vehicle.objects.filter(dock__station=station).select_related("vehicle_type", "report")
    }
    own = Booking.objects.filter(pk=current_booking_id(request)).select_related("vehicle").first()
    return page(
        request,
        "demo/post.html",
        {
            "station": station,
            "docks": [(dock, standing.get(dock.pk)) for dock in docks],
            "own_booking": own,
            "cars_out": _cars_out(request, own),
            "answer": answer,
        },
    )


def _cars_out(request: HttpRequest, own: Booking | None) -> list[Vehicle]:
    """Cars that are on the road, one's own first."""
    rows = Vehicle.objects.filter(network=network_of(request), dock=None).select_related("vehicle_type")
    cars = list(rows.order_by("plate")[:CARS_OFFERED])
    if own is not None and own.vehicle.dock_id is None:
        cars = [own.vehicle, *(car for car in cars if car.pk != own.vehicle_id)]
    return cars


def _act(request: HttpRequest, station: Station) -> dict[str, Any]:
    """Send what the button says; the answer is shown as the post's screen would."""
    act = inputs.text(request.POST, "act", longest=20)
    dock = station.docks.filter(number=_number(request)).select_related("charge_point").first()
    try:
        post = VirtualPost(station)
        if act == "badge":
            return post.badge(inputs.text(request.POST, "badge", longest=64) or _own_badge(request))
        if act == "unplug" and dock is not None:
            return post.unplugged(dock)
        if act == "plug" and dock is not None:
            return post.plugged(dock, plate=inputs.text(request.POST, "car", longest=20))
    except NoPost:
        return {"outcome": "refused", "detail": _("This station has no post that works.")}
    return {"outcome": "refused", "detail": _("Choose a dock and what to do there.")}


def _number(request: HttpRequest) -> int:
    digits = inputs.text(request.POST, "dock", longest=4)
    return int(digits) if digits.isdecimal() and digits.isascii() else 0


def _own_badge(request: HttpRequest) -> str:
    """The number of a virtual badge of the signed-in person, given on first use."""
    subscriber = Subscriber.objects.filter(user=request.user.pk).first()
    if subscriber is None:
        return "-"
    uid = salted_hmac("virtual badge", str(subscriber.reference)).hexdigest()[:12].upper()
    if not Badge.objects.filter(digest=badge_digest(uid)).exists():
        give_badge(subscriber=subscriber, uid=uid)
    return uid
