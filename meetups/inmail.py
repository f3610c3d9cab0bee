"""A message that came to us, as facts: is it a bounce, a complaint, a calendar's answer, a person's words? Pure.

Whoever knows an address of ours can send anything to it, so nothing here trusts what it reads, and nothing here fails: what
cannot be understood is no fact. The lenient classes of the email package are used on purpose; the newer ones raise on some.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.parser import HeaderParser
from email.utils import parseaddr
from html.parser import HTMLParser

from icalendar import Calendar

from meetups.plain import clean_line, clean_words, shorten

MAX_BYTES = 1_000_000
MAX_PARTS = 50
LONGEST_CONTENT_HEADER = 2_000
MOST_BOUNDARIES = 20
# A line ends as the email package has it: also with a bare carriage return.
CONTENT_HEADER = re.compile(
    rb"(?:^|(?<=\r))content-(?:type|disposition):[^\r\n]*(?:(?:\r\n|\r|\n)[ \t][^\r\n]*)*", re.IGNORECASE | re.MULTILINE
)
MAX_CALENDAR = 64_000
MAX_WORDS = 4_000
MAX_DIAGNOSTIC = 200
STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
SMTP_CODE = re.compile(r"\b([45]\d\d)\b")
AN_ADDRESS = re.compile(r"<?[\w.+%'=-]+@[\w.-]+>?")
# A full or oversized mailbox may be emptied, whatever the code says.
PASSES = {"5.2.2", "5.2.3", "5.3.4"}
MAILBOX_FULL = 552
COMPLAINTS = {"abuse", "fraud", "opt-out", "opt-out-list", "virus", "miscategorized"}
DAEMONS = {"mailer-daemon", "postmaster"}
# Where the letter begins that is answered to; from there on nothing is the person's own.
TAIL = re.compile(
    r"^(?:On .{5,250} wrote:|Le .{5,250} a écrit ?:|El .{5,250} escribió:|Am .{5,250} schrieb.{0,80}:"
    r"|-{2,} ?(?:Original Message|Forwarded message|Message d'origine|Mensaje original) ?-{2,}|_{20,}|-- ?)$",
    re.MULTILINE | re.DOTALL,
)
MAX_HTML = 60_000
UNSEEN_TAGS = {"style", "script", "head", "title"}
BLOCK_TAGS = {"br", "p", "div", "li", "tr", "table", "ul", "ol", "h1", "h2", "h3"}
QUOTING_CLASSES = ("gmail_quote", "moz-cite-prefix", "yahoo_quoted")


@dataclass(frozen=True)
class Bounce:
    """What a delivery status notification says (RFC 3464): the enhanced status, and the other side's words without addresses."""

    status: str
    words: str
    code: int | None = None

    @property
    def is_permanent(self) -> bool:
        return self.status.startswith("5.") and self.status not in PASSES and self.code != MAILBOX_FULL


@dataclass(frozen=True)
class Complaint:
    """What a feedback report says (RFC 5965), and all text of it in which the letter may be named."""

    kind: str
    traces: str

    @property
    def is_about_us(self) -> bool:
        return self.kind in COMPLAINTS


@dataclass(frozen=True)
class CalendarReply:
    """A METHOD:REPLY (RFC 5546 section 3.2.3): to which entry, and what each attendee says, by address in lower case."""

    uid: str
    sequence: int
    stamped_at: object
    answers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class InMail:
    """One message. At most one of bounce, complaint and calendar is there; `words` are a person's, without what they quote."""

    message_id: str = ""
    addressed_to: str = ""
    is_automatic: bool = False
    is_report: bool = False
    bounce: Bounce | None = None
    complaint: Complaint | None = None
    calendar: CalendarReply | None = None
    words: str = ""


def read_mail(raw: bytes) -> InMail:
    """Return the facts of a message. What is longer than 1 MB is read to there; what makes no sense has no facts."""
    raw = raw[:MAX_BYTES]
    if _takes_for_ever(raw):
        return InMail(is_automatic=True)
    try:
        message = message_from_bytes(raw)
        parts = list(_parts(message))
        return _facts(message, parts)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, AssertionError):
        # Thousands of parts in parts, charsets that do not exist, broken base64: somebody plays, or a program is broken.
        return InMail(is_automatic=True)


def _takes_for_ever(raw: bytes) -> bool:
    """Tell whether the email package would take minutes over this: a header with a hundred thousand parameters, where people's
    have five, or parts in parts in parts, at whose every line it looks for the end of each."""
    headers = [header.group() for header in CONTENT_HEADER.finditer(raw)]
    num_boundaries = sum(b"boundary" in header.lower() for header in headers)
    return num_boundaries > MOST_BOUNDARIES or any(len(header) > LONGEST_CONTENT_HEADER for header in headers)


def _parts(message: Message) -> Iterator[Message]:
    for number, part in enumerate(message.walk()):
        if number >= MAX_PARTS:
            return
        yield part


def _header(message: Message, name: str) -> str:
    return clean_line(str(message.get(name) or ""))[:2000]


def _facts(message: Message, parts: list[Message]) -> InMail:
    kinds = {part.get_content_type() for part in parts}
    report_type = str(message.get_param("report-type") or "").lower()
    is_complaint = "message/feedback-report" in kinds
    is_bounce = not is_complaint and bool(kinds & {"message/delivery-status", "message/global-delivery-status"})
    calendar = None if is_complaint or is_bounce else _calendar_reply(parts)
    is_report = is_complaint or is_bounce or message.get_content_type() == "multipart/report" or bool(report_type)
    return InMail(
        message_id=_header(message, "Message-ID"),
        addressed_to=" ".join(
            _header(message, name) for name in ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
        ),
        is_automatic=is_report or _is_automatic(message),
        is_report=is_report,
        bounce=_bounce(parts) if is_bounce else None,
        complaint=_complaint(parts) if is_complaint else None,
        calendar=calendar,
        words="" if is_report or calendar else _words(parts),
    )


def _is_automatic(message: Message) -> bool:
    """Tell whether a program wrote this, so that no letter may answer it (RFC 3834 section 2, R42)."""
    auto = _header(message, "Auto-Submitted").lower()
    precedence = _header(message, "Precedence").lower()
    sender = parseaddr(_header(message, "From"))[1].partition("@")[0].lower()
    return (
        (auto != "" and not auto.startswith("no"))
        or precedence in {"bulk", "list", "junk", "auto_reply"}
        or _header(message, "Return-Path") == "<>"
        or any(message.get(name) for name in ("List-Id", "X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress"))
        or sender in DAEMONS
    )


# Reports -------------------------------------------------------------------------------------------------------------


def _blocks(part: Message) -> Iterator[Message]:
    """Return the groups of fields of a status part. The email package takes message/delivery-status apart, and no other."""
    payload = part.get_payload()
    for block in payload if isinstance(payload, list) else [payload]:
        text = block
        if isinstance(block, Message):
            yield block
            text = block.get_payload()
        for chunk in re.split(r"\r?\n\r?\n", text) if isinstance(text, str) else []:
            if ":" in chunk:
                yield HeaderParser().parsestr(chunk.lstrip("\r\n"))


def _bounce(parts: list[Message]) -> Bounce | None:
    """Return the first failure of a report; a report of a delay or a success tells nothing."""
    for part in parts:
        if part.get_content_type() not in {"message/delivery-status", "message/global-delivery-status"}:
            continue
        for block in _blocks(part):
            if _header(block, "Action").lower() != "failed":
                continue
            words = _header(block, "Diagnostic-Code").partition(";")[2].strip() or _header(block, "Diagnostic-Code")
            status = STATUS.search(_header(block, "Status"))
            if status is None or status.group().endswith(".0.0"):
                # "Something failed": what the other side said is often more exact.
                status = STATUS.search(words) or status
            if status is None or status.group(1) == "2":
                continue
            code = SMTP_CODE.search(words)
            said = AN_ADDRESS.sub("", f"{status.group()} {words}")
            return Bounce(status.group(), shorten(clean_line(said), MAX_DIAGNOSTIC), int(code.group()) if code else None)
    return None


def _complaint(parts: list[Message]) -> Complaint:
    kind, traces = "", []
    for part in parts:
        if part.get_content_type() == "message/feedback-report":
            for block in _blocks(part):
                kind = kind or _header(block, "Feedback-Type").lower()
                traces.append(_header(block, "Original-Mail-From"))
        for name in ("Return-Path", "Message-ID"):
            traces.append(_header(part, name))
        if part.get_content_type() == "text/rfc822-headers":
            headers = HeaderParser().parsestr(_text(part))
            traces += [_header(headers, "Return-Path"), _header(headers, "Message-ID")]
    return Complaint(kind, " ".join(filter(None, traces)))


# Calendars -----------------------------------------------------------------------------------------------------------


def _calendar_reply(parts: list[Message]) -> CalendarReply | None:
    for part in parts:
        if part.get_content_type() not in {"text/calendar", "application/ics"}:
            continue
        data = part.get_payload(decode=True) or b""
        if len(data) > MAX_CALENDAR:
            continue
        reply = _read_reply(data)
        if reply is not None:
            return reply
    return None


def _read_reply(data: bytes) -> CalendarReply | None:
    try:
        calendar = Calendar.from_ical(data.decode("utf-8", "replace"))
        if str(calendar.get("method", "")).upper() != "REPLY":
            return None
        [event] = calendar.walk("VEVENT")
        attendees = event.get("attendee", [])
        answers = {}
        for attendee in attendees if isinstance(attendees, list) else [attendees]:
            address = re.sub(r"(?i)^mailto:", "", str(attendee)).strip().lower()
            answers[address] = str(attendee.params.get("PARTSTAT", "")).upper()
        stamped_at = event["dtstamp"].dt
        return CalendarReply(str(event.get("uid", "")), int(event.get("sequence", 0)), stamped_at, answers)
    except (ValueError, KeyError, AttributeError, TypeError, IndexError):
        return None


# A person's words ----------------------------------------------------------------------------------------------------


def _text(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return str(part.get_payload()) if isinstance(part.get_payload(), str) else ""
    try:
        return data.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return data.decode("utf-8", "replace")


def _words(parts: list[Message]) -> str:
    """Return the text of the first plain part, or of the first HTML part, without what it quotes; never an attachment."""
    bodies = [part for part in parts if part.get_content_disposition() != "attachment" and not part.get_filename()]
    for part in bodies:
        if part.get_content_type() == "text/plain" and (words := own_words(_text(part))):
            return words
    for part in bodies:
        if part.get_content_type() == "text/html":
            reader = _HtmlReader()
            reader.feed(_text(part)[:MAX_HTML])
            if words := own_words("".join(reader.found)):
                return words
    return ""


class _HtmlReader(HTMLParser):
    """Collects the text of a page up to where it begins to quote. One pass: patterns take for ever on pages made for that."""

    def __init__(self):
        super().__init__()
        self.found: list[str] = []
        self._unseen = 0
        self._is_over = False

    def handle_starttag(self, tag: str, attrs: list) -> None:
        classes = next((value or "" for name, value in attrs if name == "class"), "")
        self._is_over = self._is_over or tag == "blockquote" or any(name in classes for name in QUOTING_CLASSES)
        self._unseen += tag in UNSEEN_TAGS
        if tag in BLOCK_TAGS and not self._is_over:
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in UNSEEN_TAGS and self._unseen > 0

    def handle_data(self, data: str) -> None:
        if not self._is_over and not self._unseen:
            self.found.append(" ".join(data.split("\n")))


def own_words(text: str) -> str:
    """Return what somebody wrote above the letter they answer to, without their signature; at most 4,000 characters."""
    text = clean_words(text[: 20 * MAX_WORDS])
    tail = TAIL.search(text)
    text = text[: tail.start()] if tail else text
    lines = text.split("\n")
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith(">")):
        lines.pop()
    return shorten("\n".join(lines).strip(), MAX_WORDS)
