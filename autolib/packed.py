"""JSON made once and given to everybody who asks within its time: packed, and sent again only where it has changed."""

import gzip
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified


@dataclass(frozen=True)
class Packed:
    made_at: datetime
    plain: bytes
    zipped: bytes
    etag: str


def pack(at: datetime, content: object) -> Packed:
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
    etag = f'W/"{hashlib.sha256(plain).hexdigest()[:32]}"'
    return Packed(at, plain, gzip.compress(plain, compresslevel=5, mtime=0), etag)


def answer(request: HttpRequest, made: Packed, *, cache_control: str) -> HttpResponse:
    """304 without content for who has it; `X-As-Of` says in either case how old it is."""
    if made.etag in request.headers.get("If-None-Match", ""):
        response: HttpResponse = HttpResponseNotModified()
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response = HttpResponse(made.zipped, content_type="application/json", headers={"Content-Encoding": "gzip"})
    else:
        response = HttpResponse(made.plain, content_type="application/json")
    response["ETag"] = made.etag
    response["Vary"] = "Accept-Encoding"
    response["Cache-Control"] = cache_control
    response["X-As-Of"] = made.made_at.isoformat(timespec="milliseconds")
    return response
