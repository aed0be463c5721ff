"""What the lines of a history are called, and by whom they are, in words."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from stations.events import Type

WORDS = {
    Type.RESERVATION_START: _("reserved"),
    Type.RESERVATION_EXTENDED: _("reservation lengthened"),
    Type.RESERVATION_EXPIRED: _("reservation ran out"),
    Type.CUSTOMER_CANCELLATION: _("cancelled by the subscriber"),
    Type.PROVIDER_CANCELLATION: _("cancelled by the network"),
    Type.TRIP_START: _("trip started"),
    Type.TRIP_PROLONGED: _("trip allowed to last longer"),
    Type.TRIP_END: _("trip ended"),
    Type.SERVICE_START: _("returned to service"),
    Type.SERVICE_END: _("taken out of service"),
    Type.PLUGGED: _("plugged in"),
    Type.UNPLUGGED: _("unplugged"),
    Type.DOCK_HOLD_START: _("dock held"),
    Type.DOCK_HOLD_EXTENDED: _("dock hold lengthened"),
    Type.DOCK_HOLD_RELEASED: _("dock hold released"),
    Type.DOCK_HOLD_EXPIRED: _("dock hold ran out"),
    Type.DOCK_HOLD_DISPLACED: _("dock taken by another car"),
    Type.STATION_OPENED: _("station opened"),
    Type.STATION_CLOSED: _("station closed"),
    Type.TASK_ASKED: _("asked for"),
    Type.TASK_ASSIGNED: _("task assigned"),
    Type.TASK_STARTED: _("task started"),
    Type.TASK_DONE: _("task done"),
    Type.TASK_HANDED_BACK: _("task handed back"),
    Type.TASK_CANCELLED: _("task called off"),
    "add": _("added"),
    "change": _("changed"),
    "delete": _("deleted"),
    "look": _("looked at"),
    "list": _("seen in a list"),
    "block": _("blocked"),
    "unblock": _("unblocked"),
    "lengthen": _("car held longer"),
    "lengthen_dock": _("dock held longer"),
    "move_dock": _("dock moved"),
    "drop_dock": _("dock let go"),
    "promise_credit": _("credit promised"),
    "import": _("imported"),
    "undo_import": _("import undone"),
    "export": _("exported"),
    "propose": _("proposed, for four eyes"),
    "approve": _("approved"),
    "decline": _("declined"),
    "take_back": _("taken back"),
    "plan_rules": _("rules planned"),
    "apply_rules": _("rules came into force"),
    "apply_plan": _("change of the plan came into force"),
    "close_network": _("network closed"),
    "open_network": _("network opened"),
    "ask": _("field work asked for"),
    "take": _("taken"),
    "assign": _("given to somebody"),
    "appoint": _("appointed"),
    "dismiss": _("dismissed"),
    "start": _("begun"),
    "finish": _("done"),
    "hand_back": _("handed back"),
    "cancel": _("called off"),
    "rated": _("rated"),
}
OPERATOR = re.compile(r"\Aoperator:(\d+)\Z")


def said(what: str, acts: Mapping[str, Any] | None = None) -> str:
    """The words of a line; where there are none, the label of the act, else its name."""
    return str(WORDS.get(what) or (acts or {}).get(what) or what.replace("_", " "))


def value_said(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return "—" if value in (None, "") else str(value)


def names_of(actors: Iterable[str]) -> dict[str, str]:
    """Each actor as people call it; operators by their names, in one query."""
    actors = set(actors)
    wanted = {actor: int(found[1]) for actor in actors if (found := OPERATOR.match(actor))}
    people = {user.pk: str(user) for user in get_user_model()._default_manager.filter(pk__in=wanted.values())}
    names = {actor: people.get(pk, actor) for actor, pk in wanted.items()}
    return {actor: names.get(actor) or _actor(actor) for actor in actors}


def _actor(actor: str) -> str:
    kind, _colon, _rest = actor.partition(":")
    known = {
        "system": gettext("the system"),
        "subscriber": gettext("the subscriber"),
        "device": gettext("a device"),
    }
    return known.get(kind, actor)
