"""Writing what a plan holds: in one transaction, in bulk, and state only with its event."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stations.import_runs import Changed, Done, Unit, differing, keep
from stations.importing.planning import Plan, Update, compare
from stations.importing.rows import NO_RENTAL, OPEN, SCHEDULED, StationRow
from stations.models import Dock, ImportRun, Network, Station
from stations.operations import (
    StationAlreadyClosed,
    StationAlreadyOpen,
    close_station,
    install_docks,
    open_station,
    parts_of,
)
from stations.refusals import Refusal

BATCH = 500
# Fields of a row that are columns of the station under the same name; the others need more than an assignment.
KIND = "stations"
COLUMNS = ("name", "address", "postal_code", "city", "latitude", "longitude", "kind", "access_note")
WRITTEN = (*COLUMNS, "is_installed", "is_renting", "is_returning", "closure_reason", "published")

Progress = Callable[[int, int], None]


class PlanOutdated(Refusal):
    code = "plan_outdated"
    sentence = gettext_lazy("The network has changed since this preview. Look at the new preview, then apply it.")


def silent(done: int, total: int) -> None:
    pass


def apply(plan: Plan, *, actor: str, file: str = "", progress: Progress = silent) -> ImportRun | None:
    """Write the plan, all or nothing, and keep what was done. Refuses PlanOutdated if it would now do something else.

    `progress` is told how many of the changed stations are written. Locks: the network, so that imports take turns,
    then each station whose state changes.
    """
    with transaction.atomic():
        network = Network.objects.select_for_update(no_key=True).get(pk=plan.network.pk)
        if compare(network, plan.rows, plan.refused_codes).fingerprint != plan.fingerprint:
            raise PlanOutdated
        created, updated = plan.comparison.created, plan.comparison.updated
        total = len(created) + len(updated)
        made = create_stations(network=network, rows=created, progress=lambda done, _total: progress(done, total))
        done = Done(created=_units_of(made))
        _update_stations(network, updated, actor, lambda count, _total: progress(len(created) + count, total), done)
        fingerprint = plan.fingerprint
        return keep(network=network, kind=KIND, file=file, actor=actor, fingerprint=fingerprint, done=done)


def _units_of(stations: Sequence[Station]) -> list[Unit]:
    """Each new station with all that stands there."""
    there: dict[int, list[Any]] = {station.pk: [station] for station in stations}
    docks = Dock.objects.filter(station__in=there).select_related("charge_point__device").order_by("station", "number")
    for dock in docks:
        there[dock.station_id] += parts_of(dock)
    return [Unit(station, there[station.pk]) for station in stations]


def create_stations(
    *, network: Network, rows: Sequence[StationRow], is_published: bool = True, progress: Progress = silent
) -> list[Station]:
    """New stations with their docks, a post for each. With `is_published` later files are compared with these rows."""
    made: list[Station] = []
    for batch in _batches(rows):
        with translation.override(network.languages[0] if network.languages else None):
            new = [_new_station(network, row, is_published) for row in batch]
        stations = Station.objects.bulk_create(new)
        install_docks(docks=[(station, row.capacity) for station, row in zip(stations, batch, strict=True)])
        made += stations
        progress(len(made), len(rows))
    return made


def _batches(rows: Iterable[Any]) -> Iterable[list[Any]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch


def _new_station(network: Network, row: StationRow, is_published: bool) -> Station:
    is_open = row.status == OPEN
    station = Station(
        network=network,
        code=row.code,
        is_installed=row.status not in (SCHEDULED, NO_RENTAL),
        is_renting=is_open,
        is_returning=is_open,
        closure_reason="" if is_open else closure_reason(row.status),
        published=row.published() if is_published else {},
        **{name: getattr(row, name) for name in COLUMNS},
    )
    station.prepare_search()
    return station


def closure_reason(status: str) -> str:
    """In the active language: what subscribers read where the file says no more than its status."""
    if status == SCHEDULED:
        return _("Not open yet.")
    if status == NO_RENTAL:
        return _("Information centre: no cars here.")
    return _("Closed by the operator.")


def _update_stations(network: Network, updates: Sequence[Update], actor: str, progress: Progress, done: Done) -> None:
    count = 0
    for batch in _batches(sorted(updates, key=lambda update: update.station_id)):
        stations = Station.objects.in_bulk([update.station_id for update in batch])
        for update in batch:
            station = stations[update.station_id]
            before = _standing(station)
            _update_station(network, station, update, actor)
            if "status" in update.changes:
                station.refresh_from_db(fields=WRITTEN)
            done.changed.append(Changed(station, *differing(before, _standing(station))))
        docks = install_docks(docks=[(stations[update.station_id], update.docks_to_add) for update in batch])
        done.beside += [Unit(dock, parts_of(dock)) for dock in docks]
        count += len(batch)
        progress(count, len(updates))


def _standing(station: Station) -> dict[str, Any]:
    return {name: getattr(station, name) for name in WRITTEN}


def _update_station(network: Network, station: Station, update: Update, actor: str) -> None:
    columns = [name for name in COLUMNS if name in update.changes]
    for name in columns:
        setattr(station, name, update.changes[name][1])
    station.published = update.row.published()
    station.save(update_fields=[*columns, "published", "search_text", "sort_name"])
    if "status" not in update.changes:
        return
    try:
        if update.row.status == OPEN:
            open_station(station=station, actor=actor)
            return
        with translation.override(network.languages[0] if network.languages else None):
            reason = closure_reason(update.row.status)
        close_station(
            station=station,
            reason=reason,
            actor=actor,
            is_installed=update.row.status not in (SCHEDULED, NO_RENTAL),
        )
    except (StationAlreadyOpen, StationAlreadyClosed):
        return  # The operator was faster.
