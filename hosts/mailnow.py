"""A letter that a person waits for in front of a page: sent at once, or the page says that it could not be.

The one exception to "a letter leaves only through the outbox": sign-in codes, and reports to the operator, whose sender has
no row that an outbox could name. Nobody else may use it.
"""

from collections.abc import Callable
from smtplib import SMTPException, SMTPRecipientsRefused

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.message import make_msgid

# For each step of the conversation; a relay that is down says so at the first.
MAIL_NOW_SECONDS = 10


class MailIsDown(Exception):
    """The relay could not be reached or would not take the letter now. Another try in a minute may work."""


class AddressRefused(Exception):
    """The relay said that there is no such address."""


def machine_headers() -> dict[str, str]:
    """Return the headers of a letter that a machine wrote and that nobody should answer automatically (RFC 3834)."""
    return {
        "Message-ID": make_msgid(domain=settings.MAIL_DOMAIN),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }


def send_now(message: EmailMessage, *, only_if: Callable[[], bool] | None = None) -> None:
    """Hand the message to the relay within ten seconds. Raises MailIsDown or AddressRefused.

    `only_if` is asked once the relay answers, and False means that nothing is sent: what it writes down about the address is
    then not written for a relay that was down. A second call sends a second time.
    """
    message.connection = get_connection(timeout=MAIL_NOW_SECONDS)
    try:
        message.connection.open()
        if only_if is None or only_if():
            message.send()
    except SMTPRecipientsRefused as error:
        codes = [code for code, _words in error.recipients.values()]
        raise (AddressRefused if min(codes) >= 500 else MailIsDown) from error
    except (SMTPException, OSError) as error:
        raise MailIsDown from error
    finally:
        message.connection.close()
