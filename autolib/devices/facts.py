"""Facts, each translated into the one operation that it calls: a badge at a post, a car plugged in, a car unplugged."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from autolib.devices.authentication import Sender
from autolib.devices.reading import Message
from autolib.problems import body_of
from bookings import operations, refused
from bookings.models import Booking
from bookings.operations.docking import Fact
from stations.inbox import Outcome, Verdict
from stations.models import Dock, Station
from stations.refusals import Busy, Refusal
from vehicles.models import Vehicle


def apply_fact(sender: Sender, message: Message, about: dict[str, Any]) -> Verdict:
    """What became of the fact; `about` holds the id of its dock, or of its station. Raises Busy."""
    dock = Dock.objects.select_related("station__network").get(pk=about["dock"]) if "dock" in about else None
    try:
        match message.kind:
            case "badge":
                return _badge(sender, message, dock)
            case "plugged":
                return _plugged(sender, message, dock)
            case _:
                return _unplugged(sender, message, dock)
    except Busy:
        raise
    except Refusal as refusal:
        # A fact is never refused: what stood in its way was somebody's race, and the device sends it again.
        raise Busy from refusal


def _badge(sender: Sender, message: Message, dock: Dock | None) -> Verdict:
    """A badge counts while its owner stands at the post: one that arrives later must not unlock a car."""
    if message.event_time < sender.received_at - timedelta(seconds=settings.DEVICE_SIGNATURE_TOLERANCE_SECONDS):
        return Verdict(Outcome.STALE, "too_late")
    station = dock.station if dock else Station.objects.select_related("network").get(pk=sender.station_id)
    try:
        with transaction.atomic():
            booking = operations.present_badge(digest=message.said["badge"], station=station, actor=sender.actor)
    except Busy:
        raise
    except Refusal as refusal:
        refused.note(refusal)
        told = body_of(refusal)
        more = {name: told[name] for name in ("code", "detail", "alternatives") if name in told}
        return Verdict(Outcome.REFUSED, refusal.code, more)
    return Verdict(Outcome.APPLIED, more=_unlock(booking, station))


def _unlock(booking: Booking, station: Station) -> dict[str, Any]:
    """What the post shows, and the connector that lets the car go; none while the car is to come back from its trip."""
    car = Vehicle.objects.select_related("dock__charge_point").get(pk=booking.vehicle_id)
    dock = car.dock if car.dock is not None and car.dock.station_id == station.pk else None
    connector = None
    if dock is not None and dock.charge_point is not None:
        connector = {"charge_point": dock.charge_point.identity, "connector": dock.connector}
    return {
        "booking": str(booking.pk),
        "vehicle": car.plate,
        "dock_number": dock.number if dock else None,
        "unlock": connector,
    }


def _plugged(sender: Sender, message: Message, dock: Dock | None) -> Verdict:
    vehicle = vehicle_named(message.said["vehicle"], network_id=sender.network_id)
    if vehicle is None:
        return Verdict(Outcome.QUARANTINED, "unknown_vehicle")
    fact = operations.plugged(dock=dock, vehicle=vehicle, event_time=message.event_time, actor=sender.actor)
    return _verdict(fact)


def _unplugged(sender: Sender, message: Message, dock: Dock | None) -> Verdict:
    name = message.said.get("vehicle")
    vehicle = vehicle_named(name, network_id=sender.network_id) if name else None
    if name and vehicle is None:
        return Verdict(Outcome.QUARANTINED, "unknown_vehicle")
    fact = operations.unplugged(dock=dock, vehicle=vehicle, event_time=message.event_time, actor=sender.actor)
    return _verdict(fact)


def _verdict(fact: Fact) -> Verdict:
    return Verdict(fact.outcome, fact.reason, {"booking": str(fact.booking.pk)} if fact.booking else {})


def vehicle_named(name: str, *, network_id: int) -> Vehicle | None:
    """A car of the network by its plate, or any car by the identifier of its device."""
    return (
        Vehicle.objects.filter(network=network_id, plate=name).first()
        or Vehicle.objects.filter(device__identifier=name).first()
    )
