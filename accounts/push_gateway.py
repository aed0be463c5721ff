"""How a notice reaches a device: the door, one that only records, and one that is always away."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.models import PushSubscription


class Gone(Exception):
    """The device gave its address back, or it was never one: forget it."""


class NotTold(Exception):
    """The push service did not take it this time."""


@dataclass(frozen=True)
class Notice:
    """What a device shows. A later notice with the same tag takes the place of an earlier one."""

    title: str
    body: str
    tag: str
    path: str
    language: str
    ttl_seconds: int


class Gateway(ABC):
    """Called outside transactions and from several threads: it must not touch the database."""

    @abstractmethod
    def send(self, *, device: PushSubscription, notice: Notice) -> None:
        """Raises Gone or NotTold."""


class Recorder(Gateway):
    """Remembers what it was given, instead of a push service."""

    sent: ClassVar[list[tuple[str, Notice]]] = []

    def send(self, *, device: PushSubscription, notice: Notice) -> None:
        self.sent.append((device.endpoint, notice))


class Away(Gateway):
    """The twin that fails."""

    def send(self, *, device: PushSubscription, notice: Notice) -> None:
        raise NotTold("the push service is away")


def gateway() -> Gateway:
    made: Gateway = import_string(settings.PUSH_GATEWAY)()
    return made
