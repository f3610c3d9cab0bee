"""A message from a Letter and the row it is owed to: headers, threading, the calendar part."""

import hashlib
from dataclasses import dataclass
from email.headerregistry import Address
from email.utils import format_datetime
from functools import lru_cache

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.core.mail.message import SafeMIMEMultipart, SafeMIMEText, sanitize_address
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from hosts.language import spoken
from meetups import clock, ical, tokens
from meetups.emails import after, answering, asking, before, changing, hosting, spreading, telling, words
from meetups.emails.facts import link_to, name_of
from meetups.emails.letter import LINK, NAME, STOP, WORDS, Letter
from meetups.exceptions import MeetupError
from meetups.models import Delivery
from meetups.plain import clean_line
from meetups.returning import reply_addresses

Kind = Delivery.Kind
LONGEST_HEADER_LINE = 998
LONGEST_ADDRESS = 320
SAMPLE_LINKS = {LINK: "guest", STOP: "unsubscribe", WORDS: "contribution"}

BUILDERS = {
    Kind.INVITATION: asking.invitation,
    Kind.CONFIRMATION: answering.confirmation,
    Kind.WAITING: asking.waiting,
    Kind.SEAT_OFFERED: asking.seat_offered,
    Kind.PROVE_ADDRESS: asking.prove_address,
    Kind.FRIEND_NO: asking.friend_no,
    Kind.REMOVED: changing.removed,
    Kind.MOVED: changing.moved,
    Kind.CANCELED: changing.canceled,
    Kind.NEW_LINK: asking.new_link,
    Kind.MY_MEETUPS: asking.my_meetups,
    Kind.INVITATION_AGAIN: asking.invitation_again,
    Kind.SEVEN_DAYS: before.seven_days,
    Kind.THREE_DAYS: before.three_days,
    Kind.PLEASE_CONFIRM: before.please_confirm,
    Kind.PLACES_TO_LAY: hosting.places_to_lay,
    Kind.ADDRESS_DAY: before.address_day,
    Kind.WERE_YOU_THERE: after.were_you_there,
    Kind.DEBRIEF: hosting.debrief,
    Kind.RECAP_CAME: after.recap_came,
    Kind.RECAP_MISSED: after.recap_missed,
    Kind.RECAP_DECLINED: after.recap_declined,
    Kind.RECAP_PREVIEW: telling.recap_preview,
    Kind.CUT_ASKED: telling.cut_asked,
    Kind.WORDS_WAIT: telling.words_wait,
    Kind.REMOVAL_ASKED: telling.removal_asked,
    Kind.RECAP_TAKEN_DOWN: telling.recap_taken_down,
    Kind.TABLE_TAKEN_DOWN: telling.table_taken_down,
    Kind.HOW_DID_IT_GO: after.how_did_it_go,
    Kind.HOST_LETTER: before.host_letter,
    Kind.HOST_ANSWERS: hosting.host_answers,
    Kind.HOST_FULL: hosting.host_full,
    Kind.ORGANIZER_ADDED: hosting.organizer_added,
    Kind.HOST_BOUNCED: words.host_bounced,
    Kind.GUEST_WORDS: words.guest_words,
    Kind.HOST_WORDS: words.host_words,
    Kind.HOLD_STARTED: spreading.hold_started,
    Kind.HELD_ON: spreading.held_on,
    Kind.LED_TO: spreading.led_to,
}

# Answers to what that person just did, and the news that an evening is off, come whatever was unsubscribed (R46).
NOT_A_LIST = {Kind.CONFIRMATION, Kind.WAITING, Kind.PROVE_ADDRESS, Kind.REMOVED, Kind.CANCELED, Kind.NEW_LINK}
NOT_A_LIST |= {Kind.MY_MEETUPS, Kind.FRIEND_NO}

# Letters about a campaign, or about a draft: nothing of an evening that is on.
ABOUT_NO_MEETUP = {Kind.ORGANIZER_ADDED, Kind.HOLD_STARTED}

# Letters that may hold the link to what the reader left.
WITH_WORDS = {Kind.RECAP_CAME, Kind.RECAP_MISSED, Kind.RECAP_DECLINED, Kind.HOW_DID_IT_GO}
WITH_WORDS |= {Kind.RECAP_PREVIEW, Kind.CUT_ASKED, Kind.TABLE_TAKEN_DOWN}


class LetterMessage(EmailMultiAlternatives):
    """A message whose headers stay on one line: a folded List-Unsubscribe or Message-ID is not understood everywhere."""

    def message(self) -> SafeMIMEText | SafeMIMEMultipart:
        mime = super().message()
        mime.policy = mime.policy.clone(max_line_length=LONGEST_HEADER_LINE)
        return mime


def _language_of(delivery: Delivery) -> str:
    """Return the reader's language, for a guest who never chose the evening's, or the site's where that is not spoken here."""
    wanted = delivery.guest.letters_language if delivery.guest else delivery.user.language
    return spoken(wanted) or settings.LANGUAGE_CODE


def _slots_of(delivery: Delivery) -> dict[str, str]:
    """Return the name and links of one reader, for the holes of a letter."""
    if delivery.user_id:
        return {
            NAME: name_of(delivery),
            STOP: link_to("unsubscribe", tokens.make_user_unsubscribe_token(delivery.user)),
        }
    guest = delivery.guest
    slots = {
        NAME: name_of(delivery),
        LINK: link_to("guest", tokens.make_guest_token(guest)),
        STOP: link_to("unsubscribe", tokens.make_unsubscribe_token(guest)),
    }
    if delivery.kind == Kind.MY_MEETUPS:
        slots[LINK] = link_to("mine_page", tokens.make_mine_token(delivery))
    contribution = after.contribution_of(guest) if delivery.kind in WITH_WORDS else None
    if contribution:
        slots[WORDS] = link_to("contribution", tokens.make_contribution_token(contribution))
    return slots


def sender_line(name: str) -> str:
    """Return the From line: "Ana via Longtable" at our own address; the name falls away when the line gets too long (R49)."""
    shown = _("%(name)s via %(site)s") % {"name": name, "site": settings.SITE_NAME} if name else settings.SITE_NAME
    return _address_line(clean_line(shown), settings.MAIL_FROM)


@lru_cache(maxsize=256)
def _address_line(name: str, address: str) -> str:
    line = str(Address(display_name=name, addr_spec=address))
    return line if len(sanitize_address((name, address), "utf-8")) <= LONGEST_ADDRESS else address


def _list_id(delivery: Delivery) -> str:
    """Return the List-Id (RFC 2919): one for each campaign, or each host. It tells nobody who that is."""
    meetup = delivery.meetup
    if meetup is not None and meetup.campaign_id:
        return f"<{meetup.campaign.slug}.{settings.MAIL_DOMAIN}>"
    owner = meetup.host if meetup is not None else delivery.user
    name = hashlib.sha256(b"list\0" + owner.selector.encode()).hexdigest()[:16]
    return f"<{name}.{settings.MAIL_DOMAIN}>"


def _sent_before(rows: list[Delivery]):
    """Return what reached the relay for the readers of these letters, about the same meetups, the earliest first."""
    of_readers = Q(guest__in=[row.guest_id for row in rows if row.guest_id])
    for row in rows:
        if row.user_id and row.meetup_id:
            of_readers |= Q(user=row.user_id, meetup=row.meetup_id)
    sent = Delivery.objects.filter(of_readers, state=Delivery.State.SENT).exclude(pk__in=[row.pk for row in rows])
    sent = sent.exclude(kind=Kind.MY_MEETUPS)
    return sent.order_by("finished_at", "pk").values_list("guest", "user", "meetup", "message_id")


def thread_of(delivery: Delivery) -> tuple:
    """Return what all letters of one thread have in common: the reader and the meetup."""
    return delivery.guest_id, delivery.user_id, delivery.meetup_id


def find_roots(rows: list[Delivery]) -> dict[tuple, str]:
    """Return, for the thread of each of these letters that has begun, the Message-ID of its first one (R47). One query."""
    roots: dict[tuple, str] = {}
    for guest, user, meetup, message_id in _sent_before(rows):
        roots.setdefault((guest, user, meetup), message_id)
    return roots


def _reply_to(delivery: Delivery) -> str:
    """Return the address that stands for the other person, or nothing: a letter by the site itself cannot be answered (R40)."""
    guest = delivery.guest
    if guest is not None:
        is_of_nobody = delivery.kind == Kind.MY_MEETUPS
        return "" if is_of_nobody or guest.is_unproven or guest.removed_at else ", ".join(reply_addresses(guest))
    if delivery.kind == Kind.GUEST_WORDS:
        return ", ".join(reply_addresses(words.guest_who_wrote(delivery), is_to_host=True))
    return ""


def _headers(delivery: Delivery, slots: dict[str, str], root: str) -> dict[str, str]:
    headers = {
        "Message-ID": delivery.message_id,
        "Date": format_datetime(clock.now()),
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if delivery.kind not in NOT_A_LIST:
        headers["List-Unsubscribe"] = f"<{slots[STOP]}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        headers["List-Id"] = _list_id(delivery)
    if reply_to := _reply_to(delivery):
        headers["Reply-To"] = reply_to
    if root and delivery.kind != Kind.MY_MEETUPS:
        headers["In-Reply-To"] = headers["References"] = root
    return headers


def build_letter(delivery: Delivery) -> Letter:
    """Return the letter of a delivery, in the reader's language, with holes for the reader's name and links.

    Raises MeetupError when it cannot be said: the recap was taken down, the offer has ended, the row names nobody.
    """
    if delivery.meetup_id is None and delivery.kind not in ABOUT_NO_MEETUP:
        raise MeetupError(_("This letter belongs to no meetup."))
    with translation.override(_language_of(delivery)):
        return BUILDERS[delivery.kind](delivery)


@dataclass(frozen=True)
class Parts:
    """What of a message is one reader's alone."""

    language: str
    to: str
    # For the holes of the letter.
    slots: dict[str, str]
    headers: dict[str, str]
    # The calendar file, or empty.
    calendar: str = ""


def parts_of(delivery: Delivery, calendar_method: str, roots: dict[tuple, str] | None = None) -> Parts:
    """Return the parts of one reader. `roots`, where the caller has asked `find_roots` about many, saves a query."""
    slots, language = _slots_of(delivery), _language_of(delivery)
    root = (find_roots([delivery]) if roots is None else roots).get(thread_of(delivery), "")
    with translation.override(language):
        return Parts(
            language=language,
            to=delivery.guest.email if delivery.guest_id else delivery.user.email,
            slots=slots,
            headers=_headers(delivery, slots, root),
            calendar=ical.calendar_part(delivery.guest, calendar_method).decode() if calendar_method else "",
        )


def put_together(letter: Letter, parts: Parts) -> LetterMessage:
    """Return the message of a letter to one reader: text first, HTML second, then the calendar."""
    letter = letter.filled(parts.slots)
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
    """Return a letter for the eyes of whoever plans it. `delivery` and its guest may be unsaved.

    Its links are samples that open nothing: nobody gets hold of a guest's link by looking at a letter. Raises MeetupError
    as build_letter does.
    """
    samples = {hole: link_to(name, "sample") for hole, name in SAMPLE_LINKS.items()}
    return build_letter(delivery).filled(samples | {NAME: name_of(delivery)})
