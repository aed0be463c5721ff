"""Keeping what an import did: which rows it made, and what it changed from what to what."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import Model, Q

from stations import clock
from stations.batches import in_batches
from stations.models import ImportRun, Network
from stations.statistics import renew
from stations.traces import plain

LONGEST_FILE_NAME = 200
BATCH = 20  # a run of a whole network holds some megabytes


@dataclass
class Unit:
    """Rows that were made together and go together; `of` is the one that people know."""

    of: Model
    rows: list[Model]


@dataclass
class Changed:
    """Columns (by `attname`) of a row, in words that JSON knows."""

    row: Model
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass
class Done:
    created: list[Unit] = field(default_factory=list)
    beside: list[Unit] = field(default_factory=list)  # made for rows that were there already
    changed: list[Changed] = field(default_factory=list)


def differing(before: dict[str, Any], after: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs, on either side, as JSON has it."""
    names = [name for name in after if before[name] != after[name]]
    return {name: plain(before[name]) for name in names}, {name: plain(after[name]) for name in names}


def keep(*, network: Network, kind: str, file: str, actor: str, fingerprint: str, done: Done) -> ImportRun | None:
    """The caller is in the transaction of the import, after its writes. An import that did nothing leaves nothing."""
    if not (done.created or done.beside or done.changed):
        return None
    made = [*done.created, *done.beside]
    models = list(dict.fromkeys(type(row) for unit in made for row in unit.rows))
    renew(models, written=sum(len(unit.rows) for unit in made))
    columns = [[model._meta.label_lower, [each.attname for each in model._meta.concrete_fields]] for model in models]
    units = [_unit(unit) for unit in made]
    values = values_of(units, columns)
    for unit in units:
        unit["digest"] = digest_of(unit, values)
    return ImportRun.objects.create(
        network=network,
        kind=kind,
        file=file[-LONGEST_FILE_NAME:],
        at=clock.now(),
        actor=actor,
        fingerprint=fingerprint,
        created=units,
        columns=columns,
        changed=[
            {"model": each.row._meta.label_lower, "pk": each.row.pk, "before": each.before, "after": each.after}
            for each in done.changed
        ],
        created_count=len(done.created),
        changed_count=len(done.changed),
    )


def undo_until(run: ImportRun) -> datetime:
    return run.at + timedelta(days=settings.IMPORT_UNDO_DAYS)


def is_forgotten(run: ImportRun) -> bool:
    return not (run.created or run.changed or run.columns)


def forget_old() -> int:
    """Empty what is kept of imports that are too old to be undone; how many. Their lines in the list stay."""
    old = ImportRun.objects.filter(at__lt=clock.instant() - timedelta(days=settings.IMPORT_UNDO_DAYS))
    full = old.filter(~Q(created=[]) | ~Q(changed=[]) | ~Q(columns=[]))
    return in_batches(full, lambda rows: rows.update(created=[], changed=[], columns=[]), size=BATCH)


def _unit(unit: Unit) -> dict[str, Any]:
    rows: dict[str, list[Any]] = {}
    for row in unit.rows:
        rows.setdefault(row._meta.label_lower, []).append(row.pk)
    return {"of": [unit.of._meta.label_lower, unit.of.pk], "rows": rows}


def values_of(
    units: Iterable[dict[str, Any]], columns: Sequence[Sequence[Any]], *, is_locked: bool = False
) -> dict[tuple[str, Any], list[Any]]:
    """The values of the rows as they stand, by model and key: one query a model."""
    values: dict[tuple[str, Any], list[Any]] = {}
    units = list(units)
    for label, names in columns:
        keys = sorted(key for unit in units for key in unit["rows"].get(label, ()))
        rows = apps.get_model(label)._base_manager.filter(pk__in=keys).order_by("pk")
        rows = rows.select_for_update() if is_locked else rows
        for row in rows if keys else ():
            values[label, row.pk] = [plain(getattr(row, name, None)) for name in names]
    return values


def digest_of(unit: dict[str, Any], values: dict[tuple[str, Any], list[Any]]) -> str:
    """Of a row that is gone there are no values."""
    content = [[label, key, values.get((label, key))] for label, keys in sorted(unit["rows"].items()) for key in keys]
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
