"""The page that changes the rules of a network: what, from when and why; then what it would have meant yesterday; then
it is decided, or proposed where it takes four eyes.

Nothing is kept between the steps: the second page carries what the first one said, and everything is checked anew.
"""

from datetime import datetime, time
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.contrib.admin.widgets import AdminDateWidget, AdminTimeWidget
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from autolib.console import export_proposals
from bookings import rule_preview
from bookings.rule_preview import Finding, Preview
from stations import local_times, rights, rules
from stations.admin import NetworkAdmin
from stations.admin_forms import RULE_HELP
from stations.decisions_admin import ProposalAdmin, shown_changes, wall_day, wall_time
from stations.models import Network, Proposal, RuleVersion
from stations.refusals import Refusal
from stations.rights import Right

STEPS = ("_look", "_decide", "_back", "csrfmiddlewaretoken")


def _ruled(field: Any, **options: Any) -> forms.Field:
    """With what the page showed beside what is said, so that what somebody else changed meanwhile is not set back."""
    found: forms.Field = field.formfield(show_hidden_initial=True, **options)
    return found


class RulesForm(forms.ModelForm):
    day = forms.DateField(
        label=gettext_lazy("From the day"),
        required=False,
        widget=AdminDateWidget,
        help_text=gettext_lazy("Left empty: from now."),
    )
    hour = forms.TimeField(
        label=gettext_lazy("at"),
        required=False,
        widget=AdminTimeWidget,
        help_text=gettext_lazy("As clocks in the network show it. Left empty: midnight."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 60}),
        help_text=gettext_lazy("It is kept with the act, in the history."),
    )

    class Meta:
        model = Network
        fields = rules.RULES
        help_texts: ClassVar = RULE_HELP
        formfield_callback = _ruled

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        day, hour = cleaned.get("day"), cleaned.get("hour")
        cleaned["valid_from"] = None
        if hour is not None and day is None and "day" not in self.errors:
            self.add_error("day", _("Give the day as well, or leave both empty for now."))
        elif day is not None and "hour" not in self.errors:
            wall = datetime.combine(day, hour or time.min)  # the network's zone comes next
            try:
                cleaned["valid_from"] = local_times.instant_of(wall, network=self.instance, field="hour")
            except Refusal as refusal:
                self.refuse(refusal)
        return cleaned

    def asked(self) -> dict[str, Any]:
        """The rules that differ from what the page showed, and from when."""
        values = {name: self.cleaned_data[name] for name in rules.RULES if name in self.changed_data}
        return {"values": values, "valid_from": self.cleaned_data["valid_from"]}

    def refuse(self, refusal: Refusal) -> None:
        field = {"valid_from": "day"}.get(refusal.field or "", refusal.field)
        self.add_error(field if field in self.fields else None, refusal.message)


@admin.register(Network)
class RuledNetworkAdmin(NetworkAdmin):
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.rules_view)
        return [path("<path:object_id>/rules/", view, name="stations_network_rules"), *super().get_urls()]

    def buttons(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        versions = reverse("admin:stations_ruleversion_changelist", query={"network": obj.pk})
        own = [{"label": _("Versions of the rules"), "url": versions}]
        if rights.has_in(request.user, Right.SET_RULES, obj.pk):
            own.insert(0, {"label": _("Change the rules"), "url": _page_of(obj)})
        return [*own, *super().buttons(request, obj)]

    def rules_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        network = self.get_object(request, unquote(object_id))
        if network is None:
            raise Http404
        if not rights.has_in(request.user, Right.SET_RULES, network.pk):
            raise PermissionDenied
        form = RulesForm(request.POST or None, instance=self.get_object(request, unquote(object_id)))
        if request.method != "POST" or "_back" in request.POST or not form.is_valid():
            return self._page(request, network, "admin/rules.html", form=form)
        try:
            if "_decide" in request.POST:
                return self._decide(request, network, form)
            return self._confirm(request, network, form)
        except Refusal as refusal:
            form.refuse(refusal)
            return self._page(request, network, "admin/rules.html", form=form)

    def _confirm(self, request: HttpRequest, network: Network, form: RulesForm) -> HttpResponse:
        asked = form.asked()
        look = rules.look(network=network, **asked)
        preview = rule_preview.yesterday(network=network, values=asked["values"])
        return self._page(
            request,
            network,
            "admin/rules_preview.html",
            changes=shown_changes(look.changes),
            begins_at=wall_time(asked["valid_from"], network) if asked["valid_from"] else "",
            reason=form.cleaned_data["reason"],
            why_four_eyes=look.why_four_eyes,
            is_alone=not rights.others_with(Right.APPROVE, network.pk, besides=request.user),
            day=wall_day(preview.begins_at, network),
            preview=preview,
            findings=[_linked(finding, preview, network) for finding in preview.findings],
            silent=[rules.rule_label(name) for name in preview.silent],
            said=[(name, value) for name, values in request.POST.lists() if name not in STEPS for value in values],
        )

    def _decide(self, request: HttpRequest, network: Network, form: RulesForm) -> HttpResponse:
        with transaction.atomic():
            decided = rules.change(
                network=network,
                reason=form.cleaned_data["reason"],
                actor=f"operator:{request.user.pk}",
                came_from=getattr(request, "came_from", ""),
                **form.asked(),
            )
            if isinstance(decided, Proposal):
                self.trace_proposal(request, network, decided)
        if isinstance(decided, Proposal):
            self.tell_of_proposal(request, decided)
        else:
            self.message_user(request, _told(decided), messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:stations_network_change", args=[network.pk]))

    def _page(self, request: HttpRequest, network: Network, template: str, **context: Any) -> HttpResponse:
        request.current_app = self.admin_site.name  # type: ignore[attr-defined]
        form = context.get("form")
        return TemplateResponse(
            request,
            template,
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": _("Change the rules"),
                "network": network,
                "media": self.media + form.media if form is not None else self.media,
                **context,
            },
        )


@admin.register(Proposal)
class RuledProposalAdmin(ProposalAdmin):
    def told(self, proposal: Proposal) -> list[str]:
        told = super().told(proposal)
        if proposal.what != rules.CHANGE.name or proposal.decision:
            return told
        network = proposal.network
        preview = rule_preview.yesterday(network=network, values=proposal.arguments["values"])
        sentences = [_linked(finding, preview, network) for finding in preview.findings]
        return [*told, _("What would have been different yesterday"), *sentences] if sentences else told

    @admin.display(description=gettext_lazy("when"))
    def when(self, proposal: Proposal) -> str:
        if proposal.what != export_proposals.EXPORT.name:
            return str(super().when(proposal))
        told = _("Approving moves nothing: whoever proposed it may then take the file, once, within %(hours)s hours.")
        return told % {"hours": export_proposals.OPEN_HOURS}

    def buttons(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        ready = export_proposals.ready(export_proposals.own(request).filter(pk=obj.pk))
        own = [{"label": _("Download"), "url": _file_of(row)} for row in ready]
        return [*own, *super().buttons(request, obj)]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The list shows what is open; what was approved and waits to be taken is told above it."""
        if request.method == "GET":
            for row in export_proposals.ready(export_proposals.own(request)):
                told = _("%(network)s: a file that you asked for is approved.") % {"network": row.network}
                link = format_html('{} <a href="{}">{}</a>', told, _file_of(row), _("Download"))
                self.message_user(request, link, messages.SUCCESS)
        return super().changelist_view(request, extra_context)


def _linked(finding: Finding, preview: Preview, network: Network) -> str:
    url = _bookings_of(finding, preview, network)
    link = format_html(' <a href="{}" target="_blank">{}</a>', url, _("Show them")) if url else ""
    return format_html("{}{}", finding.sentence, link)


def _file_of(row: Proposal) -> str:
    return reverse("admin:export_approved", args=[row.pk])


def _page_of(network: Network) -> str:
    return reverse("admin:stations_network_rules", args=[network.pk])


def _told(version: RuleVersion) -> str:
    if not version.is_planned:
        return _("%(network)s: these rules are in force.") % {"network": version.network}
    local = version.valid_from.astimezone(ZoneInfo(version.network.time_zone))
    told = _("%(network)s: these rules are planned; they begin on %(day)s at %(time)s.")
    return told % {"network": version.network, "day": f"{local:%Y-%m-%d}", "time": f"{local:%H:%M}"}


def _bookings_of(finding: Finding, preview: Preview, network: Network) -> str:
    if not finding.asks_for:
        return ""
    asked = {
        "network": network.pk,
        "reserved_at__gte": preview.begins_at.isoformat(),
        "reserved_at__lt": preview.ends_at.isoformat(),
        "would": finding.asks_for,
    }
    return reverse("admin:bookings_booking_changelist", query=asked)
