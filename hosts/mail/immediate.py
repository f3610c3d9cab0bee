"""Mail that is sent during a request, past the outbox: sign-in codes, and reports to the operator, whose sender has no row.

The page says when it could not be sent. Nothing else may use it.
"""

import secrets
import time
from collections.abc import Callable
from smtplib import SMTP, SMTPException, SMTPRecipientsRefused
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends import smtp
from django.core.mail.message import make_msgid

from hosts.mail.refusals import refuses_us

# A timeout for each step of the SMTP dialogue.
MAIL_NOW_SECONDS = 10
# The cache key of how long the latest messages took that were sent under a condition.
DURATIONS, NUM_DURATIONS = "mail-now-durations", 20


class EmailBackend(smtp.EmailBackend):
    """Django's, but in EHLO we call ourselves EHLO_NAME: the name of this machine may mean nothing to the relay."""

    @property
    def connection_class(self) -> Callable[..., SMTP]:  # type: ignore[override]  # called like the class it stands for
        connect = super().connection_class

        def connect_as_ehlo_name(host: str, port: int, **arguments: Any) -> SMTP:
            return connect(host, port, **(arguments | {"local_hostname": settings.EHLO_NAME}))

        return connect_as_ehlo_name


class MailIsDown(Exception):
    """The relay could not be reached or would not take the letter now. Another try in a minute may work."""


class AddressRefused(Exception):
    """The relay refused the address, for good."""


def machine_headers() -> dict[str, str]:
    """Return the headers of an automatic message that no autoresponder should answer (RFC 3834)."""
    return {
        "Message-ID": make_msgid(domain=settings.MAIL_DOMAIN),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }


def _note_duration(seconds: float) -> None:
    """Keep how long the latest messages took. Two processes at once may lose one of them, which does no harm."""
    cache.set(DURATIONS, [seconds, *cache.get(DURATIONS, [])][:NUM_DURATIONS], timeout=7 * 86_400)


def _spend_as_long(*, otherwise: float) -> None:
    """Wait for as long as one of the latest messages took, so that a page's time does not tell whether one was sent (R97)."""
    time.sleep(min(secrets.choice(cache.get(DURATIONS, []) or [otherwise]), MAIL_NOW_SECONDS))


def send_now(message: EmailMessage, *, only_if: Callable[[], bool] | None = None) -> None:
    """Hand the message to the relay within ten seconds. Raises MailIsDown or AddressRefused.

    `only_if` is called once the relay is connected; nothing is sent if it returns False, which takes as long as sending. What
    it records about the address is so not recorded for a relay that is down. A second call sends a second time.
    """
    message.connection = get_connection(timeout=MAIL_NOW_SECONDS)
    try:
        began = time.monotonic()
        message.connection.open()
        opened = time.monotonic()
        if only_if is None:
            message.send()
        elif only_if():
            started = time.monotonic()
            message.send()
            _note_duration(time.monotonic() - started)
        else:
            _spend_as_long(otherwise=opened - began)
    except SMTPRecipientsRefused as error:
        answers = [(code, words.decode("utf-8", "replace")) for code, words in error.recipients.values()]
        is_address = all(code >= 500 and not refuses_us(code, words) for code, words in answers)
        raise (AddressRefused if is_address else MailIsDown) from error
    except (SMTPException, OSError) as error:
        raise MailIsDown from error
    finally:
        message.connection.close()
