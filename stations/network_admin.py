"""The admin of a network: an operator sees and touches the rows of networks where his roles let him, and no others.

Every admin of a model that belongs to a network derives from `NetworkScopedAdmin` (`stations.admin_checks` refuses any
other), says by which look-up its rows reach their network, and which right each act needs (`stations.rights`).
`get_queryset` is the one door: lists, object pages, history, actions, choices of forms and the autocomplete of the
whole site go through it.
"""

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import BaseModelAdmin, IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from stations import rights
from stations.admin_lists import CappedPaginator, CountedBelow
from stations.exported_admin import ExportedAdmin
from stations.rights import Right
from stations.traced_admin import TracedAdmin

LONGEST_SEARCH = 100
MOST_SEARCH_WORDS = 6
LOOKUP_ENDINGS = ("exact", "id__exact", "isnull", "gte", "lt")  # those of Django's own filters


class NetworkFilter(admin.SimpleListFilter):
    """Names the operator's own networks only; no choice where there is but one."""

    title = _("network")
    parameter_name = "network"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        networks = rights.networks_with(request.user, model_admin.needs["view"])
        self.path = model_admin.network_path
        return [(str(network.pk), network.name) for network in networks] if len(networks) > 1 else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() is None:
            return queryset
        if self.value() not in dict(self.lookup_choices):
            raise IncorrectLookupParameters
        return queryset.filter(**{self.path: self.value()})


class SameNetworkForm(forms.ModelForm):
    """Refuses a row that would tie things of two networks together, whoever may see both."""

    network_of: ClassVar[Any] = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        home = self.network_of(self.instance) if self.instance.pk else None
        for name, value in list(cleaned.items()):
            network = self.network_of(value) if isinstance(value, Model) else None
            if network is not None and home is not None and network != home:
                self.add_error(name, _("This belongs to another network. Choose one of the same network."))
            home = home or network
        return cleaned


class NetworkScoped(BaseModelAdmin):
    """What admins and inlines share: the choices of their forms are the operator's own rows."""

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> QuerySet | None:
        related = self.admin_site._registry.get(db_field.remote_field.model)
        if isinstance(related, NetworkScopedAdmin):
            return related.get_queryset(request)
        return super().get_field_queryset(db, db_field, request)


class NetworkScopedInline(NetworkScoped, admin.TabularInline):
    """Rows of the object above, to look at; they are changed on pages of their own."""

    extra = 0
    show_change_link = True
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever may see the rows in a list of their own may see them here."""
        return bool(self.admin_site._registry[self.model].has_view_permission(request))


class OperatorsAdmin(NetworkScoped, TracedAdmin):
    """`needs` is the right that each of view, add, change, delete and act takes; `with_permission` what takes Django's.

    What neither names nobody may do, superusers included: most rows are history or hardware, and never deleted.
    """

    needs: ClassVar[Mapping[str, Right]] = {"view": Right.SEE_NETWORK}
    with_permission: ClassVar[frozenset[str]] = frozenset()
    fixed_fields: ClassVar[Iterable[str]] = ()  # chosen once, when the row is added
    derived_fields: ClassVar[Iterable[str]] = ()  # computed by the model's save()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # a count for every answer of every filter costs more than it tells
    paginator = CappedPaginator
    list_per_page = 50
    save_on_top = False

    def is_permitted(self, request: HttpRequest, act: str) -> bool:
        codename = f"{self.opts.app_label}.{act}_{self.opts.model_name}"
        return act in self.with_permission and request.user.has_perm(codename)

    def is_allowed(self, request: HttpRequest, act: str, obj: Model | None = None) -> bool:
        has_right = act in self.needs and rights.has_anywhere(request.user, self.needs[act])
        return has_right or self.is_permitted(request, act)

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.is_allowed(request, "view", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.is_allowed(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.is_allowed(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self.is_allowed(request, "delete", obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        readonly = list(super().get_readonly_fields(request, obj))
        return [*readonly, *self.fixed_fields] if obj is not None else readonly

    def get_fieldsets(self, request: HttpRequest, obj: Model | None = None) -> Any:
        """What is only shown has no place on the page of a row that is not there yet."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None:
            return fieldsets
        hidden = set(self.get_readonly_fields(request, obj))
        kept = [(title, [f for f in options["fields"] if f not in hidden], options) for title, options in fieldsets]
        return [(title, {**options, "fields": fields}) for title, fields, options in kept if fields]

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what a filter of the page offers: a free look-up would be an oracle for columns that are not shown."""
        offered = {_filtered_by(each) for each in self.get_list_filter(request)}
        return any(lookup in {name, *(f"{name}__{ending}" for ending in LOOKUP_ENDINGS)} for name in offered)

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        return super().get_search_results(request, queryset, self.search_words(search_term))

    def search_words(self, text: str) -> str:
        """The first words of a search, without what PostgreSQL takes for no text."""
        return " ".join(text.replace("\0", "")[:LONGEST_SEARCH].split()[:MOST_SEARCH_WORDS])

    def save_model(self, request: HttpRequest, obj: Model, form: forms.ModelForm, change: bool) -> None:
        """Writes the columns that the form changed and no other: the rest may have moved on since it was read."""
        if not change:
            obj.save(force_insert=True)
            return
        columns = {field.name for field in obj._meta.concrete_fields}.intersection(form.changed_data)
        if columns:
            obj.save(update_fields=[*columns, *self.derived_fields])

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[CountedBelow]:
        return CountedBelow

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        title = capfirst(self.opts.verbose_name_plural)
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def response_action(self, request: HttpRequest, queryset: QuerySet) -> Any:  # type: ignore[override]
        """The ids that were posted, as far as they are ids at all; the stock view breaks on others."""
        for posted in request.POST.getlist(ACTION_CHECKBOX_NAME):
            try:
                self.opts.pk.to_python(posted)
            except forms.ValidationError as error:
                raise Http404 from error
        return super().response_action(request, queryset)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> Any:
        """Another network's row and no row at all are the same: not found."""
        raise Http404


def _filtered_by(offered: Any) -> str:
    if isinstance(offered, str):
        return offered
    return str(offered[0] if isinstance(offered, tuple) else offered.parameter_name)


class NetworkScopedAdmin(ExportedAdmin, OperatorsAdmin):
    network_path: ClassVar[str] = "network"
    form = SameNetworkForm

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return self.in_scope(super().get_queryset(request), request)

    def in_scope(self, queryset: QuerySet, request: HttpRequest, right: Right | None = None) -> QuerySet:
        """The rows of networks where the person has the right; without one, the right to see them."""
        if rights.is_superuser(request.user):
            return queryset
        networks = rights.networks_with(request.user, right or self.needs["view"])
        return queryset.filter(**{f"{self.network_path}__in": [row.pk for row in networks]})

    def is_allowed(self, request: HttpRequest, act: str, obj: Model | None = None) -> bool:
        if obj is None:
            return super().is_allowed(request, act)
        network_id = self.network_of(obj)
        if act in self.needs and rights.has_in(request.user, self.needs[act], network_id):
            return True
        return self.is_permitted(request, act) and rights.has_in(request.user, self.needs["view"], network_id)

    def network_of(self, obj: Model) -> int | None:
        """The id of the row's network; None where the row is not yet tied to one."""
        *relations, last = self.network_path.split("__")
        try:
            return getattr(reduce(getattr, relations, obj), f"{last}_id" if last == "network" else last)
        except models.ObjectDoesNotExist:
            return None

    def network_of_any(self, obj: Model) -> int | None:
        scoped = self.admin_site._registry.get(type(obj))
        return scoped.network_of(obj) if isinstance(scoped, NetworkScopedAdmin) else None

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.network_of = staticmethod(self.network_of_any)
        return form

    def save_model(self, request: HttpRequest, obj: Model, form: forms.ModelForm, change: bool) -> None:
        if not self.is_allowed(request, "change" if change else "add", obj):
            raise PermissionDenied
        super().save_model(request, obj, form, change)
