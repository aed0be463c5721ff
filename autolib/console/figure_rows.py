"""The rows of the indicators in words, each with where it leads."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from autolib.console import plots
from autolib.console.figure_columns import (
    BOOKINGS,
    EVENTS,
    Cell,
    Column,
    kept,
    lasting,
    one_decimal,
    per_car,
    percent,
    rows_url,
    whole,
    without_car,
    without_dock,
)
from bookings import figures
from bookings.models import NetworkDay, VehicleDay
from stations.models import Network, Station

WARM = (0.1, 0.25, 0.5, 0.75)


def of_day(row: NetworkDay, network: Network, columns: list[Column]) -> dict[str, Any]:
    return {
        "date": row.date,
        "url": reverse("admin:figures_day", args=[network.pk, row.date]),
        "cells": [column.cell(row, network) for column in columns],
    }


def of_hours(scarcity: figures.Scarcity, station: Station, shares: list[float | None]) -> dict[str, Any]:
    """A station with its share of time without, by the hour of the clock."""
    return {
        "name": station.title,
        "url": reverse("admin:stations_station_change", args=[station.pk]),
        "share": percent(scarcity.share),
        "hours": [(_warmth(share), percent(share)) for share in shares],
    }


def _warmth(share: float | None) -> int | str:
    """0 never, 1 to 5 more and more, nothing where nothing is known."""
    if share is None:
        return ""
    return 0 if share == 0 else 1 + sum(share > step for step in WARM)


def of_station(scarcity: figures.Scarcity, station: Station, row: NetworkDay, network: Network) -> dict[str, Any]:
    return {
        "name": station.title,
        "url": reverse("admin:figures_station", args=[network.pk, row.date, station.pk]),
        "without": lasting(scarcity.without),
        "share": percent(scarcity.share),
        "departures": _bookings(scarcity.departures, row, network, "started_at", origin=station.pk),
        "arrivals": _bookings(scarcity.arrivals, row, network, "ended_at", end=station.pk, state__exact="completed"),
    }


def _bookings(count: int, row: NetworkDay, network: Network, instant: str, **filters: Any) -> Cell:
    span = {f"{instant}__gte": row.begins_at.isoformat(), f"{instant}__lt": row.ends_at.isoformat()}
    return Cell(whole(count), rows_url(BOOKINGS, network, **span, **filters) if count else "")


def of_car(row: VehicleDay) -> dict[str, Any]:
    return {
        "name": row.vehicle.plate,
        "url": reverse("admin:vehicles_vehicle_change", args=[row.vehicle_id]),
        "trips": whole(row.trips),
        "minutes": whole(row.trip_seconds // 60),
        "kilometres": one_decimal(row.kilometres),
        "in_service": lasting(row.in_service_seconds),
    }


def of_moment(moment: figures.Moment, row: NetworkDay, network: Network) -> dict[str, Any]:
    """What happened, and what the station offered from then on; it leads to the events of that car, dock or station."""
    about = f"{moment.change.aggregate} {moment.change.aggregate_id}"
    at = (row.begins_at + timedelta(seconds=moment.change.second)).astimezone(ZoneInfo(network.time_zone))
    return {
        "instant": at.isoformat(),
        "at": f"{at:%H:%M:%S}",
        "type": moment.change.type.replace("_", " "),
        "about": about,
        "url": reverse(f"admin:{EVENTS}_changelist", query={"q": about}),
        "cars": moment.cars,
        "docks": moment.docks,
    }


def plots_of(days: list[date], rows: list[NetworkDay]) -> list[plots.Plot]:
    of_days = {row.date: row for row in rows}

    def values(value: Any) -> list[float | None]:
        return [value(of_days[day]) if day in of_days else None for day in days]

    without = [(_("a car"), values(without_car)), (_("a free dock"), values(without_dock))]
    return [
        plots.bars("trips", _("Trips a day"), days, values(lambda row: row.trips), whole),
        plots.bars("per-car", _("Trips per car in service"), days, values(per_car), one_decimal),
        plots.lines("without", _("Share of time without"), days, without, percent),
        plots.lines("kept", _("Promises kept"), days, [("", values(kept))], percent),
    ]


def charge_now(network: Network) -> str:
    """How the cars in service are charged, in a sentence; empty where none has said."""
    charge = figures.charge_now(network=network)
    if charge.mean_percent is None:
        return ""
    return ngettext(
        "Charge now: %(mean)s on average; %(low)s of %(count)s car in service is too low to be rented.",
        "Charge now: %(mean)s on average; %(low)s of %(count)s cars in service are too low to be rented.",
        charge.cars,
    ) % {"mean": percent(float(charge.mean_percent) / 100), "low": whole(charge.low), "count": whole(charge.cars)}
