"""The addresses of the admin, and the rows that a crawl visits."""

from typing import Any

from django.contrib.admin.sites import site
from django.db.models import Model, QuerySet
from django.urls import reverse

from stations.network_admin import NetworkScopedAdmin
from tests.console.conftest import City

SCOPED = sorted(
    (model for model, found in site._registry.items() if isinstance(found, NetworkScopedAdmin)),
    key=lambda model: model._meta.label,
)
REGISTERED = sorted(site._registry, key=lambda model: model._meta.label)


def url(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def rows_of(city: City, model: type[Model]) -> QuerySet:
    path = site._registry[model].network_path
    return model.objects.filter(**{path: city.network.pk}).order_by("pk")


def label(model: type[Model]) -> str:
    return model._meta.label
