"""The bytes of a letter. Who is told the same shares one message: it is built once, and each reader's own parts are put in.

Building the MIME tree costs a hundred times what joining ready bytes does. What comes out is, byte for byte, what
`build_message` gives; where that could not be promised (a header that needs encoding, an endless line), it is built so.
"""

import re
import secrets
from dataclasses import dataclass, replace
from functools import lru_cache

from django.utils import translation
from django.utils.html import escape

from meetups.emails.letter import Letter
from meetups.emails.message import Parts, build_letter, parts_of, put_together, sender_line
from meetups.models import Delivery

LONGEST_VALUE = 900
# A reader's part in the text, escaped. A line that could grow past what SMTP allows with it (RFC 5321 section 4.5.3.1.6) is
# not cut into pieces.
LONGEST_SLOT = 300
LONGEST_LINE = 998
END_OF_LINE = re.compile(r"\r\n|\n|\r")
# What the invented reader of a frame is called: nothing that anybody writes, and no sign that an encoding would change.
_MARK = secrets.token_hex(8)
_MARK_BYTES = _MARK.encode()
_HOLE = re.compile(f"(?:é)?hole{_MARK}([0-9]+)end".encode())
# What stands for subject, sender, text and HTML in the outline of a message.
_OWN = tuple(f"{name}{_MARK}own" for name in ("subject", "sender", "text", "html"))
_OWN_HOLE = re.compile(f"(?:é)?((?:subject|sender|text|html){_MARK}own)".encode())
# A longer subject is folded into several lines.
LONGEST_PLAIN_SUBJECT = 76
CALENDAR, TO = "calendar", "to"


@dataclass(frozen=True)
class Frame:
    """A message in bytes, cut at its holes: a piece, the name of what follows it, a piece, …, a piece."""

    pieces: tuple[bytes | str, ...]

    def filled(self, words: dict[str, bytes]) -> bytes:
        """Return the message with each hole filled."""
        parts: list = list(self.pieces)
        parts[1::2] = [words[name] for name in parts[1::2]]
        return b"".join(parts)


@dataclass(frozen=True)
class Shape:
    """What of one reader's parts the rest of a message depends on: which there are, and which are plain ASCII."""

    language: str
    slots: tuple[tuple[str, bool], ...]
    headers: tuple[str, ...]
    has_plain_calendar: bool | None


def write_message(delivery: Delivery, roots: dict[tuple, str] | None = None) -> bytes:
    """Return the message of a delivery as bytes with CRLF, ready for the relay: what `build_message` gives, sooner.

    `roots`, where the caller has looked many up with `find_roots`, saves a query. Raises MeetupError as build_letter does.
    """
    letter = build_letter(delivery)
    parts = parts_of(delivery, letter.calendar_method, roots)
    frame = _frame_for(letter, parts)
    if frame is None:
        return put_together(letter, parts).message().as_bytes(linesep="\r\n")
    return frame.filled(_words_of(parts))


def _words_of(parts: Parts) -> dict[str, bytes]:
    """Return what goes into each hole."""
    words = {f"text {hole}": value.encode() for hole, value in parts.slots.items()}
    words |= {f"html {hole}": escape(value).encode() for hole, value in parts.slots.items()}
    words |= {f"header {name}": value.encode() for name, value in parts.headers.items()}
    return words | {TO: parts.to.encode(), CALENDAR: END_OF_LINE.sub("\r\n", parts.calendar).encode()}


def _is_plain(value: str) -> bool:
    """Tell whether a header's value goes out as it stands: no encoding, no folding."""
    return value.isascii() and value.isprintable() and len(value) <= LONGEST_VALUE and value == " ".join(value.split())


def _frame_for(letter: Letter, parts: Parts) -> Frame | None:
    """Return the message that this reader's is made from, or None where it must be built alone."""
    if not all(map(_is_plain, [parts.to, *parts.headers.values()])):
        return None
    if any(len(escape(value)) > LONGEST_SLOT or not value.isprintable() for value in parts.slots.values()):
        return None
    shape = Shape(
        language=parts.language,
        slots=tuple((hole, value.isascii()) for hole, value in parts.slots.items()),
        headers=tuple(parts.headers),
        has_plain_calendar=parts.calendar.isascii() if parts.calendar else None,
    )
    return _make_frame(letter, shape)


@lru_cache(maxsize=64)
def _make_frame(letter: Letter, shape: Shape) -> Frame | None:
    """Write the message of an invented reader and cut it where that reader's parts stand; None where one was changed."""
    invented = _invent(shape)
    said = replace(letter.filled(invented.text_slots), html=letter.filled(invented.html_slots).html)
    data = _message_of(said, shape)
    if data is None or not _fits(data):
        return None
    pieces: list = _HOLE.split(data)
    pieces[1::2] = [invented.names[int(number)] for number in pieces[1::2]]
    return Frame(tuple(pieces)) if len(pieces) // 2 == _num_holes(said, invented.parts) else None


@dataclass(frozen=True)
class Invented:
    """A reader who stands for all of one shape: a hole for each part. `names` tells what each hole, by its number, is for."""

    names: tuple[str, ...]
    parts: Parts
    text_slots: dict[str, str]
    html_slots: dict[str, str]


@lru_cache(maxsize=64)
def _invent(shape: Shape) -> Invented:
    names: list[str] = []

    def hole(name: str, *, is_plain: bool = True) -> str:
        names.append(name)
        # A part with a letter beyond ASCII goes out as 8bit, so the invented one has such a letter too.
        return f"{'' if is_plain else 'é'}hole{_MARK}{len(names) - 1}end"

    text_slots = {name: hole(f"text {name}", is_plain=plain) for name, plain in shape.slots}
    html_slots = {name: hole(f"html {name}", is_plain=plain) for name, plain in shape.slots}
    parts = Parts(
        language=shape.language,
        to=hole(TO),
        slots={},
        headers={name: hole(f"header {name}") for name in shape.headers},
        calendar=hole(CALENDAR, is_plain=shape.has_plain_calendar) if shape.has_plain_calendar is not None else "",
    )
    return Invented(tuple(names), parts, text_slots, html_slots)


def _message_of(said: Letter, shape: Shape) -> bytes | None:
    """Return the message to the invented reader, or None where its words go out otherwise than they are."""
    with translation.override(shape.language):
        sender = sender_line(said.sender)
    if not (_is_plain(sender) and _is_plain(said.subject) and len(said.subject) <= LONGEST_PLAIN_SUBJECT):
        return _built(said, shape)
    outline = _outline(shape, said.text.isascii(), said.html.isascii(), said.calendar_method)
    if outline is None:
        return None
    own = [said.subject, sender, END_OF_LINE.sub("\r\n", said.text), END_OF_LINE.sub("\r\n", said.html)]
    return outline.filled(dict(zip(_OWN, [words.encode() for words in own], strict=True)))


def _built(said: Letter, shape: Shape) -> bytes | None:
    """Return a message with its tree built, or None where its words are quoted."""
    message = put_together(said, _invent(shape).parts).message()
    ways = {part["Content-Transfer-Encoding"] for part in message.walk()}
    return message.as_bytes(linesep="\r\n") if ways <= {None, "7bit", "8bit"} else None


@lru_cache(maxsize=64)
def _outline(shape: Shape, is_text_plain: bool, is_html_plain: bool, calendar_method: str) -> Frame | None:
    """Return what all messages of one shape have in common, with holes for the letter: building the tree takes as long as a
    dozen letters do. None where the holes did not come out as they were put in."""
    subject, sender, text, html = _OWN
    words = {"subject": subject, "text": text if is_text_plain else f"é{text}", "html": html if is_html_plain else f"é{html}"}
    data = _built(Letter(kind="", sender="", calendar_method=calendar_method, **words), shape)
    with translation.override(shape.language):
        line = sender_line("")
    if data is None or data.count(f"From: {line}\r\n".encode()) != 1:
        return None
    pieces: list = _OWN_HOLE.split(data.replace(f"From: {line}\r\n".encode(), f"From: {sender}\r\n".encode()))
    pieces[1::2] = [name.decode() for name in pieces[1::2]]
    return Frame(tuple(pieces)) if sorted(pieces[1::2]) == sorted(_OWN) else None


def _fits(data: bytes) -> bool:
    """Tell whether no line gets too long by what is put into it."""
    return all(len(line) + LONGEST_SLOT * line.count(_MARK_BYTES) <= LONGEST_LINE for line in data.split(b"\r\n"))


def _num_holes(said: Letter, invented: Parts) -> int:
    """Return how many holes the message must have. The calendar stands in it twice (RFC 6047 section 2.4)."""
    in_letter = said.text.count(_MARK) + said.html.count(_MARK)
    return in_letter + len(invented.headers) + 1 + (2 if invented.calendar else 0)
