"""The map of a network inside the admin: a page that works as it is, and what it asks for every few seconds."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext_lazy, pgettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from autolib.console.map_facts import Facts, facts_of
from autolib.console.map_rows import Rows, rights_of, station_links
from autolib.outline import outline_of
from autolib.packed import Packed, answer, pack
from stations import clock
from stations.models import Network
from stations.rights import Right, networks_with
from stations.search import plain
from vehicles.models import Vehicle

FRESH_FOR = timedelta(seconds=2)
ASKED_EVERY_SECONDS = 5
OLD_AFTER_SECONDS = 30
PAGE_SIZE = 60
LONGEST_SEARCH = 60
MOST_PLATES = 20
SELDOM_CHANGED = ("title", "code", "at")
FILTERS = {
    "empty": pgettext_lazy("map", "Empty"),
    "full": pgettext_lazy("map", "Full"),
    "closed": pgettext_lazy("map", "Closed"),
    "silent": pgettext_lazy("map", "Silent"),
    "faults": pgettext_lazy("map", "Faults"),
    "cars": gettext_lazy("Cars that need a person"),
    "tasks": pgettext_lazy("map", "Tasks"),
}

_facts: dict[int, Facts] = {}
_packed: dict[tuple[int, str, frozenset[Right], bool], Packed] = {}


def forget() -> None:
    """What this process has kept; for tests."""
    _facts.clear()
    _packed.clear()


def network_asked(request: HttpRequest) -> Network | None:
    """The one named in the address, as far as the person may see it; else the site's own or the first that he may."""
    known = {network.slug: network for network in networks_with(request.user, Right.SEE_NETWORK)}
    if "network" in request.GET:
        return known.get(request.GET["network"])
    return known.get(settings.NETWORK) or next(iter(known.values()), None)


def current_facts(network: Network, *, fresh_for: timedelta = FRESH_FOR) -> Facts:
    """Read at most once in this time, whoever asks."""
    at = clock.now()
    facts = _facts.get(network.pk)
    if facts is None or not timedelta(0) <= at - facts.at < fresh_for:
        facts = _facts[network.pk] = facts_of(network, at=at)
    return facts


@require_safe
def data(request: HttpRequest) -> HttpResponse:
    """The rows (`map_rows`) of the network: `{"stations", "cars", "cars_in_all", "tasks"}`.

    With `known`, stations come without what seldom changes (title, code and place), which is most of the weight.
    """
    network = network_asked(request)
    if network is None:
        return JsonResponse({"detail": _("There is no such network.")}, status=404)
    facts, may = current_facts(network), rights_of(request.user, network)
    key = (network.pk, get_language() or "", may, "known" in request.GET)
    made = _packed.get(key)
    if made is None or made.made_at != facts.at:
        content = Rows(facts, may).content()
        if "known" in request.GET:
            content["stations"] = [without_places(row) for row in content["stations"]]
        made = _packed[key] = pack(facts.at, content)
    response = answer(request, made, cache_control="private, no-cache")
    response["Vary"] = "Accept-Encoding, Accept-Language, Cookie"
    return response


def without_places(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in SELDOM_CHANGED}


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """`{"stations": {id: sentence}}`: where cars with such a plate are plugged in."""
    network = network_asked(request)
    if network is None:
        return JsonResponse({"detail": _("There is no such network.")}, status=404)
    return JsonResponse({"stations": cars_by_plate(network, search_asked(request))})


def search_asked(request: HttpRequest) -> str:
    return " ".join(request.GET.get("q", "").split())[:LONGEST_SEARCH]


def cars_by_plate(network: Network, typed: str) -> dict[int, str]:
    if len(typed) < 2:
        return {}
    cars = Vehicle.objects.filter(network=network, plate__icontains=typed, dock__isnull=False).order_by("plate")
    found: dict[int, list[str]] = {}
    for plate, station in cars.values_list("plate", "dock__station")[:MOST_PLATES]:
        found.setdefault(station, []).append(plate)
    return {station: _("Here stands %(plates)s") % {"plates": ", ".join(plates)} for station, plates in found.items()}


@require_safe
def page(request: HttpRequest, site: Any) -> HttpResponse:
    """All of it without a script: a page of the list at a time, filtered and searched by the address."""
    network = network_asked(request)
    if network is None:
        raise PermissionDenied
    # Whoever comes back from an act sees what it did; the script takes nothing that is older.
    facts, typed = current_facts(network, fresh_for=timedelta(0)), search_asked(request)
    content = Rows(facts, rights_of(request.user, network)).content()
    rows = in_order(content)
    chosen = [name for name in request.GET.get("show", "").split(",") if name in FILTERS]
    plates = cars_by_plate(network, typed)
    listed = [row for row in rows if is_shown(row, chosen=chosen, typed=plain(typed), plates=plates)]
    shown = Paginator(listed, PAGE_SIZE).get_page(request.GET.get("page"))
    opened = [row for row in rows if row["key"] == request.GET.get("open")]
    address = {"network": network.slug, **{name: value for name in ("show", "q") if (value := request.GET.get(name))}}
    context = {
        **site.each_context(request),
        "title": _("Map: %(network)s") % {"network": network.name},
        "map_network": network,
        "map_networks": networks_with(request.user, Right.SEE_NETWORK),
        "outline": outline_of(network.slug),
        "as_of": facts.at,
        "rows": [*opened, *(row for row in shown if row not in opened)],
        "opened": [row["key"] for row in opened],
        "shown": shown,
        "filters": [(name, label, sum(name in row["is"] for row in rows)) for name, label in FILTERS.items()],
        "chosen": chosen,
        "in_all": len(rows),
        "typed": typed,
        "is_calm": not any(row["level"] for row in rows),
        "query": urlencode(address),
        "links": station_links("ID", "CODE"),
        "asked_every": ASKED_EVERY_SECONDS,
        "old_after": OLD_AFTER_SECONDS,
        "page_size": PAGE_SIZE,
        "is_nav_sidebar_enabled": False,
    }
    for row in context["rows"]:
        complete(row, back=f"{request.path}?{context['query']}&open={row['key']}", plates=plates)
    request.current_app = site.name
    return TemplateResponse(request, "admin/map.html", context)


def in_order(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Cars, tasks and stations in one list by urgency, as the map's script orders them."""
    return sorted([*content["cars"], *content["tasks"], *content["stations"]], key=lambda row: -row["level"])


def is_shown(row: dict[str, Any], *, chosen: list[str], typed: str, plates: dict[int, str]) -> bool:
    if chosen and not set(chosen) & set(row["is"]):
        return False
    words = plain(f"{row['title']} {row.get('code', '')}")
    return not typed or typed in words or any(row["key"] == f"station-{pk}" for pk in plates)


def complete(row: dict[str, Any], *, back: str, plates: dict[int, str]) -> None:
    """What a row without a script says and leads to by itself."""
    pk = row["key"].rpartition("-")[2]
    row["acts"] = [[label, f"{address}&{urlencode({'back': back})}"] for label, address in row["acts"]]
    row.setdefault("links", station_links(pk, row.get("code", "")))
    if int(pk) in plates and "code" in row:
        row["says"] = [*row["says"], plates[int(pk)]]
