"""GET networks: the cities, and the rules of each."""

from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from autolib.api.cursors import Cursor, Paged, encoded, page
from autolib.api.resource import PublicResource
from autolib.api.schema import operation
from autolib.api.visibility import networks_visible_to
from stations.models import Network

RULES = (
    "car_hold_seconds",
    "dock_hold_seconds",
    "car_hold_extensions",
    "dock_hold_extensions",
    "minimum_charge_percent",
)
EXAMPLE = {
    "slug": "paris",
    "name": "Autolib’ Paris",
    "currency": "EUR",
    "time_zone": "Europe/Paris",
    "languages": ["fr", "en"],
    "lat": 48.8566,
    "lon": 2.3522,
    "is_open": True,
    "car_hold_seconds": 1800,
    "dock_hold_seconds": 5400,
    "car_hold_extensions": 1,
    "dock_hold_extensions": 1,
    "minimum_charge_percent": 55,
}


class NetworkQuery(Paged):
    cursor = Cursor(str)


class NetworkShape(serializers.Serializer[Any]):
    slug = serializers.CharField(help_text="The name of the network in every parameter called `network`.")
    name = serializers.CharField()
    currency = serializers.CharField()
    time_zone = serializers.CharField()
    languages = serializers.ListField(child=serializers.CharField())
    lat = serializers.FloatField()
    lon = serializers.FloatField()
    is_open = serializers.BooleanField(help_text="Whether new reservations are taken. Cars can always be returned.")
    car_hold_seconds = serializers.IntegerField()
    dock_hold_seconds = serializers.IntegerField()
    car_hold_extensions = serializers.IntegerField(help_text="How often a car hold may be extended.")
    dock_hold_extensions = serializers.IntegerField(help_text="How often a dock hold may be extended.")
    minimum_charge_percent = serializers.IntegerField(help_text="Cars with less charge are not rented.")


class NetworkPage(serializers.Serializer[Any]):
    results = NetworkShape(many=True)
    next = serializers.CharField(allow_null=True)


def show(network: Network) -> dict[str, Any]:
    return {
        "slug": network.slug,
        "name": network.name,
        "currency": network.currency,
        "time_zone": network.time_zone,
        "languages": network.languages,
        "lat": network.latitude,
        "lon": network.longitude,
        "is_open": network.is_open,
        **{rule: getattr(network, rule) for rule in RULES},
    }


class NetworksView(PublicResource):
    @operation("networks", answer=NetworkPage, query=NetworkQuery, example={"results": [EXAMPLE], "next": None})
    def get(self, request: Request) -> HttpResponse:
        """The networks and their rules.

        In the order of their slugs. Holding times, extensions and the minimum charge are each network's own.
        """
        rows = networks_visible_to(request.user).order_by("slug")
        if "cursor" in self.query:
            rows = rows.filter(slug__gt=self.query["cursor"][0])
        limit = self.query["limit"]
        return self.show(page(list(rows[: limit + 1]), limit=limit, show=show, place=lambda row: encoded(row.slug)))
