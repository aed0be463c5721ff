"""The indicators: a page of plots and days, a page of a day, and a page of a station's day, each down to its rows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib.admin import AdminSite
from django.core.paginator import Page, Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from autolib.console import figure_rows as shown
from autolib.console.figure_columns import columns_of, total_of
from bookings import figures, refused
from bookings.models import NetworkDay
from stations import clock
from stations.models import Network, Station
from stations.rights import Right, networks_with

SPANS = (7, 28, 91)
USUAL_SPAN = 28
LONGEST_SPAN = 400
DAYS_A_PAGE = 28
STATIONS_A_PAGE = 20
ROWS_A_PAGE = 50


@dataclass(frozen=True)
class Period:
    first: date
    last: date

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=number) for number in range((self.last - self.first).days + 1)]


@dataclass(frozen=True)
class Rows:
    """A page of a list, and the addresses of the pages beside it."""

    page: Page
    rows: list[dict[str, Any]]
    earlier: str
    later: str


def urls(site: AdminSite) -> list[URLPattern]:
    def of(view: Callable[..., HttpResponse]) -> Any:
        return site.admin_view(lambda request, **named: view(site, request, **named))

    return [
        path("figures/", of(figures_page), name="figures"),
        path("figures/<int:network>/<str:day>/", of(day_page), name="figures_day"),
        path("figures/<int:network>/<str:day>/<int:station>/", of(station_page), name="figures_station"),
    ]


def figures_page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    networks = networks_with(request.user, Right.SEE_FIGURES)
    title = _("Indicators")
    if not networks:
        return _page(site, request, "admin/figures.html", title)
    network = _network(request, request.GET.get("network") or str(networks[0].pk))
    period, complaint = _period(request, network)
    span = {"network": network, "first": period.first, "last": period.last}
    rows = figures.days_of(**span)
    columns = columns_of(refused.daily(**span))
    need = _need(request)
    return _page(
        site,
        request,
        "admin/figures.html",
        title,
        networks=networks,
        network=network,
        period=period,
        complaint=complaint,
        spans=[(days, _address(request, days=days, first=None, last=None, p=None, s=None)) for days in SPANS],
        columns=columns,
        total=[column.cell(total_of(rows), network) for column in columns] if rows else [],
        days=_rows(request, "p", rows, DAYS_A_PAGE, lambda some: [shown.of_day(row, network, columns) for row in some]),
        missing=len(period.days) - len(rows),
        plots=shown.plots_of(period.days, rows) if rows else [],
        charge=shown.charge_now(network),
        need=need,
        needs={each: _address(request, need=each, s=None) for each in figures.NEEDS},
        stations=_stations(request, network, period, need),
        hours=range(24),
        meanings=[figures.MEANINGS["day"], *(figures.MEANINGS[column.key] for column in columns)],
    )


def day_page(site: AdminSite, request: HttpRequest, network: int, day: str) -> HttpResponse:
    """The stations of a day, or with `of=cars` its cars."""
    found = _network(request, str(network))
    row = _day(found, day)
    columns = columns_of(refused.daily(network=found, first=row.date, last=row.date))
    need, is_of_cars = _need(request), request.GET.get("of") == "cars"
    if is_of_cars:
        cars = figures.cars_of(network=found, date=row.date)
        rows = _rows(request, "p", cars, ROWS_A_PAGE, lambda some: [shown.of_car(each) for each in some])
    else:
        rows = _stations_of_day(request, found, row, need)
    asked = "cars" if is_of_cars else need
    tabs = [
        ("car", _("Stations, the longest without a car first"), _address(request, need="car", of=None, p=None)),
        ("dock", _("Stations, the longest without a dock first"), _address(request, need="dock", of=None, p=None)),
        ("cars", _("Cars"), _address(request, of="cars", need=None, p=None)),
    ]
    return _page(
        site,
        request,
        "admin/figures_day.html",
        date_format(row.date, "DATE_FORMAT"),
        network=found,
        row=row,
        facts=[(column.label, column.cell(row, found)) for column in columns],
        asked=asked,
        tabs=tabs,
        rows=rows,
    )


def station_page(site: AdminSite, request: HttpRequest, network: int, day: str, station: int) -> HttpResponse:
    """What a station offered at each instant of the day, and the event that changed it."""
    found = _network(request, str(network))
    row = _day(found, day)
    place = Station.objects.filter(pk=station, network=found).select_related("network").first()
    if place is None:
        raise Http404
    course = figures.course_of(station=place, date=row.date)
    return _page(
        site,
        request,
        "admin/figures_station.html",
        place.title,
        network=found,
        row=row,
        station=place,
        course=course,
        rows=_rows(
            request,
            "p",
            course.moments,
            ROWS_A_PAGE,
            lambda some: [shown.of_moment(moment, row, found) for moment in some],
        ),
    )


def _page(site: AdminSite, request: HttpRequest, template: str, title: str, **context: Any) -> HttpResponse:
    return TemplateResponse(request, template, {**site.each_context(request), "title": title, **context})


def _network(request: HttpRequest, asked: str) -> Network:
    for network in networks_with(request.user, Right.SEE_FIGURES):
        if str(network.pk) == asked:
            return network
    raise Http404


def _day(network: Network, asked: str) -> NetworkDay:
    try:
        day = date.fromisoformat(asked)
    except ValueError as error:
        raise Http404 from error
    for row in figures.days_of(network=network, first=day, last=day):
        return row
    raise Http404


def _need(request: HttpRequest) -> str:
    asked = request.GET.get("need", "")
    return asked if asked in figures.NEEDS else figures.NEEDS[0]


def _period(request: HttpRequest, network: Network) -> tuple[Period, str]:
    """From `first` to `last`, or the last `days` that are over; and what is wrong with what was asked."""
    yesterday = figures.date_at(network, clock.now()) - timedelta(days=1)
    asked = request.GET.get("days", "")
    span = int(asked) if asked in {str(each) for each in SPANS} else USUAL_SPAN
    usual = Period(yesterday - timedelta(days=span - 1), yesterday)
    texts = request.GET.get("first", ""), request.GET.get("last", "")
    if not any(texts):
        return usual, ""
    try:
        last = min(date.fromisoformat(texts[1]), yesterday) if texts[1] else yesterday
        first = date.fromisoformat(texts[0]) if texts[0] else last - timedelta(days=span - 1)
    except (ValueError, OverflowError):
        return usual, _("A day is written like 2026-03-29.")
    if first > last:
        return usual, _("The first day comes after the last one, or is not over yet.")
    if (last - first).days >= LONGEST_SPAN:
        return usual, _("At most %(count)s days are shown at once.") % {"count": LONGEST_SPAN}
    return Period(first, last), ""


def _address(request: HttpRequest, **changes: Any) -> str:
    """The same page with other parameters; None drops one."""
    asked = request.GET.copy()
    for name, value in changes.items():
        asked.pop(name, None)
        if value is not None:
            asked[name] = value
    return f"?{asked.urlencode()}"


def _rows(
    request: HttpRequest, name: str, found: Any, size: int, shown_of: Callable[[Iterable[Any]], list[dict[str, Any]]]
) -> Rows:
    page = Paginator(found, size).get_page(request.GET.get(name))
    return Rows(
        page=page,
        rows=shown_of(page.object_list),
        earlier=_address(request, **{name: page.previous_page_number()}) if page.has_previous() else "",
        later=_address(request, **{name: page.next_page_number()}) if page.has_next() else "",
    )


def _stations(request: HttpRequest, network: Network, period: Period, need: str) -> Rows:
    """A page of stations, the scarcest first, hour by hour."""
    span = {"network": network, "first": period.first, "last": period.last, "need": need}

    def rows(some: Iterable[figures.Scarcity]) -> list[dict[str, Any]]:
        stations = Station.objects.in_bulk([each.station for each in some])
        hours = figures.shares_by_hour(stations=stations, **span)
        return [shown.of_hours(each, stations[each.station], hours[each.station]) for each in some]

    return _rows(request, "s", figures.scarcities(**span), STATIONS_A_PAGE, rows)


def _stations_of_day(request: HttpRequest, network: Network, row: NetworkDay, need: str) -> Rows:
    def rows(some: Iterable[figures.Scarcity]) -> list[dict[str, Any]]:
        stations = Station.objects.in_bulk([each.station for each in some])
        return [shown.of_station(each, stations[each.station], row, network) for each in some]

    scarce = figures.scarcities(network=network, first=row.date, last=row.date, need=need)
    return _rows(request, "p", scarce, ROWS_A_PAGE, rows)
