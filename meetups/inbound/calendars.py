"""What a calendar sends back (RFC 5546) in the parts of a message. Pure functions."""

import re
from email.message import Message
from typing import Any

from icalendar import Calendar

from hosts.mail.addresses import canonical_address
from meetups.inbound import charset
from meetups.inbound.facts import CalendarReply

MAX_CALENDAR = 64_000
CALENDAR_PARTS = {"text/calendar", "application/ics"}


def read_calendar_reply(parts: list[Message]) -> CalendarReply | None:
    """Return the first METHOD:REPLY or COUNTER of the parts that can be read, or None."""
    for part in parts:
        if part.get_content_type() not in CALENDAR_PARTS:
            continue
        data = part.get_payload(decode=True)
        if not isinstance(data, bytes) or len(data) > MAX_CALENDAR:
            continue
        reply = _read_reply(charset.decode(data, part.get_content_charset()))
        if reply is not None:
            return reply
    return None


def _read_reply(text: str) -> CalendarReply | None:
    try:
        calendar = Calendar.from_ical(text)
        method = str(calendar.get("method", "")).upper()
        if method not in {"REPLY", "COUNTER"}:
            return None
        [event] = calendar.walk("VEVENT")
        answers, comments = {}, _listed(event.get("comment", []))
        for attendee in _listed(event.get("attendee", [])):
            address = canonical_address(re.sub(r"(?i)^mailto:", "", str(attendee)))
            answers[address] = str(attendee.params.get("PARTSTAT", "")).upper()
            # Google's way to send a note along.
            comments.append(attendee.params.get("X-RESPONSE-COMMENT", ""))
        stamped_at = getattr(event["dtstamp"], "dt", None)
        return CalendarReply(
            uid=str(event.get("uid", "")),
            sequence=int(event.get("sequence", 0)),
            stamped_at=stamped_at,
            answers=answers,
            is_counter=method == "COUNTER",
            comment="\n".join(dict.fromkeys(str(comment).strip() for comment in comments if str(comment).strip())),
        )
    except (ValueError, KeyError, AttributeError, TypeError, IndexError):
        return None


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list) else [value]
