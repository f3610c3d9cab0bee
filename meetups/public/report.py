"""A message to the operator from anybody."""

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from hosts.mail.immediate import AddressRefused, MailIsDown, machine_headers, send_now
from meetups.exceptions import MeetupError


def send_report(*, what: str, page: str = "", email: str = "", reference: str = "") -> None:
    """Mail a report to REPORT_TO at once. Raises MeetupError when the relay does not take it; a second call sends a second one.

    Not through the outbox: its rows belong to guests and users, and nothing of a report should stay in our tables. The text goes
    into the body only, so that nothing in it becomes a header.
    """
    lines = [what, "", f"page: {page or '-'}", f"answer to: {email or '-'}", f"reference: {reference or '-'}"]
    message = EmailMessage(
        subject=f"A report to {settings.SITE_NAME}",
        body="\n".join(lines),
        to=[settings.REPORT_TO],
        reply_to=[email] if email else None,
        headers=machine_headers(),
    )
    try:
        send_now(message)
    except (MailIsDown, AddressRefused) as error:
        raise MeetupError(
            _("Our mail is down, so this has not reached us yet. Nothing is lost: try again in a minute.")
        ) from error
