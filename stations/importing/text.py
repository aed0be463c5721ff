"""Text as published files hold it: mended where the damage is certain, refused where the original is lost."""

import re
import unicodedata

from django.utils.translation import gettext as _

# What mended text may hold: the characters of Windows-1252, accents that stand alone (NFC joins them to their letter)
# and C1 controls (mended next). Anything else was no damage.
PLAUSIBLE = re.compile("[\u0080-\u00ff\u0300-\u036fŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]+")
NOT_ASCII = re.compile("[^\x00-\x7f]+")
# Direction marks that make a text read otherwise than it is stored.
DECEPTIVE = re.compile("[\u202a-\u202e\u2066-\u2069]")


class Unreadable(ValueError):
    """The text holds a character that cannot be read. `str()` is a sentence for people."""


def mend(text: str) -> str:
    """`CrÃ©teil` (UTF-8 read as Windows-1252) becomes `Créteil`, `S\\x9cur` (Windows-1252 read as Latin-1) `Sœur`.

    White space is reduced to single spaces. Raises Unreadable.
    """
    whole = "".join(map(_without_c1, NOT_ASCII.sub(_decoded_once, text)))
    whole = unicodedata.normalize("NFC", " ".join(whole.split()))
    for character in whole:
        if character == "\ufffd" or unicodedata.category(character) in ("Cc", "Cs") or DECEPTIVE.match(character):
            raise Unreadable(_("the character U+%(code)04X cannot be read") % {"code": ord(character)})
    return whole


def _decoded_once(run: re.Match[str]) -> str:
    """The run of characters as it was before somebody read its UTF-8 bytes as Windows-1252, if that is what it is."""
    data = bytearray()
    for character in run[0]:
        try:
            data += character.encode("cp1252")
        except UnicodeEncodeError:
            if ord(character) > 0xFF:
                return run[0]
            data.append(ord(character))  # the five bytes that Windows-1252 leaves open
    try:
        decoded = data.decode("utf-8")
    except UnicodeDecodeError:
        return run[0]
    return decoded if PLAUSIBLE.fullmatch(decoded) else run[0]


def _without_c1(character: str) -> str:
    if not "\x80" <= character <= "\x9f":
        return character
    try:
        return character.encode("latin-1").decode("cp1252")
    except UnicodeDecodeError:
        return character
