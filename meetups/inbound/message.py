"""Parse an incoming message into facts: a bounce, a complaint, a calendar reply, or a person's words. Pure functions.

Anybody can send anything to our addresses, so nothing here trusts its input and nothing raises: what cannot be parsed is left
out. The lenient `compat32` classes of the email package are used on purpose; the newer ones raise on some input.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message

from meetups.inbound.body import MAX_PARTS, bodies_of
from meetups.inbound.calendars import read_calendar_reply
from meetups.inbound.facts import InMail
from meetups.inbound.headers import addresses, header, is_automatic, subject
from meetups.inbound.reports import FEEDBACK_PART, STATUS_PARTS, has_status, read_bounce, read_complaint, read_failure

MAX_BYTES = 1_000_000
LONGEST_CONTENT_HEADER = 2_000
MOST_BOUNDARIES = 20
MOST_RECIPIENTS = 20_000
RECIPIENT_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
SENDER_HEADERS = ("From", "Sender", "Reply-To", "Return-Path", "X-Original-From", "X-Sender", "Disposition-Notification-To")
AN_ANSWERS = re.compile(
    r"(?:re|aw|sv|vs|antw|rif|ref|res|odp|ynt|tr|fwd?|wg|rv|enc|回复|回覆|答复|转发|返信) ?[:：]", re.IGNORECASE
)
# As in the email package, a bare carriage return ends a line too.
CONTENT_HEADER = re.compile(
    rb"(?:^|(?<=\r))content-(?:type|disposition):[^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*", re.IGNORECASE | re.MULTILINE
)


def read_mail(raw: bytes) -> InMail:
    """Return the facts of a message. Only the first megabyte is read; a message that cannot be parsed has no facts."""
    raw = raw[:MAX_BYTES]
    if _is_too_slow(raw):
        return InMail(is_automatic=True)
    try:
        message = message_from_bytes(raw)
        parts = list(_parts(message))
        return _facts(message, parts)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        # Thousands of nested parts, unknown charsets, broken base64: an attack or a broken program.
        return InMail(is_automatic=True)


def _is_too_slow(raw: bytes) -> bool:
    """Tell whether the email package would take minutes over this: a header with a hundred thousand parameters, or deeply
    nested parts, for whose every line it searches the boundary of each."""
    headers = [header.group() for header in CONTENT_HEADER.finditer(raw)]
    num_boundaries = sum(b"boundary" in header.lower() for header in headers)
    return num_boundaries > MOST_BOUNDARIES or any(len(header) > LONGEST_CONTENT_HEADER for header in headers)


def _parts(message: Message) -> Iterator[Message]:
    for number, part in enumerate(message.walk()):
        if number >= MAX_PARTS:
            return
        yield part


def _facts(message: Message, parts: list[Message]) -> InMail:
    kinds = {part.get_content_type() for part in parts}
    report_type = str(message.get_param("report-type") or "").lower()
    is_complaint = FEEDBACK_PART in kinds
    is_bounce = not is_complaint and bool(kinds & STATUS_PARTS)
    failure = None if is_complaint or has_status(parts) else read_failure(message)
    calendar = None if is_complaint or is_bounce else read_calendar_reply(parts)
    is_report = is_complaint or is_bounce or message.get_content_type() == "multipart/report" or bool(report_type)
    return InMail(
        message_id=header(message, "Message-ID"),
        addressed_to=" ".join(header(message, name, MOST_RECIPIENTS) for name in RECIPIENT_HEADERS),
        senders=addresses(message, "From"),
        sender_addresses=frozenset(addresses(message, *SENDER_HEADERS)),
        is_automatic=is_report or is_automatic(message),
        is_report=is_report,
        bounce=read_bounce(parts) if is_bounce else None,
        failure=failure,
        complaint=read_complaint(parts) if is_complaint else None,
        calendar=calendar,
        is_calendars=any(part.get_content_type() == "text/calendar" and not part.get_filename() for part in parts),
        texts=() if is_report or calendar else bodies_of(message) or _subject_alone(message),
    )


def _subject_alone(message: Message) -> tuple[str, ...]:
    """Return the subject of a mail without text, where it is no answer's: some people write nothing else."""
    said = subject(message)
    is_answer = header(message, "In-Reply-To") or header(message, "References") or AN_ANSWERS.match(said)
    return () if is_answer or not said else (said,)
