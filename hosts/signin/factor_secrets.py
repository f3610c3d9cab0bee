"""Encryption at rest of the secrets of second factors: Fernet, with the keys of settings.FACTOR_KEYS (R133).

Secrets are the key of an authenticator app and the seed of recovery codes. A passkey's private key never leaves its device.
"""

import base64
from collections.abc import Callable
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

# Where allauth stores them, in Authenticator.data.
SECRETS, SECRET_LISTS = ("secret", "seed"), ("migrated_codes",)


@lru_cache(maxsize=8)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    """Return what encrypts with the first of the keys and decrypts with any. Each is stretched to the 32 bytes of Fernet."""
    derived = [HKDF(SHA256(), length=32, salt=None, info=b"second factors").derive(key.encode()) for key in keys]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])


def _current() -> MultiFernet:
    return _fernet(tuple(settings.FACTOR_KEYS))


def encrypt(secret: str) -> str:
    """Return the secret as it is stored."""
    return _current().encrypt(secret.encode()).decode()


def decrypt(stored: str) -> str:
    """Return the secret. Raises InvalidToken for a text that none of the keys encrypted."""
    return _current().decrypt(stored).decode()


def encrypt_anew(stored: str) -> str:
    """Return the secret encrypted with the first key, whichever key, or none, it was stored with. For rotation of the keys."""
    try:
        return encrypt(decrypt(stored))
    except InvalidToken:
        return encrypt(stored)


def with_secrets(data: dict, change: Callable[[str], str]) -> dict:
    """Return a copy of an authenticator's data in which `change` was applied to each secret."""
    changed = {name: change(data[name]) for name in SECRETS if data.get(name)}
    lists = {name: [change(secret) for secret in data[name]] for name in SECRET_LISTS if data.get(name)}
    return data | changed | lists
