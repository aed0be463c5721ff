"""GET places: from what somebody types to a point on the map."""

from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from autolib.api.fields import QueryNumber, Strict
from autolib.api.resource import PublicResource
from autolib.api.schema import operation
from autolib.api.stations import network_for
from stations.finding import Named, named_like

EXAMPLE = {
    "kind": "station",
    "name": "Bastille 5",
    "address": "5 boulevard Beaumarchais, 75004 Paris",
    "lat": 48.8545,
    "lon": 2.3687,
    "station": 12,
}


class PlaceQuery(Strict):
    q = serializers.CharField(max_length=100, help_text="Words of a name, a street, a station or a postcode.")
    network = serializers.SlugField(
        max_length=50, required=False, help_text="Slug of a network; else your own, else the one of this site."
    )
    limit = QueryNumber(min_value=1, max_value=50, default=10, help_text="How many at most.")


class PlaceShape(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=["place", "city", "postcode", "street", "station"])
    name = serializers.CharField()
    address = serializers.CharField(help_text="Of a station; of a street or a postcode its town; else empty.")
    lat = serializers.FloatField()
    lon = serializers.FloatField()
    station = serializers.IntegerField(allow_null=True, help_text="Id of the station, where it is one.")


class Places(serializers.Serializer[Any]):
    results = PlaceShape(many=True)


def show(named: Named) -> dict[str, Any]:
    return {
        "kind": named.kind,
        "name": named.name,
        "address": named.detail,
        "lat": named.latitude,
        "lon": named.longitude,
        "station": named.station_id,
    }


class PlacesView(PublicResource):
    @operation("stations", answer=Places, query=PlaceQuery, example={"results": [EXAMPLE]})
    def get(self, request: Request) -> HttpResponse:
        """Places, towns, postcodes, streets and stations that the words may mean, best first.

        Accents, capitals, the order of words and typing errors are forgiven. Streets, postcodes and towns are those
        where a station stands. Use the position with `GET /api/v1/stations?near=`.
        """
        network = network_for(request.user, self.query.get("network"))
        found = named_like(self.query["q"], network=network, limit=self.query["limit"])
        return self.show({"results": [show(named) for named in found]}, cache="public, max-age=60")
