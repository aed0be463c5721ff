"""A published table: bytes with semicolons between the columns, read row by row so that one bad row costs one row."""

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from stations.importing.text import Unreadable, mend

SEPARATOR = ";"
MAX_BYTES = 20_000_000
# A quoted field may run over several lines; a quote that is never closed must not swallow the rest of the file.
MAX_LINES_OF_A_ROW = 5
MAX_LENGTH_OF_A_ROW = 100_000
OTHER_SEPARATORS = {",": ",", "\t": "TAB", "|": "|"}


class NotTheRightFile(ValueError):
    """The whole file is something else: nothing of it may be used. `str()` is a sentence for people."""


@dataclass(frozen=True)
class Problem:
    """A row that is refused, and why. `code` is the station's, where it could be read; `source` names the file."""

    line: int
    reason: str
    code: str = ""
    source: str = "stations"


@dataclass(frozen=True)
class Record:
    line: int
    values: dict[str, str]


def read_table(
    data: bytes, columns: Sequence[str], *, separators: Sequence[str] = (SEPARATOR,)
) -> tuple[list[Record], list[Problem]]:
    """Every row as a record or as a problem. Raises NotTheRightFile; `columns` must all be there, in any order.

    The separator by which the header has most of them is that of the file.
    """
    _refuse_other_formats(data)
    lines = data.removeprefix(codecs.BOM_UTF8).splitlines()
    _refuse_other_encodings(lines)
    header, separator = _header(lines[0], columns, separators)
    records: list[Record] = []
    problems: list[Problem] = []
    for line, fields, reason in _rows(lines, separator):
        if not reason and len(fields) != len(header):
            reason = _("%(count)d columns instead of %(expected)d") % {"count": len(fields), "expected": len(header)}
        if reason:
            problems.append(Problem(line, reason))
        else:
            records.append(Record(line, dict(zip(header, fields, strict=True))))
    if not records and not problems:
        raise NotTheRightFile(_("The file has a header but no rows."))
    return records, problems


def _refuse_other_formats(data: bytes) -> None:
    content = data.removeprefix(codecs.BOM_UTF8).strip()
    start = content[:4096]
    if len(data) > MAX_BYTES:
        raise NotTheRightFile(_("The file is larger than %(megabytes)d MB.") % {"megabytes": MAX_BYTES // 1_000_000})
    if not content:
        raise NotTheRightFile(_("The file is empty."))
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise NotTheRightFile(_("The file is in UTF-16. Save it as UTF-8."))
    if start.startswith((b"{", b"[")):
        raise NotTheRightFile(_("This is JSON. Download the table as CSV, with semicolons between the columns."))
    if start.startswith(b"<"):
        raise NotTheRightFile(_("This is a web page or XML. Download the table as CSV, with semicolons."))
    if b"\0" in start or start.startswith((b"PK\x03\x04", b"%PDF", b"\x1f\x8b")):
        raise NotTheRightFile(_not_text())


def _not_text() -> str:
    return _("This is not a text file. Export the table as CSV in UTF-8, with semicolons between the columns.")


def _refuse_other_encodings(lines: list[bytes]) -> None:
    """One broken row is that row's fault; where most accents are broken, the file was saved in another encoding."""
    accented = [line for line in lines if not line.isascii()]
    broken = sum(_decode(line) is None for line in accented)
    if _decode(lines[0]) is None or (broken > 1 and broken > len(accented) / 2):
        raise NotTheRightFile(_("The file is not in UTF-8. Save it as UTF-8."))


def _decode(line: bytes) -> str | None:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _header(line: bytes, columns: Sequence[str], separators: Sequence[str]) -> tuple[list[str], str]:
    try:
        text = mend(line.decode("utf-8"))
    except Unreadable as error:
        raise NotTheRightFile(_not_text()) from error
    separator = max(separators, key=lambda each: len(set(columns) & set(_names(text, each))))
    header = _names(text, separator)
    missing = [column for column in columns if column not in header]
    if not missing:
        repeated = sorted({name for name in header if header.count(name) > 1})
        if repeated:
            raise NotTheRightFile(_("These columns are there twice: %(columns)s.") % {"columns": ", ".join(repeated)})
        return header, separator
    for separator, name in OTHER_SEPARATORS.items():
        if set(columns) <= set(_names(text if separator != "\t" else line.decode("utf-8"), separator)):
            raise NotTheRightFile(
                _("The columns are separated by “%(found)s”; they must be separated by semicolons.") % {"found": name}
            )
    raise NotTheRightFile(_("These columns are missing: %(columns)s.") % {"columns": ", ".join(missing)})


def _names(line: str, separator: str) -> list[str]:
    try:
        return [name.strip() for name in next(csv.reader([line], delimiter=separator))]
    except (csv.Error, StopIteration):
        return []


def _rows(lines: list[bytes], separator: str) -> Iterator[tuple[int, list[str], str]]:
    """Line number, fields, and a reason instead of fields where the row cannot be read."""
    index = 1
    while index < len(lines):
        line, index = index + 1, index + 1
        text = _decode(lines[line - 1])
        if text is None:
            yield line, [], _("broken encoding: the row is not in UTF-8")
        elif len(text) > MAX_LENGTH_OF_A_ROW:
            yield line, [], _("the row is longer than %(count)d characters") % {"count": MAX_LENGTH_OF_A_ROW}
        elif text.strip():
            try:
                fields = _fields(text, separator)
            except csv.Error:
                fields, index = _longer_row(lines, line, separator)
            yield line, fields, "" if fields else _("a quotation mark is opened and not closed properly")


def _longer_row(lines: list[bytes], line: int, separator: str) -> tuple[list[str], int]:
    """The fields of a row with line breaks inside quotes, and where the next row starts; no fields if it is not one."""
    for end in range(line + 1, min(line + MAX_LINES_OF_A_ROW, len(lines) + 1)):
        text = _decode(b"\n".join(lines[line - 1 : end]))
        try:
            if text is not None:
                return _fields(text, separator), end
        except csv.Error:
            continue
    return [], line


def _fields(text: str, separator: str) -> list[str]:
    # Not str.splitlines: only CR and LF end a line of a table.
    return next(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
