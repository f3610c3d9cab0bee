"""What comes back: bounces, complaints, calendars' answers, and people's replies to a letter. Nothing here answers a program."""

import enum
import hashlib
import logging
import re
from collections import Counter
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import DatabaseError

from meetups import clock
from meetups.exceptions import MeetupError
from meetups.ical import calendar_uid
from meetups.imapbox import Mailbox
from meetups.inmail import InMail, read_mail
from meetups.models import Delivery, Guest
from meetups.providers import Report
from meetups.returning import BOUNCE, CALENDAR, REPLY, Tagged, find_tagged
from meetups.services.bounces import note_bounce, note_complaint
from meetups.services.delivery import enqueue
from meetups.services.guest import record_rsvp
from meetups.services.question import note_answer
from meetups.tokens import read_bounce_tag, read_calendar_tag, read_host_reply_tag, read_reply_tag

logger = logging.getLogger(__name__)

Kind, State, Rsvp = Delivery.Kind, Delivery.State, Guest.Rsvp
PARTSTATS = {"ACCEPTED": Rsvp.YES, "DECLINED": Rsvp.NO, "TENTATIVE": Rsvp.MAYBE}
# One guest's words to the host, or the host's to one guest: more than a conversation needs, less than a loop makes.
WORDS_AN_HOUR, WORDS_A_DAY = 6, 20
OUR_MESSAGE_ID = re.compile(r"<[0-9a-f]{32}@[^<>\s]+>")


class Taken(enum.StrEnum):
    """What was done with a message that came in."""

    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    ANSWER = "answer"
    WORDS = "words"
    NOTHING = "nothing"


def take_in(raw: bytes, envelope_to: str = "") -> Taken:
    """Do what one message asks for and return what that was.

    `raw` is the whole message; `envelope_to` the recipient it came for, where the door knows it; else its headers are asked.
    Only an address with a good tag makes anything happen: everything else is discarded quietly, and nobody is answered, so
    that no loop can begin (R42, R61). The same message twice does nothing the second time.
    """
    mail = read_mail(raw)
    tagged = find_tagged(envelope_to) or find_tagged(mail.addressed_to)
    if mail.complaint is not None:
        done = _take_complaint(mail, tagged)
    elif mail.bounce is not None:
        done = _take_bounce(mail, tagged)
    elif mail.calendar is not None:
        done = _take_calendar(mail, tagged)
    else:
        done = _take_words(mail, tagged)
    logger.info("mail came in: %s", done)
    return done


def take_report(report: Report) -> Taken:
    """Do what a sending service says of a letter: as a bounce or a complaint that came by mail. The second time nothing."""
    row = Delivery.objects.select_related("guest", "user").filter(message_id=report.message_id).first()
    if row is None:
        return Taken.NOTHING
    if report.bounce is None:
        return Taken.COMPLAINT if note_complaint(row) else Taken.NOTHING
    return Taken.BOUNCE if note_bounce(row, report.bounce) else Taken.NOTHING


def fetch_mail(limit: int = 200) -> Counter:
    """Take in what lies unread in the mailbox of INBOUND_IMAP_URL, and count by what was done.

    A message that made something happen is removed from the mailbox; any other is marked as seen and stays, for a person to
    look at. One that cannot be taken in now (the database is away) stays unread. Raises MailboxTrouble.
    """
    counts: Counter = Counter()
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


def _take_bounce(mail: InMail, tagged: list[Tagged]) -> Taken:
    """A report counts only at the address that the letter itself left from."""
    for tag in _tags(tagged, BOUNCE):
        row = read_bounce_tag(tag)
        if row is not None and note_bounce(row, mail.bounce):
            return Taken.BOUNCE
    return Taken.NOTHING


def _take_complaint(mail: InMail, tagged: list[Tagged]) -> Taken:
    """A complaint names the letter by its envelope sender, or by its Message-ID.

    Whoever knows the Message-ID has the letter, and with it the link that unsubscribes: this lets them do no more.
    """
    if not mail.complaint.is_about_us:
        return Taken.NOTHING
    rows = [read_bounce_tag(tag) for tag in _tags(tagged + find_tagged(mail.complaint.traces), BOUNCE)]
    named = OUR_MESSAGE_ID.findall(mail.complaint.traces)
    rows += Delivery.objects.select_related("guest", "user").filter(message_id__in=named[:5])
    for row in filter(None, rows):
        return Taken.COMPLAINT if note_complaint(row) else Taken.NOTHING
    logger.warning("a complaint of kind %s names no letter of ours", mail.complaint.kind[:20])
    return Taken.NOTHING


# Calendars -----------------------------------------------------------------------------------------------------------


def _take_calendar(mail: InMail, tagged: list[Tagged]) -> Taken:
    """Change the answer as the link would, for the right guest and entry; a COUNTER, a delegate, an old answer change nothing."""
    for tag in _tags(tagged, CALENDAR):
        guest = read_calendar_tag(tag)
        if guest is None or not guest.email or mail.calendar.uid != calendar_uid(guest.meetup):
            continue
        rsvp = PARTSTATS.get(mail.calendar.answers.get(guest.email.lower(), ""))
        if rsvp is None or _is_old(mail, guest):
            continue
        num_before = guest.num_answers
        # A party that the host has made too large since may still say no.
        party_size = 1 if rsvp == Rsvp.NO else guest.party_size
        try:
            guest = record_rsvp(guest, rsvp=rsvp, party_size=party_size)
        except MeetupError:
            # The evening has begun, the table is full for a larger party: the page behind the link says so, a calendar cannot.
            return Taken.NOTHING
        return Taken.ANSWER if guest.num_answers > num_before else Taken.NOTHING
    return Taken.NOTHING


def _is_old(mail: InMail, guest: Guest) -> bool:
    """Tell whether the answer is older than what the guest said since, or about the evening before a move (RFC 5546 2.1.5)."""
    said_at = mail.calendar.stamped_at
    if not isinstance(said_at, datetime):
        return True
    said_at = said_at if said_at.tzinfo else said_at.replace(tzinfo=UTC)
    since = guest.answered_at.replace(microsecond=0) if guest.answered_at else None
    return (since is not None and said_at < since) or _was_moved_since(guest, mail.calendar.sequence)


def _was_moved_since(guest: Guest, sequence: int) -> bool:
    """Tell whether the guest was told of a move after the entry that this answers was written.

    An entry's SEQUENCE is the meetup's revision and the guest's number of answers at that time. A revision alone tells nothing:
    an evening that was canceled and taken back within minutes has two more, and the entries in calendars are still right.
    """
    moves = Delivery.objects.filter(guest=guest, kind=Kind.MOVED, revision__gt=sequence - guest.num_answers)
    return moves.exclude(state__in=[State.WITHDRAWN, State.EXPIRED, State.FAILED]).exists()


# People's words ------------------------------------------------------------------------------------------------------


def _take_words(mail: InMail, tagged: list[Tagged]) -> Taken:
    """Pass a guest's reply on to the host, or the host's to the guest: the words alone, and neither address (R40)."""
    if mail.is_automatic or not mail.words:
        return Taken.NOTHING
    for tag in _tags(tagged, REPLY):
        guest = read_reply_tag(tag)
        if guest is not None:
            return _pass_on(mail, guest, Kind.GUEST_WORDS)
        guest = read_host_reply_tag(tag)
        if guest is not None:
            return _pass_on(mail, guest, Kind.HOST_WORDS)
    return Taken.NOTHING


def _pass_on(mail: InMail, guest: Guest, kind: str) -> Taken:
    if guest.is_unproven or not guest.email:
        return Taken.NOTHING
    if kind == Kind.GUEST_WORDS and guest.blocked_at is not None:
        # The host wants no messages of this guest, who is not told (R111).
        return Taken.NOTHING
    key = f"{guest.pk}:{hashlib.sha256((mail.message_id or mail.words).encode()).hexdigest()[:40]}"
    letters = Delivery.objects.filter(kind=kind, dedupe_key__startswith=f"{kind}:{guest.pk}:", meetup=guest.meetup)
    if letters.filter(dedupe_key=f"{kind}:{key}").exists():
        return Taken.NOTHING
    now = clock.now()
    if letters.filter(created_at__gt=now - timedelta(hours=1)).count() >= WORDS_AN_HOUR:
        return Taken.NOTHING
    if letters.filter(created_at__gt=now - timedelta(days=1)).count() >= WORDS_A_DAY:
        return Taken.NOTHING
    to = {"guest": guest} if kind == Kind.HOST_WORDS else {"user": guest.meetup.host, "meetup": guest.meetup}
    until = now + timedelta(days=settings.RETAIN_OUTBOX_DAYS)
    context = {"words": mail.words, "guest": guest.pk}
    if kind == Kind.HOST_WORDS and (answered := note_answer(guest, words=mail.words)):
        context["question"] = answered.pk
    enqueue(kind, key=key, not_after=until, context=context, **to)
    return Taken.WORDS
