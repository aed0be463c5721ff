"""Every address of the API."""

from django.urls import path

from autolib.api import booking_commands as commands
from autolib.api.bookings import BookingsView, BookingView
from autolib.api.clock import ClockView
from autolib.api.docs import DocsView, SchemaView
from autolib.api.events import EventsView
from autolib.api.me import MeView
from autolib.api.networks import NetworksView
from autolib.api.places import PlacesView
from autolib.api.stations import StationsView, StationView
from autolib.api.tokens import RevokeView, TokensView
from autolib.api.vehicles import VehiclesView, VehicleView

app_name = "api"
urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
    path("v1/clock", ClockView.as_view(), name="clock"),
    path("v1/networks", NetworksView.as_view(), name="networks"),
    path("v1/stations", StationsView.as_view(), name="stations"),
    path("v1/stations/<int:id>", StationView.as_view(), name="station"),
    path("v1/places", PlacesView.as_view(), name="places"),
    path("v1/vehicles", VehiclesView.as_view(), name="vehicles"),
    path("v1/vehicles/<int:id>", VehicleView.as_view(), name="vehicle"),
    path("v1/me", MeView.as_view(), name="me"),
    path("v1/bookings", BookingsView.as_view(), name="bookings"),
    path("v1/bookings/<uuid:id>", BookingView.as_view(), name="booking"),
    path("v1/bookings/<uuid:id>/extend", commands.ExtendView.as_view(), name="extend"),
    path(
        "v1/bookings/<uuid:id>/extend-destination", commands.ExtendDestinationView.as_view(), name="extend-destination"
    ),
    path("v1/bookings/<uuid:id>/move-destination", commands.MoveDestinationView.as_view(), name="move-destination"),
    path("v1/bookings/<uuid:id>/drop-destination", commands.DropDestinationView.as_view(), name="drop-destination"),
    path("v1/bookings/<uuid:id>/cancel", commands.CancelView.as_view(), name="cancel"),
    path("v1/bookings/<uuid:id>/undo-cancel", commands.UndoCancelView.as_view(), name="undo-cancel"),
    path("v1/bookings/<uuid:id>/start-trip", commands.StartTripView.as_view(), name="start-trip"),
    path("v1/bookings/<uuid:id>/rate", commands.RateView.as_view(), name="rate"),
    path("v1/tokens", TokensView.as_view(), name="tokens"),
    path("v1/tokens/revoke", RevokeView.as_view(), name="revoke"),
    path("v1/events", EventsView.as_view(), name="events"),
]
