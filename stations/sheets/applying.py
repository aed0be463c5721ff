"""Writing what a plan holds: in one transaction, with a trace of each row and a run that can be undone."""

from django.db import IntegrityError, transaction

from stations import traces
from stations.import_runs import Done, keep
from stations.importing.applying import PlanOutdated
from stations.models import ImportRun, Network
from stations.sheets.planning import Plan, planned
from stations.traces import Told


def apply(plan: Plan, *, actor: str, file: str, came_from: str = "") -> ImportRun | None:
    """Write the plan, all or nothing. Refuses PlanOutdated if the same lines would now do something else.

    Lock: the network, so that imports take turns; then what the kind of table says.
    """
    try:
        return _apply(plan, actor, file, came_from)
    except IntegrityError as error:  # somebody took an identity meanwhile
        raise PlanOutdated from error


def _apply(plan: Plan, actor: str, file: str, came_from: str) -> ImportRun | None:
    with transaction.atomic():
        network = Network.objects.select_for_update(no_key=True).get(pk=plan.network.pk)
        current = planned(plan.sheet, network, plan.lines)
        if current.fingerprint != plan.fingerprint:
            raise PlanOutdated
        done = plan.sheet.write(network, current.comparison, actor=actor)
        _trace(network, done, actor, came_from)
        fingerprint = plan.fingerprint
        return keep(network=network, kind=plan.sheet.kind, file=file, actor=actor, fingerprint=fingerprint, done=done)


def _trace(network: Network, done: Done, actor: str, came_from: str) -> None:
    """A line for each row, so that its history tells where it comes from."""
    created: list[Told] = [(unit.of, {}, traces.snapshot(unit.of)) for unit in [*done.created, *done.beside]]
    changed: list[Told] = [(each.row, each.before, each.after) for each in done.changed]
    traces.write_several(network_id=network.pk, actor=actor, act="import", rows=created + changed, came_from=came_from)
