"""Taking what a list shows out of the console as a file: with a reason, within limits, and never without a trace."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.admin.options import IncorrectLookupParameters
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import RequestCount, User
from autolib.console import export_proposals
from autolib.console.export_choice import (
    NOT_FILTERS,
    Chosen,
    NotExported,
    check,
    choose,
    people_taken,
    shown,
    shown_under,
)
from autolib.console.export_reading import file_of
from autolib.counting import count, give_back
from stations import clock, traces
from stations.acts import ReasonForm
from stations.admin_lists import shown_instant
from stations.models import Proposal
from stations.network_admin import NetworkScopedAdmin
from stations.rights import Right, others_with

DAY_SECONDS = 24 * 3600


class ExportForm(ReasonForm):
    format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=[("xlsx", gettext_lazy("Excel (XLSX)")), ("csv", gettext_lazy("CSV, with commas, in UTF-8"))],
        widget=forms.RadioSelect,
        initial="xlsx",
    )
    field_order = ("format", "reason")


def export_view(site: AdminSite, request: HttpRequest, app_label: str, model_name: str) -> HttpResponse:
    """The query of the address is that of the list. What takes four eyes becomes a proposal."""
    model_admin = _exporting(site, request, app_label, model_name)
    ids = _ids(model_admin, request)
    try:
        chosen = choose(model_admin, request, shown(model_admin, request, ids))
    except IncorrectLookupParameters:
        return HttpResponseRedirect(f"{_list_url(model_admin)}?e=1")
    form = ExportForm(request.POST if request.method == "POST" else None)
    if request.method != "POST" or not form.is_valid():
        return _page(model_admin, request, chosen, form, ids)
    format, reason = form.cleaned_data["format"], form.told()
    try:
        check(chosen)
        if chosen.takes_four_eyes:
            asked = export_proposals.propose(model_admin, request, chosen, ids=ids, format=format, reason=reason)
            return HttpResponseRedirect(reverse("admin:export_approved", args=[asked.pk]))
        told = {"format": format, "searched": bool(request.GET.get("q")), "ticked": bool(ids)}
        told |= {"filters": _filters(request.GET)}
        with _one_of_the_day(request):
            _take_alone(model_admin, request, chosen, reason=reason, data=told)
    except NotExported as error:
        form.add_error(None, str(error))
        return _page(model_admin, request, chosen, form, ids)
    return file_of(model_admin, chosen, format)


def ask(model_admin: NetworkScopedAdmin, request: HttpRequest, ticked: QuerySet) -> HttpResponse:
    """The page after the action of a list; the rows come in the scope of who sees the list."""
    is_all = request.POST.get("select_across") == "1"
    ids = [] if is_all else [str(key) for key in ticked.values_list("pk", flat=True)]
    return _page(model_admin, request, choose(model_admin, request, ticked), ExportForm(), ids)


def approved_view(site: AdminSite, request: HttpRequest, proposal_id: int) -> HttpResponse:
    """What one asked for oneself: how it stands, and its file, once, when somebody else has approved it."""
    row = get_object_or_404(export_proposals.own(request), pk=proposal_id)
    model_admin = export_proposals.admin_of(row)
    if model_admin is None or not model_admin.may_export(request):
        raise Http404
    if request.method != "POST":
        return _page_of_approved(model_admin, request, row, "")
    try:
        return _file_of_approved(model_admin, request, row)
    except IncorrectLookupParameters:
        return _page_of_approved(model_admin, request, row, _("The list no longer has these filters. Ask again."))
    except NotExported as error:
        return _page_of_approved(model_admin, request, row, str(error))


def _file_of_approved(model_admin: NetworkScopedAdmin, request: HttpRequest, row: Proposal) -> HttpResponse:
    """Raises NotExported and IncorrectLookupParameters."""
    if why := export_proposals.obstacle(row):
        raise NotExported(why)
    asked = row.arguments
    rows = shown_under(model_admin, request, asked["query"], asked["ids"], row.network_id)
    chosen = choose(model_admin, request, rows)
    check(chosen)
    export_proposals.check_approved(model_admin, row, chosen)
    told = {"format": asked["format"], "searched": False, "ticked": bool(asked["ids"])}
    told |= {"filters": _filters(QueryDict(asked["query"])), "proposal": row.pk, "approved_by": row.decided_by}
    with _one_of_the_day(request):
        export_proposals.take(row, lambda: _trace(model_admin, request, chosen, reason=row.reason, data=told))
    return file_of(model_admin, chosen, asked["format"])


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


@contextmanager
def _one_of_the_day(request: HttpRequest) -> Iterator[None]:
    """Counts as a file, unless it is refused in the end. Raises NotExported after the last one of the day."""
    counter = f"{RequestCount.OF_A_DAY}export:{request.user.pk}"
    files, _left = count(counter, window_seconds=DAY_SECONDS)
    if files > settings.EXPORTS_A_DAY:
        most = settings.EXPORTS_A_DAY
        raise NotExported(_("You have taken %(most)s files today. Go on tomorrow.") % {"most": most})
    try:
        yield
    except NotExported:
        give_back(counter, window_seconds=DAY_SECONDS)
        raise


def _filters(query: QueryDict) -> dict[str, Any]:
    """What was searched for may name somebody: left out."""
    return {name: value for name, value in query.items() if name not in NOT_FILTERS}


def _take_alone(model_admin: NetworkScopedAdmin, request: HttpRequest, chosen: Chosen, **told: Any) -> None:
    """Two files at once are not each looked at as if the other one were not there. Lock: the person who exports."""
    with transaction.atomic():
        if chosen.told_of:
            User.objects.select_for_update(no_key=True).get(pk=request.user.pk)
            if replace(chosen, knows=people_taken(model_admin.admin_site, request)).takes_four_eyes:
                raise NotExported(_("Another file of yours has just left. Look at this page again."))
        _trace(model_admin, request, chosen, **told)


def _trace(
    model_admin: NetworkScopedAdmin, request: HttpRequest, chosen: Chosen, *, reason: str, data: dict[str, Any]
) -> None:
    """One line a network, committed before the first byte leaves."""
    with transaction.atomic():
        for network_id, keys in chosen.by_network.items():
            told = {**data, "count": len(keys)}
            traces.write(
                network_id=network_id,
                actor=f"operator:{request.user.pk}",
                act="export",
                model=model_admin.opts.label_lower,
                object_id="",
                reason=reason,
                data=told | ({"rows": keys} if model_admin.people_path else {}),
                came_from=getattr(request, "came_from", ""),
            )


def _page(
    model_admin: NetworkScopedAdmin, request: HttpRequest, chosen: Chosen, form: ExportForm, ids: Sequence[Any]
) -> HttpResponse:
    try:
        check(chosen)
        if chosen.takes_four_eyes:
            export_proposals.check(request, chosen)
        refusal = ""
    except NotExported as error:
        refusal = str(error)
    query = f"?{request.GET.urlencode()}" if request.GET else ""
    count = min(len(chosen.keys), settings.EXPORT_MOST_ROWS)
    return _shown(
        model_admin,
        request,
        "admin/export.html",
        title=_("Export"),
        form=form,
        media=model_admin.media + form.media,
        refusal=refusal,
        counted=ngettext("%(count)s row", "%(count)s rows", count) % {"count": count},
        people=chosen.people,
        together=chosen.together if chosen.knows else 0,
        most=settings.EXPORT_MOST_PEOPLE,
        takes_four_eyes=chosen.takes_four_eyes,
        hours=export_proposals.OPEN_HOURS,
        is_alone=chosen.takes_four_eyes and not refusal and _is_alone(request, next(iter(chosen.by_network))),
        asked=_asked(model_admin, request),
        headings=model_admin.headings(),
        ids=ids,
        action_url=reverse("admin:export", args=[model_admin.opts.app_label, model_admin.opts.model_name]) + query,
        list_url=_list_url(model_admin) + query,
    )


def _asked(model_admin: NetworkScopedAdmin, request: HttpRequest) -> list[Proposal]:
    """What this person asked of the list and may take now."""
    if not model_admin.people_path:
        return []
    own = export_proposals.own(request).filter(arguments__model=model_admin.opts.label_lower)
    return export_proposals.ready(own)


def _page_of_approved(
    model_admin: NetworkScopedAdmin, request: HttpRequest, row: Proposal, refusal: str
) -> HttpResponse:
    obstacle = export_proposals.obstacle(row)
    proposals: Any = model_admin.admin_site._registry[Proposal]
    is_open = not row.decision and row.expires_at > clock.now()
    return _shown(
        model_admin,
        request,
        "admin/export_approved.html",
        title=_("Export of many people"),
        proposal=row,
        changes=proposals.what_changes(row),
        media=model_admin.media,
        refusal=refusal or obstacle,
        is_ready=not obstacle,
        until=shown_instant((row.decided_at or clock.now()) + timedelta(hours=export_proposals.OPEN_HOURS)),
        is_open=is_open,
        is_alone=is_open and _is_alone(request, row.network_id),
        list_url=_list_url(model_admin),
    )


def _is_alone(request: HttpRequest, network_id: int | None) -> bool:
    return network_id is not None and not others_with(Right.APPROVE, network_id, besides=request.user)


def _shown(model_admin: NetworkScopedAdmin, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
    site = model_admin.admin_site
    request.current_app = site.name
    return TemplateResponse(request, template, {**site.each_context(request), "opts": model_admin.opts, **context})


def _list_url(model_admin: NetworkScopedAdmin) -> str:
    return reverse(f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_changelist")
