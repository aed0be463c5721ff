"""A text as a cell of a table: spreadsheets take some beginnings for a formula, and would run what a stranger typed."""

from unicodedata import category, normalize

FORMULA_SIGNS = frozenset("=+-@")
CONTROLS = frozenset("\t\r\n\0")
SHIELD = "'"


def shielded(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet might compute it; full-width signs count too."""
    return SHIELD + text if (text[:1] in CONTROLS and text) or _first_seen(text) in FORMULA_SIGNS else text


def unshielded(text: str) -> str:
    """What stood in the cell before we wrote it: a file of ours can be read back."""
    inner = text.removeprefix(SHIELD)
    return inner if inner != text and shielded(inner) == text else text


def _first_seen(text: str) -> str:
    """The first character that shows, in its plain form: programs drop blanks and marks of no width before it."""
    seen = next((each for each in text if not (each.isspace() or category(each) in ("Cc", "Cf"))), "")
    return normalize("NFKC", seen)[:1]
