"""Taking an import back, as far as nothing has happened since: all that can go goes, the rest is told and stays.

A row that the import made is deleted if it is as it was made and nothing refers to it; the database itself says what
does. A column that it changed gets its old value if it still has the imported one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from stations import clock, traces
from stations.import_runs import digest_of, is_forgotten, undo_until, values_of
from stations.models import ImportRun, Network, Station
from stations.operations import StationAlreadyClosed, StationAlreadyOpen, close_station, open_station
from stations.refusals import Refusal
from stations.traces import Told, plain

FLAGS = ("is_installed", "is_renting", "is_returning", "closure_reason")


class AlreadyUndone(Refusal):
    code = "already_undone"
    sentence = gettext_lazy("This import has already been undone.")


class ImportTooOld(Refusal):
    code = "import_too_old"
    sentence = gettext_lazy("It is too late to undo this import: what it did is no longer kept.")


@dataclass(frozen=True)
class Kept:
    what: str
    why: str


@dataclass
class Undone:
    """What was (or would be) deleted, what got its old values back, and what stays as it is."""

    deleted: list[str] = field(default_factory=list)
    restored: list[tuple[str, list[tuple[str, Any, Any]]]] = field(default_factory=list)  # label, now, then
    kept: list[Kept] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)  # for the traces


def preview(*, run: ImportRun) -> Undone:
    """Exactly what `undo` would do now: it is done, and rolled back. Refuses as `undo` does."""
    with transaction.atomic():
        undone = undo(run=run, actor="preview")
        transaction.set_rollback(True)
    return undone


def undo(*, run: ImportRun, actor: str, reason: str = "", came_from: str = "") -> Undone:
    """Once, and not for ever: refuses AlreadyUndone, ImportTooOld.

    Locks: the network, as imports do; the run; the rows by model and key.
    """
    with transaction.atomic():
        row = _locked_run(run)
        if row.undone_at is not None:
            raise AlreadyUndone
        if undo_until(row) <= clock.now() or is_forgotten(row):
            raise ImportTooOld
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # what would break at the commit is to break here
        undone = Undone()
        taken = _restore(row.changed, actor, undone)
        _delete_created(row, undone)
        undone.kept += [kept for _change, kept in _restore_again(taken, actor, undone)]
        row.undone_at, row.undone_by = clock.now(), actor
        row.save(update_fields=["undone_at", "undone_by"])
        _trace(row, undone, actor, {"reason": reason, "came_from": came_from})
        return undone


def _trace(run: ImportRun, undone: Undone, actor: str, why: dict[str, str]) -> None:
    """One line for the import, and one for each row that it gives back or takes away."""
    who: dict[str, Any] = {"network_id": run.network_id, "actor": actor, "act": "undo_import", **why}
    traces.write_several(rows=undone.told, **who)
    counts = {name: len(getattr(undone, name)) for name in ("deleted", "restored", "kept")}
    data = {"file": run.file, "kind": run.kind, **counts}
    traces.write(model=run._meta.label_lower, object_id=run.pk, data=data, **who)


def _locked_run(run: ImportRun) -> ImportRun:
    Network.objects.select_for_update(no_key=True).get(pk=run.network_id)
    return ImportRun.objects.select_for_update(no_key=True).get(pk=run.pk)


Taken = list[tuple[dict[str, Any], Kept]]


def _restore(changed: Sequence[dict[str, Any]], actor: str, undone: Undone) -> Taken:
    """Old values where the imported ones still stand; answers those whose old value is taken for the time being."""
    rows = _locked_rows(changed)
    possible = []
    for change in changed:
        row = rows.get((change["model"], change["pk"]))
        columns = [name for name, value in change["after"].items() if row and plain(getattr(row, name)) == value]
        left = [name for name in change["after"] if name not in columns]
        if row is None:
            undone.kept.append(Kept(f"{change['model']} {change['pk']}", _("it is no longer there")))
        elif left:
            labels = ", ".join(_label(row, name) for name in left)
            undone.kept.append(Kept(str(row), _("changed since: %(columns)s") % {"columns": labels}))
        if row is not None and columns:
            possible.append((row, change, columns))
    return list(_written(possible, actor, undone, _names_of_related(possible)))


Possible = list[tuple[Any, dict[str, Any], list[str]]]


Names = dict[tuple[Any, Any], str]  # by model and key


def _written(possible: Possible, actor: str, undone: Undone, names: Names) -> Iterator[tuple[dict[str, Any], Kept]]:
    """All in one savepoint; where one of them cannot be, each half by itself."""
    if not possible:
        return
    told = [(str(row), _differences(row, change, columns, names)) for row, change, columns in possible]
    try:
        with transaction.atomic():
            _vacate(possible)
            for row, change, columns in possible:
                _write(row, {name: change["before"][name] for name in columns}, actor)
    except IntegrityError:
        if len(possible) == 1:
            yield possible[0][1], Kept(told[0][0], _("its old value is taken by now, or what it named is gone"))
            return
        rows = _locked_rows([change for _row, change, _columns in possible])
        fresh = [(rows[change["model"], change["pk"]], change, columns) for _row, change, columns in possible]
        middle = len(fresh) // 2
        yield from _written(fresh[:middle], actor, undone, names)
        yield from _written(fresh[middle:], actor, undone, names)
    else:
        undone.restored += told
        undone.told += [
            (row, *({name: change[side][name] for name in columns} for side in ("after", "before")))
            for row, change, columns in possible
        ]


def _restore_again(taken: Taken, actor: str, undone: Undone) -> Taken:
    """Now that what the import made is gone, an old value may be free again."""
    return _restore([change for change, _kept in taken], actor, undone) if taken else []


def _locked_rows(changed: Sequence[dict[str, Any]]) -> dict[tuple[str, Any], Any]:
    rows: dict[tuple[str, Any], Any] = {}
    for label in sorted({change["model"] for change in changed}):
        keys = sorted(change["pk"] for change in changed if change["model"] == label)
        found = apps.get_model(label)._base_manager.select_related().select_for_update(of=("self",), no_key=True)
        rows |= {(label, row.pk): row for row in found.filter(pk__in=keys).order_by("pk")}
    return rows


def _vacate(possible: Possible) -> None:
    """Two rows may have changed places: what may be empty is emptied first, so that no place is taken twice."""
    for row, _change, columns in possible:
        nullable = [name for name in columns if row._meta.get_field(name).null]
        if nullable:
            type(row)._base_manager.filter(pk=row.pk).update(**dict.fromkeys(nullable))


def _write(row: models.Model, values: dict[str, Any], actor: str) -> None:
    flags = {name: values.pop(name) for name in FLAGS if isinstance(row, Station) and name in values}
    for name, value in values.items():
        setattr(row, name, value)
    if values:
        derived = ("search_text", "sort_name") if isinstance(row, Station) else ()
        row.save(update_fields=[row._meta.get_field(name).name for name in values] + list(derived))
    if flags and isinstance(row, Station):
        _reopen_or_close(row, flags, actor)


def _reopen_or_close(station: Station, flags: dict[str, Any], actor: str) -> None:
    """A station changes with its event."""
    wanted = {name: flags.get(name, getattr(station, name)) for name in FLAGS}
    try:
        if wanted["is_renting"]:
            open_station(station=station, actor=actor)
        else:
            close_station(
                station=station,
                reason=wanted["closure_reason"] or _("Closed by the operator."),
                actor=actor,
                is_returning=wanted["is_returning"],
                is_installed=wanted["is_installed"],
            )
    except (StationAlreadyOpen, StationAlreadyClosed):
        return


def _names_of_related(possible: Possible) -> Names:
    """How the rows are called that the changed columns name, now and then: one query a model."""
    keys: dict[Any, set[Any]] = {}
    for row, change, columns in possible:
        for name in columns:
            target = row._meta.get_field(name).related_model
            if target is not None:
                keys.setdefault(target, set()).update({change["before"][name], change["after"][name]} - {None})
    return {
        (target, key): str(row)
        for target, wanted in keys.items()
        for key, row in target.objects.in_bulk(wanted).items()
    }


def _differences(
    row: models.Model, change: dict[str, Any], columns: list[str], names: Names
) -> list[tuple[str, Any, Any]]:
    differences = []
    for column in row._meta.concrete_fields:
        if column.attname in columns and column.name != "published":
            now, then = change["after"][column.attname], change["before"][column.attname]
            told = [names.get((column.related_model, value), value) for value in (now, then)]
            differences += [(_label(row, column.attname), *told)] if now != then else []
    return differences


def _label(row: models.Model, name: str) -> str:
    field: Any = row._meta.get_field(name)
    return str(capfirst(field.verbose_name))


def _delete_created(run: ImportRun, undone: Undone) -> None:
    """The last made first: what was made later may stand on what was made before."""
    values = values_of(run.created, run.columns, is_locked=True)
    rows = _main_rows(run)
    untouched = []
    for unit in reversed(run.created):
        if digest_of(unit, values) == unit["digest"]:
            untouched.append(unit)
        else:
            undone.kept.append(Kept(str(rows.get(tuple(unit["of"]), "—")), _("changed since, or no longer there")))
    _delete(untouched, [label for label, _columns in reversed(run.columns)], rows, undone)


Rows = dict[tuple[str, Any], models.Model]


def _main_rows(run: ImportRun) -> Rows:
    rows: Rows = {}
    for label in {unit["of"][0] for unit in run.created}:
        keys = [unit["of"][1] for unit in run.created if unit["of"][0] == label]
        found = apps.get_model(label)._base_manager.select_related().filter(pk__in=keys)
        rows |= {(label, row.pk): row for row in found}
    return rows


def _delete(units: list[Any], labels: list[str], rows: Rows, undone: Undone) -> None:
    """All in one savepoint; where something refers to one of them, each half by itself."""
    if not units:
        return
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for label in labels:
                table = connection.ops.quote_name(apps.get_model(label)._meta.db_table)
                keys = [key for unit in units for key in unit["rows"].get(label, ())]
                cursor.execute(f"DELETE FROM {table} WHERE id = ANY(%s)", [keys])  # noqa: S608
    except IntegrityError as error:
        if len(units) == 1:
            undone.kept.append(Kept(str(rows[tuple(units[0]["of"])]), _user_of(error)))
            return
        middle = len(units) // 2
        _delete(units[:middle], labels, rows, undone)
        _delete(units[middle:], labels, rows, undone)
    else:
        gone = [rows[tuple(unit["of"])] for unit in units]
        undone.deleted += [str(row) for row in gone]
        undone.told += [(row, traces.snapshot(row), {}) for row in gone]


def _user_of(error: IntegrityError) -> str:
    """Which rows refer to it, as the database says."""
    table = getattr(getattr(error.__cause__, "diag", None), "table_name", None)
    model = next((each for each in apps.get_models(include_auto_created=True) if each._meta.db_table == table), None)
    what = model._meta.verbose_name_plural if model is not None else table
    return _("used by: %(what)s") % {"what": what}
