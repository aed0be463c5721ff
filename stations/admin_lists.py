"""What the lists of the admin are made of: pages, filters, instants; and the way back to them."""

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

NOTHING = "—"


class CappedPaginator(Paginator):
    """Counts no further than a person pages: a log of millions of rows is searched, not leafed through."""

    cap = 5_000

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[: self.cap].count())

    @property
    def is_capped(self) -> bool:
        return self.count == self.cap


class CountedBelow(ChangeList):
    """The count stands below the list; beside the search it would promise to “show all” of what is shown."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count


def instant_column(path: str, label: Any, *, has_seconds: bool = False) -> Callable[[Any, Any], str]:
    """A column with the instant at `path` (with dots): it sorts by eye, and is the same in every language."""

    @admin.display(description=label, ordering=path.replace(".", "__"))
    def column(_admin: Any, row: Any) -> str:
        at = instant_at(path, row)
        return shown_instant(at, has_seconds=has_seconds) if at is not None else NOTHING

    column.plain = partial(instant_at, path)  # type: ignore[attr-defined]
    return column


def instant_at(path: str, row: Any) -> datetime | None:
    try:
        at: datetime | None = attrgetter(path)(row)
    except AttributeError:  # there is no such related row
        return None
    return at


def shown_instant(at: datetime, *, has_seconds: bool = False) -> str:
    local = localtime(at)
    text = f"{local:%Y-%m-%d %H:%M:%S}" if has_seconds else f"{local:%Y-%m-%d %H:%M}"
    return format_html('<time datetime="{}">{}</time>', local.isoformat(), text)


class QuestionFilter(admin.SimpleListFilter):
    """A filter whose answers are written down: what each is called and the rows that it keeps."""

    answers: ClassVar[dict[str, tuple[Any, Callable[[QuerySet], QuerySet]]]] = {}

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [(value, label) for value, (label, _keep) in self.answers.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        if value is None:
            return queryset
        if value not in self.answers:
            raise IncorrectLookupParameters
        return self.answers[value][1](queryset)


class AskedDateFilter(admin.DateFieldListFilter):
    """The instants of a link (`…__gte`, `…__lt`): shown where an address asks for them, to be dropped, else nowhere."""

    def has_output(self) -> bool:
        return bool(self.date_params)

    def choices(self, changelist: Any) -> Iterator[Any]:
        yield {
            "selected": False,
            "query_string": changelist.get_query_string(remove=[self.field_generic]),
            "display": _("Any date"),
        }
        asked = (self.date_params.get(key) for key in (self.lookup_kwarg_since, self.lookup_kwarg_until))
        yield {
            "selected": True,
            "query_string": changelist.get_query_string(self.date_params),
            "display": " → ".join(text[:16].replace("T", " ") if text else NOTHING for text in asked),
        }
