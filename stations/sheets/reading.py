"""From bytes to lines of values: commas or semicolons, a header, explanations before it; one bad row costs one row."""

import csv
import io
from collections.abc import Sequence

from django.utils.translation import gettext as _

from stations.importing.tables import NotTheRightFile, read_table
from stations.sheets.columns import BadCell, Column
from stations.sheets.kinds import Line, Problem

MOST_BYTES = 2_000_000
MOST_ROWS = 5_000
SEPARATORS = (";", ",")
NOTE = "#"


def read(data: bytes, columns: Sequence[Column], key: Sequence[str]) -> tuple[list[Line], list[Problem]]:
    """Raises NotTheRightFile. Of two rows with the same key the second is refused."""
    if len(data) > MOST_BYTES:
        raise NotTheRightFile(_("The file is larger than %(megabytes)d MB.") % {"megabytes": MOST_BYTES // 1_000_000})
    skipped, table = _without_notes(data)
    names = [column.name for column in columns]
    records, unread = read_table(table, names, separators=SEPARATORS)
    unknown = sorted(set(records[0].values) - set(names)) if records else []
    if unknown:
        told = {"unknown": ", ".join(unknown)[:200], "known": ", ".join(names)}
        raise NotTheRightFile(_("These columns are not known: %(unknown)s. Known are %(known)s.") % told)
    if len(records) + len(unread) > MOST_ROWS:
        raise NotTheRightFile(_("The file has more than %(most)d rows. Split it.") % {"most": MOST_ROWS})
    problems = [Problem(problem.line + skipped, "", problem.reason) for problem in unread]
    lines: dict[tuple[object, ...], Line] = {}
    for record in records:
        line, refused = _line(record.line + skipped, record.values, columns, key)
        problems += refused
        if line is not None and line.key in lines:
            reason = _("The same is already on line %(line)d.") % {"line": lines[line.key].number}
            problems.append(Problem(line.number, ", ".join(key), reason))
        elif line is not None:
            lines[line.key] = line
    return list(lines.values()), problems


def _without_notes(data: bytes) -> tuple[int, bytes]:
    """How many lines of explanation stand before the table, and the table."""
    lines = data.splitlines(keepends=True)
    skipped = 0
    while skipped < len(lines) and lines[skipped].lstrip(b"\xef\xbb\xbf\"' ").startswith(NOTE.encode()):
        skipped += 1
    return skipped, b"".join(lines[skipped:]) if skipped else data


def _line(
    number: int, cells: dict[str, str], columns: Sequence[Column], key: Sequence[str]
) -> tuple[Line | None, list[Problem]]:
    values, problems = {}, []
    for column in columns:
        try:
            values[column.name] = column.value(cells[column.name])
        except BadCell as error:
            problems.append(Problem(number, column.name, str(error)))
    if problems:
        return None, problems
    return Line(number, tuple(values[name] for name in key), values), []


def template(columns: Sequence[Column]) -> str:
    """An empty table, with a line of explanation for each column and an example; `read` skips what begins with #."""
    buffer = io.StringIO(newline="")
    for column in columns:
        needed = _("required") if column.is_required else _("may be empty")
        buffer.write(f"{NOTE} {column.name}: {column.explanation} ({needed})\r\n")
    writer = csv.writer(buffer, delimiter=SEPARATORS[0], lineterminator="\r\n")
    buffer.write(f"{NOTE} {SEPARATORS[0].join(column.example for column in columns)}\r\n")
    writer.writerow([column.name for column in columns])
    return buffer.getvalue()
