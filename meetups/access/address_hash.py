"""The keyed hash of an address, which is kept after the address is deleted."""

import hashlib
import hmac

from django.conf import settings

from hosts.mail.addresses import canonical_address


def hash_address(email: str) -> str:
    """Return the keyed hash of an address in its canonical form. It stays for suppression and limits when the address is gone."""
    key = settings.LINK_KEYS[-1].encode()
    return hmac.new(key, b"address\0" + canonical_address(email).encode(), hashlib.sha256).hexdigest()
