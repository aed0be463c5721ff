"""The real push services: encrypted for the device (RFC 8291), signed by us (RFC 8292), sent over https (RFC 8030)."""

import http.client
import json
import ssl

from django.conf import settings
from pydantic import ValidationError
from webpush import WebPush, WebPushSubscription
from webpush.types import WebPushKeys, WebPushMessage

from accounts.models import PushSubscription
from accounts.push import Unusable, address_of
from accounts.push_gateway import Gateway, Gone, Notice, NotTold
from accounts.push_keys import keys

# 401 and 403: it was asked for with another key of ours; only the device can ask anew.
GONE = {401, 403, 404, 410}
READ_AT_MOST = 500


class PushServices(Gateway):
    """http.client follows no redirect, and needs none: a push service that moves a device says that it is gone."""

    def send(self, *, device: PushSubscription, notice: Notice) -> None:
        try:
            address = address_of(device.endpoint)
            sealed = _sealed(device, notice)
        except (Unusable, ValidationError) as error:
            raise Gone(str(error)) from error
        headers = {
            **sealed.headers,
            "Content-Type": "application/octet-stream",
            "Urgency": "high",
            # Of several notices about a booking that wait for a sleeping device, only the last is worth showing.
            "Topic": notice.tag.replace("-", "")[:32],
        }
        connection = http.client.HTTPSConnection(
            address.host, address.port, timeout=settings.PUSH_TIMEOUT_SECONDS, context=ssl.create_default_context()
        )
        try:
            connection.request("POST", address.path, body=sealed.encrypted, headers=headers)
            response = connection.getresponse()
            said = response.read(READ_AT_MOST).decode("utf-8", "replace")
        except (OSError, http.client.HTTPException) as error:
            raise NotTold(f"{address.host}: {type(error).__name__}: {error}") from error
        finally:
            connection.close()
        if response.status in GONE:
            raise Gone(f"{address.host}: {response.status}")
        if not 200 <= response.status < 300:
            raise NotTold(f"{address.host}: {response.status} {said}")


def _sealed(device: PushSubscription, notice: Notice) -> WebPushMessage:
    own = keys()
    if own is None:
        raise NotTold("PUSH_PRIVATE_KEY is not set")
    content = {"title": notice.title, "body": notice.body, "tag": notice.tag, "url": notice.path}
    subscription = WebPushSubscription.model_validate(
        {"endpoint": device.endpoint, "keys": WebPushKeys(auth=device.auth, p256dh=device.p256dh)}
    )
    # The library keeps the time to live of its last message: one sealer a message.
    sealer = WebPush(
        private_key=own.private_pem,
        public_key=own.public_pem,
        subscriber=settings.PUSH_CONTACT,
        ttl=notice.ttl_seconds,
    )
    words = json.dumps({**content, "language": notice.language}, ensure_ascii=False)
    return sealer.get(words, subscription)
