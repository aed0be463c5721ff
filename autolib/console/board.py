"""The first page of the console: what needs a person now, and the numbers of the day. It keeps itself up to date."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from autolib.console.trouble import BRING_CARS, NOW, TAKE_CARS_AWAY, TODAY, WATCH, Mending, troubles
from autolib.console.trouble_rows import ago
from autolib.health import LATE_AFTER_SECONDS, PULSES
from bookings import figures, refused
from stations import clock, four_eyes
from stations.models import Network, Pulse
from stations.rights import Right, has_anywhere, has_in, networks_with

LAST_HOUR = timedelta(hours=1)
MOST_PLACES = 6
MOST_DAYS = 3  # more networks than that are compared one by one
MENDING_OF_NEED = {"car": BRING_CARS, "dock": TAKE_CARS_AWAY}
URGENCIES = ((NOW, _("Now")), (TODAY, _("Today")), (WATCH, _("Keep an eye on")))


def board(request: HttpRequest) -> dict[str, Any]:
    """What the page and its refreshed part show, for the network chosen or all that the person may see."""
    networks = networks_with(request.user, Right.SEE_NETWORK)
    chosen = [network for network in networks if str(network.pk) == request.GET.get("network")]
    index = reverse("admin:index")
    back = f"{index}?network={chosen[0].pk}" if chosen else index
    at = clock.now()
    approving = [network.pk for network in networks_with(request.user, Right.APPROVE)]
    found = troubles(request.user, chosen or networks, back=back)
    return {
        "networks": networks,
        "chosen": chosen[0] if chosen else None,
        "waiting": four_eyes.waiting_for(f"operator:{request.user.pk}", approving),
        "refusals": refusals(request.user, chosen or networks, since=at - LAST_HOUR, back=back),
        "late_work": late_work() if has_anywhere(request.user, Right.SEE_MACHINES) else [],
        "urgencies": [
            (code, label, [trouble for trouble in found if trouble.kind.urgency == code]) for code, label in URGENCIES
        ],
        "days": [
            (network, figures.same_weekday(network=network, date=figures.date_at(network, at)))
            for network in chosen or networks
            if has_in(request.user, Right.SEE_FIGURES, network.pk)
        ][:MOST_DAYS],
        "is_calm": not any(trouble.kind.urgency in {NOW, TODAY} for trouble in found),
        "at": at,
    }


def refusals(
    user: Any, networks: list[Network], *, since: datetime, back: str
) -> list[tuple[refused.Unmet, Mending | None, str]]:
    """What was refused most, by place; with the act that mends it and its address, for who may give tasks."""
    may_ask = all(has_in(user, Right.GIVE_TASKS, network.pk) for network in networks)
    found = []
    for unmet in refused.by_place(networks, since)[:MOST_PLACES]:
        mending = MENDING_OF_NEED.get(unmet.need) if may_ask and unmet.station_id else None
        found.append((unmet, mending, mending.url(unmet.station_id, back) if mending else ""))
    return found


def late_work() -> list[tuple[str, datetime]]:
    """The periodic works that have been late for longer than `/readyz` allows, and their last round."""
    late = Pulse.objects.filter(name__in=PULSES, at__lt=ago(timedelta(seconds=LATE_AFTER_SECONDS)))
    return list(late.order_by("at").values_list("name", "at"))


def board_part(request: HttpRequest) -> HttpResponse:
    """What the open page asks for every few seconds."""
    response = TemplateResponse(request, "admin/board.html", board(request))
    response["Cache-Control"] = "no-store"
    return response
