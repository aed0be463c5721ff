"""An admin whose acts and looks leave traces, and whose history tells them beside the events of the log."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from stations import rights, story, traces
from stations.rights import Right


def trace_shown(request: HttpRequest, network_id: int | None, model: str, keys: list[str], **told: Any) -> None:
    """A page showed these rows, which tell of people."""
    traces.write(
        network_id=network_id,
        actor=f"operator:{request.user.pk}",
        act="list",
        model=model,
        object_id="",
        data={"rows": keys, **told},
        came_from=getattr(request, "came_from", ""),
    )


class TracedAdmin(admin.ModelAdmin):
    is_personal: ClassVar[bool] = False  # its rows tell of persons or of their trips: each look at them leaves a trace

    def trace(self, request: HttpRequest, obj: Model, act: str, **told: Any) -> None:
        """Leave the line that nobody changes; the caller is in the transaction of the act."""
        traces.write(
            network_id=self.network_of(obj),
            actor=f"operator:{request.user.pk}",
            act=act,
            model=self.opts.label_lower,
            object_id=obj.pk,
            came_from=getattr(request, "came_from", ""),
            **told,
        )

    def network_of(self, obj: Model) -> int | None:
        return None

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """What the form changed, before and after; of rows of inlines that they were changed."""
        before = {} if add else {name: form.initial.get(name) for name in form.changed_data}
        # What has no field of its own, as the password of two that repeat it, did change all the same.
        after = {name: form.cleaned_data.get(name) if name in form.fields else True for name in form.changed_data}
        told = traces.difference(_as_kept(form, before), _as_kept(form, after))
        beside = [
            {"model": formset.model._meta.label_lower, **_of_formset(formset)}
            for formset in formsets or ()
            if formset.has_changed()
        ]
        return {"before": told[0], "after": told[1], "data": {"beside": beside} if beside else {}}

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self.trace(request, obj, "add", **message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        self.trace(request, obj, "change", **message)

    def log_deletions(self, request: HttpRequest, queryset: Any) -> Any:
        for obj in queryset:
            self.trace(request, obj, "delete", before=traces.difference(traces.snapshot(obj), {})[0])

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None) -> Any:
        response: Any = super().change_view(request, object_id, form_url, extra_context)
        shown = getattr(response, "context_data", {}).get("original")
        if self.is_personal and shown is not None:
            self.trace(request, shown, "look")
        return response

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        response: Any = super().changelist_view(request, extra_context)
        page = getattr(response, "context_data", {}).get("cl")
        if self.is_personal and page is not None:
            self.trace_list(request, page.result_list, searched=bool(page.query))
        return response

    def trace_list(self, request: HttpRequest, rows: Iterable[Model], **told: Any) -> None:
        """One line a network: whose rows were shown, not what was searched for, which may name somebody."""
        shown: dict[int | None, list[str]] = {}
        for row in rows:
            shown.setdefault(self.network_of(row), []).append(str(row.pk))
        for network_id, keys in shown.items():
            trace_shown(request, network_id, self.opts.label_lower, keys, **told)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Everything that happened to the object, newest first: acts of operators, and the events of its log."""
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        request.current_app = self.admin_site.name
        context = {
            **self.admin_site.each_context(request),
            "title": _("History: %(object)s") % {"object": obj},
            "opts": self.opts,
            "module_name": str(capfirst(self.opts.verbose_name_plural)),
            "object": obj,
            "story": story.of(
                obj,
                before=request.GET.get("before"),
                is_with_looks=self.may_see_looks(request, obj),
                acts=self.act_labels(),
                more=self.story_sources(obj),
            ),
        }
        if self.is_personal:
            self.trace(request, obj, "look", data={"page": "history"})
        return TemplateResponse(request, "admin/object_history.html", context)

    def story_sources(self, obj: Model) -> Iterable[story.Source]:
        """What else happened to the object, for an admin that knows of it."""
        return ()

    def act_labels(self) -> dict[str, Any]:
        return {act.name: act.label for act in getattr(self, "acts", ())}

    def may_see_looks(self, request: HttpRequest, obj: Model) -> bool:
        return rights.has_in(request.user, Right.SEE_TRACES, self.network_of(obj))


def _as_kept(form: Any, values: dict[str, Any]) -> dict[str, Any]:
    """Keys instead of rows, text instead of what JSON does not know."""
    return {name: traces.plain(_prepared(form, name, value)) for name, value in values.items()}


def _prepared(form: Any, name: str, value: Any) -> Any:
    return form.fields[name].prepare_value(value) if name in form.fields else value


def _of_formset(formset: Any) -> dict[str, list[str]]:
    lists = {"added": formset.new_objects, "deleted": formset.deleted_objects}
    changed = [str(row) for row, _names in formset.changed_objects]
    return {"changed": changed, **{name: [str(row) for row in rows] for name, rows in lists.items()}}
