"""The network whose face this site is."""

from django.conf import settings
from django.http import HttpRequest

from stations.models import Network


class NetworkMissing(Exception):
    """The site is up, but nobody has set up its network yet."""


def network_of(request: HttpRequest) -> Network:
    """The site's network, read once a request. Raises NetworkMissing."""
    known = getattr(request, "_network", None)
    if known is None:
        known = Network.objects.filter(slug=settings.NETWORK).first()
        if known is None:
            raise NetworkMissing(settings.NETWORK)
        request._network = known  # type: ignore[attr-defined]
    return known
