"""Check SPF, DKIM, DMARC, PTR and MX in the DNS, and TLS of the relay (R52)."""

import base64
import binascii
import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass

import dns.exception
import dns.resolver
import dns.reversename
from django.conf import settings

from meetups.dispatch.relay import Relay
from meetups.dispatch.smtp import NotTaken

GOOD, BAD, UNKNOWN = "good", "bad", "unknown"
SECONDS = 5
SHORTEST_KEY_BYTES = 160  # an RSA key of 1024 bits in DER
SHORTEST_ED25519_BYTES = 32


@dataclass(frozen=True)
class Finding:
    """The result of one check: good, bad, or unknown because no server answered; and what to do, in words."""

    what: str
    verdict: str
    words: str


class NoAnswer(Exception):
    """No name server answered."""


class Names:
    """A DNS client. `server` is "address" or "address:port" of a name server; empty: those of this machine."""

    def __init__(self, server: str = ""):
        try:
            self._resolver = dns.resolver.Resolver(configure=not server)
        except dns.resolver.NoResolverConfiguration:
            self._resolver = dns.resolver.Resolver(configure=False)
        if server:
            address, _colon, port = server.rpartition(":") if server.count(":") == 1 else (server, "", "")
            self._resolver.nameservers = [address]
            self._resolver.port = int(port or 53)
        self._resolver.lifetime = SECONDS

    def ask(self, name: str, kind: str) -> list[str]:
        """Return the records, empty when there are none. Raises NoAnswer when that cannot be known."""
        try:
            answer = self._resolver.resolve(name, kind, raise_on_no_answer=False, search=False)
        except dns.resolver.NXDOMAIN:
            return []
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise NoAnswer(type(error).__name__) from error
        if answer.rrset is None:
            return []
        if kind == "TXT":
            return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]
        return [record.to_text() for record in answer]

    def addresses(self, name: str) -> list[str]:
        """Return the IPv4 and IPv6 addresses of a host."""
        return self.ask(name, "A") + self.ask(name, "AAAA")


def check_all(names: Names, *, selector: str = "") -> Iterator[Finding]:
    """Run all checks and yield their findings; a check without an answer is "unknown"."""
    checks = [
        ("SPF", lambda: spf(names, settings.MAIL_DOMAIN)),
        ("DKIM", lambda: dkim(names, settings.MAIL_DOMAIN, selector)),
        ("DMARC", lambda: dmarc(names, settings.MAIL_DOMAIN)),
    ]
    if settings.INBOUND_IS_SET_UP:
        # The envelope sender is an address at this domain, and bounces come back to it.
        if settings.INBOUND_DOMAIN != settings.MAIL_DOMAIN:
            checks.append(("SPF of bounces", lambda: spf(names, settings.INBOUND_DOMAIN, what="SPF of bounces")))
        checks.append(("MX", lambda: mx(names, settings.INBOUND_DOMAIN)))
    checks.append(("PTR", lambda: ptr(names, "" if settings.MAIL_IS_FILES else str(settings.EMAIL_HOST))))
    for what, check in checks:
        try:
            yield check()
        except NoAnswer as error:
            yield Finding(what, UNKNOWN, f"No name server answered ({error}), so this was not looked at.")
    yield tls()


def spf(names: Names, domain: str, *, what: str = "SPF") -> Finding:
    """Check who may send for the domain (RFC 7208)."""
    records = [text for text in names.ask(domain, "TXT") if re.match(r"v=spf1(?: |$)", text, re.IGNORECASE)]
    if not records:
        return Finding(what, BAD, f"{domain} has no TXT record that begins with v=spf1. Name the relay in one.")
    if len(records) > 1:
        return Finding(what, BAD, f"{domain} has {len(records)} SPF records; with more than one, none of them counts.")
    ending = records[0].lower().split()[-1]
    if ending in ("+all", "all"):
        return Finding(what, BAD, f"{records[0]!r} lets the whole world send for {domain}. End it with -all.")
    if ending == "?all":
        return Finding(what, BAD, f"{records[0]!r} says nothing about others. End it with -all or ~all.")
    return Finding(what, GOOD, f"{records[0]} (look whether it names your relay)")


def dkim(names: Names, domain: str, selector: str) -> Finding:
    """Check the key that verifies our signatures (RFC 6376)."""
    if not selector:
        words = "Not looked at: say the selector of your relay with --selector, or set DKIM_SELECTOR."
        return Finding("DKIM", UNKNOWN, words)
    name = f"{selector}._domainkey.{domain}"
    records = [text for text in names.ask(name, "TXT") if "p=" in text.replace(" ", "")]
    if not records:
        return Finding("DKIM", BAD, f"There is no key at {name}.")
    tags = _tags(records[0])
    key = "".join(tags.get("p", "").split())
    try:
        size = len(base64.b64decode(key, validate=True))
    except (binascii.Error, ValueError):
        return Finding("DKIM", BAD, f"The key at {name} cannot be read.")
    if not key:
        return Finding("DKIM", BAD, f"The key at {name} was taken back (p= is empty).")
    if size < (SHORTEST_ED25519_BYTES if tags.get("k") == "ed25519" else SHORTEST_KEY_BYTES):
        return Finding("DKIM", BAD, f"The key at {name} is too short: 1024 bits are the least, 2048 are better.")
    if "y" in tags.get("t", "").split(":"):
        return Finding("DKIM", BAD, f"The key at {name} is marked as a test (t=y), so signatures do not count everywhere.")
    return Finding("DKIM", GOOD, f"There is a key at {name}.")


def dmarc(names: Names, domain: str) -> Finding:
    """Check the policy for letters that fail SPF and DKIM (RFC 7489); a parent domain's record holds for its children."""
    labels = domain.split(".")
    for number in range(max(1, len(labels) - 1)):
        name = "_dmarc." + ".".join(labels[number:])
        records = [text for text in names.ask(name, "TXT") if text.lower().startswith("v=dmarc1")]
        if len(records) > 1:
            return Finding("DMARC", BAD, f"{name} has {len(records)} records; with more than one, none of them counts.")
        if records:
            policy = _tags(records[0]).get("p", "").lower()
            if policy not in ("none", "quarantine", "reject"):
                return Finding("DMARC", BAD, f"{name} does not say p=none, p=quarantine or p=reject.")
            more = " Once SPF and DKIM hold, say p=quarantine." if policy == "none" else ""
            return Finding("DMARC", GOOD, f"{name}: {records[0]}.{more}")
    return Finding("DMARC", BAD, f"There is no record at _dmarc.{domain}. Gmail and Yahoo want one: v=DMARC1; p=quarantine")


def mx(names: Names, domain: str) -> Finding:
    """Check who receives mail for the domain."""
    hosts = names.ask(domain, "MX")
    if not hosts or hosts == ["0 ."]:
        return Finding("MX", BAD, f"{domain} has no MX record, so nothing can come back to it.")
    return Finding("MX", GOOD, f"{domain} is received by {', '.join(sorted(hosts))}")


def ptr(names: Names, host: str) -> Finding:
    """Check that each address of the relay has a name, and that this name has the address."""
    if not host:
        return Finding("PTR", UNKNOWN, "Not looked at: EMAIL_URL is not set, mail goes to files.")
    addresses = [host] if _is_address(host) else names.addresses(host)
    public = [address for address in addresses if ipaddress.ip_address(address).is_global]
    if addresses and not public:
        return Finding("PTR", UNKNOWN, f"Not looked at: {host} is in your own network; the address it sends from is what counts.")
    if not public:
        return Finding("PTR", BAD, f"{host} has no address.")
    for address in public:
        back = [name.rstrip(".") for name in names.ask(dns.reversename.from_address(address).to_text(), "PTR")]
        if not back:
            return Finding("PTR", BAD, f"{address} ({host}) leads back to no name.")
        if not any(address in names.addresses(name) for name in back):
            return Finding("PTR", BAD, f"{address} leads back to {back[0]}, and that name does not lead to {address}.")
    return Finding("PTR", GOOD, f"{host} leads back to its name (another address may be the one it sends from).")


def tls() -> Finding:
    """Check the connection to the relay."""
    if settings.MAIL_IS_FILES:
        return Finding("TLS", UNKNOWN, "Not looked at: EMAIL_URL is not set, mail goes to files.")
    try:
        with Relay() as relay:
            version = relay.probe()
    except NotTaken as trouble:
        said = f"{trouble.code} {trouble.words}".replace("None ", "")
        return Finding("TLS", BAD, f"The relay {settings.EMAIL_HOST} does not take us at {trouble.stage.name}: {said}")
    if version:
        return Finding("TLS", GOOD, f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT} with {version}, its certificate is good.")
    host = str(settings.EMAIL_HOST)
    if host == "localhost" or (_is_address(host) and ipaddress.ip_address(host).is_loopback):
        return Finding("TLS", GOOD, "The relay is on this machine, so nothing travels in the clear.")
    return Finding("TLS", BAD, "Letters travel to the relay in the clear. Write smtp+tls:// or smtps:// in EMAIL_URL.")


def _tags(record: str) -> dict[str, str]:
    """Return the tags of a `k=v; k=v` record."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip() for name, _equals, value in pairs if name.strip()}


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
