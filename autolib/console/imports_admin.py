"""The imports that were applied, and the page that takes one back."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import OperationalError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from autolib.console.tables import PERSONAL, SHEETS
from stations import clock, rights, undoing
from stations.acts import ReasonForm
from stations.admin_lists import instant_column, shown_instant
from stations.import_runs import undo_until
from stations.importing.applying import KIND as STATIONS
from stations.models import ImportRun
from stations.network_admin import NetworkFilter, NetworkScopedAdmin
from stations.refusals import LOCK_NOT_AVAILABLE, Busy, Refusal
from stations.rights import Right

NEEDS = {STATIONS: Right.BUILD_STATIONS, **{kind: sheet.needs for kind, sheet in SHEETS.items()}}
LABELS: dict[str, Any] = {
    STATIONS: gettext_lazy("stations"),
    **{kind: sheet.label for kind, sheet in SHEETS.items()},
}
MOST_SHOWN = 500


@admin.register(ImportRun)
class ImportRunAdmin(NetworkScopedAdmin):
    needs: ClassVar = {"view": Right.SEE_NETWORK}
    list_display = ("file", "what", "network", "when", "actor", "created_count", "changed_count", "undone")
    list_select_related = ("network",)
    list_filter = (NetworkFilter,)
    ordering = ("-id",)
    sortable_by = ()
    fields = ("network", "what", "file", "when", "actor", "created_count", "changed_count")
    fields += ("until", "undone", "undone_by")
    readonly_fields = fields
    change_form_template = "admin/import_run_change_form.html"
    when = instant_column("at", gettext_lazy("at"))
    undone = instant_column("undone_at", gettext_lazy("undone"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportRun]:
        return super().get_queryset(request).defer("created", "columns", "changed")

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.undo_view)
        return [path("<int:key>/undo/", view, name="stations_importrun_undo"), *super().get_urls()]

    @admin.display(description=gettext_lazy("kind"))
    def what(self, run: ImportRun) -> str:
        return str(LABELS.get(run.kind, run.kind))

    @admin.display(description=gettext_lazy("can be undone until"))
    def until(self, run: ImportRun) -> str:
        return shown_instant(undo_until(run))

    def may_undo(self, request: HttpRequest, run: ImportRun) -> bool:
        """Whoever may import such a table here."""
        return run.kind in NEEDS and rights.has_in(request.user, NEEDS[run.kind], run.network_id)

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        run = kwargs.get("obj")
        if run is not None and run.undone_at is None and undo_until(run) > clock.now() and self.may_undo(request, run):
            context["undo_url"] = reverse("admin:stations_importrun_undo", args=[run.pk])
        return super().render_change_form(request, context, **kwargs)

    def undo_view(self, request: HttpRequest, key: int) -> HttpResponse:
        run = self.get_queryset(request).filter(pk=key).first()
        if run is None or not self.may_undo(request, run):
            raise Http404
        form = ReasonForm(request.POST if request.method == "POST" else None)
        back = reverse("admin:stations_importrun_change", args=[run.pk])
        try:
            if request.method != "POST" or not form.is_valid():
                return self._undo_page(request, run, form, back)
            undone = self._undo(request, run, form)
        except Refusal as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
        else:
            self.message_user(request, _told(undone), messages.SUCCESS)
        return HttpResponseRedirect(back)

    def _undo(self, request: HttpRequest, run: ImportRun, form: ReasonForm) -> undoing.Undone:
        who = {"actor": f"operator:{request.user.pk}", "came_from": getattr(request, "came_from", "")}
        with _no_waiting():
            return undoing.undo(run=run, reason=form.told(), **who)

    def _undo_page(self, request: HttpRequest, run: ImportRun, form: ReasonForm, back: str) -> HttpResponse:
        with _no_waiting():
            would = undoing.preview(run=run)
        if run.kind in PERSONAL:
            self.trace(request, run, "look")
        site = self.admin_site
        request.current_app = site.name
        context = {
            **site.each_context(request),
            "opts": self.opts,
            "title": _("Undo this import"),
            "run": run,
            "what": self.what(run),
            "form": form,
            "back": back,
            "told": _told(would),
            "deleted": would.deleted[:MOST_SHOWN],
            "restored": would.restored[:MOST_SHOWN],
            "kept": would.kept[:MOST_SHOWN],
            "most_shown": MOST_SHOWN,
            "is_cut": max(len(would.deleted), len(would.restored), len(would.kept)) > MOST_SHOWN,
            "has_effect": bool(would.deleted or would.restored),
        }
        return TemplateResponse(request, "admin/import_undo.html", context)


class _no_waiting:  # noqa: N801 - reads as a statement
    """Somebody holds one of the rows for longer than we wait: said as the acts say it."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: Any, error: Any, _traceback: Any) -> None:
        if isinstance(error, OperationalError) and getattr(error.__cause__, "pgcode", None) == LOCK_NOT_AVAILABLE:
            raise Busy from error


def _told(undone: undoing.Undone) -> str:
    """One line: so many deleted, given back, left as they are."""
    deleted, restored, kept = len(undone.deleted), len(undone.restored), len(undone.kept)
    parts = [
        (deleted, ngettext("%(count)s deleted", "%(count)s deleted", deleted)),
        (restored, ngettext("%(count)s as before", "%(count)s as before", restored)),
        (kept, ngettext("%(count)s left as it is", "%(count)s left as they are", kept)),
    ]
    return ", ".join(sentence % {"count": count} for count, sentence in parts)
