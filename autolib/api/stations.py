"""GET stations: where there is a car, where there is a dock."""

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from autolib.api.cursors import Cursor, Paged, encoded, page
from autolib.api.fields import QueryBox, QueryNumber, QueryPoint
from autolib.api.resource import PublicResource
from autolib.api.schema import operation
from autolib.api.station_search import Offer, offers
from autolib.api.station_shapes import (
    EXAMPLE,
    EXAMPLE_DETAIL,
    StationDetail,
    StationPage,
    photo_url,
    show_closure,
    show_dock,
    show_offer,
    show_rentable_car,
)
from autolib.api.visibility import (
    Principal,
    may_know_cars_of,
    networks_visible_to,
    stations_visible_to,
    subscriber_of,
)
from bookings import claims
from bookings.availability import counts
from stations.closing import next_closure
from stations.models import Dock, Network
from vehicles.models import VehicleType

WIDEST_METERS = 50_000


class StationQuery(Paged):
    network = serializers.SlugField(
        max_length=50, required=False, help_text="Slug of a network; else your own, else the one of this site."
    )
    near = QueryPoint(required=False, help_text="`latitude,longitude`: order by distance, and tell it.")
    radius = QueryNumber(
        min_value=1,
        max_value=WIDEST_METERS,
        default=3000,
        help_text="With `near`: how far, in meters as the crow flies.",
    )
    bbox = QueryBox(required=False, help_text="`west,south,east,north`: only stations in this box.")
    q = serializers.CharField(
        max_length=100,
        required=False,
        help_text="Words of the name, address, postcode or code; case and accents are alike.",
    )
    has = serializers.ChoiceField(choices=["car", "dock"], required=False, help_text="Only stations with one free now.")
    cursor = Cursor(str, int)


def network_for(principal: Principal, slug: str | None) -> Network:
    """The network asked for, else the caller's own, else the site's."""
    subscriber = subscriber_of(principal)
    if slug is None and subscriber is not None:
        return subscriber.network
    network = networks_visible_to(principal).filter(slug=slug or settings.NETWORK).first()
    if network is None:
        raise ValidationError({"network": [_("There is no such network. GET /api/v1/networks lists them.")]})
    return network


class StationsView(PublicResource):
    @operation(
        "stations",
        answer=StationPage,
        query=StationQuery,
        example={"results": [EXAMPLE], "next": "WyJiYXN0aWxsZSIsMTJd"},
    )
    def get(self, request: Request) -> HttpResponse:
        """Stations of a network, with what is free at each.

        In the order of their names, or with `near` by distance. Counts are taken at this moment; only the booking
        itself decides.
        """
        network = network_for(request.user, self.query.get("network"))
        found = offers(stations_visible_to(request.user).filter(network=network), self.query)
        types = dict(VehicleType.objects.values_list("pk", "code"))
        return self.show(
            page(
                found,
                limit=self.query["limit"],
                show=lambda offer: show_offer(offer, network=network, types=types),
                place=lambda offer: encoded(*offer.place),
            )
        )


class StationView(PublicResource):
    @operation("stations", answer=StationDetail, example=EXAMPLE_DETAIL)
    def get(self, request: Request, id: int) -> HttpResponse:
        """One station, its docks, and the cars that could be reserved there now.

        Which car it is (its id, plate and dock) is told to subscribers and operators of the network only.
        """
        station = stations_visible_to(request.user).select_related("network", "photo").filter(pk=id).first()
        if station is None:
            raise Http404
        offer = Offer(station, (station.sort_name, station.pk), counts([station.pk])[station.pk], None)
        docks = (
            Dock.objects.filter(station=station)
            .select_related("report")
            .annotate(is_free=Exists(claims.free_docks().filter(pk=OuterRef("pk"))))
            .order_by("number")
        )
        cars = (
            claims.rentable_vehicles()
            .filter(dock__station=station)
            .select_related("vehicle_type", "report", "dock")
            .order_by("-report__charge_percent", "pk")
        )
        is_known = may_know_cars_of(request.user, station.network_id)
        types = dict(VehicleType.objects.values_list("pk", "code"))
        return self.show(
            {
                **show_offer(offer, network=station.network, types=types),
                "photo_url": photo_url(station),
                "planned_closure": show_closure(next_closure(station)),
                "docks": [show_dock(dock) for dock in docks],
                "vehicles": [show_rentable_car(car, is_known=is_known) for car in cars],
            }
        )
