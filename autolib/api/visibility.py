"""What each caller may see. Every view starts from one of these querysets, so another's row is simply not there."""

from typing import TypeAlias

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from accounts.models import Subscriber, User
from bookings.models import Booking
from stations.models import Event, Network, Station
from stations.rights import Right, networks_with
from vehicles.models import Vehicle

Principal: TypeAlias = User | AnonymousUser


def subscriber_of(principal: Principal) -> Subscriber | None:
    return getattr(principal, "subscriber", None)


def networks_visible_to(principal: Principal) -> QuerySet[Network]:
    """Networks are public."""
    return Network.objects.all()


def stations_visible_to(principal: Principal) -> QuerySet[Station]:
    """Stations are public, in every network."""
    return Station.objects.all()


def vehicles_visible_to(principal: Principal) -> QuerySet[Vehicle]:
    """A subscriber sees the cars of the own network, an operator those of the networks operated."""
    rows = Vehicle.objects.all()
    return rows if principal.is_superuser else rows.filter(network_id__in=_networks_whose_cars_are_known_to(principal))


def may_know_cars_of(principal: Principal, network_id: int) -> bool:
    """Whether the caller sees which car it is. Others see that there is one: a car's name tells where people go."""
    return principal.is_superuser or network_id in _networks_whose_cars_are_known_to(principal)


def bookings_visible_to(principal: Principal) -> QuerySet[Booking]:
    """One's own, nobody else's. (Operators see bookings in the console, where looking is recorded.)"""
    subscriber = subscriber_of(principal)
    return Booking.objects.filter(subscriber=subscriber) if subscriber else Booking.objects.none()


def events_visible_to(principal: Principal) -> QuerySet[Event]:
    """The log of networks where the user may see it. (That a token may read it at all is its `audit` scope.)"""
    rows = Event.objects.all()
    return rows if principal.is_superuser else rows.filter(network_id__in=_networks_with(principal, Right.SEE_MACHINES))


def _networks_whose_cars_are_known_to(principal: Principal) -> set[int]:
    subscriber = subscriber_of(principal)
    own = {subscriber.network_id} if subscriber else set()
    return own | (_networks_with(principal, Right.SEE_NETWORK) if principal.is_staff else set())


def _networks_with(principal: Principal, right: Right) -> set[int]:
    return {network.pk for network in networks_with(principal, right)} if isinstance(principal, User) else set()
