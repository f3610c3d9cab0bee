"""Look a book up at Open Library, or a server that answers like it, when the operator has allowed it (BOOK_LOOKUP_URL).

The only request that this site makes to another host for a page. R95: the host is the operator's setting and nobody else's, it
is resolved once and must not be in a private network, no redirect is followed, the time and the size are limited, and what a
browser shows comes from us. Only what was typed about the book leaves this machine.
"""

import hashlib
import http.client
import ipaddress
import json
import logging
import socket
import ssl
import time
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext as _

from hosts.links import find_link
from meetups.exceptions import MeetupError
from meetups.text.clean import clean_line, shorten

logger = logging.getLogger(__name__)

# In all: name server, connection, answer.
SECONDS = 4.0
MOST_BYTES = 200_000
LONGEST = 200
FOUND_FOR, FAILED_FOR = 24 * 3600, 60
# So few at once; more wait within their time and then give up.
_workers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="book-lookup")


@dataclass(frozen=True)
class FoundBook:
    """A book as it was found: a title and the names of its authors."""

    title: str
    author: str


class _Pinned(http.client.HTTPConnection):
    """A connection to an address that was resolved before, under the name of its host, with TLS where the setting says so."""

    def __init__(self, host: str, address: tuple[str, int], *, tls: bool) -> None:
        super().__init__(host, address[1], timeout=SECONDS)
        self._address, self._tls = address, tls

    def connect(self) -> None:
        plain = socket.create_connection(self._address, timeout=SECONDS)
        self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host) if self._tls else plain


def look_up(*, isbn: str = "", title: str = "", author: str = "") -> FoundBook | None:
    """Return the book of an ISBN, else the first of a title and an author; None where none is known or nothing was asked.

    A second call within a day asks nobody. Raises MeetupError when the lookup is off, or the server does not answer as it should.
    """
    if not settings.BOOK_LOOKUP_URL:
        raise MeetupError(_("Books are not looked up on this site. Please type the title and the author."))
    asked = {"isbn": isbn} if isbn else {"title": title[:LONGEST], "author": author[:LONGEST]}
    asked = {name: words for name, words in asked.items() if words}
    if not asked.keys() & {"isbn", "title"}:
        return None
    key = "book-lookup:" + hashlib.sha256(json.dumps([settings.BOOK_LOOKUP_URL, asked]).encode()).hexdigest()
    known = cache.get(key)
    if known is None:
        known = _ask(asked)
        cache.set(key, known, FAILED_FOR if "failed" in known else FOUND_FOR)
    if "failed" in known:
        raise MeetupError(_("The list of books does not answer at the moment. Please type the title and the author."))
    return FoundBook(**known) if known else None


def _ask(asked: dict[str, str]) -> dict[str, str]:
    """Return the columns of a FoundBook, nothing where no book is known, or `failed`."""
    query = urlencode({**asked, "fields": "title,author_name", "limit": 1})
    try:
        answer = _workers.submit(_get, f"/search.json?{query}").result(timeout=SECONDS)
        return _read(answer)
    except (OSError, TooLate, ValueError, RecursionError, http.client.HTTPException) as error:
        logger.warning("book lookup failed: %s", type(error).__name__)
        return {"failed": "1"}


def _get(path: str) -> Any:
    """Return the JSON at this path. Raises OSError, HTTPException or ValueError for anything that is not a short, quick 200."""
    ends = time.monotonic() + SECONDS
    url = urlsplit(settings.BOOK_LOOKUP_URL)
    host, tls = url.hostname or "", url.scheme == "https"
    connection = _Pinned(host, _resolve(host, url.port or (443 if tls else 80)), tls=tls)
    try:
        said = {"Accept": "application/json", "User-Agent": f"Longtable ({settings.PUBLIC_URL})", "Connection": "close"}
        connection.request("GET", f"{url.path}{path}", headers=said)
        response = connection.getresponse()
        if response.status != 200:
            raise ValueError(f"status {response.status}")
        data = b""
        while chunk := response.read1(16_384):
            data += chunk
            if len(data) > MOST_BYTES or time.monotonic() > ends:
                raise ValueError("too long or too slow")
        return json.loads(data)
    finally:
        connection.close()


def _resolve(host: str, port: int) -> tuple[str, int]:
    """Return the first address of the host. Raises ValueError for a private one, unless the setting names this machine."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    address = str(found[0][4][0])
    is_own = ipaddress.ip_address(address).is_loopback and settings.BOOK_LOOKUP_IS_LOCAL
    if not is_own and not ipaddress.ip_address(address).is_global:
        raise ValueError("the host of BOOK_LOOKUP_URL is in a private network")
    return address, port


def _read(answer: Any) -> dict[str, str]:
    """Return the first book of an answer, cleaned; nothing without one. Raises ValueError for what is no such answer."""
    if not isinstance(answer, dict) or not isinstance(answer.get("docs"), list):
        raise ValueError("not a list of books")
    first = answer["docs"][0] if answer["docs"] else None
    if first is None:
        return {}
    names = first.get("author_name") if isinstance(first, dict) else None
    title = first.get("title") if isinstance(first, dict) else None
    if not isinstance(title, str) or not isinstance(names or [], list):
        raise ValueError("not a book")
    author = ", ".join(name for name in (names or [])[:3] if isinstance(name, str))
    book = FoundBook(shorten(clean_line(title), LONGEST), shorten(clean_line(author), LONGEST))
    # What stands in a title is mailed, so it is no web address (R89).
    return {} if not book.title or find_link(f"{book.title} {book.author}") else asdict(book)
