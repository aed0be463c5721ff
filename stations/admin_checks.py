"""`manage.py check` refuses an admin through which another network's rows could be seen."""

from collections.abc import Iterator
from typing import Any

from django.contrib.admin import ModelAdmin
from django.contrib.admin.sites import all_sites
from django.core import checks
from django.db.models import Model

from stations.models import Network
from stations.network_admin import NetworkScopedAdmin, NetworkScopedInline, OperatorsAdmin


def belongs_to_a_network(model: type[Model], seen: frozenset[type[Model]] = frozenset()) -> bool:
    """Whether a row of the model leads to a network by the relations that it holds itself."""
    if model is Network:
        return True
    fields = (*model._meta.concrete_fields, *model._meta.many_to_many)
    targets = {field.remote_field.model for field in fields if field.remote_field}
    return any(belongs_to_a_network(target, seen | {model}) for target in targets - seen - {model})


@checks.register(checks.Tags.admin)
def every_admin_is_scoped(**_kwargs: Any) -> list[checks.Error]:
    return [error for site in all_sites for model, found in site._registry.items() for error in errors_of(model, found)]


def errors_of(model: type[Model], model_admin: ModelAdmin) -> Iterator[checks.Error]:
    if belongs_to_a_network(model) and not isinstance(model_admin, NetworkScopedAdmin):
        yield checks.Error(
            f"{model._meta.label} belongs to a network, but its admin shows every network's rows.",
            hint="Derive the admin from stations.network_admin.NetworkScopedAdmin and set network_path.",
            obj=type(model_admin),
            id="autolib.E001",
        )
    for inline in model_admin.inlines:
        if belongs_to_a_network(inline.model) and not issubclass(inline, NetworkScopedInline):
            yield checks.Error(
                f"The inline of {inline.model._meta.label} offers every network's rows in its choices.",
                hint="Derive it from stations.network_admin.NetworkScopedInline.",
                obj=inline,
                id="autolib.E002",
            )
    paths = [offered[0] if isinstance(offered, tuple) else offered for offered in model_admin.list_filter]
    for path in paths:
        if isinstance(path, str) and _names_rows_of_networks(model, path):
            yield checks.Error(
                f"The filter “{path}” names rows of every network.",
                hint="Use stations.network_admin.NetworkFilter, a search, or a filter of your own.",
                obj=type(model_admin),
                id="autolib.E003",
            )
    if not isinstance(model_admin, OperatorsAdmin):
        yield checks.Error(
            f"The admin of {model._meta.label} does not say what operators may do.",
            hint="Derive it from stations.network_admin.OperatorsAdmin.",
            obj=type(model_admin),
            id="autolib.E004",
        )


def _names_rows_of_networks(model: type[Model], path: str) -> bool:
    target: Any = model
    for name in path.split("__"):
        field = target._meta.get_field(name)
        if not field.is_relation:
            return False
        target = field.related_model
    return belongs_to_a_network(target)
