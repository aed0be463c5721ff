"""What a list gives to a file: its columns as plain values, for whoever may export where the rows belong."""

import html
import json
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IS_POPUP_VAR
from django.contrib.admin.utils import label_for_field, lookup_field
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from stations import rights
from stations.admin_lists import NOTHING
from stations.rights import Right

Value = str | bool | int | float | Decimal | date | datetime | None


class ExportedAdmin(admin.ModelAdmin):
    """`exported` names the columns of the file where they are not those of the list. A method may carry `plain`, a
    function of the row, where what it shows is more than the value.
    """

    exported: ClassVar[Sequence[str]] = ()
    people_path: ClassVar[str | None] = None  # the look-up from a row to the user that it tells of
    imported_as: ClassVar[str] = ""  # the kind of table from which rows are imported; takes the right to "import"

    def may_export(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request) and rights.has_anywhere(request.user, Right.EXPORT)

    def complete(self, rows: Sequence[Any]) -> None:
        """Add to the rows what their columns need beyond the list's query: one query for all of them."""

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        if IS_POPUP_VAR in request.GET or not self.may_export(request):
            return actions
        return actions | {"export": (partial(_ask, self.admin_site), "export", str(_("Export")))}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        return super().changelist_view(request, {**self._doors(request), **(extra_context or {})})

    def _doors(self, request: HttpRequest) -> dict[str, str]:
        doors = {}
        if self.may_export(request):
            url = reverse("admin:export", args=[self.opts.app_label, self.opts.model_name])
            query = request.GET.urlencode()
            doors["export_url"] = f"{url}?{query}" if query else url
        if self.imported_as and self.is_allowed(request, "import"):  # type: ignore[attr-defined]
            doors["import_url"] = reverse("admin:import_table", args=[self.imported_as])
        return doors

    def headings(self, columns: Sequence[str] | None = None) -> list[str]:
        """What stands above `cells`. Of a row of another kind its id is told too."""
        names = self.columns() if columns is None else columns
        return [heading for name in names for heading in self._headings_of(name)]

    def cells(self, row: Model) -> list[Value]:
        return [value for name in self.columns() for value in self._cells_of(name, row)]

    def columns(self) -> Sequence[str]:
        return ("pk", *(self.exported or [str(name) for name in self.list_display if name != "id"]))

    def _headings_of(self, name: str) -> Iterator[str]:
        if name == "pk":
            yield "id"
            return
        label = capfirst(str(label_for_field(name, self.model, self)))
        yield label
        if self._is_relation(name):
            yield f"{label} (id)"

    def _cells_of(self, name: str, row: Model) -> Iterator[Value]:
        try:
            found: Any = lookup_field(name, row, self)
        except (ObjectDoesNotExist, AttributeError):
            found = None, None, None
        field, method, value = found
        if hasattr(method, "plain"):
            value = method.plain(row)
        elif field is not None and getattr(field, "flatchoices", None):
            value = dict(field.flatchoices).get(value, value)
        yield plain(value)
        if self._is_relation(name):
            yield plain(getattr(row, f"{name}_id"))

    def _is_relation(self, name: str) -> bool:
        fields = {field.name: field for field in self.opts.concrete_fields}
        return name in fields and fields[name].is_relation


def plain(value: Any) -> Value:
    """Numbers, instants and truths as they are, everything else as text; nothing where the list shows a dash."""
    if isinstance(value, SafeString):
        return html.unescape(strip_tags(value))
    if isinstance(value, Promise):
        value = str(value)
    if value is None or value == NOTHING:
        return None
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    if isinstance(value, list | tuple):
        return ", ".join(str(each) for each in value)
    return value if isinstance(value, str | bool | int | float | Decimal | date) else str(value)


def shown_as(value_of: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """For a column that shows more than its value: `value_of` the row is what a file gets."""

    def mark(column: Any) -> Any:
        column.plain = value_of
        return column

    return mark


def _ask(site: Any, model_admin: ExportedAdmin, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
    page: HttpResponse = site.export_page(model_admin, request, queryset)
    return page
