"""A form that commands something, carried out once however often it is sent: double click, reload, two tabs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest

from accounts.models import Subscriber, User
from accounts.operations import become_subscriber
from accounts.refusals import KeyRequired, KeyReused
from autolib.answering import answer_of, answered
from autolib.website.networks import network_of
from stations.refusals import Refusal

SEE_OTHER = 303
NOT_PART_OF_THE_COMMAND = {"csrfmiddlewaretoken", "key"}
# The page behind these two was sent before: the person is told so, and nothing is done.
USED_PAGE = (KeyRequired, KeyReused)


@dataclass(frozen=True)
class Outcome:
    """Either where to go now, or a refusal (the body of its problem) to show with `status`."""

    location: str = ""
    refusal: dict[str, Any] | None = None
    status: int = SEE_OTHER


def carried_out(request: HttpRequest, command: Callable[[], str]) -> Outcome:
    """Run `command`, which answers with the address to go to. The same form sent again gets the same outcome."""
    sent = sorted((name, value) for name, value in request.POST.items() if name not in NOT_PART_OF_THE_COMMAND)
    try:
        answer = answered(
            user_id=request.user.pk,
            key=request.POST.get("key"),
            method="POST",
            path=request.path,
            body=urlencode(sent).encode(),
            command=lambda: {"location": command()},
            status=SEE_OTHER,
        )
    except Refusal as refusal:
        answer = answer_of(refusal)
        if isinstance(refusal, USED_PAGE):
            return Outcome(refusal={**answer.body, "code": "page_used"}, status=409)
    if answer.status == SEE_OTHER:
        return Outcome(location=answer.body["location"])
    return Outcome(refusal=answer.body, status=answer.status)


def subscriber_of(request: HttpRequest) -> Subscriber:
    """The signed-in person as this network knows them."""
    assert isinstance(request.user, User)
    return become_subscriber(user=request.user, network=network_of(request))


def actor(subscriber: Subscriber) -> str:
    return f"subscriber:{subscriber.reference}"
