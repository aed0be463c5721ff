"""Stations from a published file, inside the admin: upload, look at what would change, then apply exactly that.

Nothing is kept between the two steps: the preview carries the file, signed, back to the server, which plans anew.
"""

from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from autolib.console.preview import counted, rows_of_updates
from stations import traces
from stations.importing import NotTheRightFile, Plan, PlanOutdated, apply, plan
from stations.importing.tables import MAX_BYTES
from stations.models import Network
from stations.rights import Right, networks_with

SALT = "autolib.console.importing"
PREVIEW_SECONDS = 3600
# The preview comes back as a field of a form: well below DATA_UPLOAD_MAX_MEMORY_SIZE.
MOST_CHARACTERS = 2_000_000


class UploadForm(forms.Form):
    network = forms.ModelChoiceField(Network.objects.none(), label=gettext_lazy("Network"))
    stations = forms.FileField(
        label=gettext_lazy("Published station file"),
        help_text=gettext_lazy("CSV in UTF-8 with semicolons, as the open-data portal gives it."),
    )
    capacities = forms.FileField(
        label=gettext_lazy("Capacity list"),
        required=False,
        help_text=gettext_lazy("Optional: the list of 2014. A station gets the larger number of docks of both."),
    )

    def __init__(self, *args: Any, networks: list[Network], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["network"].queryset = Network.objects.filter(pk__in=[network.pk for network in networks])
        if len(networks) == 1:
            self.fields["network"].initial = networks[0]

    def clean(self) -> dict[str, Any]:
        """What is too large is not even read."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("stations", "capacities"):
            file = cleaned.get(name)
            if file and file.size > MAX_BYTES:
                told = {"megabytes": MAX_BYTES // 1_000_000}
                self.add_error(name, _("The file is larger than %(megabytes)d MB.") % told)
        return cleaned


@dataclass(frozen=True)
class Upload:
    """What a preview was made of, and its fingerprint, on its way to the browser and back."""

    network: Network
    stations: bytes
    capacities: bytes | None
    name: str

    def plan(self) -> Plan:
        return plan(network=self.network, stations=self.stations, capacities=self.capacities)

    def sealed(self, *, fingerprint: str, user_id: int) -> str:
        content = {
            "user": user_id,
            "network": self.network.pk,
            "fingerprint": fingerprint,
            "name": self.name,
            "stations": b64encode(self.stations).decode(),
            "capacities": b64encode(self.capacities).decode() if self.capacities is not None else None,
        }
        return signing.dumps(content, salt=SALT, compress=True)


def import_stations(model_admin: ModelAdmin, request: HttpRequest) -> HttpResponse:
    if not (model_admin.has_add_permission(request) and model_admin.has_change_permission(request)):
        raise PermissionDenied
    networks = networks_with(request.user, Right.BUILD_STATIONS)
    if request.method == "POST" and "preview" in request.POST:
        return _confirm(model_admin, request, networks)
    form = UploadForm(request.POST or None, request.FILES or None, networks=networks)
    if request.method == "POST" and form.is_valid():
        upload = _read(form)
        try:
            return _preview(model_admin, request, upload, upload.plan())
        except NotTheRightFile as error:
            form.add_error("stations", str(error))
    return _page(model_admin, request, "admin/import_stations.html", form=form, media=model_admin.media + form.media)


def _read(form: UploadForm) -> Upload:
    stations, capacities = form.cleaned_data["stations"], form.cleaned_data["capacities"]
    return Upload(
        network=form.cleaned_data["network"],
        stations=stations.read(),
        capacities=capacities.read() if capacities else None,
        name=stations.name,
    )


def _preview(model_admin: ModelAdmin, request: HttpRequest, upload: Upload, planned: Plan) -> HttpResponse:
    sealed = upload.sealed(fingerprint=planned.fingerprint, user_id=request.user.pk)
    if len(sealed) > MOST_CHARACTERS:
        raise NotTheRightFile(_("The file is too large to be previewed here. Use manage.py import_stations."))
    return _page(
        model_admin,
        request,
        "admin/import_preview.html",
        upload=upload,
        plan=planned,
        counted=counted(planned),
        updates=rows_of_updates(planned),
        sealed=sealed,
    )


def _confirm(model_admin: ModelAdmin, request: HttpRequest, networks: list[Network]) -> HttpResponse:
    """Applies what was previewed and nothing else: the same person, file and network, and the same changes."""
    here = HttpResponseRedirect(reverse("admin:stations_station_import"))
    try:
        content = signing.loads(request.POST["preview"], salt=SALT, max_age=PREVIEW_SECONDS)
    except signing.BadSignature:
        messages.error(request, _("This preview is no longer valid. Upload the file again."))
        return here
    network = next((network for network in networks if network.pk == content["network"]), None)
    if network is None or content["user"] != request.user.pk:
        raise PermissionDenied
    capacities = b64decode(content["capacities"]) if content["capacities"] is not None else None
    upload = Upload(network, b64decode(content["stations"]), capacities, content["name"])
    planned = upload.plan()
    try:
        if planned.fingerprint != content["fingerprint"]:
            raise PlanOutdated
        with transaction.atomic():
            run = apply(planned, actor=f"operator:{request.user.pk}", file=upload.name)
            told = _("Imported “%(file)s”: %(changes)s") % {"file": upload.name, "changes": counted(planned)}
            traces.write(
                network_id=network.pk,
                actor=f"operator:{request.user.pk}",
                act="import",
                model="stations.network",
                object_id=network.pk,
                data={"file": upload.name, "fingerprint": planned.fingerprint, "run": run and run.pk},
                came_from=request.came_from,  # type: ignore[attr-defined]
            )
    except PlanOutdated as refusal:
        messages.error(request, refusal.message)
        return _preview(model_admin, request, upload, upload.plan())
    messages.success(request, told)
    return HttpResponseRedirect(reverse("admin:stations_station_changelist"))


def _page(model_admin: ModelAdmin, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    site = model_admin.admin_site
    request.current_app = site.name
    title = _("Import a published file")
    return TemplateResponse(
        request, template, {**site.each_context(request), "opts": model_admin.opts, "title": title, **context}
    )
