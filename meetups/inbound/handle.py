"""Handle incoming mail: bounces, complaints, calendar replies, and people's replies to a letter. No mail is ever answered."""

import enum
import hashlib
import logging
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import DatabaseError
from django.utils import translation
from django.utils.translation import gettext

from hosts.mail.addresses import canonical_address
from hosts.models import User
from meetups.access.mail_tags import read_bounce_tag, read_calendar_tag, read_host_reply_tag, read_reply_tag
from meetups.exceptions import MeetupError
from meetups.guests.ical import calendar_uid
from meetups.guests.services.question import note_answer
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.inbound.body import html_to_text
from meetups.inbound.bounces import note_bounce, note_complaint
from meetups.inbound.facts import Bounce, CalendarReply, Complaint, InMail
from meetups.inbound.headers import canonical, spellings
from meetups.inbound.imap import Mailbox
from meetups.inbound.message import read_mail
from meetups.inbound.own_words import MAX_WORDS, Sent, bare_words, words_of
from meetups.inbound.provider_events import Report
from meetups.inbound.redact import Secrets, redact
from meetups.letters import build_message
from meetups.models import Delivery, Guest
from meetups.outbox.queue import enqueue
from meetups.outbox.return_addresses import BOUNCE, CALENDAR, REPLY, Tagged, find_tagged
from meetups.text.clean import shorten
from meetups.times import clock

logger = logging.getLogger(__name__)

Kind, State, Rsvp = Delivery.Kind, Delivery.State, Guest.Rsvp
PARTSTATS = {"ACCEPTED": Rsvp.YES, "DECLINED": Rsvp.NO, "TENTATIVE": Rsvp.MAYBE}
WAYS_OF_WORDS = (
    (REPLY, Kind.GUEST_WORDS, read_reply_tag),
    (REPLY, Kind.HOST_WORDS, read_host_reply_tag),
    (CALENDAR, Kind.GUEST_WORDS, read_calendar_tag),
)
# Replies forwarded between one guest and the host: more than a conversation needs, less than a mail loop makes.
WORDS_AN_HOUR, WORDS_A_DAY = 6, 20
# So many letters are searched for what somebody quotes.
MOST_LETTERS = 6
# A shorter title may stand in any mail.
SHORTEST_TITLE = 8
# Cut before what is handed on is shortened, so that no secret is cut in half and missed.
LONGEST_READ = 4 * MAX_WORDS
OUR_MESSAGE_ID = re.compile(r"<[0-9a-f]{32}@[^<>\s]+>")


class Taken(enum.StrEnum):
    """What was done with an incoming message."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    ANSWER = "answer"
    WORDS = "words"
    NOTHING = "nothing"


def take_in(raw: bytes, envelope_to: str = "") -> Taken:
    """Handle one message and return what was done.

    `raw` is the whole message; `envelope_to` its envelope recipient, where that is known; else its headers are searched.
    Only an address with a valid tag has an effect: every other message is discarded, and none is answered, so that no mail
    loop can begin (R42, R61). The same message twice does nothing the second time.
    """
    mail = read_mail(raw)
    tagged = find_tagged(envelope_to) or find_tagged(mail.addressed_to)
    if mail.complaint is not None:
        done = _take_complaint(mail.complaint, tagged)
    elif mail.bounce is not None:
        done = _take_bounce(mail.bounce, tagged)
    elif mail.failure is not None and _tags(tagged, BOUNCE):
        done = _take_bounce(mail.failure, tagged)
    elif mail.calendar is not None:
        done = _take_calendar(mail, mail.calendar, tagged)
    else:
        done = _take_words(mail, tagged)
    logger.info("mail came in: %s", done)
    return done


def take_report(report: Report) -> Taken:
    """Handle a sending service's report like a bounce or a complaint that came by mail. A second call does nothing."""
    row = Delivery.objects.select_related("guest", "user").filter(message_id=report.message_id).first()
    if row is None:
        return Taken.NOTHING
    if report.bounce is None:
        return Taken.COMPLAINT if note_complaint(row) else Taken.NOTHING
    return Taken.BOUNCE if note_bounce(row, report.bounce) else Taken.NOTHING


def fetch_mail(limit: int = 200) -> Counter[str]:
    """Handle the unseen messages in the mailbox of INBOUND_IMAP_URL, and count them by what was done.

    A message that had an effect is deleted from the mailbox; any other is marked as seen and stays, for a person to read.
    One that cannot be handled now (the database is away) stays unseen. Raises MailboxTrouble.
    """
    counts: Counter[str] = Counter()
    with Mailbox() as box:
        for uid, raw in box.unseen(limit):
            try:
                done = take_in(raw)
            except DatabaseError:
                logger.exception("a message could not be taken in; it stays unread")
                counts["errors"] += 1
                continue
            counts[done] += 1
            if done == Taken.NOTHING:
                box.mark_seen(uid)
            else:
                box.remove(uid)
    return counts


def _tags(tagged: list[Tagged], purpose: str) -> list[str]:
    return [address.tag for address in tagged if address.purpose == purpose]


# Reports -------------------------------------------------------------------------------------------------------------


def _take_bounce(bounce: Bounce, tagged: list[Tagged]) -> Taken:
    """Record a bounce; it counts only at the envelope sender of the letter itself."""
    for tag in _tags(tagged, BOUNCE):
        row = read_bounce_tag(tag)
        if row is not None and note_bounce(row, bounce):
            return Taken.BOUNCE
    return Taken.NOTHING


def _take_complaint(complaint: Complaint, tagged: list[Tagged]) -> Taken:
    """Record a complaint; it names the letter by its envelope sender, or by its Message-ID.

    Whoever knows the Message-ID has the letter, and with it the link that unsubscribes, so it gives them no new power.
    """
    if not complaint.is_about_us:
        return Taken.NOTHING
    rows = [read_bounce_tag(tag) for tag in _tags(tagged + find_tagged(complaint.traces), BOUNCE)]
    named = OUR_MESSAGE_ID.findall(complaint.traces)
    rows += Delivery.objects.select_related("guest", "user").filter(message_id__in=named[:5])
    for row in filter(None, rows):
        return Taken.COMPLAINT if note_complaint(row) else Taken.NOTHING
    logger.warning("a complaint of kind %s names no letter of ours", complaint.kind[:20])
    return Taken.NOTHING


# Calendars -----------------------------------------------------------------------------------------------------------


def _take_calendar(mail: InMail, reply: CalendarReply, tagged: list[Tagged]) -> Taken:
    """Change the guest's answer as the link would, and hand on the words sent with it.

    A COUNTER, a delegate's or an outdated reply changes nothing; their words reach the host all the same.
    """
    for tag in _tags(tagged, CALENDAR):
        guest = read_calendar_tag(tag)
        if guest is None or not guest.email:
            continue
        is_answered = not reply.is_counter and _answer(reply, guest)
        handed_on = _forward([reply.comment], mail, guest, Kind.GUEST_WORDS) if reply.comment else Taken.NOTHING
        return Taken.ANSWER if is_answered else handed_on
    return Taken.NOTHING


def _answer(reply: CalendarReply, guest: Guest) -> bool:
    """Record the guest's answer and return whether that changed anything."""
    rsvp = PARTSTATS.get(reply.answers.get(canonical_address(guest.email), ""))
    if rsvp is None or reply.uid != calendar_uid(guest.meetup) or _is_outdated(reply, guest):
        return False
    # A party that is larger than the host allows by now may still say no.
    party_size = 1 if rsvp == Rsvp.NO else guest.party_size
    num_before = guest.num_answers
    try:
        return record_rsvp(guest, Answer(rsvp, party_size=party_size)).num_answers > num_before
    except MeetupError:
        # The evening has begun, or too few seats are left: the guest's page says so, a calendar cannot.
        return False


def _is_outdated(reply: CalendarReply, guest: Guest) -> bool:
    """Tell whether the reply is older than the guest's last answer, or about the evening before a move (RFC 5546 2.1.5)."""
    said_at = reply.stamped_at
    if not isinstance(said_at, datetime):
        return True
    said_at = said_at if said_at.tzinfo else said_at.replace(tzinfo=UTC)
    since = guest.answered_at.replace(microsecond=0) if guest.answered_at else None
    return (since is not None and said_at < since) or _was_moved_since(guest, reply.sequence)


def _was_moved_since(guest: Guest, sequence: int) -> bool:
    """Tell whether the guest was told of a move after the calendar entry with this SEQUENCE was written.

    An entry's SEQUENCE is the meetup's revision plus the guest's number of answers at that time. The revision alone does not
    tell: canceling an evening and taking that back adds two, and the entries in calendars are still right.
    """
    moves = Delivery.objects.filter(guest=guest, kind=Kind.MOVED, revision__gt=sequence - guest.num_answers)
    return moves.exclude(state__in=[State.WITHDRAWN, State.EXPIRED, State.FAILED]).exists()


# People's words ------------------------------------------------------------------------------------------------------


def _take_words(mail: InMail, tagged: list[Tagged]) -> Taken:
    """Forward a guest's reply to the host, or the host's to the guest: the words alone, and neither address (R40).

    A guest's mail to the address in the calendar entry is one to the host too.
    """
    if mail.is_automatic or not mail.texts:
        return Taken.NOTHING
    for purpose, kind, read_tag in WAYS_OF_WORDS:
        if purpose == CALENDAR and mail.is_calendars:
            continue
        for guest in filter(None, map(read_tag, _tags(tagged, purpose))):
            return _forward(mail.texts, mail, guest, kind)
    return Taken.NOTHING


def _forward(texts: Sequence[str], mail: InMail, guest: Guest, kind: Delivery.Kind) -> Taken:
    """Owe the letter that hands on what was written in one of the texts, unless it is known, unwanted, or one too many."""
    key = f"{guest.pk}:{hashlib.sha256((mail.message_id or texts[0]).encode()).hexdigest()[:40]}"
    if not _may_write(guest, kind, key):
        return Taken.NOTHING
    words = words_of(texts, _sent_to_writer(guest, kind))
    words = shorten(redact(words[:LONGEST_READ], _secrets_of(guest, mail)), MAX_WORDS)
    if not words:
        return Taken.NOTHING
    to: dict[str, Any] = {"guest": guest} if kind == Kind.HOST_WORDS else {"user": guest.meetup.host, "meetup": guest.meetup}
    until = clock.now() + timedelta(days=settings.RETAIN_OUTBOX_DAYS)
    context: dict[str, Any] = {"words": words, "guest": guest.pk}
    if not _is_by(mail, guest, kind):
        # Whoever has the letter can write to its Reply-To, so its reader is told.
        context["from_elsewhere"] = True
    if kind == Kind.HOST_WORDS and (answered := note_answer(guest, words=words)):
        context["question"] = answered.pk
    enqueue(kind, key=key, not_after=until, context=context, **to)
    return Taken.WORDS


def _may_write(guest: Guest, kind: Delivery.Kind, key: str) -> bool:
    """Tell whether a new letter may go between the two: both are reached, nobody is blocked, and they are not too many."""
    # A guest whom the host has blocked is not told (R111).
    if guest.is_unproven or not guest.email or (kind == Kind.GUEST_WORDS and guest.blocked_at is not None):
        return False
    letters = Delivery.objects.filter(kind=kind, dedupe_key__startswith=f"{kind}:{guest.pk}:", meetup=guest.meetup)
    if letters.filter(dedupe_key=f"{kind}:{key}").exists():
        return False
    now = clock.now()
    spans = {timedelta(hours=1): WORDS_AN_HOUR, timedelta(days=1): WORDS_A_DAY}
    return all(letters.filter(created_at__gt=now - span).count() < most for span, most in spans.items())


def _is_by(mail: InMail, guest: Guest, kind: Delivery.Kind) -> bool:
    """Tell whether a mail comes from the address that letters went to: the guest's, or one of the hosts'.

    A calendar may send from its own, and names the guest inside. Nobody proves a From line here; it is what a reader would see.
    """
    theirs = [guest.email or ""] if kind == Kind.GUEST_WORDS else [host.email for host in _hosts_of(guest)]
    told = {*mail.senders, *(mail.calendar.answers if mail.calendar else ())}
    return bool({canonical(address) for address in theirs} & {canonical(address) for address in told})


def _hosts_of(guest: Guest) -> list[User]:
    return [guest.meetup.host, *(cohost.user for cohost in guest.meetup.cohosts.select_related("user"))]


def _secrets_of(guest: Guest, mail: InMail) -> Secrets:
    """Return what must not be passed on between the guest and the host: all addresses of both, and all that opens something."""
    hosts = _hosts_of(guest)
    addresses = {guest.email or "", *(host.email for host in hosts), *mail.sender_addresses} - {""}
    return Secrets(
        addresses=frozenset(spelled for address in addresses for spelled in spellings(address)),
        hosts=frozenset({_own_host()}),
        mail_domains=frozenset({settings.MAIL_DOMAIN, settings.INBOUND_DOMAIN}),
        selectors=frozenset({guest.selector, *(host.selector for host in hosts)}),
    )


def _own_host() -> str:
    return urlsplit(settings.PUBLIC_URL).hostname or ""


def _sent_to_writer(guest: Guest, kind: Delivery.Kind) -> Sent:
    """Return what the writer may quote: the last letters to them about this meetup, and what was handed on between the two."""
    title = guest.meetup.title if len(guest.meetup.title) >= SHORTEST_TITLE else ""
    about = Delivery.objects.filter(meetup=guest.meetup_id)
    between = about.filter(kind__in=[Kind.GUEST_WORDS, Kind.HOST_WORDS], context__guest=guest.pk)
    to_writer = about.filter(guest=guest) if kind == Kind.GUEST_WORDS else between.filter(kind=Kind.GUEST_WORDS)
    rows = to_writer.filter(state=State.SENT).select_related("guest", "user", "mailing", "meetup__host", "meetup__kit__book")
    letters = " ".join(_text_of_letter(row) for row in rows.order_by("-finished_at")[:MOST_LETTERS])
    earlier = " ".join(str(row.context.get("words", "")) for row in between.order_by("-pk")[: 2 * MOST_LETTERS])
    names = (*_shown_senders(settings.SITE_NAME), settings.MAIL_FROM, "reply+", "rsvp+")
    return Sent(names, title, bare_words(letters), bare_words(f"{letters} {earlier}"))


@lru_cache(maxsize=1)
def _shown_senders(site: str) -> tuple[str, ...]:
    """Return how the From lines of our letters end, in each language: "via Longtable"."""
    shown = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            shown.add((gettext("%(name)s via %(site)s") % {"name": "", "site": site}).strip())
    return tuple(sorted(shown))


def _text_of_letter(row: Delivery) -> str:
    """Return what a letter that was sent says, as text and as the text of its HTML; nothing where it cannot be said any more."""
    try:
        message = build_message(row)
    except MeetupError:
        return ""
    except Exception:
        logger.exception("letter %s of kind %s cannot be compared with a reply", row.pk, row.kind)
        return ""
    in_html = [html_to_text(str(content)) for content, kind in message.alternatives if kind == "text/html"]
    return "\n".join([str(message.body), *in_html])
