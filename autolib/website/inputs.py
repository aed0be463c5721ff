"""What people and programs put into addresses and forms, made harmless before anything else sees it."""

import math
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

LONGEST = 200


class Position(NamedTuple):
    latitude: float
    longitude: float


class CodeConverter:
    """A station's code in an address: anything printable but a slash, as long as the column."""

    regex = r"[^/\x00-\x1f\x7f]{1,100}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class DigestConverter:
    """What tells a file by its content in an address."""

    regex = "[0-9a-f]{32}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


def text(values: Mapping[str, str], name: str, *, longest: int = LONGEST) -> str:
    """The value, trimmed, cut and without characters that no name has (NUL and other controls)."""
    raw = str(values.get(name, ""))[: 4 * longest]
    printable = "".join(" " if unicodedata.category(char) in {"Cc", "Cs"} else char for char in raw)
    return " ".join(printable.split())[:longest]


def position(raw: str) -> Position | None:
    """`"48.853,2.369"` as a position on earth; None when it is not one."""
    try:
        latitude, longitude = (float(part) for part in raw.split(","))
    except ValueError:
        return None
    if not (math.isfinite(latitude) and math.isfinite(longitude) and abs(latitude) <= 90 and abs(longitude) <= 180):
        return None
    return Position(latitude, longitude)


def next_address(request: HttpRequest, *, otherwise: str) -> str:
    """Where the person wanted to go, if that is a page of ours."""
    asked = text(request.POST, "next", longest=1000) or text(request.GET, "next", longest=1000)
    is_ours = url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if asked and is_ours else otherwise
