"""The JSON interface as one subscriber uses it: a bearer token, and a new key for each command."""

import json
import uuid
from datetime import datetime
from typing import Any

from autolib.simulation.figures import Figures
from autolib.simulation.oracle import Oracle
from autolib.simulation.scenario import Subscriber
from autolib.simulation.wire import Dismissed, Reply, Stopped, Wire

API = "/api/v1"
IN_PROGRESS_WAIT = 0.5
STATIONS_LOOKED_AT = 6
RADII_METERS = (1_200, 5_000)
OVER = {"completed", "cancelled", "expired"}

Booking = dict[str, Any]


class Account:
    def __init__(self, subscriber: Subscriber, wire: Wire, *, figures: Figures, oracle: Oracle) -> None:
        self.subscriber, self.wire, self.figures, self.oracle = subscriber, wire, figures, oracle
        self.headers = {"Authorization": f"Bearer {subscriber.token}", "Accept": "application/json"}

    def read(self, path: str, *, endpoint: str) -> Reply:
        return self._known(self.wire.ask("GET", API + path, endpoint=f"GET {API}{endpoint}", headers=self.headers))

    def stations(self, place: tuple[float, float], *, has: str) -> list[dict[str, Any]]:
        """The nearest stations with a free car or dock: within a walk, else within a short drive."""
        near = f"{place[0]:.6f},{place[1]:.6f}"
        for radius in RADII_METERS:
            path = f"/stations?near={near}&has={has}&limit={STATIONS_LOOKED_AT}&radius={radius}"
            reply = self.read(path, endpoint="/stations?near")
            if not reply.is_done or reply.body["results"]:
                break
        self.figures.acted("look", reply.code)
        return reply.body["results"] if reply.is_done else []

    def station(self, id: int) -> dict[str, Any] | None:
        reply = self.read(f"/stations/{id}", endpoint="/stations/ID")
        return reply.body if reply.is_done else None

    def open_booking(self) -> Booking | None:
        reply = self.read("/me", endpoint="/me")
        return self._seen(reply, reply.body["booking"]) if reply.is_done and reply.body["booking"] else None

    def booking(self, id: str) -> Booking | None:
        reply = self.read(f"/bookings/{id}", endpoint="/bookings/ID")
        return self._seen(reply, reply.body) if reply.is_done else None

    def reserve(self, *, twice: bool, **wishes: int) -> Reply:
        action = "reserve car and dock" if "destination" in wishes else "reserve"
        return self._command(action, "/bookings", "/bookings", wishes, twice=twice)

    def change(self, command: str, booking: Booking, *, twice: bool = False, **wishes: int | str) -> Reply:
        """A command on a booking, by the last part of its address."""
        path = f"/bookings/{booking['id']}/{command}"
        return self._command(command.replace("-", " "), path, f"/bookings/ID/{command}", wishes, twice=twice)

    def _command(self, action: str, path: str, endpoint: str, wishes: dict[str, Any], *, twice: bool) -> Reply:
        key = uuid.uuid4().hex
        reply = self._post(path, endpoint, wishes, key)
        self.figures.acted(action, reply.code)
        if twice:
            again = self._post(path, endpoint, wishes, key)
            self.oracle.answered_twice(
                command=f"{path} {wishes}", first=(reply.status, reply.body), second=(again.status, again.body)
            )
        if reply.is_done:
            self._seen(reply, reply.body)
        return reply

    def _post(self, path: str, endpoint: str, wishes: dict[str, Any], key: str) -> Reply:
        body = json.dumps(wishes).encode() if wishes else b"{}"
        headers = {**self.headers, "Content-Type": "application/json", "Idempotency-Key": key}
        while True:
            reply = self.wire.ask("POST", API + path, endpoint=f"POST {API}{endpoint}", headers=headers, body=body)
            if reply.code != "in_progress":
                return self._known(reply)
            if self.wire.stop.wait(IN_PROGRESS_WAIT):
                raise Stopped

    def _known(self, reply: Reply) -> Reply:
        if reply.code == "authentication_failed":
            raise Dismissed
        return reply

    def _seen(self, reply: Reply, booking: Booking) -> Booking:
        """Hold what is told of a booking against all that was told before."""
        car = booking["vehicle"]
        self.oracle.saw_version("car", car["id"], car["version"], asked_at=reply.asked_at, told_at=reply.told_at)
        if booking["state"] in OVER:
            self.oracle.closed(
                booking=booking["id"],
                car=car["id"],
                rider=self.subscriber.email,
                start=datetime.fromisoformat(booking["created_at"]),
                end=datetime.fromisoformat(booking["ended_at"]),
            )
        return booking
