"""English that shows where French is spoken."""

import html
import re
from functools import cache

from tests.website.test_translations import written

# Shorter words than these may well be part of something else.
LETTERS = 13


def english_in(page: str) -> list[str]:
    """What of the catalog's English the page says, attributes included."""
    said = " ".join(html.unescape(page).split())
    return [piece for piece in _english() if piece in said]


@cache
def _english() -> list[str]:
    """What the catalog says otherwise in French, cut where values stand in it."""
    pieces = set()
    for _context, sentence, forms, _comments in written():
        for piece in re.split(r"%\(\w+\)[sd]|%%s|<[^>]*>|\n", sentence):
            words = " ".join(piece.split())
            if len(words) >= LETTERS and " " in words and not any(words in form for form in forms):
                pieces.add(words)
    return sorted(pieces)
