"""What was chosen and written down, as a file: read batch by batch while it goes out."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.utils.translation import get_language, override

from autolib.console.export_choice import Chosen
from autolib.console.export_files import Row, csv_lines, xlsx_file
from stations import clock
from stations.models import Network
from stations.network_admin import NetworkScopedAdmin

BATCH = 500


def file_of(model_admin: NetworkScopedAdmin, chosen: Chosen, format: str) -> HttpResponse:
    name = f"{_file_name(model_admin, chosen)}.{format}"
    rows = _rows(model_admin, chosen, get_language())
    response: Any
    if format == "xlsx":
        title = str(model_admin.opts.model_name)
        response = FileResponse(xlsx_file(rows, title=title), as_attachment=True, filename=name)
        response["Content-Type"] = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    else:
        response = StreamingHttpResponse(csv_lines(rows), content_type="text/csv; charset=utf-8; header=present")
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def _file_name(model_admin: NetworkScopedAdmin, chosen: Chosen) -> str:
    """`lyon-station-20181130T120000Z`."""
    slugs = list(
        Network.objects.filter(pk__in=[key for key in chosen.by_network if key]).values_list("slug", flat=True)
    )
    whose = slugs[0] if len(slugs) == 1 else "networks"
    return f"{whose}-{model_admin.opts.model_name}-{clock.now():%Y%m%dT%H%M%SZ}"


def _rows(model_admin: NetworkScopedAdmin, chosen: Chosen, language: str | None) -> Iterator[Row]:
    """The headings, then each batch by as many queries as any other; what has gone since it was chosen is left out."""
    with override(language):
        headings = model_admin.headings()
    yield headings
    for start in range(0, len(chosen.keys), BATCH):
        with override(language):
            batch = _cells(model_admin, chosen.rows, chosen.keys[start : start + BATCH])
        yield from batch


def _cells(model_admin: NetworkScopedAdmin, rows: QuerySet, keys: Sequence[Any]) -> list[Row]:
    found = {row.pk: row for row in rows.filter(pk__in=keys)}
    ordered = [found[key] for key in keys if key in found]
    model_admin.complete(ordered)
    return [model_admin.cells(row) for row in ordered]
