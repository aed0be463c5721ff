"""POST /devices/v1/status: what posts and cars report. One answer, when everything in it is safe in PostgreSQL."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from autolib.devices.authentication import Sender, authenticate
from autolib.devices.problem import Problem
from autolib.devices.reading import without_positions
from autolib.devices.taking import Result, take
from autolib.strict_json import Unacceptable, load, read
from stations import presence

MAX_BYTES = 256 * 1024
MAX_MESSAGES = 500
PRESENCE_SECONDS = 30


@csrf_exempt
def status(request: HttpRequest) -> HttpResponse:
    try:
        body = _body(request)
        sender = authenticate(request, body)
        document = _document(request, body)
        is_batch = isinstance(document, dict) and "messages" in document
        results = take(sender, _batch(document) if is_batch else [document])
        _note_presence(sender)
        if not is_batch:
            _raise_for(results[0])
    except Problem as problem:
        return problem.response()
    response = JsonResponse({"server_time": sender.received_at.isoformat(), "results": results})
    response["Cache-Control"] = "no-store"
    return response


def _body(request: HttpRequest) -> bytes:
    if request.method != "POST":
        raise Problem(405, "method_not_allowed", _("Reports are sent with POST."), headers={"Allow": "POST"})
    try:
        return read(request, max_bytes=MAX_BYTES)
    except Unacceptable as error:
        raise Problem(error.status, error.code, str(error)) from error


def _document(request: HttpRequest, body: bytes) -> Any:
    if request.content_type != "application/json":
        raise Problem(415, "unsupported_media_type", _("Send JSON, with Content-Type: application/json."))
    try:
        return load(body, max_bytes=MAX_BYTES)
    except Unacceptable as error:
        raise Problem(error.status, error.code, str(error)) from error


def _batch(document: dict[str, Any]) -> list[Any]:
    document, _dropped = without_positions(document)
    for name in document:
        if name != "messages":
            detail = _("Beside “messages” no other field is known. Put it into the messages, or leave it out.")
            raise Problem(400, "invalid", detail, field=name[:60])
    messages = document["messages"]
    if not isinstance(messages, list) or not messages:
        detail = _("“messages” is a list of 1 to %(most)s messages.") % {"most": MAX_MESSAGES}
        raise Problem(400, "invalid", detail, field="messages")
    if len(messages) > MAX_MESSAGES:
        detail = _("Send %(most)s messages at the most; the others in another request.") % {"most": MAX_MESSAGES}
        raise Problem(413, "body_too_large", detail, field="messages")
    return messages


def _raise_for(result: Result) -> None:
    """A message sent alone: what is wrong with it is wrong with the request."""
    if result["outcome"] == "retry":
        raise Problem(503, result["code"], result["detail"], headers={"Retry-After": "1"})
    if result.get("code") == "invalid":
        raise Problem(400, "invalid", result["detail"], field=result["field"], msg_id=result["msg_id"])


def _note_presence(sender: Sender) -> None:
    last = sender.last_seen_at
    if last is None or sender.received_at - last > timedelta(seconds=PRESENCE_SECONDS):
        presence.note(device_id=sender.device_id, at=sender.received_at, clock_ahead_ms=sender.clock_ahead_ms)
