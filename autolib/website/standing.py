"""How a booking stands at an instant, as its page tells it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import User
from bookings import claims
from bookings.models import Booking, DockHold, State
from stations.models import Station


@dataclass(frozen=True)
class Standing:
    """A booking by our clock: a reservation past its time is over, swept or not."""

    booking: Booking
    now: datetime
    hold: DockHold | None
    lost_hold: DockHold | None

    @property
    def phase(self) -> str:
        """held, driving, completed, cancelled or expired."""
        booking = self.booking
        if booking.state == State.RESERVED:
            return "held" if booking.held_until > self.now else "expired"
        return "driving" if booking.state == State.ON_TRIP else str(booking.state)

    @property
    def is_open(self) -> bool:
        return self.phase in {"held", "driving"}

    @property
    def origin(self) -> Station:
        dock = self.booking.vehicle.dock
        return dock.station if self.phase == "held" and dock is not None else self.booking.origin_station

    @property
    def dock_number(self) -> int | None:
        dock = self.booking.vehicle.dock
        return dock.number if self.phase == "held" and dock is not None else None

    @property
    def time_left(self) -> timedelta:
        return self.booking.held_until - self.now

    @property
    def ends_at(self) -> datetime | None:
        """Which promise ends next: the car's while it waits, the dock's while driving."""
        if self.phase == "held":
            return self.booking.held_until
        return self.hold.held_until if self.phase == "driving" and self.hold else None

    @property
    def nearly_over_at(self) -> datetime | None:
        """From when on the page says that the end is near."""
        lead = timedelta(seconds=self.booking.network.reminder_lead_seconds)
        return self.ends_at - lead if self.ends_at else None

    @property
    def is_nearly_over(self) -> bool:
        return self.nearly_over_at is not None and self.nearly_over_at <= self.now

    @property
    def time_on_trip(self) -> timedelta:
        return (self.booking.ended_at or self.now) - (self.booking.started_at or self.now)

    @property
    def may_extend(self) -> bool:
        return self.phase == "held" and self.booking.extensions < self.booking.network.car_hold_extensions

    @property
    def may_extend_dock(self) -> bool:
        hold = self.hold
        return self.is_open and hold is not None and hold.extensions < self.booking.network.dock_hold_extensions

    @property
    def fingerprint(self) -> str:
        """Changes whenever the page would say something else."""
        hold = self.hold
        kept = f"{hold.pk}@{hold.held_until.isoformat()}" if hold else "-"
        dock = self.booking.vehicle.dock_id
        return f"{self.phase} {self.booking.held_until.isoformat()} {kept} {dock if self.phase == 'held' else '-'}"


def own_bookings(request: HttpRequest) -> QuerySet[Booking]:
    """Only one's own exist: everybody else's are not found."""
    assert isinstance(request.user, User)
    return Booking.objects.filter(subscriber__user=request.user).select_related(
        "network", "subscriber", "vehicle__vehicle_type", "vehicle__report", "vehicle__dock__station__photo",
        "origin_station__photo", "end_station", "rating",
    )  # fmt: skip


def standing_of(booking: Booking, now: datetime) -> Standing:
    """`hold` is the dock that is kept now; `lost_hold` the last one, when it ran out or was taken by another car."""
    last = booking.dock_holds.select_related("dock__station__photo").order_by("-created_at", "-pk").first()
    is_live = last is not None and last.state == DockHold.State.HELD and not claims.is_overdue(last, now)
    is_lost = last is not None and not is_live and last.state in {
        DockHold.State.HELD, DockHold.State.EXPIRED, DockHold.State.DISPLACED,
    }  # fmt: skip
    return Standing(booking, now, last if is_live else None, last if is_lost else None)


def current_booking_id(request: HttpRequest) -> UUID | None:
    """The signed-in person's reservation or trip that stands now."""
    if not request.user.is_authenticated:
        return None
    live = claims.live_bookings().filter(subscriber__user=request.user)
    return live.values_list("pk", flat=True).first()
