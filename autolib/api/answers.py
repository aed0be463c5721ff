"""How an answer leaves: JSON bytes, an ETag over them, and who may keep them."""

import hashlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags

PRIVATE = "private, no-store"
WHO_ASKS = ["Authorization", "Cookie"]


def instant(at: datetime | None) -> str | None:
    """RFC 3339 in UTC, always with microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z" if at is not None else None


def number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def read_answer(request: HttpRequest, body: Any, *, cache: str = PRIVATE) -> HttpResponse:
    """200, or 304 when the caller has these very bytes."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    etag = f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'
    known = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" in known or etag in known or f"W/{etag}" in known:
        response = HttpResponse(status=304)
    else:
        response = HttpResponse(content, content_type="application/json")
    response["ETag"] = etag
    response["Cache-Control"] = cache
    patch_vary_headers(response, WHO_ASKS)
    return response


def command_answer(body: Any, *, status: int, content_type: str = "application/json") -> HttpResponse:
    """Names in alphabetical order: a stored answer read back from PostgreSQL gives the same bytes."""
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False, sort_keys=True)
    response = HttpResponse(content, status=status, content_type=content_type)
    response["Cache-Control"] = PRIVATE
    return response
