"""The client address of a request, for rate limits."""

import ipaddress

from django.conf import settings
from django.http import HttpRequest

IPV6_PREFIX = 64


def _as_counted(address: str) -> str:
    """Return the address for limits; of an IPv6 address the /64, because a household has all of it."""
    try:
        parsed = ipaddress.ip_address(address.strip().strip("[]"))
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((int(parsed), IPV6_PREFIX), strict=False).network_address)


def client_ip(request: HttpRequest) -> str:
    """Return the client's address for limits; IPv6 cut to its /64, and "unknown" for what is no address.

    With TRUSTED_PROXIES = n the n-th entry of X-Forwarded-For from the right is that of our outermost proxy; entries left of it
    are claims of the client and ignored (R87). A shorter list did not come through the proxies, so the address of the
    connection counts.
    """
    remote = request.META.get("REMOTE_ADDR", "")
    if not settings.TRUSTED_PROXIES:
        return _as_counted(remote)
    entries = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    if len(entries) < settings.TRUSTED_PROXIES:
        return _as_counted(remote)
    return _as_counted(entries[-settings.TRUSTED_PROXIES])
