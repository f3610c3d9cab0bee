"""A message made from a Letter and its Delivery: headers, threading, the calendar part."""

import hashlib
from dataclasses import dataclass
from email.header import Header
from email.headerregistry import Address
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import sanitize_address
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from hosts.language import spoken
from meetups.access import tokens
from meetups.exceptions import MeetupError
from meetups.guests import ical
from meetups.letters.builders import BUILDERS
from meetups.letters.builders.follow_up import contribution_of
from meetups.letters.builders.organizer import organizer_who_wrote
from meetups.letters.builders.pairing import side_of
from meetups.letters.builders.reply import guest_who_wrote
from meetups.letters.context import guest_of, link_to, name_of, user_of
from meetups.letters.letter import LINK, NAME, STOP, WORDS, Letter
from meetups.models import Delivery
from meetups.outbox.letter_kinds import kind_of, kinds_where
from meetups.outbox.return_addresses import reply_addresses
from meetups.text.clean import clean_line
from meetups.times import clock

Kind = Delivery.Kind
LONGEST_HEADER_LINE = 998
# At 76 the email package makes words of 76 and lines of 78.
LONGEST_ENCODED_LINE = 75
LONGEST_ADDRESS = 320
IN_NO_THREAD = kinds_where(lambda kind: kind.is_about_an_address)
SAMPLE_LINKS = {LINK: "guest", STOP: "unsubscribe", WORDS: "contribution"}


class LetterMessage(EmailMultiAlternatives):
    """A message with unfolded headers: some programs do not understand a folded List-Unsubscribe or Message-ID."""

    def message(self, **kwargs: Any) -> Any:
        mime = super().message(**kwargs)
        mime.policy = mime.policy.clone(max_line_length=LONGEST_HEADER_LINE)
        name, address = parseaddr(self.from_email)
        # Django's own encoded words may be one character longer than RFC 2047 allows.
        if not self.subject.isascii():
            mime.replace_header("Subject", _encoded("Subject", str(self.subject)))
        if not name.isascii():
            mime.replace_header("From", f"{_encoded('From', name)}\n <{address}>")
        return mime


def _encoded(header: str, text: str) -> str:
    """Return a text as encoded words of at most 75 characters, on lines of at most 76 (RFC 2047 section 2)."""
    return Header(text, "utf-8", maxlinelen=LONGEST_ENCODED_LINE, header_name=header).encode()


def _language_of(delivery: Delivery) -> str:
    """Return the reader's language (a guest's is the evening's by default), or the site's where there is no translation."""
    wanted = delivery.guest.letters_language if delivery.guest is not None else user_of(delivery).language
    return spoken(wanted) or settings.LANGUAGE_CODE


def _inserts_of(delivery: Delivery) -> dict[str, str]:
    """Return the name and links of one reader, for the placeholders of a letter."""
    guest = delivery.guest
    if guest is None and delivery.kind == Kind.PAIRED:
        # Out of the pairing, and not out of all letters to hosts.
        return {NAME: name_of(delivery), STOP: link_to("pairing", tokens.make_pairing_token(side_of(delivery)))}
    if guest is None:
        stop = link_to("unsubscribe", tokens.make_user_unsubscribe_token(user_of(delivery)))
        if kind_of(delivery).is_of_a_campaign:
            # Out of the letters of this campaign, and not out of those about one's own evening.
            stop += f"?campaign={delivery.context.get('campaign')}"
        return {NAME: name_of(delivery), STOP: stop}
    inserts = {
        NAME: name_of(delivery),
        LINK: link_to("guest", tokens.make_guest_token(guest)),
        STOP: link_to("unsubscribe", tokens.make_unsubscribe_token(guest)),
    }
    if kind_of(delivery).is_about_an_address:
        inserts[LINK] = link_to("mine_page", tokens.make_mine_token(delivery))
    contribution = contribution_of(guest) if kind_of(delivery).links_to_contribution else None
    if contribution:
        inserts[WORDS] = link_to("contribution", tokens.make_contribution_token(contribution))
    return inserts


def sender_line(name: str) -> str:
    """Return the From line, "Ana via Longtable" at our own address; without a name where it would get too long (R49)."""
    shown = _("%(name)s via %(site)s") % {"name": name, "site": settings.SITE_NAME} if name else settings.SITE_NAME
    return _address_line(clean_line(shown), settings.MAIL_FROM)


@lru_cache(maxsize=256)
def _address_line(name: str, address: str) -> str:
    line = str(Address(display_name=name, addr_spec=address))
    return line if len(sanitize_address((name, address), "utf-8")) <= LONGEST_ADDRESS else address


def _address_of(delivery: Delivery) -> str:
    """Return the reader's address. Raises MeetupError where there is none."""
    return guest_of(delivery).known_email if delivery.guest is not None else user_of(delivery).email


def _list_id(delivery: Delivery) -> str:
    """Return the List-Id (RFC 2919): one for each campaign, or each host, whom it does not identify."""
    meetup = delivery.meetup
    if meetup is not None and meetup.campaign is not None:
        return f"<{meetup.campaign.slug}.{settings.MAIL_DOMAIN}>"
    owner = meetup.host if meetup is not None else user_of(delivery)
    name = hashlib.sha256(b"list\0" + owner.selector.encode()).hexdigest()[:16]
    return f"<{name}.{settings.MAIL_DOMAIN}>"


def _sent_before(rows: list[Delivery]):
    """Return the letters sent before to the same readers about the same meetups, the earliest first."""
    of_readers = Q(guest__in=[row.guest_id for row in rows if row.guest_id])
    for row in rows:
        if row.user_id and row.meetup_id:
            of_readers |= Q(user=row.user_id, meetup=row.meetup_id)
    sent = Delivery.objects.filter(of_readers, state=Delivery.State.SENT).exclude(pk__in=[row.pk for row in rows])
    sent = sent.exclude(kind__in=IN_NO_THREAD)
    return sent.order_by("finished_at", "pk").values_list("guest", "user", "meetup", "message_id")


def thread_of(delivery: Delivery) -> tuple:
    """Return what all letters of one thread have in common: the reader and the meetup."""
    return delivery.guest_id, delivery.user_id, delivery.meetup_id


def find_roots(rows: list[Delivery]) -> dict[tuple, str]:
    """Return the Message-ID of the first letter in each thread that these letters continue (R47). One query."""
    roots: dict[tuple, str] = {}
    for guest, user, meetup, message_id in _sent_before(rows):
        roots.setdefault((guest, user, meetup), message_id)
    return roots


def _reply_to(delivery: Delivery) -> str:
    """Return the Reply-To that forwards to the other person, or "": a letter by the site itself cannot be answered (R40).

    Of two who were paired each has agreed that the other has the address.
    """
    guest = delivery.guest
    if guest is not None:
        can_reply = guest.counts and not kind_of(delivery).is_about_an_address
        return ", ".join(reply_addresses(guest)) if can_reply else ""
    if delivery.kind == Kind.PAIRED:
        return side_of(delivery).other.email
    if delivery.kind == Kind.GUEST_WORDS:
        return ", ".join(reply_addresses(guest_who_wrote(delivery), is_to_host=True))
    if delivery.kind in (Kind.ORGANIZER_WORDS, Kind.CAMPAIGN_LETTER) and (organizer := organizer_who_wrote(delivery)) is not None:
        # The organizer's own address: the page on which it was written says so.
        return organizer.user.email
    return ""


def _headers(delivery: Delivery, inserts: dict[str, str], root: str) -> dict[str, str]:
    headers = {
        "Message-ID": delivery.message_id,
        "Date": format_datetime(clock.now()),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if kind_of(delivery).may_be_unsubscribed:
        headers["List-Unsubscribe"] = f"<{inserts[STOP]}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        headers["List-Id"] = _list_id(delivery)
    if reply_to := _reply_to(delivery):
        headers["Reply-To"] = reply_to
    if root and not kind_of(delivery).is_about_an_address:
        headers["In-Reply-To"] = headers["References"] = root
    return headers


def build_letter(delivery: Delivery) -> Letter:
    """Return the letter of a delivery, in the reader's language, with placeholders for the reader's name and links.

    Raises MeetupError when there is nothing to write: the recap was taken down, the offer has ended, there is no reader.
    """
    if delivery.meetup_id is None and kind_of(delivery).is_about_a_meetup:
        raise MeetupError(_("This letter belongs to no meetup."))
    with translation.override(_language_of(delivery)):
        return BUILDERS[delivery.kind](delivery)


@dataclass(frozen=True)
class Parts:
    """The parts of a message that are one reader's own."""

    language: str
    to: str
    # For the placeholders of the letter.
    inserts: dict[str, str]
    headers: dict[str, str]
    # The calendar file, or empty.
    calendar: str = ""


def parts_of(delivery: Delivery, calendar_method: str, roots: dict[tuple, str] | None = None) -> Parts:
    """Return the parts of one reader. `roots` is the result of `find_roots` for many letters and saves a query."""
    inserts, language = _inserts_of(delivery), _language_of(delivery)
    root = (find_roots([delivery]) if roots is None else roots).get(thread_of(delivery), "")
    with translation.override(language):
        return Parts(
            language=language,
            to=_address_of(delivery),
            inserts=inserts,
            headers=_headers(delivery, inserts, root),
            calendar=ical.calendar_part(guest_of(delivery), calendar_method).decode() if calendar_method else "",
        )


def put_together(letter: Letter, parts: Parts) -> LetterMessage:
    """Return the message of a letter to one reader: text first, HTML second, then the calendar."""
    letter = letter.filled(parts.inserts)
    with translation.override(parts.language):
        message = LetterMessage(
            subject=letter.subject,
            body=letter.text,
            from_email=sender_line(letter.sender),
            to=[parts.to],
            headers=parts.headers,
        )
    message.attach_alternative(letter.html, "text/html")
    if letter.calendar_method:
        kind_of_part = f"text/calendar; method={letter.calendar_method}"
        # Gmail and Outlook read the alternative, Apple Mail the file: METHOD stands in both (RFC 6047 section 2.4).
        message.attach_alternative(parts.calendar, kind_of_part)
        message.attach("invite.ics", parts.calendar, kind_of_part)
    return message


def build_message(delivery: Delivery) -> EmailMultiAlternatives:
    """Return the message of a delivery, ready for the relay: one reader, text first, HTML second, then the calendar.

    Reads rows and the clock, writes nothing; a second call gives the same Message-ID. Raises MeetupError as build_letter does.
    """
    letter = build_letter(delivery)
    return put_together(letter, parts_of(delivery, letter.calendar_method))


def show_letter(delivery: Delivery) -> Letter:
    """Return a letter as a preview for the host. `delivery` and its guest may be unsaved.

    Its links are samples that open nothing, so that a preview gives nobody a guest's link. Raises MeetupError as
    build_letter does.
    """
    samples = {placeholder: link_to(name, "sample") for placeholder, name in SAMPLE_LINKS.items()}
    return build_letter(delivery).filled(samples | {NAME: name_of(delivery)})
