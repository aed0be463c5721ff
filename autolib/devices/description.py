"""The device interface in the published description: it is no REST resource, so it is described by hand."""

from typing import Any

DOCK = {
    "type": "object",
    "required": ["charge_point", "connector"],
    "additionalProperties": False,
    "properties": {"charge_point": {"type": "string"}, "connector": {"type": "integer", "minimum": 0}},
}
MESSAGE = {
    "type": "object",
    "required": ["msg_id", "event_time", "kind"],
    "properties": {
        "msg_id": {"type": "string", "pattern": r"^[\x21-\x7e]{1,64}$", "description": "Used once by this device."},
        "event_time": {"type": "string", "format": "date-time", "description": "By the device's clock, with offset."},
        "kind": {"enum": ["badge", "plugged", "unplugged", "connector_status", "vehicle_status"]},
        "seq": {"type": "integer", "description": "Decides between reports of the same instant."},
        "dock": DOCK,
        "vehicle": {"type": "string", "description": "Plate, or the identifier of the car's device."},
        "badge": {"type": "string", "description": "The card's number; it is stored nowhere."},
        "status": {"type": "string", "description": "Connector status of OCPP 1.6."},
        "error_code": {"type": "string"},
        "charge_percent": {"type": "number", "minimum": 0, "maximum": 100},
        "range_km": {"type": "integer", "minimum": 0},
        "odometer_km": {"type": "number", "minimum": 0},
    },
}
RESULT = {
    "type": "object",
    "required": ["msg_id", "outcome", "duplicate"],
    "properties": {
        "msg_id": {"type": ["string", "null"]},
        "outcome": {"enum": ["applied", "accepted", "stale", "quarantined", "refused", "retry"]},
        "duplicate": {"type": "boolean"},
        "reason": {"type": "string"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "booking": {"type": "string", "format": "uuid"},
    },
}
EXAMPLE = {
    "msg_id": "7f3a-1",
    "event_time": "2026-11-22T08:30:00.250000+01:00",
    "kind": "connector_status",
    "dock": {"charge_point": "paris-0042-1", "connector": 1},
    "status": "Available",
}
PROBLEMS = {
    "400": "Bad request: `invalid`, `malformed`.",
    "401": "Unauthorized: `authentication_failed`, or `clock_off` with `server_time`.",
    "405": "Method not allowed.",
    "411": "Length required: `length_required`.",
    "413": "Too large: `body_too_large`.",
    "415": "Unsupported media type.",
    "503": "Service unavailable: `busy`, `unavailable`. Send the same again.",
}


def _header(name: str, description: str) -> dict[str, Any]:
    return {
        "in": "header",
        "name": name,
        "required": True,
        "schema": {"type": "string"},
        "description": description,
    }


def add_device_interface(result: dict[str, Any], **_context: Any) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular."""
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    one_or_many = {
        "oneOf": [
            MESSAGE,
            {
                "type": "object",
                "required": ["messages"],
                "properties": {"messages": {"type": "array", "maxItems": 500, "items": MESSAGE}},
            },
        ]
    }
    answer = {
        "type": "object",
        "required": ["server_time", "results"],
        "properties": {
            "server_time": {"type": "string", "format": "date-time"},
            "results": {"type": "array", "items": RESULT},
        },
    }
    result["paths"]["/devices/v1/status"] = {
        "post": {
            "operationId": "post_device_status",
            "summary": "Report what a post or a car saw",
            "description": (
                "Report what a post or a car saw: one message, or up to 500. An answer means that all it says is safe "
                "in PostgreSQL; facts (badge, plugged, unplugged) are applied before it, reports a moment later. The "
                "protocol in words, with examples of signing, is docs/devices.md."
            ),
            "tags": ["devices"],
            "security": [],
            "parameters": [
                _header("X-Device", "The identifier of the device."),
                _header("X-Timestamp", "The device's clock, Unix seconds."),
                _header("X-Signature", "Hex HMAC-SHA256 of `X-Timestamp`, a full stop and the raw body."),
            ],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {"schema": one_or_many, "examples": {"one message": {"value": EXAMPLE}}}
                },
            },
            "responses": {
                "200": {"description": "OK.", "content": {"application/json": {"schema": answer}}},
                **{status: {"description": text, "content": problem} for status, text in PROBLEMS.items()},
            },
        }
    }
    return result
