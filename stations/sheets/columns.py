"""The columns of a table: what stands in each cell, and why it is refused."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from stations.cells import unshielded
from stations.importing.text import Unreadable, mend


class BadCell(ValueError):
    """The cell is refused. `str()` says why and what would be right."""


@dataclass(frozen=True)
class Column:
    """`read` gets the mended text, never empty, and raises BadCell. An empty cell says nothing: its value is None."""

    name: str
    explanation: Any
    example: str
    read: Callable[[str], Any]
    is_required: bool = True

    def value(self, cell: str) -> Any:
        try:
            text = mend(unshielded(cell.strip()))
        except Unreadable as error:
            raise BadCell(_("damaged: %(reason)s") % {"reason": error}) from error
        if text:
            return self.read(text)
        if self.is_required:
            raise BadCell(_("It is missing."))
        return None


def text_of(limit: int) -> Callable[[str], str]:
    def read(text: str) -> str:
        if len(text) > limit:
            raise BadCell(_("It is longer than %(limit)d characters.") % {"limit": limit})
        return text

    return read


def word_of(limit: int) -> Callable[[str], str]:
    """Letters, digits and the signs that identifiers are made of."""

    def read(text: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:/*+-]*", text):
            raise BadCell(_("It must be made of letters, digits, points and hyphens, without blanks."))
        return text_of(limit)(text)

    return read


def whole_number(lowest: int, highest: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not lowest <= int(text) <= highest:
            told = {"lowest": lowest, "highest": highest}
            raise BadCell(_("It must be a whole number from %(lowest)d to %(highest)d.") % told)
        return int(text)

    return read


def email(text: str) -> str:
    """In lower case: that is how people are told apart."""
    try:
        validate_email(text)
    except ValidationError as error:
        raise BadCell(_("It must be an e-mail address like anne@example.org.")) from error
    return text_of(254)(text).lower()


def one_of(*known: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if text not in known:
            raise BadCell(_("It must be one of: %(known)s.") % {"known": ", ".join(known)})
        return text

    return read
