"""One POST to an address that somebody else chose (R95): the host is resolved once, must be public, and the connection goes to
the very address that was looked at; no redirect is followed; the whole of it, and what is read of the answer, is limited."""

import http.client
import ipaddress
import logging
import socket
import ssl
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

# Answers are stored in English and translated by the page that shows them.
from django.utils.translation import gettext_noop as _

from meetups.text.clean import clean_line, shorten

logger = logging.getLogger(__name__)

# From the connection to the end of the answer.
SECONDS = 10.0
# Of an answer so many bytes are read, and so many characters kept.
MOST_BYTES, MOST_WORDS = 2_000, 300
LOOPBACK = "127.0.0.1"

NOT_PUBLIC = _("This address is in a private network, where nothing is sent.")
NO_HOST = _("No server has this name.")
TOO_SLOW = _("It took longer than ten seconds.")
NO_TLS = _("Its certificate could not be verified.")
NO_CONNECTION = _("No connection could be made, or it broke.")
NO_HTTP = _("What came back is not HTTP.")
REDIRECT = _("It answered with a redirect, which is not followed.")


@dataclass(frozen=True)
class Answer:
    """What came of one try: a status where there was one, the first words or what went wrong, how long it took in
    milliseconds, and after how many seconds the other side wants the next try (0: it did not say)."""

    status: int | None
    words: str
    ms: int = 0
    retry_after: int = 0

    @property
    def is_taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Refused(Exception):
    """Nothing was sent; the text says why."""


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the open internet, also where another one is wrapped into it."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        # IPv4 as IPv6 has it: mapped, 6to4, and behind NAT64.
        wrapped = ip.ipv4_mapped or ip.sixtofour
        if wrapped is None and ip in ipaddress.ip_network("64:ff9b::/96"):
            wrapped = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if wrapped is not None:
            return is_public(str(wrapped))
        if ip.is_site_local:
            # Of old private networks, which `is_global` knows nothing of.
            return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or ip.is_unspecified)


def is_test_address(url: str) -> bool:
    """Tell whether this is the receiver of the tests on this machine, at the one port that WEBHOOK_TEST_PORT opens."""
    parts = urlsplit(url)
    return bool(settings.WEBHOOK_TEST_PORT) and (parts.scheme, parts.hostname, parts.port) == (
        "http",
        LOOPBACK,
        settings.WEBHOOK_TEST_PORT,
    )


def post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    """POST once and return what came of it. Raises nothing: whatever the other side does is an Answer."""
    began = time.monotonic()
    try:
        answer = _post(url, body, headers)
    except Refused as refusal:
        answer = Answer(None, str(refusal))
    except ssl.SSLCertVerificationError:
        answer = Answer(None, NO_TLS)
    except TimeoutError:
        answer = Answer(None, TOO_SLOW)
    except (OSError, ValueError, http.client.HTTPException) as error:
        logger.info("webhook: %s", type(error).__name__)
        answer = Answer(None, NO_CONNECTION if isinstance(error, OSError) else NO_HTTP)
    seconds = time.monotonic() - began
    if answer.status is None and seconds >= SECONDS:
        # The timer cut it, whatever that looked like from here.
        answer = Answer(None, TOO_SLOW)
    return Answer(answer.status, answer.words, int(seconds * 1000), answer.retry_after)


def _post(url: str, body: bytes, headers: dict[str, str]) -> Answer:
    parts = urlsplit(url)
    host, is_test = parts.hostname or "", is_test_address(url)
    if parts.scheme != "https" and not is_test:
        raise Refused(NO_TLS)
    address = _resolve(host, parts.port or 443, may_be_here=is_test)
    connection = _Pinned(host, address, tls=not is_test)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body=body, headers=headers)
        response = connection.getresponse()
        if connection.was_cut:
            # In the middle of its headers, of which the library then takes what there was.
            raise TimeoutError
        words = REDIRECT if 300 <= response.status < 400 else _first_words(response)
        return Answer(response.status, words, retry_after=_seconds_in(response.getheader("Retry-After", "")))
    finally:
        connection.end()


def _resolve(host: str, port: int, *, may_be_here: bool) -> tuple[str, int]:
    """Return the address to connect to. Raises Refused for a host without one, and where any of its addresses is not public."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused(NO_HOST) from None
    addresses = [str(entry[4][0]) for entry in found]
    if not may_be_here and not all(is_public(address) for address in addresses):
        raise Refused(NOT_PUBLIC)
    return addresses[0], port


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was looked at before, under the name of its host; cut off after SECONDS, also where the
    other side sends a byte now and then."""

    def __init__(self, host: str, address: tuple[str, int], *, tls: bool) -> None:
        super().__init__(host, address[1], timeout=SECONDS)
        self._address, self._tls = address, tls
        self._timer: threading.Timer | None = None
        self.was_cut = False

    def connect(self) -> None:
        sock = socket.create_connection(self._address, timeout=SECONDS)
        if self._tls:
            context = ssl.create_default_context()
            sock = context.wrap_socket(sock, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock = sock
        self._timer = threading.Timer(SECONDS, self._cut, [sock])
        self._timer.daemon = True
        self._timer.start()
        if isinstance(sock, ssl.SSLSocket):
            sock.do_handshake()

    def _cut(self, sock: socket.socket) -> None:
        """End the connection under whoever reads from it."""
        self.was_cut = True
        try:
            # Not SSLSocket's own, which would first wait for the other side.
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
        except OSError:
            logger.debug("the connection had ended already")

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self.close()


def _first_words(response: http.client.HTTPResponse) -> str:
    data = b""
    while len(data) < MOST_BYTES and (chunk := response.read1(MOST_BYTES - len(data))):
        data += chunk
    return shorten(clean_line(data.decode("utf-8", "replace")), MOST_WORDS)


def _seconds_in(retry_after: str) -> int:
    """Return the seconds of a Retry-After, at most a day; dates are not read."""
    return min(int(retry_after), 86_400) if retry_after.isascii() and retry_after.isdecimal() and len(retry_after) < 9 else 0
