"""The messages of one request: each is judged alone, facts are applied at once, reports go to the inbox together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import structlog
from django.utils.translation import gettext as _

from autolib.devices.authentication import Sender
from autolib.devices.facts import apply_fact
from autolib.devices.reading import MSG_ID, Invalid, Message, read_message
from stations import inbox
from stations.inbox import WAITING, Entry, Outcome, Receipt, Verdict
from stations.models import ChargePoint, Device
from stations.refusals import Busy

logger = structlog.get_logger(__name__)

Result = dict[str, Any]


class NotYours(Exception):
    """The device speaks for what is not its own."""


class Reach:
    """What the sender may speak for: a post for every connector of its station, a car for itself."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender

    @cached_property
    def connectors(self) -> dict[str, dict[int, int]]:
        """Dock ids by charge point and connector."""
        found: dict[str, dict[int, int]] = {}
        rows = ChargePoint.objects.filter(station=self.sender.station_id)
        for identity, connector, dock_id in rows.values_list("identity", "docks__connector", "docks__pk"):
            found.setdefault(identity, {})[connector] = dock_id
        return found

    def subject(self, message: Message) -> tuple[str, int | None]:
        """("dock" | "vehicle" | "station", id) that the message is about; no id for a connector nobody told us of."""
        sender = self.sender
        if message.kind == "vehicle_status":
            own = (None, sender.plate, sender.identifier)
            if sender.kind != Device.Kind.CAR or message.said.get("vehicle") not in own:
                raise NotYours
            return "vehicle", sender.vehicle_id
        if sender.kind != Device.Kind.POST or sender.station_id is None:
            raise NotYours
        if message.dock is None:
            return "station", sender.station_id
        if message.dock.charge_point not in self.connectors:
            raise NotYours
        return "dock", self.connectors[message.dock.charge_point].get(message.dock.connector)


@dataclass(frozen=True)
class Readable:
    """A message that can be taken, and its place in the request."""

    place: int
    message: Message
    entry: Entry

    @property
    def is_to_be_applied_now(self) -> bool:
        return self.message.is_fact and self.entry.verdict is WAITING


def take(sender: Sender, documents: Sequence[Any]) -> list[Result]:
    """One result a message, in the order of the messages."""
    reach = Reach(sender)
    results: dict[int, Result] = {}
    readable: list[Readable] = []
    for place, document in enumerate(documents):
        try:
            message = read_message(document)
            readable.append(Readable(place, message, _entry(sender, message, *reach.subject(message))))
        except Invalid as error:
            results[place] = _refused(_id_of(document), "invalid", error.detail, field=error.field)
        except NotYours:
            detail = _("This device may not speak for that connector or car.")
            results[place] = _refused(message.msg_id, "not_yours", detail)
    results |= _apply_facts(sender, [one for one in readable if one.is_to_be_applied_now])
    results |= _keep_the_others([one for one in readable if not one.is_to_be_applied_now])
    _note_quarantined(sender, results)
    return [results[place] for place in range(len(documents))]


def _entry(sender: Sender, message: Message, subject: str, subject_id: int | None) -> Entry:
    """The message for the inbox: without the badge, and with the dock or car that it was about."""
    content = {name: value for name, value in message.said.items() if name not in ("badge", "dock")}
    content[subject] = subject_id
    if message.dock is not None:
        content |= vars(message.dock)
    if message.positions_dropped:
        content["positions_dropped"] = message.positions_dropped
    verdict = WAITING
    if message.event_time > sender.latest_event_time:
        verdict = Verdict(Outcome.QUARANTINED, "future")
    elif subject_id is None:
        verdict = Verdict(Outcome.QUARANTINED, f"unknown_{'connector' if subject == 'dock' else subject}")
    return Entry(
        device_id=sender.device_id,
        msg_id=message.msg_id,
        kind=message.kind,
        event_time=message.event_time,
        received_at=sender.received_at,
        digest=message.digest,
        content=content,
        verdict=verdict,
    )


def _apply_facts(sender: Sender, facts: list[Readable]) -> dict[int, Result]:
    """In the order in which they happened. Once one must wait, those after it wait too: they may build on it."""
    results: dict[int, Result] = {}
    is_busy = False
    for one in sorted(facts, key=lambda one: (one.message.event_time, one.place)):
        if not is_busy:
            try:
                receipt = inbox.take_once(one.entry, decide=partial(apply_fact, sender, one.message, one.entry.content))
            except Busy:
                is_busy = True
            else:
                results[one.place] = _told(one.entry, receipt)
                continue
        results[one.place] = _try_again(one.entry)
    return results


def _keep_the_others(others: list[Readable]) -> dict[int, Result]:
    """Reports, which a worker applies, and what is in quarantine from the start: one statement for all."""
    first: dict[str, Entry] = {}
    for one in others:
        first.setdefault(one.entry.msg_id, one.entry)
    if not first:
        return {}
    try:
        receipts = inbox.keep(list(first.values()))
    except Busy:
        return {one.place: _try_again(one.entry) for one in others}
    results = {}
    for one in others:
        receipt = receipts[one.entry.msg_id]
        if one.entry is not first[one.entry.msg_id]:
            receipt = replace(receipt, is_duplicate=True)
        results[one.place] = _told(one.entry, receipt)
    return results


def _told(entry: Entry, receipt: Receipt) -> Result:
    if receipt.is_duplicate and receipt.digest != entry.digest:
        return _refused(entry.msg_id, "msg_id_reused", _("This msg_id was used for another message. Use a new one."))
    return {"msg_id": entry.msg_id, **receipt.answer, "duplicate": receipt.is_duplicate}


def _try_again(entry: Entry) -> Result:
    return {"msg_id": entry.msg_id, "outcome": "retry", "code": Busy.code, "detail": Busy().message, "duplicate": False}


def _refused(msg_id: str | None, code: str, detail: str, *, field: str | None = None) -> Result:
    about = {"field": field} if field else {}
    return {"msg_id": msg_id, "outcome": "refused", "code": code, "detail": detail, **about, "duplicate": False}


def _id_of(document: Any) -> str | None:
    msg_id = document.get("msg_id") if isinstance(document, dict) else None
    return msg_id if isinstance(msg_id, str) and MSG_ID.fullmatch(msg_id) else None


def _note_quarantined(sender: Sender, results: dict[int, Result]) -> None:
    for result in results.values():
        if result["outcome"] == "quarantined" and not result["duplicate"]:
            about = {"device": sender.identifier, "msg_id": result["msg_id"], "reason": result["reason"]}
            logger.warning("device message in quarantine", **about)
