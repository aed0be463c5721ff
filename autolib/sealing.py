"""Secrets at rest: sealed with a key that is derived from SECRET_KEY, opened with that of its fallbacks too."""

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

PURPOSE = b"autolib: second factors at rest"


def seal(text: str) -> str:
    return _box(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """Fails with `cryptography.fernet.InvalidToken` when none of the keys made it."""
    return _box(settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS).decrypt(sealed.encode()).decode()


@lru_cache(maxsize=4)
def _box(*keys: str) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key)) for key in keys])


def _derived(key: str) -> bytes:
    made = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(key.encode())
    return urlsafe_b64encode(made)
