"""How a device proves who it is: an HMAC over what it sends, with a key derived from our one master key."""

import hashlib
import hmac

from django.conf import settings

from stations.models import Device


def device_key(device: Device) -> str:
    """The device's key (64 hex digits). Raise `key_version` to make the old key worthless."""
    material = f"device:{device.identifier}:{device.key_version}".encode()
    return hmac.new(settings.DEVICE_MASTER_KEY.encode(), material, hashlib.sha256).hexdigest()


def signature(*, key: str, timestamp: str, body: bytes) -> str:
    """Hex HMAC-SHA256 of `timestamp + "." + body`; `timestamp` is the sender's clock in Unix seconds."""
    return hmac.new(key.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def badge_digest(uid: str) -> str:
    """How a badge's number is stored: keyed, so that a stolen database opens no car."""
    plain = uid.strip().upper().encode()
    return hmac.new(settings.DEVICE_MASTER_KEY.encode(), b"badge:" + plain, hashlib.sha256).hexdigest()
