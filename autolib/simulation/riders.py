"""One rider: finds a car, drives, brings it back. What was under way when a simulator ended is finished first."""

from collections.abc import Generator, Iterator
from itertools import chain

from autolib.simulation.account import Account, Booking
from autolib.simulation.city import City
from autolib.simulation.errands import Errand, Place
from autolib.simulation.returning import bring_back, kept_dock
from autolib.simulation.scenario import Car

Waits = Generator[float, None, Booking | None]

# Our estimate of the product's clock is off by half a round trip at the most; nobody is accused for less than this.
MARGIN_SECONDS = 0.5

NO_DOCK = ("dock_unavailable", "station_closes")


class Rider:
    def __init__(self, number: int, account: Account, city: City) -> None:
        self.number, self.account, self.city = number, account, city

    def life(self) -> Iterator[float]:
        """Outing after outing, until the city's time is over."""
        errands = self.city.planner.errands(self.number)
        first = next(errands)
        yield from self.resume(first)
        for errand in chain([first], errands):
            if self.city.is_over.is_set():
                return
            yield self.city.compressed(errand.pause_seconds)
            if self.city.is_over.is_set():
                return
            yield from self.outing(errand)

    def resume(self, errand: Errand) -> Iterator[float]:
        """Finish the booking that is still open, if there is one: no car stays behind."""
        booking = self.account.open_booking()
        if booking is None:
            return
        self.city.figures.acted("resume", "")
        if booking["state"] == "reserved":
            booking = self.start(booking, errand)
        if booking is not None:
            yield from self.trip(booking, errand)

    def outing(self, errand: Errand) -> Iterator[float]:
        booking = (yield from self.walk_up(errand)) if errand.walks_up else (yield from self.reserve_and_walk(errand))
        if booking is not None:
            yield from self.trip(booking, errand)

    # -- to the car

    def walk_up(self, errand: Errand) -> Waits:
        """No reservation: a badge at the post, and the post gives the best car."""
        yield self.city.compressed(errand.walk_seconds)
        if self.city.is_over.is_set():
            return None
        with self.city.choosing():
            station = self.choose(errand.origin, "car")
            return self.badge(station) if station is not None else None

    def reserve_and_walk(self, errand: Errand) -> Waits:
        booking = self.reserve(errand)
        if booking is None:
            return None
        self.city.oracle.expect(
            (booking["destination"] is None) or booking["destination"]["state"] == "held",
            "a reservation without the dock that it promises",
            str(booking),
        )
        if errand.lets_lapse:
            return (yield from self.let_lapse(booking))
        yield self.city.compressed(errand.walk_seconds / 2)
        if errand.extends and not self.city.is_over.is_set():
            self.account.change("extend", booking, twice=errand.repeats_command)
        if errand.cancels or self.city.is_over.is_set():
            self.cancel(booking)
            return None
        yield self.city.compressed(errand.walk_seconds / 2)
        return self.start(booking, errand)

    def reserve(self, errand: Errand) -> Booking | None:
        """A car near by, and a dock near the goal; where that is gone meanwhile, what the refusal offers instead."""
        with self.city.choosing():
            wishes = {"station": self.choose(errand.origin, "car")}
            if errand.wants_dock:
                wishes["destination"] = self.choose(errand.goal, "dock")
            wanted = {name: id for name, id in wishes.items() if id is not None}
            if "station" not in wanted:
                return None
            reply = self.account.reserve(twice=errand.repeats_command, **wanted)
            offered = reply.body.get("alternatives") if reply.code in ("car_unavailable", *NO_DOCK) else None
            if offered and not self.city.spare:
                wanted["destination" if reply.code in NO_DOCK else "station"] = offered[0]["station"]
                reply = self.account.reserve(twice=False, **wanted)
            return reply.body if reply.is_done else None

    def choose(self, place: Place, need: str, *, but: int | None = None) -> int | None:
        """The nearest station that has what is needed, and something left for others."""
        counted = "cars_available" if need == "car" else "docks_available"
        for station in self.account.stations((place.latitude, place.longitude), has=need):
            is_known = station["id"] in self.city.scenario.stations
            if station[counted] > self.city.spare and is_known and station["id"] != but:
                return int(station["id"])
        return None

    def cancel(self, booking: Booking) -> None:
        reply = self.account.change("cancel", booking)
        if reply.is_done:
            state = reply.body["state"]
            self.city.oracle.expect(state == "cancelled", "cancelled, and not over", f"{booking['id']}: {state}")

    def let_lapse(self, booking: Booking) -> Waits:
        """Let it run out, by the product's clock at any speed; then try to use it all the same."""
        yield max(0.0, self.city.seconds_until(booking["held_until"]) + MARGIN_SECONDS)
        if self.city.seconds_until(booking["held_until"]) > -MARGIN_SECONDS / 2:
            self.cancel(booking)
            return None
        self.city.figures.acted("let lapse", "")
        reply = self.account.change("start-trip", booking)
        if not reply.is_done:
            self.account.booking(booking["id"])
            return None
        self.city.oracle.used_after_its_time(booking=booking["id"], held_until=booking["held_until"])
        return reply.body

    def start(self, booking: Booking, errand: Errand) -> Booking | None:
        """Unlock the car, by badge at its post or with one tap."""
        if self.city.is_over.is_set():
            self.cancel(booking)
            return None
        if errand.badges_at_post and booking["origin"]["id"] in self.city.scenario.stations:
            return self.badge(booking["origin"]["id"])
        reply = self.account.change("start-trip", booking, twice=errand.repeats_command)
        return reply.body if reply.is_done else None

    def badge(self, station: int) -> Booking | None:
        """What the post answers is a booking of this rider, on a trip."""
        devices, post = self.city.devices, self.city.scenario.stations[station].post
        [result] = devices.send(post, [devices.message("badge", badge=self.account.subscriber.badge)])
        if result["outcome"] != "applied":
            return None
        booking = self.account.booking(result["booking"])
        is_ours = booking is not None and booking["state"] == "on_trip"
        self.city.oracle.expect(is_ours, "a badge opened a car and started no trip of its owner", str(result))
        return booking if is_ours else None

    # -- with the car

    def trip(self, booking: Booking, errand: Errand) -> Iterator[float]:
        fleet = self.city.fleet
        car = fleet.car(booking["vehicle"])
        self.unplug(booking)
        fleet.leave(car, rider=self.number)
        already_seconds = -self.city.seconds_until(booking["started_at"])
        left_seconds = max(0.0, self.city.compressed(errand.drive_seconds) - already_seconds)
        yield left_seconds / 2
        self.change_destination(booking, errand)
        yield left_seconds / 2
        fleet.drive(car, km=errand.km, hours=errand.drive_seconds / 3600)
        booking = self.account.booking(booking["id"]) or booking
        kept = None if errand.returns_elsewhere else kept_dock(booking, self.city)
        takes_any = errand.returns_elsewhere and not self.city.spare
        yield from bring_back(car, errand.goal, kept=kept, takes_any=takes_any, account=self.account, city=self.city)
        self.check_out(car, booking)
        self.rate(booking, errand)

    def check_out(self, car: Car, booking: Booking) -> None:
        """Plugged in means over: the booking has to say so from now on."""
        self.city.fleet.report(car)
        after = self.account.booking(booking["id"])
        if after is not None:
            is_over = after["state"] == "completed"
            self.city.oracle.expect(is_over, "plugged in, and the trip goes on", str(after))
        self.city.fleet.let_go(car, version=after["vehicle"]["version"] if after else car.version)

    def rate(self, booking: Booking, errand: Errand) -> None:
        """How the car was found, for the crews to know."""
        if errand.rates and not self.city.is_over.is_set():
            said = {"cleanliness": "dirty" if errand.finds_dirt else "clean", "is_faulty": errand.finds_fault}
            self.account.change("rate", booking, twice=errand.repeats_command, **said)

    def unplug(self, booking: Booking) -> None:
        """The post reports the cable that left and the connector that is free; nothing where it was told before."""
        number, station = booking["vehicle"]["dock"], self.city.scenario.stations.get(booking["origin"]["id"])
        dock = next((dock for dock in station.docks if dock.number == number), None) if station else None
        if station is None or dock is None:
            return
        devices = self.city.devices
        devices.send(
            station.post,
            [
                devices.message("unplugged", dock=dock, vehicle=booking["vehicle"]["plate"]),
                devices.message("connector_status", dock=dock, status="Available"),
            ],
        )

    def change_destination(self, booking: Booking, errand: Errand) -> None:
        """Somewhere else, nowhere in particular, or the same for longer; as the rider's mood has it."""
        if self.city.is_over.is_set():
            return
        if errand.moves_destination:
            with self.city.choosing():
                before = booking["destination"]["station"]["id"] if booking["destination"] else None
                goal = self.choose(errand.goal, "dock", but=before)
                if goal is not None:
                    self.account.change("move-destination", booking, twice=errand.repeats_command, station=goal)
        elif errand.drops_destination and booking["destination"]:
            self.account.change("drop-destination", booking)
        elif errand.extends and booking["destination"]:
            self.account.change("extend-destination", booking)
