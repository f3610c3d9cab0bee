"""The mailbox that mail comes back to, over IMAP (RFC 9051), with the standard library's client."""

import imaplib
import re
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings

from meetups.inbound.message import MAX_BYTES

SECONDS = 30
UID = re.compile(rb"\d+")


class MailboxTrouble(Exception):
    """The mailbox cannot be read now: it does not answer, or refuses the login. Its text contains no password."""


class Mailbox:
    """A connection to INBOUND_IMAP_URL. Use it in a `with`; raises MailboxTrouble for every error."""

    _imap: imaplib.IMAP4

    def __enter__(self) -> "Mailbox":
        url = urlsplit(settings.INBOUND_IMAP_URL)
        folder = unquote(url.path.strip("/")) or "INBOX"
        try:
            if url.scheme == "imaps":
                tls = ssl.create_default_context()
                self._imap = imaplib.IMAP4_SSL(str(url.hostname), url.port or 993, ssl_context=tls, timeout=SECONDS)
            else:
                self._imap = imaplib.IMAP4(str(url.hostname), url.port or 143, timeout=SECONDS)
        except OSError as error:
            raise MailboxTrouble(f"The mailbox does not answer: {type(error).__name__}.") from error
        try:
            self._imap.login(unquote(url.username or ""), unquote(url.password or ""))
        except (OSError, imaplib.IMAP4.error) as error:
            self._imap.shutdown()
            raise MailboxTrouble("The mailbox does not let us in: are user and password right?") from error
        self._ask("select", '"' + folder.replace("\\", "").replace('"', "") + '"')
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._imap.logout()
        except (OSError, imaplib.IMAP4.error):
            self._imap.shutdown()

    def _ask(self, name: str, *args: str | None) -> list[Any]:
        try:
            answer, data = getattr(self._imap, name)(*args)
        except (OSError, imaplib.IMAP4.error) as error:
            raise MailboxTrouble(f"The mailbox stopped answering: {type(error).__name__}.") from error
        if answer != "OK":
            raise MailboxTrouble(f"The mailbox refused {name}.")
        return data

    def unseen(self, limit: int) -> Iterator[tuple[str, bytes]]:
        """Yield UID and bytes of unseen messages, at most `limit`; of a long one the first megabyte."""
        found = self._ask("uid", "SEARCH", None, "UNSEEN")
        for uid in UID.findall(found[0] or b"")[:limit]:
            answer = self._ask("uid", "FETCH", uid.decode(), f"(BODY.PEEK[]<0.{MAX_BYTES}>)")
            data = next((part[1] for part in answer if isinstance(part, tuple)), None)
            if data is not None:
                yield uid.decode(), data

    def mark_seen(self, uid: str) -> None:
        """Mark a message as seen, so that it is not read again."""
        self._ask("uid", "STORE", uid, "+FLAGS.SILENT", r"(\Seen)")

    def remove(self, uid: str) -> None:
        """Delete a message: what it said is in the database."""
        self._ask("uid", "STORE", uid, "+FLAGS.SILENT", r"(\Seen \Deleted)")
        self._ask("expunge")
