"""Devices of the tests: they sign and send as real ones do, through the public address."""

import json
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from django.http import HttpResponse
from django.test import Client

from stations import clock
from stations.devices import device_key, signature
from stations.models import Device, Dock
from vehicles.models import Vehicle

PATH = "/devices/v1/status"
serial = count(1)


@dataclass
class Sender:
    """A device with its key. `said` makes a message, `send` posts one or several and answers the results."""

    device: Device
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def post(
        self, body: bytes, *, headers: dict[str, str] | None = None, content_type: str = "application/json"
    ) -> HttpResponse:
        timestamp = f"{clock.now().timestamp():.3f}"
        signed = {
            "X-Device": self.device.identifier,
            "X-Timestamp": timestamp,
            "X-Signature": signature(key=device_key(self.device), timestamp=timestamp, body=body),
            **(headers or {}),
        }
        return self.client.post(PATH, body, content_type=content_type, headers=signed)

    def send(self, *messages: dict[str, Any]) -> list[dict[str, Any]]:
        response = self.post(json.dumps({"messages": list(messages)}).encode())
        assert response.status_code == 200, response.content
        return response.json()["results"]

    def tell(self, message: dict[str, Any]) -> dict[str, Any]:
        return self.send(message)[0]


def said(kind: str, at: datetime | None = None, **fields: Any) -> dict[str, Any]:
    event_time = (at or clock.now()).isoformat()
    return {"msg_id": f"m-{next(serial)}", "event_time": event_time, "kind": kind, **fields}


def named(dock: Dock) -> dict[str, Any]:
    assert dock.charge_point is not None
    return {"charge_point": dock.charge_point.identity, "connector": dock.connector}


def post_of(dock: Dock) -> Sender:
    assert dock.charge_point is not None
    return Sender(dock.charge_point.device)


def car(vehicle: Vehicle) -> Sender:
    assert vehicle.device is not None
    return Sender(vehicle.device)
