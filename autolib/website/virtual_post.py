"""A charging post without hardware: it signs and sends the very messages that a real post would send.

They go through the product's own front door (address, middleware, signature, view), called in this process: a server
that waits for itself over a socket would have no thread left to answer with. Signals of a request are not sent, because
the request that pressed the button is still running and owns the database connection.
"""

import json
import uuid
from functools import cache
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.utils import translation

from stations import clock
from stations.devices import device_key, signature
from stations.models import ChargePoint, Device, Dock, Station

ADDRESS = "/devices/v1/status"


class NoPost(Exception):
    """The station has no post with a device that may speak."""


class VirtualPost:
    """Speaks for every connector of one station, as its first post would. Each call answers what the server said."""

    def __init__(self, station: Station) -> None:
        posts = ChargePoint.objects.filter(station=station, device__is_active=True).select_related("device")
        post = posts.order_by("identity").first()
        if post is None or post.device is None:
            raise NoPost
        self.device: Device = post.device

    def badge(self, uid: str) -> dict[str, Any]:
        return self._send(kind="badge", badge=uid)

    def unplugged(self, dock: Dock) -> dict[str, Any]:
        return self._send(kind="unplugged", dock=_connector(dock))

    def plugged(self, dock: Dock, *, plate: str) -> dict[str, Any]:
        return self._send(kind="plugged", dock=_connector(dock), vehicle=plate)

    def _send(self, **message: Any) -> dict[str, Any]:
        at = clock.now()
        body = json.dumps({"msg_id": str(uuid.uuid4()), "event_time": at.isoformat(), **message}).encode()
        timestamp = f"{at.timestamp():.3f}"
        answer = _post(
            ADDRESS,
            body,
            {
                "X-Device": self.device.identifier,
                "X-Timestamp": timestamp,
                "X-Signature": signature(key=device_key(self.device), timestamp=timestamp, body=body),
            },
        )
        result: dict[str, Any] = answer["results"][0] if "results" in answer else {"outcome": "refused", **answer}
        return result


def _connector(dock: Dock) -> dict[str, Any]:
    return {"charge_point": dock.charge_point.identity if dock.charge_point else "", "connector": dock.connector}


@cache
def _front_door() -> WSGIHandler:
    return WSGIHandler()


def _post(path: str, body: bytes, headers: dict[str, str]) -> dict[str, Any]:
    site = urlsplit(settings.PUBLIC_URL)
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SCRIPT_NAME": "",
        "SERVER_NAME": site.hostname or "localhost",
        "SERVER_PORT": str(site.port or 80),
        "HTTP_HOST": site.netloc,
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_ACCEPT_LANGUAGE": translation.get_language() or settings.LANGUAGE_CODE,
        "wsgi.input": BytesIO(body),
        "wsgi.url_scheme": site.scheme,
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()},
    }
    with translation.override(translation.get_language()):
        response = _front_door().get_response(WSGIRequest(environ))
    answer: dict[str, Any] = json.loads(response.content)
    return answer
