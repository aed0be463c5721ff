"""Taking what a list shows out of the console as a file: with a reason, within limits, and never without a trace.

The rows are chosen, counted and written down first; then they are read batch by batch while the file goes out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.options import IncorrectLookupParameters
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy, ngettext, override
from django.utils.translation import gettext as _

from accounts.models import RequestCount
from autolib.console.export_files import Row, csv_lines, xlsx_file
from autolib.counting import count
from stations import clock, traces
from stations.acts import ReasonForm
from stations.models import Network
from stations.network_admin import NetworkScopedAdmin
from stations.rights import Right

BATCH = 500
DAY_SECONDS = 24 * 3600
NOT_FILTERS = ("q", "o", "p", "all")


class ExportForm(ReasonForm):
    format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=[("xlsx", gettext_lazy("Excel (XLSX)")), ("csv", gettext_lazy("CSV, with commas, in UTF-8"))],
        widget=forms.RadioSelect,
        initial="xlsx",
    )
    field_order = ("format", "reason")


class NotExported(ValueError):
    """Nothing left the console. `str()` says why and what to do."""


@dataclass(frozen=True)
class Chosen:
    """The rows that are to leave, in the order of the list: the keys of each network's rows, and how many people."""

    rows: QuerySet
    keys: list[Any]
    by_network: dict[int | None, list[str]]
    people: int


def export_view(site: AdminSite, request: HttpRequest, app_label: str, model_name: str) -> HttpResponse:
    """The query of the address is that of the list."""
    model_admin = _exporting(site, request, app_label, model_name)
    ids = _ids(model_admin, request)
    try:
        shown = model_admin.get_changelist_instance(request).queryset
    except IncorrectLookupParameters:
        return HttpResponseRedirect(f"{_list_url(model_admin)}?e=1")
    chosen = _choose(model_admin, request, shown.filter(pk__in=ids) if ids else shown)
    form = ExportForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _page(model_admin, request, chosen, form, ids)
    try:
        _check(chosen)
        _count(request)
    except NotExported as error:
        form.add_error(None, str(error))
        return _page(model_admin, request, chosen, form, ids)
    _trace(model_admin, request, chosen, form)
    return _file(model_admin, chosen, form.cleaned_data["format"])


def ask(model_admin: NetworkScopedAdmin, request: HttpRequest, ticked: QuerySet) -> HttpResponse:
    """The page after the action of a list; the rows come in the scope of who sees the list."""
    is_all = request.POST.get("select_across") == "1"
    ids = [] if is_all else [str(key) for key in ticked.values_list("pk", flat=True)]
    return _page(model_admin, request, _choose(model_admin, request, ticked), ExportForm(), ids)


def _exporting(site: AdminSite, request: HttpRequest, app_label: str, model_name: str) -> NetworkScopedAdmin:
    try:
        model_admin = site._registry.get(apps.get_model(app_label, model_name))
    except LookupError as error:
        raise Http404 from error
    if not isinstance(model_admin, NetworkScopedAdmin) or not model_admin.may_export(request):
        raise Http404
    return model_admin


def _ids(model_admin: NetworkScopedAdmin, request: HttpRequest) -> list[Any]:
    try:
        return [model_admin.opts.pk.to_python(each) for each in request.POST.getlist("id")]
    except forms.ValidationError as error:
        raise Http404 from error


def _choose(model_admin: NetworkScopedAdmin, request: HttpRequest, shown: QuerySet) -> Chosen:
    """One row more than may leave, so that too many can be told from just enough."""
    rows = model_admin.in_scope(shown, request, Right.EXPORT)
    people = {"whose": F(model_admin.people_path)} if model_admin.people_path else {}
    told = rows.annotate(where=F(model_admin.network_path), **people).values_list("pk", "where", *people)
    found = list(told[: settings.EXPORT_MOST_ROWS + 1])
    by_network: dict[int | None, list[str]] = {}
    for key, network_id, *_whose in found:
        by_network.setdefault(network_id, []).append(str(key))
    return Chosen(rows, [row[0] for row in found], by_network, len({row[2] for row in found} - {None}) if people else 0)


def _check(chosen: Chosen) -> None:
    if not chosen.keys:
        raise NotExported(_("There is nothing to export: no row of a network where you may export."))
    if len(chosen.keys) > settings.EXPORT_MOST_ROWS:
        most = settings.EXPORT_MOST_ROWS
        raise NotExported(_("A file holds %(most)s rows at most. Search or filter the list first.") % {"most": most})
    if chosen.people > settings.EXPORT_MOST_PEOPLE:
        most = settings.EXPORT_MOST_PEOPLE
        raise NotExported(
            _("A file tells of %(most)s people at most. Search, filter or tick rows to name fewer.") % {"most": most}
        )


def _count(request: HttpRequest) -> None:
    files, _left = count(f"{RequestCount.OF_A_DAY}export:{request.user.pk}", window_seconds=DAY_SECONDS)
    if files > settings.EXPORTS_A_DAY:
        most = settings.EXPORTS_A_DAY
        raise NotExported(_("You have taken %(most)s files today. Go on tomorrow.") % {"most": most})


def _trace(model_admin: NetworkScopedAdmin, request: HttpRequest, chosen: Chosen, form: ExportForm) -> None:
    """One line a network, committed before the first byte leaves. What was searched for may name somebody: left out."""
    filters = {name: value for name, value in request.GET.items() if name not in NOT_FILTERS}
    with transaction.atomic():
        for network_id, keys in chosen.by_network.items():
            told = {"format": form.cleaned_data["format"], "count": len(keys), "filters": filters}
            told |= {"searched": bool(request.GET.get("q")), "ticked": bool(request.POST.getlist("id"))}
            traces.write(
                network_id=network_id,
                actor=f"operator:{request.user.pk}",
                act="export",
                model=model_admin.opts.label_lower,
                object_id="",
                reason=form.told(),
                data=told | ({"rows": keys} if model_admin.people_path else {}),
                came_from=getattr(request, "came_from", ""),
            )


def _file(model_admin: NetworkScopedAdmin, chosen: Chosen, format: str) -> HttpResponse | StreamingHttpResponse:
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


def _page(
    model_admin: NetworkScopedAdmin, request: HttpRequest, chosen: Chosen, form: ExportForm, ids: Sequence[Any]
) -> HttpResponse:
    try:
        _check(chosen)
        refusal = ""
    except NotExported as error:
        refusal = str(error)
    site = model_admin.admin_site
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    count = min(len(chosen.keys), settings.EXPORT_MOST_ROWS)
    context = {
        **site.each_context(request),
        "opts": model_admin.opts,
        "title": _("Export"),
        "form": form,
        "media": model_admin.media + form.media,
        "refusal": refusal,
        "counted": ngettext("%(count)s row", "%(count)s rows", count) % {"count": count},
        "people": chosen.people,
        "headings": model_admin.headings(),
        "ids": ids,
        "action_url": reverse("admin:export", args=[model_admin.opts.app_label, model_admin.opts.model_name]) + query,
        "list_url": _list_url(model_admin) + query,
    }
    request.current_app = site.name
    return TemplateResponse(request, "admin/export.html", context)


def _list_url(model_admin: NetworkScopedAdmin) -> str:
    return reverse(f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_changelist")
