"""One strict JSON parser: bounded size and depth, no duplicate names, no NaN, no lone surrogates, no NUL."""

import json
from typing import Any

from django.utils.translation import gettext as _

MAX_BYTES = 64 * 1024
MAX_DEPTH = 32


class Unacceptable(ValueError):
    """JSON that we refuse to read; the message is for the sender."""


def load(raw: bytes, *, max_bytes: int = MAX_BYTES) -> Any:
    """The document, or Unacceptable."""
    if len(raw) > max_bytes:
        raise Unacceptable(_("The body is larger than %(bytes)s bytes.") % {"bytes": max_bytes})
    try:
        text = raw.decode("utf-8")
        document = json.loads(text, object_pairs_hook=_unique, parse_constant=_refused, parse_int=_bounded)
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
    if len(digits) > 20:
        raise Unacceptable(_("The body holds a number of more than 20 digits."))
    return int(digits)


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
