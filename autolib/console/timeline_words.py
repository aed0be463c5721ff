"""The sentences of a subscriber's timeline. Instants in them are those of the network's clocks."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bookings.debts import MAX_ATTEMPTS
from bookings.models import Booking, CreditPromise, Notification, Rating, RefusedRequest
from bookings.refused import SEARCH
from stations.events import Type
from stations.models import DeviceMessage, Dock, Event, Trace
from stations.story_words import said

LEARNT_LATE = timedelta(minutes=1)

ASKED = {
    "reserve": gettext_lazy("Wanted to reserve a car"),
    "take_now": gettext_lazy("Wanted to take a car at once"),
    "present_badge": gettext_lazy("Presented the badge"),
    "start_trip": gettext_lazy("Wanted to start the trip"),
    "extend": gettext_lazy("Wanted to hold the car longer"),
    "extend_destination": gettext_lazy("Wanted to hold the dock longer"),
    "move_destination": gettext_lazy("Wanted a dock elsewhere"),
    "drop_destination": gettext_lazy("Wanted to let the dock go"),
    "cancel": gettext_lazy("Wanted to cancel"),
    "undo_cancel": gettext_lazy("Wanted to undo the cancellation"),
}
BECAUSE = {
    "already_extended": gettext_lazy("it had been held longer as often as the network allows"),
    "already_holding": gettext_lazy("there was a booking already"),
    "badge_unknown": gettext_lazy("the badge was switched off"),
    "car_elsewhere": gettext_lazy("the reserved car stood at another station"),
    "car_unavailable": gettext_lazy("no car was free"),
    "dock_unavailable": gettext_lazy("no dock was free"),
    "network_closed": gettext_lazy("the network was closed"),
    "not_live": gettext_lazy("the reservation had ended"),
    "not_now": gettext_lazy("it was not possible in that state"),
    "nothing_to_undo": gettext_lazy("it was too late"),
    "station_closed": gettext_lazy("the station was closed"),
    "station_closes": gettext_lazy("the station was about to close"),
    "dock_closes": gettext_lazy("the station was about to close"),
    "subscriber_blocked": gettext_lazy("the account was blocked"),
    "subscription_required": gettext_lazy("there was no valid subscription"),
}
# What a device says that contradicts our records, and how.
MESSAGES = {
    "plugged": gettext_lazy("plugged in"),
    "unplugged": gettext_lazy("unplugged"),
}
CONTRADICTIONS = {
    "another_car_stands_here": gettext_lazy("another car stands in that dock"),
    "dock_is_empty": gettext_lazy("no car stands in that dock"),
    "dock_taken": gettext_lazy("another car stands in that dock"),
    "future": gettext_lazy("its clock is ahead"),
    "older_than_departure": gettext_lazy("it is older than the departure"),
    "other_network": gettext_lazy("the car is of another network"),
}


class Teller:
    """Says each row in words, with instants in the zone of the network."""

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)

    def time(self, at: datetime | str | None) -> str:
        instant = parse_datetime(at) if isinstance(at, str) else at
        return f"{localtime(instant, self.zone):%H:%M}" if instant else "—"

    def refusal(self, row: RefusedRequest) -> str:
        place = row.station.title if row.station else ""
        if row.command == SEARCH:
            if row.need == RefusedRequest.Need.DOCK:
                return _("Looked for a dock near %(station)s and found none within a walk.") % {"station": place}
            return _("Looked for a car near %(station)s and found none within a walk.") % {"station": place}
        told = {
            "asked": ASKED.get(row.command, row.command),
            "station": place,
            "because": BECAUSE.get(row.code, row.code.replace("_", " ")),
        }
        if place:
            return _("%(asked)s (%(station)s). Refused: %(because)s.") % told
        return _("%(asked)s. Refused: %(because)s.") % told

    def event(self, event: Event, booking: Booking, dock: Dock | None) -> str:
        facts = {
            "car": booking.vehicle.plate,
            "origin": booking.origin_station.title,
            "station": dock.station.title if dock else booking.end_station.title if booking.end_station else "",
            "dock": dock.number if dock else "",
            "until": self.time(event.data.get("held_until") or event.data.get("may_last_until")),
        }
        sentence = _of_event(event, facts) % facts
        if event.recorded_at - event.occurred_at <= LEARNT_LATE:
            return sentence
        return _("%(sentence)s We learnt of it at %(time)s.") % {
            "sentence": sentence,
            "time": self.time(event.recorded_at),
        }

    def moved(self, old: Dock, new: Dock, event: Event) -> str:
        return _("Dock moved from %(old)s to %(new)s, held until %(until)s.") % {
            "old": old.station.title,
            "new": new.station.title,
            "until": self.time(event.data.get("held_until")),
        }

    def rating(self, row: Rating) -> str:
        return _("Said of the car: %(rating)s.") % {"rating": row}

    def notice(self, row: Notification) -> str:
        told = {"channel": row.get_channel_display(), "kind": row.get_kind_display(), "time": self.time(row.sent_at)}
        if row.sent_at is not None and not row.failure:
            return _("Told by %(channel)s: %(kind)s, sent at %(time)s.") % told
        if row.sent_at is not None:
            return _("Not told by %(channel)s: %(kind)s. It was too late, or nobody could be reached.") % told
        if not row.failure:
            return _("To be told by %(channel)s: %(kind)s, not sent yet.") % told
        if row.attempts >= MAX_ATTEMPTS:
            return _("Not told by %(channel)s: %(kind)s. Every attempt failed.") % told
        told["count"] = row.attempts
        return (
            ngettext(
                "To be told by %(channel)s: %(kind)s, %(count)s attempt failed so far.",
                "To be told by %(channel)s: %(kind)s, %(count)s attempts failed so far.",
                row.attempts,
            )
            % told
        )

    def message(self, row: DeviceMessage) -> str:
        told = {"car": row.plate, "kind": MESSAGES.get(row.kind, row.kind)}
        told["reason"] = CONTRADICTIONS.get(row.reason, row.reason.replace("_", " "))
        if row.resolved_at is None:
            return _("A device said of car %(car)s: %(kind)s. It waits for a person (%(reason)s).") % told
        return _("A device said of car %(car)s: %(kind)s. A person has dealt with it (%(reason)s).") % told

    def promise(self, row: CreditPromise) -> list[tuple[datetime | None, str, str, str]]:
        """(instant, sentence, actor, reason) of each thing that happened to the promise."""
        amount = {"amount": row.amount, "currency": row.currency}
        return [
            (row.promised_at, _("Credit promised: %(amount)s %(currency)s.") % amount, row.promised_by, row.reason),
            (row.settled_at, _("Promised credit settled: %(amount)s %(currency)s.") % amount, "", ""),
            (row.withdrawn_at, _("Promised credit withdrawn: %(amount)s %(currency)s.") % amount, "", ""),
        ]


def _of_event(event: Event, facts: dict[str, Any]) -> str:
    is_by_operator = event.actor.startswith("operator:")
    match event.type:
        case Type.RESERVATION_START:
            return _("Car %(car)s reserved at %(origin)s, held until %(until)s.")
        case Type.RESERVATION_EXTENDED:
            return _("Car %(car)s held longer, until %(until)s.")
        case Type.RESERVATION_EXPIRED:
            return _("The reservation ran out: car %(car)s was not taken.")
        case Type.CUSTOMER_CANCELLATION if is_by_operator:
            return _("Reservation of car %(car)s cancelled for the subscriber.")
        case Type.CUSTOMER_CANCELLATION:
            return _("Reservation of car %(car)s cancelled by the subscriber.")
        case Type.PROVIDER_CANCELLATION:
            return _("Reservation cancelled by the network: car %(car)s was taken out of service.")
        case Type.TRIP_START:
            return _("Trip started with car %(car)s at %(origin)s.")
        case Type.TRIP_PROLONGED:
            return _("Trip with car %(car)s allowed to last until %(until)s.")
        case Type.TRIP_END if is_by_operator:
            return _("Trip with car %(car)s ended by an operator.")
        case Type.TRIP_END if facts["station"]:
            return _("Trip with car %(car)s ended at %(station)s.")
        case Type.TRIP_END:
            return _("Trip with car %(car)s ended.")
    return _of_dock(event)


def _of_dock(event: Event) -> str:
    match event.type:
        case Type.DOCK_HOLD_START:
            return _("Dock %(dock)s held at %(station)s until %(until)s.")
        case Type.DOCK_HOLD_EXTENDED:
            return _("Dock at %(station)s held longer, until %(until)s.")
        case Type.DOCK_HOLD_RELEASED:
            return _("Dock at %(station)s let go.")
        case Type.DOCK_HOLD_EXPIRED:
            return _("The dock at %(station)s was no longer held: its time ran out.")
        case Type.DOCK_HOLD_DISPLACED:
            return _("Another car was plugged into the dock that was held at %(station)s.")
        case Type.PLUGGED:
            return _("The post at %(station)s reported car %(car)s plugged into dock %(dock)s.")
        case Type.UNPLUGGED:
            return _("The post at %(station)s reported car %(car)s unplugged from dock %(dock)s.")
    return said(event.type).replace("%", "%%")


def act(trace: Trace, labels: dict[tuple[str, str], Any]) -> str:
    label = labels.get((trace.model, trace.act)) or capfirst(said(trace.act))
    return f"{label}."
