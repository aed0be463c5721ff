"""A car stands in a dock that was kept for somebody else: the hold gives way to the fact, and moves on."""

from datetime import datetime, timedelta

from bookings import claims, picking
from bookings.availability import nearest_with_dock
from bookings.models import DockHold
from bookings.operations.reserving import blocked_until, hold_dock
from bookings.recording import record_dock
from stations import clock, events
from stations.models import Dock, Station


def displace(
    dock: Dock, *, at: datetime, actor: str, vehicle_id: int | None = None, cause: str = "taken"
) -> Dock | None:
    """The hold on this locked dock gives way, and gets the next best dock at once where there is one: that dock.

    `cause` is what the subscriber is told: "taken" by another car, or "closed".
    """
    claims.settle_overdue(at=at, vehicles={}, docks={dock.pk: dock}, subscriber_id=None)
    hold = hold_of(dock)
    if hold is None:
        return None
    claims.close_hold(hold, DockHold.State.DISPLACED, dock=dock, at=at, actor=actor, event=None)
    replacement = free_dock_near(dock.station)
    # Its lock came after `at`: whoever let it go meanwhile did so later, and no claim may begin before that. Nor may
    # one begin when the reservation that it belongs to has run out in the meantime.
    held_at = clock.now()
    if blocked_until(hold.booking, held_at + timedelta(seconds=1)) <= held_at:
        replacement = None
    record_dock(
        dock,
        events.Type.DOCK_HOLD_DISPLACED,
        at=at,
        actor=actor,
        vehicle_id=vehicle_id,
        hold=hold,
        data={"replacement": replacement.station.code if replacement else None, "cause": cause},
    )
    if replacement is not None:
        claims.settle_overdue(at=held_at, vehicles={}, docks={replacement.pk: replacement}, subscriber_id=None)
        hold_dock(hold.booking, replacement, at=held_at, actor=claims.SYSTEM)
    return replacement


def free_dock_near(station: Station) -> Dock | None:
    """Never waits for a lock: dock rows are locked here after another one, whatever their ids."""
    here = picking.pick_dock(station, may_wait=False)
    if here is not None:
        return here
    for near in nearest_with_dock(station):
        found = picking.pick_dock(Station.objects.get(pk=near["station"]), may_wait=False)
        if found is not None:
            return found
    return None


def hold_of(dock: Dock) -> DockHold | None:
    """The newest hold of the dock: an older one beside it has run out and waits for the sweeper."""
    held = DockHold.objects.filter(dock=dock, state=DockHold.State.HELD).select_related("booking__network")
    return held.order_by("-pk").first()
