"""A plan of an import in words: how much of what, and each change as before and after."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stations.importing import Plan, Update
from stations.models import Station


def counted(plan: Plan) -> str:
    """One line: so many created, updated, unchanged, vanished, refused."""
    comparison = plan.comparison
    parts = [
        (len(comparison.created), ngettext("%(count)s created", "%(count)s created", len(comparison.created))),
        (len(comparison.updated), ngettext("%(count)s updated", "%(count)s updated", len(comparison.updated))),
        (comparison.unchanged, ngettext("%(count)s unchanged", "%(count)s unchanged", comparison.unchanged)),
        (len(comparison.vanished), ngettext("%(count)s vanished", "%(count)s vanished", len(comparison.vanished))),
        (len(plan.problems), ngettext("%(count)s row refused", "%(count)s rows refused", len(plan.problems))),
    ]
    return ", ".join(sentence % {"count": count} for count, sentence in parts)


def rows_of_updates(plan: Plan) -> list[dict[str, Any]]:
    return [
        {"update": update, "changes": [_change(update, name) for name in sorted(update.changes)]}
        for update in plan.comparison.updated
    ]


def _change(update: Update, name: str) -> dict[str, Any]:
    before, after = update.changes[name]
    return {"field": _label(name), "before": _shown(name, before), "after": _shown(name, after)}


def _label(name: str) -> str:
    own = {"status": _("status"), "scheduled_at": _("opens on"), "capacity": _("docks")}
    return own[name] if name in own else str(Station._meta.get_field(name).verbose_name)


def _shown(name: str, value: Any) -> Any:
    if name == "kind" and value in Station.Kind.values:
        return Station.Kind(value).label
    return "—" if value in ("", None) else value
