"""Our own keys for push services (VAPID, RFC 8292): one number from the environment, and what follows from it."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from functools import cache

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.conf import settings


@dataclass(frozen=True)
class Keys:
    private_pem: bytes
    public_pem: bytes
    public: str


def keys() -> Keys | None:
    """None: notices to browsers are off."""
    return _keys(settings.PUSH_PRIVATE_KEY) if settings.PUSH_PRIVATE_KEY else None


@cache
def _keys(encoded: str) -> Keys:
    number = int.from_bytes(urlsafe_b64decode(encoded.rstrip("=") + "="), "big")
    private = ec.derive_private_key(number, ec.SECP256R1())
    public = private.public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    return Keys(
        private_pem=private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        public_pem=public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public=urlsafe_b64encode(point).rstrip(b"=").decode(),
    )
