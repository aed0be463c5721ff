"""One strict way to read what programs send: bounded size and depth, UTF-8, no duplicate names, no NaN, no lone
surrogates, no NUL. A body without its length is not taken for an empty one.
"""

import json
import math
from typing import Any, ClassVar

from django.http import HttpRequest, UnreadablePostError
from django.utils.translation import gettext as _

MAX_BYTES = 64 * 1024
MAX_DEPTH = 32
MAX_DIGITS = 20


class Unacceptable(ValueError):
    """JSON that we refuse to read; the message is for the sender."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "malformed"


class LengthRequired(Unacceptable):
    status = 411
    code = "length_required"


class TooLarge(Unacceptable):
    status = 413
    code = "body_too_large"


def read(request: HttpRequest, *, max_bytes: int = MAX_BYTES) -> bytes:
    """The body as sent, refused before it is read when its length is unknown or too large."""
    length = request.META.get("CONTENT_LENGTH") or ""
    if request.META.get("HTTP_TRANSFER_ENCODING") and not length:
        raise LengthRequired(_("Send the length of the body (Content-Length); chunked bodies are not read."))
    if length and not (length.isascii() and length.isdigit()):
        raise Unacceptable(_("Content-Length must be a number of bytes."))
    if len(length) > 18 or int(length or 0) > max_bytes:
        raise TooLarge(_("The body is larger than %(bytes)s bytes.") % {"bytes": max_bytes})
    try:
        return request.body
    except UnreadablePostError as error:
        raise Unacceptable(_("The body ended before its announced length.")) from error


def load(raw: bytes, *, max_bytes: int = MAX_BYTES) -> Any:
    """The document, or Unacceptable."""
    if len(raw) > max_bytes:
        raise TooLarge(_("The body is larger than %(bytes)s bytes.") % {"bytes": max_bytes})
    try:
        text = raw.decode("utf-8")
        document = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_refused, parse_int=_bounded, parse_float=_finite
        )
        _check(document, MAX_DEPTH)
        return document
    except UnicodeDecodeError as error:
        raise Unacceptable(_("The body is not UTF-8.")) from error
    except RecursionError as error:
        raise Unacceptable(_("The body is nested too deeply.")) from error
    except json.JSONDecodeError as error:
        place = {"line": error.lineno, "column": error.colno}
        raise Unacceptable(_("The body is not JSON: see line %(line)s, column %(column)s.") % place) from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) != len(pairs):
        raise Unacceptable(_("The body names a field twice."))
    return document


def _refused(constant: str) -> None:
    raise Unacceptable(_("%(constant)s is not a number in JSON.") % {"constant": constant})


def _bounded(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise Unacceptable(_("The body holds a number of more than 20 digits."))
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise Unacceptable(_("The body holds a number that is too large."))
    return number


def _check(value: Any, depth: int) -> None:
    if depth < 0:
        raise Unacceptable(_("The body is nested too deeply."))
    if isinstance(value, str):
        _check_text(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            _check_text(name)
            _check(inner, depth - 1)
    elif isinstance(value, list):
        for inner in value:
            _check(inner, depth - 1)


def _check_text(text: str) -> None:
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise Unacceptable(_("The body holds a character that cannot be stored (NUL or a lone surrogate)."))
