"""Tables as files: CSV as it is made, and Excel. A text is never computed, whatever it begins with."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from tempfile import TemporaryFile
from typing import IO, Any

from xlsxwriter import Workbook

from stations.cells import shielded
from stations.exported_admin import Value

Row = Sequence[Value]
# Excel keeps so many characters of a cell, numbers to 15 digits, and days since 1900.
MOST_CHARACTERS = 32_767
MOST_EXACT = 10**15
FIRST_YEAR = 1900
ELLIPSIS = "…"


def csv_lines(rows: Iterable[Row]) -> Iterator[bytes]:
    """RFC 4180 in UTF-8, with the mark by which Excel knows it; texts in quotes, instants in UTC (ISO 8601)."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    buffer.write("\ufeff")
    for row in rows:
        writer.writerow([_csv_cell(value) for value in row])
        yield buffer.getvalue().encode("utf-8", "replace")
        buffer.seek(0)
        buffer.truncate()


def _csv_cell(value: Value) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return shielded(value) if isinstance(value, str) else value


def xlsx_file(rows: Iterable[Row], *, title: str) -> IO[bytes]:
    """A workbook with one sheet, row by row on disk; it stands at its beginning and is gone once closed."""
    file = TemporaryFile()  # noqa: SIM115 - whoever sends it closes it
    with _closed_on_failure(file), Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet(title[:31])
        heading = book.add_format({"bold": True})
        instant = book.add_format({"num_format": 'yyyy-mm-dd hh:mm:ss "UTC"'})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for line, row in enumerate(rows):
            for column, value in enumerate(row):
                _write(sheet, line, column, value, heading=heading if line == 0 else None, instant=instant, day=day)
        sheet.freeze_panes(1, 0)
    file.seek(0)
    return file


@contextmanager
def _closed_on_failure(file: IO[bytes]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        file.close()
        raise


def _write(sheet: Any, line: int, column: int, value: Value, *, heading: Any, instant: Any, day: Any) -> None:
    """Each kind of cell by its own method: the general one would take texts for formulas and links."""
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(line, column, value)
    elif isinstance(value, int | float | Decimal) and isfinite(value) and abs(value) < MOST_EXACT:
        sheet.write_number(line, column, value)
    elif isinstance(value, datetime) and value.year > FIRST_YEAR:
        sheet.write_datetime(line, column, value.astimezone(UTC).replace(tzinfo=None), instant)
    elif isinstance(value, date) and not isinstance(value, datetime) and value.year > FIRST_YEAR:
        sheet.write_datetime(line, column, value, day)
    else:
        sheet.write_string(line, column, _fitting(str(value)), heading)


def _fitting(text: str) -> str:
    text = text.encode("utf-8", "replace").decode()
    return text if len(text) <= MOST_CHARACTERS else text[: MOST_CHARACTERS - 1] + ELLIPSIS
