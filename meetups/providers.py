"""What a sending service says of our letters in its own words, as facts: it came back, or its reader complained.

django-anymail knows their formats and signatures; it is loaded only where MAIL_PROVIDER names one. Only services that name a
letter by the Message-ID we gave it are read, since the letters leave over SMTP and carry no mark of the service's own.
"""

from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.http import HttpRequest

from meetups.inmail import AN_ADDRESS, MAX_DIAGNOSTIC, SMTP_CODE, STATUS, Bounce
from meetups.plain import clean_line, shorten

READERS = {
    "brevo": "BrevoTrackingWebhookView",
    "mailgun": "MailgunTrackingWebhookView",
}
# The service refused to try for want of a good address, as others told it before.
BAD_ADDRESS = {"bounced", "invalid"}
NO_MAILBOX, GAVE_UP, PASSES = "5.1.1", "5.0.0", "4.0.0"


class Unreadable(Exception):
    """A post that is not what the service sends, or not signed by it."""


@dataclass(frozen=True)
class Report:
    """What became of one letter after the relay took it: `bounce`, or else a complaint."""

    message_id: str
    bounce: Bounce | None


def read_reports(request: HttpRequest) -> list[Report]:
    """Return what a post of MAIL_PROVIDER says of letters; all that is neither bounce nor complaint is left out.

    A try that the service will repeat is neither. Raises Unreadable, also where its signature is wrong.
    """
    module = import_module(f"anymail.webhooks.{settings.MAIL_PROVIDER}")
    not_signed = import_module("anymail.exceptions").AnymailWebhookValidationFailure
    # The address of the door is a secret already; without this anymail warns of a door without a password.
    reader_class = type("Reader", (getattr(module, READERS[settings.MAIL_PROVIDER]),), {"warn_if_no_basic_auth": False})
    try:
        reader = reader_class(**_keys())
        reader.run_validators(request)
        events = reader.parse_events(request)
        return [report for event in events if (report := _read(event)) is not None]
    except (not_signed, ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise Unreadable from error


def _keys() -> dict[str, str]:
    return {"webhook_signing_key": settings.MAIL_EVENTS_KEY} if settings.MAIL_PROVIDER == "mailgun" else {}


def _read(event) -> Report | None:
    message_id = str(event.message_id or "")
    if not message_id:
        return None
    if event.event_type == "complained":
        return Report(message_id, bounce=None)
    if event.event_type in ("bounced", "rejected", "failed"):
        return Report(message_id, bounce=_bounce_of(event))
    return None


def _bounce_of(event) -> Bounce:
    told = event.esp_event if isinstance(event.esp_event, dict) else {}
    parts = [told.get("status"), event.mta_response, event.description]
    words = " ".join(str(part) for part in parts if part)
    status, code = STATUS.search(words), SMTP_CODE.search(words)
    said = shorten(clean_line(AN_ADDRESS.sub("", words)), MAX_DIAGNOSTIC)
    return Bounce(status.group() if status else _guess(event, told, code), said, int(code.group()) if code else None)


def _guess(event, told: dict, code) -> str:
    """Return the status of an event that gives none: what the service or the other side's code says of it."""
    if event.event_type != "bounced":
        return NO_MAILBOX if event.reject_reason in BAD_ADDRESS else PASSES
    if told.get("event") == "soft_bounce" or (code and code.group().startswith("4")):
        return PASSES
    return GAVE_UP
