"""Docks, cars and subscribers from a table, inside the admin: upload, look at what would change, apply exactly that.

As with stations, nothing is kept between the two steps: the preview carries the file, signed, back to the server.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.sheet import SubscriberSheet
from autolib.console.importing import MOST_CHARACTERS, PREVIEW_SECONDS
from stations import traces
from stations.importing import NotTheRightFile, PlanOutdated
from stations.models import Network
from stations.rights import networks_with
from stations.sheets import Plan, Sheet, apply, plan, template
from stations.sheets.docks import DockSheet
from stations.sheets.reading import MOST_BYTES
from stations.traced_admin import trace_shown
from vehicles.sheet import CarSheet

SALT = "autolib.console.tables"
SHEETS: dict[str, Sheet] = {sheet.kind: sheet for sheet in (DockSheet(), CarSheet(), SubscriberSheet())}
LISTS = {"docks": "stations_dock", "cars": "vehicles_vehicle", "subscribers": "accounts_subscriber"}
PERSONAL = {"subscribers"}
MOST_SHOWN = 500


class UploadForm(forms.Form):
    network = forms.ModelChoiceField(Network.objects.none(), label=gettext_lazy("Network"))
    table = forms.FileField(
        label=gettext_lazy("Table"),
        help_text=gettext_lazy("CSV in UTF-8, commas or semicolons between the columns that the first row names."),
    )

    def __init__(self, *args: Any, networks: list[Network], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["network"].queryset = Network.objects.filter(pk__in=[network.pk for network in networks])
        if len(networks) == 1:
            self.fields["network"].initial = networks[0]

    def clean_table(self) -> Any:
        table = self.cleaned_data["table"]
        if table.size > MOST_BYTES:
            told = {"megabytes": MOST_BYTES // 1_000_000}
            raise forms.ValidationError(_("The file is larger than %(megabytes)d MB.") % told)
        return table


@dataclass(frozen=True)
class Upload:
    sheet: Sheet
    network: Network
    data: bytes
    name: str

    def plan(self) -> Plan:
        return plan(sheet=self.sheet, network=self.network, data=self.data)

    def sealed(self, *, fingerprint: str, user_id: int) -> str:
        content = {
            "user": user_id,
            "network": self.network.pk,
            "kind": self.sheet.kind,
            "fingerprint": fingerprint,
            "name": self.name,
            "table": b64encode(self.data).decode(),
        }
        return signing.dumps(content, salt=SALT, compress=True)


def table_template(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty table with its columns explained, in the language of the page."""
    sheet, _networks = _sheet(request, kind)
    response = HttpResponse(("\ufeff" + template(sheet.columns)).encode(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{kind}.csv"'
    return response


def import_table(site: AdminSite, request: HttpRequest, kind: str) -> HttpResponse:
    sheet, networks = _sheet(request, kind)
    if request.method == "POST" and "preview" in request.POST:
        return _confirm(site, request, sheet, networks)
    form = UploadForm(request.POST or None, request.FILES or None, networks=networks)
    if request.method == "POST" and form.is_valid():
        table = form.cleaned_data["table"]
        upload = Upload(sheet, form.cleaned_data["network"], table.read(), table.name)
        try:
            return _preview(site, request, upload, upload.plan())
        except NotTheRightFile as error:
            form.add_error("table", str(error))
    return _page(site, request, "admin/import_table.html", sheet, form=form, media=form.media)


def _sheet(request: HttpRequest, kind: str) -> tuple[Sheet, list[Network]]:
    sheet = SHEETS.get(kind)
    if sheet is None:
        raise Http404
    networks = networks_with(request.user, sheet.needs)
    if not networks:
        raise PermissionDenied
    return sheet, networks


def _preview(site: AdminSite, request: HttpRequest, upload: Upload, planned: Plan) -> HttpResponse:
    sealed = upload.sealed(fingerprint=planned.fingerprint, user_id=request.user.pk)
    if len(sealed) > MOST_CHARACTERS:
        raise NotTheRightFile(_("The file is too large to be previewed here. Split it."))
    if upload.sheet.kind in PERSONAL and planned.comparison.changed:
        # The preview shows what is known of people.
        changed = [str(change.pk) for change in planned.comparison.changed]
        trace_shown(request, upload.network.pk, "accounts.subscriber", changed)
    comparison = planned.comparison
    return _page(
        site,
        request,
        "admin/import_table_preview.html",
        upload.sheet,
        upload=upload,
        plan=planned,
        counted=counted(planned),
        created=[
            [line.values[column.name] for column in upload.sheet.columns] for line in comparison.created[:MOST_SHOWN]
        ],
        changed=[(change.line, _differences(change)) for change in comparison.changed[:MOST_SHOWN]],
        problems=planned.problems[:MOST_SHOWN],
        most_shown=MOST_SHOWN,
        is_cut=max(len(comparison.created), len(comparison.changed), len(planned.problems)) > MOST_SHOWN,
        sealed=sealed,
    )


def _differences(change: Any) -> list[tuple[str, Any, Any]]:
    return [(name, change.before[name] or "—", after) for name, after in change.after.items()]


def counted(planned: Plan) -> str:
    """One line: so many created, changed, unchanged, refused."""
    created, changed = len(planned.comparison.created), len(planned.comparison.changed)
    unchanged, refused = planned.comparison.unchanged, len({problem.line for problem in planned.problems})
    parts = [
        (created, ngettext("%(count)s created", "%(count)s created", created)),
        (changed, ngettext("%(count)s updated", "%(count)s updated", changed)),
        (unchanged, ngettext("%(count)s unchanged", "%(count)s unchanged", unchanged)),
        (refused, ngettext("%(count)s row refused", "%(count)s rows refused", refused)),
    ]
    return ", ".join(sentence % {"count": count} for count, sentence in parts)


def _confirm(site: AdminSite, request: HttpRequest, sheet: Sheet, networks: list[Network]) -> HttpResponse:
    """Applies what was previewed and nothing else: the same person, file, network and kind, and the same changes."""
    try:
        content = signing.loads(request.POST["preview"], salt=SALT, max_age=PREVIEW_SECONDS)
    except signing.BadSignature:
        messages.error(request, _("This preview is no longer valid. Upload the file again."))
        return HttpResponseRedirect(reverse("admin:import_table", args=[sheet.kind]))
    network = next((network for network in networks if network.pk == content["network"]), None)
    if network is None or content["user"] != request.user.pk or content["kind"] != sheet.kind:
        raise PermissionDenied
    upload = Upload(sheet, network, b64decode(content["table"]), content["name"])
    planned = upload.plan()
    try:
        if planned.fingerprint != content["fingerprint"] or not planned.has_changes:
            raise PlanOutdated
        _apply(request, upload, planned)
    except PlanOutdated as refusal:
        messages.error(request, refusal.message)
        return _preview(site, request, upload, upload.plan())
    told = _("Imported “%(file)s”: %(changes)s") % {"file": upload.name, "changes": counted(planned)}
    messages.success(request, told)
    return HttpResponseRedirect(reverse(f"admin:{LISTS[sheet.kind]}_changelist"))


def _apply(request: HttpRequest, upload: Upload, planned: Plan) -> None:
    """The import and its trace, or neither."""
    actor, came_from = f"operator:{request.user.pk}", getattr(request, "came_from", "")
    with transaction.atomic():
        run = apply(planned, actor=actor, file=upload.name, came_from=came_from)
        traces.write(
            network_id=upload.network.pk,
            actor=actor,
            act="import",
            model="stations.network",
            object_id=upload.network.pk,
            data={
                "file": upload.name,
                "kind": upload.sheet.kind,
                "fingerprint": planned.fingerprint,
                "run": run and run.pk,
            },
            came_from=came_from,
        )


def _page(site: AdminSite, request: HttpRequest, page: str, sheet: Sheet, **context: Any) -> HttpResponse:
    request.current_app = site.name
    title = _("Import a table: %(kind)s") % {"kind": sheet.label}
    shared = {"title": title, "sheet": sheet, "list_url": reverse(f"admin:{LISTS[sheet.kind]}_changelist")}
    return TemplateResponse(request, page, {**site.each_context(request), **shared, **context})
