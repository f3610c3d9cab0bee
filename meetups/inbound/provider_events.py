"""Parse the webhooks of a sending service into bounces and complaints.

django-anymail knows their formats and signatures; it is loaded only where MAIL_PROVIDER names one. Only services that name a
letter by the Message-ID we gave it are supported, since letters leave over SMTP and carry no identifier of the service.
"""

from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.http import HttpRequest

from hosts.mail.refusals import names_another_reason
from meetups.inbound.facts import MAX_DIAGNOSTIC, SMTP_CODE, STATUS, Bounce
from meetups.text.clean import AN_ADDRESS, clean_line, shorten

READERS = {
    "brevo": "BrevoTrackingWebhookView",
    "mailgun": "MailgunTrackingWebhookView",
}
# The service refused to send because the address bounced before.
BAD_ADDRESS = {"bounced", "invalid"}
NO_MAILBOX, GAVE_UP, PASSES = "5.1.1", "5.0.0", "4.0.0"


class Unreadable(Exception):
    """A request that does not have the service's format or signature."""


@dataclass(frozen=True)
class Report:
    """A report about one letter that the relay took: `bounce`, or a complaint where that is None."""

    message_id: str
    bounce: Bounce | None


def read_reports(request: HttpRequest) -> list[Report]:
    """Return the bounces and complaints in a request of MAIL_PROVIDER; other events, also deferrals, are left out.

    Raises Unreadable, also where the signature is wrong.
    """
    module = import_module(f"anymail.webhooks.{settings.MAIL_PROVIDER}")
    not_signed = import_module("anymail.exceptions").AnymailWebhookValidationFailure
    # The webhook's URL is a secret already; without this anymail warns that it has no basic authentication.
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
    return Bounce(status.group() if status else _guess(event, told, code, words), said, int(code.group()) if code else None)


def _guess(event, told: dict, code, words: str) -> str:
    """Return a status for an event without one, from the event's type, its reason and the remote server's code."""
    if event.event_type != "bounced":
        return NO_MAILBOX if event.reject_reason in BAD_ADDRESS else PASSES
    if told.get("event") == "soft_bounce" or (code and code.group().startswith("4")):
        return PASSES
    # "For good", says the service: of the address, unless its words give another reason.
    is_address = event.reject_reason in BAD_ADDRESS and not names_another_reason(words)
    return NO_MAILBOX if is_address else GAVE_UP
