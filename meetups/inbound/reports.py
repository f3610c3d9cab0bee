"""Bounces (RFC 3464, and in the forms of programs that do not know it) and complaints (RFC 5965). Pure functions."""

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser

from flufl.bounce import all_failures

from hosts.mail.refusals import says_no_such_address
from meetups.inbound.body import bodies_of, text_of
from meetups.inbound.facts import MAX_DIAGNOSTIC, SMTP_CODE, STATUS, Bounce, Complaint
from meetups.inbound.headers import header, is_absence_note, subject
from meetups.text.clean import AN_ADDRESS, clean_line, shorten

STATUS_PARTS = {"message/delivery-status", "message/global-delivery-status"}
FEEDBACK_PART = "message/feedback-report"

# Who tells of a failure: an absence note comes with a null return path too, but not from these.
MAIL_SYSTEM = re.compile(
    r"mailer.?daemon|mail.?daemon|postmaster|mdaemon|mail.?delivery|mail.?system|microsoftexchange", re.IGNORECASE
)
# Exim names the address in a header.
FAILED_RECIPIENTS = "X-Failed-Recipients"
STATUS_IN_TEXT = re.compile(r"(?<![\d.])([45])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
CODE_IN_TEXT = re.compile(r"(?<![\w.])([45]\d\d)(?=[ -]\D)")
STILL_TRYING = re.compile(
    r"\bdelay|still being|will (?:be )?retr|not yet been delivered|warning: could not send|temporarily deferred"
    r"|verzöger|noch nicht zugestellt|retard|pas encore|retraso|todavía no",
    re.IGNORECASE,
)
COPY_BELOW = re.compile(r"-{3,}.*|_{10,}|(?:Return-Path|Received|Message-ID): .*", re.IGNORECASE)
GREETING = re.compile(r"(?:hi|hello|dear|hallo|bonjour|hola)\b.{0,30}[.,!:]?", re.IGNORECASE)
SOFT, NO_MAILBOX = "4.0.0", "5.1.1"
MOST_LINES, LONGEST_LINE = 200, 300


def _blocks(part: Message) -> Iterator[Message]:
    """Yield the field groups of a status part. The email package splits message/delivery-status, and no other type, and
    does not decode it."""
    payload = part.get_payload()
    blocks = payload if isinstance(payload, list) else [payload]
    encoding = header(part, "Content-Transfer-Encoding").lower()
    if encoding in {"base64", "quoted-printable"}:
        blocks = [_decoded("\n".join(map(str, blocks)), encoding)]
    for block in blocks:
        text = block
        if isinstance(block, Message):
            yield block
            text = block.get_payload()
        for chunk in re.split(r"\r?\n\r?\n", text) if isinstance(text, str) else []:
            if ":" in chunk:
                yield HeaderParser().parsestr(chunk.lstrip("\r\n"))


def _decoded(text: str, encoding: str) -> str:
    data = text.strip().encode("ascii", "ignore")
    try:
        return (base64.b64decode(data) if encoding == "base64" else quopri.decodestring(data)).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return text


def read_bounce(parts: list[Message]) -> Bounce | None:
    """Return the first failure of a report, or None: delays and successes are no bounces."""
    for block in _status_blocks(parts):
        # OpenSMTPD writes "error".
        if not header(block, "Action").lower().startswith(("failed", "error")):
            continue
        words = header(block, "Diagnostic-Code").partition(";")[2].strip() or header(block, "Diagnostic-Code")
        status = STATUS.search(header(block, "Status"))
        if status is None or status.group().endswith(".0.0"):
            # x.0.0 means "other": the remote server's own words are often more exact.
            status = STATUS.search(words) or status
        if status is None or status.group(1) == "2":
            continue
        code = SMTP_CODE.search(words)
        said = AN_ADDRESS.sub("", f"{status.group()} {words}")
        return Bounce(status.group(), shorten(clean_line(said), MAX_DIAGNOSTIC), int(code.group()) if code else None)
    return None


def _status_blocks(parts: list[Message]) -> Iterator[Message]:
    for part in parts:
        if part.get_content_type() in STATUS_PARTS:
            yield from _blocks(part)


def has_status(parts: list[Message]) -> bool:
    """Tell whether the parts hold a report that says what became of a letter, be it good or bad."""
    return any(header(block, "Action") for block in _status_blocks(parts))


def read_failure(message: Message) -> Bounce | None:
    """Return what a mail system says in plain text or in a header of its own (qmail, Exim, GMX …), or None.

    It counts only at a letter's own bounce address, where a mail system writes of nothing but that letter: so its text need not
    be understood. What it says may be known for permanent; else it is transient. A delay is no failure.
    """
    is_of_system = bool(MAIL_SYSTEM.search(header(message, "From"))) or bool(header(message, FAILED_RECIPIENTS))
    if not is_of_system or is_absence_note(message) or STILL_TRYING.search(subject(message)):
        return None
    lines = _explanation(message)
    text = "\n".join(lines)
    temporary, permanent = all_failures(_plain_copy(message, text))
    if not permanent and (temporary or STILL_TRYING.search(text)):
        return None
    status, code = STATUS_IN_TEXT.search(text), CODE_IN_TEXT.search(text)
    reason = _line_of(lines, status) or _line_of(lines, code) or _line_below_address(lines) or _first_words(lines)
    is_gone = code is not None and code.group().startswith("5") and says_no_such_address(int(code.group()), text)
    found = status.group() if status else NO_MAILBOX if is_gone else SOFT
    said = clean_line(AN_ADDRESS.sub("", reason if status or not is_gone else f"{found} {reason}")).strip(" :,;\"'")
    return Bounce(found, shorten(said, MAX_DIAGNOSTIC), int(code.group()) if code else None)


def _explanation(message: Message) -> list[str]:
    """Return the lines of a report above the copy of the letter."""
    text = next(iter(bodies_of(message)), "")
    lines: list[str] = []
    for line in text.split("\n")[:MOST_LINES]:
        if COPY_BELOW.fullmatch(line.strip()) and lines:
            break
        lines.append(clean_line(line)[:LONGEST_LINE])
    return lines


def _plain_copy(message: Message, text: str) -> Message:
    """Return the report as flufl.bounce can read it in a known time: decoded, its lines and their number bounded."""
    copy = Message()
    for name in ("From", "Subject", FAILED_RECIPIENTS):
        copy[name] = header(message, name)[:LONGEST_LINE]
    copy["Content-Type"] = "text/plain"
    # Some forms are known by the line that begins the copy of the letter.
    copy.set_payload(f"{text}\n---\n")
    return copy


def _line_of(lines: list[str], match: re.Match[str] | None) -> str:
    """Return the line in which something was found in these lines, joined: the same digits may stand in an address above."""
    return lines[match.string.count("\n", 0, match.start())] if match else ""


def _line_below_address(lines: list[str]) -> str:
    for place, line in enumerate(lines):
        if AN_ADDRESS.fullmatch(line.strip(' :"')):
            return _first_words(lines[place + 1 :])
    return ""


def _first_words(lines: list[str]) -> str:
    """Return the first line that says something: not a greeting, not an address alone."""
    said = (line for line in lines if AN_ADDRESS.sub("", line).strip(" :<>\"'") and not GREETING.fullmatch(line))
    return next(said, "")


def read_complaint(parts: list[Message]) -> Complaint:
    """Return what a feedback report says, and all that may name the letter it is about."""
    kind, traces = "", []
    for part in parts:
        if part.get_content_type() == FEEDBACK_PART:
            for block in _blocks(part):
                kind = kind or header(block, "Feedback-Type").lower()
                traces.append(header(block, "Original-Mail-From"))
        for name in ("Return-Path", "Message-ID"):
            traces.append(header(part, name))
        if part.get_content_type() == "text/rfc822-headers":
            headers = HeaderParser().parsestr(text_of(part))
            traces += [header(headers, "Return-Path"), header(headers, "Message-ID")]
    return Complaint(kind, " ".join(filter(None, traces)))
