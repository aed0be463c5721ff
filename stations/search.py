"""The one normal form in which names are sorted and searched: lower case, no accents, one space between words."""

import unicodedata


def plain(text: str) -> str:
    """`"  Étoile –Foch "` becomes `"etoile foch"`. Sorting by it puts Étoile before Eylau, not after Zola."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    letters = (char if char.isalnum() else " " for char in decomposed if not unicodedata.combining(char))
    return " ".join("".join(letters).split())
