"""Acts: what an operator does to rows in the admin, each an operation that asks for a reason.

A button on the object's page and an entry in the list's actions lead to the same page: the rows concerned, the reason,
confirm. Each row is one transaction with its line in the history; a row that is refused says why and stops no other.
An operation that answers a `Proposal` has done nothing yet: it takes four eyes, and the operator is told so.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from stations import four_eyes, rights, traces
from stations.act import Act, ReasonForm
from stations.admin_addresses import is_page_of_the_admin
from stations.looking import digest_of, meant, new_token, once
from stations.models import Proposal
from stations.network_admin import NetworkScopedAdmin
from stations.refusals import Refusal, busy_when_locked
from stations.rights import Right
from stations.touched import said

MOST_ROWS = 200
NAMES_SHOWN = 10


class ActsAdmin(NetworkScopedAdmin):
    acts: ClassVar[Sequence[Act]] = ()
    change_form_template = "admin/acts_change_form.html"
    act_template = "admin/act.html"

    def may_act(self, request: HttpRequest, act: Act, obj: Model | None = None) -> bool:
        if act.needs is None:
            return self.is_allowed(request, "act", obj)
        if obj is None:
            return rights.has_anywhere(request.user, act.needs)
        return rights.has_in(request.user, act.needs, self.network_of(obj))

    def acts_for(self, request: HttpRequest, obj: Model | None = None) -> dict[str, Act]:
        return {act.name: act for act in self.acts if self.may_act(request, act, obj)}

    def rows_for(self, request: HttpRequest, act: Act) -> QuerySet:
        """The rows that may be seen and acted on: where one may see, one may not yet act."""
        right = act.needs or self.needs.get("act")
        rows = self.get_queryset(request)
        return rows if right is None else self.in_scope(rows, request, right)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.act_view)
        return [path("act/<slug:name>/", view, name=self.act_url_name), *super().get_urls()]

    @property
    def act_url_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_act"

    def get_actions(self, request: HttpRequest) -> Any:
        actions = super().get_actions(request)
        if admin.options.IS_POPUP_VAR in request.GET:
            return actions
        acts = {name: act for name, act in self.acts_for(request).items() if not act.is_for_one}
        return actions | {name: (partial(_ask, act), name, str(act.label)) for name, act in acts.items()}

    def act_view(self, request: HttpRequest, name: str) -> HttpResponse:
        act = self.acts_for(request).get(name)
        if act is None:
            raise Http404
        posted = (request.POST if request.method == "POST" else request.GET).getlist("id")
        try:
            ids = [self.opts.pk.to_python(each) for each in posted[:MOST_ROWS]]
        except forms.ValidationError as error:
            raise Http404 from error
        rows = self.rows_for(request, act).filter(pk__in=ids)
        if not rows or (act.is_for_one and len(ids) > 1):
            raise Http404
        typed = None
        if act.is_grave:
            page = reverse(f"admin:{self.act_url_name}", args=[act.name], query={"id": [row.pk for row in rows]})
            if asked := self.admin_site.require_fresh_proof(request, go_on=page):  # type: ignore[attr-defined]
                return asked
            typed = self.admin_site.typed_before(request)  # type: ignore[attr-defined]
        if request.method != "POST":
            return self.act_page(request, act, rows, self.act_form(request, act, rows, typed))
        form = self.act_form(request, act, rows, request.POST)
        if not form.is_valid():
            return self.act_page(request, act, rows, form)
        if act.look is not None and request.POST.get("looked") != (said_digest := digest_of(form)):
            return self.act_page(request, act, rows, form, looked=said_digest)
        with once(request.POST.get("once", "")) as is_first:
            if is_first:
                self.do(request, act, rows, form)
            else:
                self.message_user(request, _("This was sent twice: it was done once."), messages.WARNING)
        return HttpResponseRedirect(self.url_after(request, rows))

    def act_form(self, request: HttpRequest, act: Act, rows: QuerySet, data: Any = None) -> ReasonForm:
        form = act.form(data, request.FILES if data is not None else None)
        form.offer(rows)
        return form

    def act_page(
        self, request: HttpRequest, act: Act, rows: QuerySet, form: ReasonForm, looked: str = ""
    ) -> HttpResponse:
        found = list(rows[: MOST_ROWS + 1])
        if len(found) > MOST_ROWS:
            most = _("At most %(count)s rows can be acted on at once. Nothing was changed.") % {"count": MOST_ROWS}
            self.message_user(request, most, messages.ERROR)
            return HttpResponseRedirect(self.changelist_url(request.GET.urlencode()))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": act.label,
            "act": act,
            "rows": found,
            "touched": said(act.preview(found), request),
            "form": form,
            "meant": meant(act.look, found[0], form) if looked and act.look else [],
            "looked": looked if form.is_valid() else "",
            "once": new_token(),
            "media": self.media + form.media,
            "action_url": reverse(f"admin:{self.act_url_name}", args=[act.name]),
            "back": request.POST.get(
                "back", request.GET.get("back", "page") if "id" in request.GET else request.GET.urlencode()
            ),
        }
        if self.is_personal:
            self.trace_list(request, found, page=act.name)
        request.current_app = self.admin_site.name
        return TemplateResponse(request, self.act_template, context)

    def do(self, request: HttpRequest, act: Act, rows: QuerySet, form: ReasonForm) -> None:
        done, refused = [], defaultdict(list)
        for row in self.rows_for_one_person(request, act, rows, form):
            try:
                result = self.perform(request, act, row, form)
            except Refusal as refusal:
                refused[refusal.message].append(str(row))
                continue
            if isinstance(result, Proposal):
                self.tell_of_proposal(request, result)
            else:
                done.append(str(row))
                for outcome in (act.outcome(result, request.user), act.afterwards(row, request.user)):
                    if outcome:
                        self.message_user(request, f"{row}: {outcome}", messages.SUCCESS)
        if done:
            told = _("%(act)s: done for %(rows)s.") % {"act": act.label, "rows": _listed(done)}
            self.message_user(request, told, messages.SUCCESS)
        for why, names in refused.items():
            told = _("Not done for %(rows)s: %(why)s") % {"rows": _listed(names), "why": why}
            self.message_user(request, told, messages.ERROR)

    def perform(self, request: HttpRequest, act: Act, row: Model, form: ReasonForm) -> Any:
        """The act and its trace, or neither."""
        with transaction.atomic(), busy_when_locked():
            before = {**traces.snapshot(row), **act.beside(row)}
            result = act.perform(row, actor=f"operator:{request.user.pk}", values=form.cleaned_data)
            after = {**traces.snapshot(type(row)._base_manager.get(pk=row.pk)), **act.beside(row)}
            told = traces.difference(before, after)
            if isinstance(result, Proposal):
                self.trace_proposal(request, row, result)
                return result
            self.trace(request, row, act.name, before=told[0], after=told[1], reason=form.told())
            return result

    def rows_for_one_person(self, request: HttpRequest, act: Act, rows: QuerySet, form: ReasonForm) -> list[Model]:
        """The rows on which one person decides; what is proposed for the others is told."""
        if act.propose_if_many is None:
            return list(rows)
        of_networks, left = defaultdict(list), []
        for row in rows:
            of_networks[self.network_of(row)].append(row)
        for group in of_networks.values():
            with transaction.atomic():
                actor = f"operator:{request.user.pk}"
                proposal = act.propose_if_many(rows=group, actor=actor, **form.cleaned_data)
                if proposal is None:
                    left += group
                else:
                    self.trace_proposal(request, proposal, proposal)
                    self.tell_of_proposal(request, proposal)
        return left

    def trace_proposal(self, request: HttpRequest, row: Model, proposal: Proposal) -> None:
        """What is asked for, on the row that it is about; nothing of it has changed yet."""
        changes = four_eyes.changes(proposal)
        home: Any = self.admin_site._registry[type(row)]
        home.trace(
            request,
            row,
            "propose",
            reason=proposal.reason,
            before={one.name: traces.plain(one.before) for one in changes},
            after={one.name: traces.plain(one.after) for one in changes},
            data={"proposal": proposal.pk, "act": proposal.what},
        )

    def tell_of_proposal(self, request: HttpRequest, proposal: Proposal) -> None:
        """What a person has to know whose act another one must approve; also that there is no other one."""
        told = _("%(network)s: this takes four eyes. It is proposed; nothing has changed yet.")
        self.message_user(request, told % {"network": proposal.network}, messages.WARNING)
        self.tell_if_alone(request, proposal.network_id)

    def tell_if_alone(self, request: HttpRequest, network_id: int) -> None:
        if not rights.others_with(Right.APPROVE, network_id, besides=request.user):
            alone = _("Nobody else may approve in this network at the moment: only a superuser can.")
            self.message_user(request, alone, messages.WARNING)

    def changelist_url(self, query: str) -> str:
        url = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
        return f"{url}?{query}" if query else url

    def url_after(self, request: HttpRequest, rows: QuerySet) -> str:
        back = request.POST.get("back", "")
        if back == "page":
            return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[rows[0].pk])
        return back if is_page_of_the_admin(back) else self.changelist_url(back)

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        context["acts"] = self.buttons(request, obj) if obj is not None else []
        return super().render_change_form(request, context, add=add, change=change, form_url=form_url, obj=obj)

    def buttons(self, request: HttpRequest, obj: Any) -> list[dict[str, Any]]:
        return [
            {"label": act.label, "url": reverse(f"admin:{self.act_url_name}", args=[act.name], query={"id": obj.pk})}
            for act in self.acts_for(request, obj).values()
            if act.concerns(obj)
        ]


def _listed(names: list[str]) -> str:
    shown = ", ".join(names[:NAMES_SHOWN])
    more = len(names) - NAMES_SHOWN
    if more <= 0:
        return shown
    sentence = ngettext("%(names)s and %(count)s more", "%(names)s and %(count)s more", more)
    return sentence % {"names": shown, "count": more}


def _ask(act: Act, model_admin: ActsAdmin, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
    rows = model_admin.rows_for(request, act).filter(pk__in=queryset.values("pk"))
    return model_admin.act_page(request, act, rows, model_admin.act_form(request, act, rows))
