"""Every sentence exists in French, and what is compiled is what is written. Needs no gettext tools."""

import ast
import gettext
import re
import tokenize
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(settings.BASE_DIR)
CATALOG = ROOT / "autolib/locale/fr/LC_MESSAGES/django"
APPS = ("autolib", "stations", "vehicles", "accounts", "bookings")
# How many leading arguments of each function are words for people, and whether the first is a context.
SPEAKERS = {
    "_": (1, False),
    "gettext": (1, False),
    "gettext_lazy": (1, False),
    "gettext_noop": (1, False),
    "ngettext": (1, False),
    "ngettext_lazy": (1, False),
    "pgettext": (2, True),
    "pgettext_lazy": (2, True),
    "npgettext": (2, True),
}
LINE = re.compile(r'(?:(msgctxt|msgid_plural|msgid|msgstr(?:\[\d+\])?)\s+)?(".*")')


def written() -> Iterator[tuple[str, str, list[str], str]]:
    """Context, English, the French forms and the comments of each entry of the .po file."""
    for block in CATALOG.with_suffix(".po").read_text(encoding="utf-8").split("\n\n"):
        said: dict[str, str] = {}
        name = ""
        for line in block.splitlines():
            if match := LINE.fullmatch(line):
                name = match[1] or name
                said[name] = said.get(name, "") + ast.literal_eval(match[2])
        comments = "\n".join(line for line in block.splitlines() if line.startswith("#"))
        forms = [text for key, text in said.items() if key.startswith("msgstr")]
        assert len(forms) == (2 if "msgid_plural" in said else 1), said["msgid"]
        yield said.get("msgctxt", ""), said.get("msgid", ""), forms, comments


def spoken() -> Iterator[tuple[str, str, Path]]:
    """Context and English of every sentence in the code and in the templates."""
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if "migrations" not in path.parts:
                yield from ((*found, path) for found in in_python(ast.parse(path.read_text(encoding="utf-8"))))
        for pattern in ("templates/**/*.html", "templates/**/*.txt"):
            for path in (ROOT / app).rglob(pattern):
                yield from ((*found, path) for found in in_template(path.read_text(encoding="utf-8")))


def in_python(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name in SPEAKERS:
            count, has_context = SPEAKERS[name]
            words = [argument.value for argument in node.args[:count] if isinstance(argument, ast.Constant)]
            if len(words) == count and all(isinstance(word, str) for word in words):
                yield (words[0], words[1]) if has_context else ("", words[0])


def in_template(text: str) -> Iterator[tuple[str, str]]:
    """Django turns a template into something like Python for xgettext; its tokens are read here instead."""
    like_python = templatize(text)
    for match in re.finditer(r"\b(gettext|ngettext|pgettext|npgettext)\(", like_python):
        arguments = like_python[match.end() :]
        strings = []
        for token in tokenize.generate_tokens(StringIO(arguments).readline):
            if token.type == tokenize.STRING:
                strings.append(ast.literal_eval(token.string))
            elif token.type != tokenize.OP or token.string != ",":
                break
        if match[1].startswith(("p", "np")):
            yield strings[0], strings[1]
        else:
            yield "", strings[0]


def test_every_sentence_is_in_the_catalog() -> None:
    known = {(context, english) for context, english, _forms, _comments in written()}

    missing = {
        f"{path.relative_to(ROOT)}: {text!r}" for context, text, path in spoken() if (context, text) not in known
    }

    assert not missing, "run `make messages`, then write the French of: " + "; ".join(sorted(missing))


def test_every_sentence_has_its_french() -> None:
    poor = [english for _, english, forms, comments in written() if english and (not all(forms) or "fuzzy" in comments)]

    assert poor == []


def test_what_is_compiled_is_what_is_written() -> None:
    with CATALOG.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)

    stale = [
        english
        for context, english, forms, _ in written()
        if english and spoken_by(compiled, context, english, len(forms)) != forms
    ]

    assert stale == [], "run `make messages`"


def spoken_by(compiled: gettext.GNUTranslations, context: str, english: str, count: int) -> list[str]:
    key = f"{context}\x04{english}" if context else english
    catalog = compiled._catalog  # type: ignore[attr-defined]
    return [catalog.get((key, form)) for form in range(count)] if count > 1 else [catalog.get(key)]


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (r"\b(tu|toi|tes|ton)\b", "we say vous"),
        (r"[^\s\u00a0\u202f][;!?](?=\s|$)", "a narrow no-break space goes before ; ! ?"),
        (r"\w:(?=\s|$)|[^\u00a0]:$", "a no-break space goes before a colon"),
        (r"«(?!\u00a0)|(?<!\u00a0)»", "no-break spaces go inside « »"),
        (r"'", "the apostrophe is ’"),
    ],
)
def test_the_french_is_set_as_french_is(wrong: str, why: str) -> None:
    machine_words = re.compile(r"https?://\S+|Content-Type: \S+|\{[^}]*\}|<[^>]*>")

    ugly = [
        form
        for _, english, forms, _ in written()
        for form in forms
        if english and re.search(wrong, machine_words.sub("x", form), re.IGNORECASE)
    ]

    assert ugly == [], why


def test_both_say_the_same_values() -> None:
    value = re.compile(r"%\(\w+\)[sd]|%%s")

    different = [
        english
        for _, english, forms, _ in written()
        for form in forms
        if english and len(forms) == 1 and sorted(value.findall(english)) != sorted(value.findall(form))
    ]

    assert different == []
