"""Which devices of a person get notices, as far as a page needs to know."""

import hashlib
from dataclasses import dataclass

from django.http import HttpRequest

from accounts.models import PushSubscription
from accounts.push_keys import keys


@dataclass(frozen=True)
class DevicesTold:
    """`key` is what a browser needs to listen to us; empty: there are no notices to browsers here.

    `digests` name the devices: a browser finds itself among them, nobody finds an address in them.
    """

    key: str
    digests: list[str]

    @property
    def count(self) -> int:
        return len(self.digests)


def devices_told(request: HttpRequest) -> DevicesTold:
    own = keys()
    if own is None or not request.user.is_authenticated:
        return DevicesTold(own.public if own else "", [])
    endpoints = PushSubscription.objects.filter(user=request.user.pk).order_by("pk").values_list("endpoint", flat=True)
    return DevicesTold(own.public, [hashlib.sha256(endpoint.encode()).hexdigest() for endpoint in endpoints])
