"""GET places: from what somebody types to a point on the map."""

from typing import Any

from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.request import Request

from autolib.api.fields import QueryNumber, Strict
from autolib.api.resource import PublicResource
from autolib.api.schema import operation
from autolib.api.stations import network_for
from autolib.api.visibility import stations_visible_to
from stations.finding import best_first, with_all, words_of
from stations.models import Place, Station

EXAMPLE = {
    "kind": "station",
    "name": "Bastille",
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
    kind = serializers.ChoiceField(choices=["place", "station"])
    name = serializers.CharField()
    address = serializers.CharField(help_text="Empty for a place.")
    lat = serializers.FloatField()
    lon = serializers.FloatField()
    station = serializers.IntegerField(allow_null=True, help_text="Id of the station, where it is one.")


class Places(serializers.Serializer[Any]):
    results = PlaceShape(many=True)


def show_place(place: Place) -> dict[str, Any]:
    return {
        "kind": "place",
        "name": place.name,
        "address": "",
        "lat": place.latitude,
        "lon": place.longitude,
        "station": None,
    }


def show_station(station: Station) -> dict[str, Any]:
    town = " ".join(filter(None, [station.postal_code, station.city]))
    return {
        "kind": "station",
        "name": station.name,
        "address": ", ".join(filter(None, [station.address, town])),
        "lat": station.latitude,
        "lon": station.longitude,
        "station": station.pk,
    }


class PlacesView(PublicResource):
    @operation("stations", answer=Places, query=PlaceQuery, example={"results": [EXAMPLE]})
    def get(self, request: Request) -> HttpResponse:
        """Places and stations that have all the words.

        Places first, then stations; in each the very name, then names that begin so, then the shortest. Use the
        position with `GET /api/v1/stations?near=`.
        """
        network = network_for(request.user, self.query.get("network"))
        asked, limit = self.query["q"], self.query["limit"]
        words = words_of(asked)
        places = best_first(with_all(Place.objects.filter(network=network), words), asked)[:limit]
        found = [show_place(place) for place in places]
        stations = stations_visible_to(request.user).filter(network=network, is_installed=True)
        for station in best_first(with_all(stations, words), asked, column="sort_name")[: limit - len(found)]:
            found.append(show_station(station))
        return self.show({"results": found}, cache="public, max-age=60")
