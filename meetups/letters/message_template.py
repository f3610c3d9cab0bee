"""The bytes of a letter. Letters with the same content share one message template, filled in for each reader.

Building the MIME tree takes a hundred times as long as joining ready bytes. The result is, byte for byte, that of
`build_message`; where that cannot be guaranteed (a header that needs encoding, a very long line), the tree is built.
"""

import re
import secrets
from dataclasses import dataclass, replace
from functools import lru_cache

from django.utils import translation
from django.utils.html import escape

from meetups.letters.letter import Letter
from meetups.letters.message import Parts, build_letter, parts_of, put_together, sender_line
from meetups.models import Delivery

LONGEST_VALUE = 900
# What is inserted into the text for a reader, escaped. A template none of whose lines could grow past what SMTP allows with it
# (RFC 5321 section 4.5.3.1.6) is used; others are not.
LONGEST_INSERT = 300
LONGEST_LINE = 998
END_OF_LINE = re.compile(r"\r\n|\n|\r")
# Part of every placeholder: random, so that no text contains it, and in characters that no encoding changes.
_MARK = secrets.token_hex(8)
_MARK_BYTES = _MARK.encode()
_PLACEHOLDER = re.compile(f"(?:é)?ph{_MARK}([0-9]+)end".encode())
# The placeholders for subject, sender, text and HTML in the outline of a message.
_OWN = tuple(f"{name}{_MARK}own" for name in ("subject", "sender", "text", "html"))
_OWN_PLACEHOLDER = re.compile(f"(?:é)?((?:subject|sender|text|html){_MARK}own)".encode())
# A longer subject is folded into several lines.
LONGEST_PLAIN_SUBJECT = 76
CALENDAR, TO = "calendar", "to"


@dataclass(frozen=True)
class MessageTemplate:
    """A message in bytes, cut at its placeholders: a piece, the name of the placeholder after it, a piece, …, a piece."""

    pieces: tuple[bytes | str, ...]

    def filled(self, inserts: dict[str, bytes]) -> bytes:
        """Return the message with each placeholder replaced."""
        parts: list = list(self.pieces)
        parts[1::2] = [inserts[name] for name in parts[1::2]]
        return b"".join(parts)


@dataclass(frozen=True)
class Shape:
    """What a template depends on in the parts of one reader: which parts there are, and which are plain ASCII."""

    language: str
    placeholders: tuple[tuple[str, bool], ...]
    headers: tuple[str, ...]
    has_plain_calendar: bool | None


def write_message(delivery: Delivery, roots: dict[tuple, str] | None = None) -> bytes:
    """Return the message of a delivery as bytes with CRLF, ready for the relay: the same as `build_message`, but faster.

    `roots` is the result of `find_roots` for many letters and saves a query. Raises MeetupError as build_letter does.
    """
    letter = build_letter(delivery)
    parts = parts_of(delivery, letter.calendar_method, roots)
    template = _template_for(letter, parts)
    if template is None:
        return put_together(letter, parts).message().as_bytes(linesep="\r\n")
    return template.filled(_inserts_of(parts))


def _inserts_of(parts: Parts) -> dict[str, bytes]:
    """Return what replaces each placeholder of a template."""
    words = {f"text {placeholder}": value.encode() for placeholder, value in parts.inserts.items()}
    words |= {f"html {placeholder}": escape(value).encode() for placeholder, value in parts.inserts.items()}
    words |= {f"header {name}": value.encode() for name, value in parts.headers.items()}
    return words | {TO: parts.to.encode(), CALENDAR: END_OF_LINE.sub("\r\n", parts.calendar).encode()}


def _is_plain(value: str) -> bool:
    """Tell whether a header's value is sent unchanged: neither encoded nor folded."""
    return value.isascii() and value.isprintable() and len(value) <= LONGEST_VALUE and value == " ".join(value.split())


def _template_for(letter: Letter, parts: Parts) -> MessageTemplate | None:
    """Return the template for this reader's message, or None where the message must be built by itself."""
    if not all(map(_is_plain, [parts.to, *parts.headers.values()])):
        return None
    if any(len(escape(value)) > LONGEST_INSERT or not value.isprintable() for value in parts.inserts.values()):
        return None
    shape = Shape(
        language=parts.language,
        placeholders=tuple((placeholder, value.isascii()) for placeholder, value in parts.inserts.items()),
        headers=tuple(parts.headers),
        has_plain_calendar=parts.calendar.isascii() if parts.calendar else None,
    )
    return _make_template(letter, shape)


@lru_cache(maxsize=64)
def _make_template(letter: Letter, shape: Shape) -> MessageTemplate | None:
    """Build a message with placeholders for a reader's parts and cut it at them; None where one came out changed."""
    invented = _invent(shape)
    said = replace(letter.filled(invented.text_inserts), html=letter.filled(invented.html_inserts).html)
    data = _message_of(said, shape)
    if data is None or not _fits(data):
        return None
    pieces: list = _PLACEHOLDER.split(data)
    pieces[1::2] = [invented.names[int(number)] for number in pieces[1::2]]
    return MessageTemplate(tuple(pieces)) if len(pieces) // 2 == _num_placeholders(said, invented.parts) else None


@dataclass(frozen=True)
class Invented:
    """A reader of one shape whose parts are all placeholders. `names` says what each placeholder, by its number, is for."""

    names: tuple[str, ...]
    parts: Parts
    text_inserts: dict[str, str]
    html_inserts: dict[str, str]


@lru_cache(maxsize=64)
def _invent(shape: Shape) -> Invented:
    names: list[str] = []

    def placeholder(name: str, *, is_plain: bool = True) -> str:
        names.append(name)
        # A part with a character beyond ASCII is sent as 8bit, so its placeholder has such a character too.
        return f"{'' if is_plain else 'é'}ph{_MARK}{len(names) - 1}end"

    text_inserts = {name: placeholder(f"text {name}", is_plain=plain) for name, plain in shape.placeholders}
    html_inserts = {name: placeholder(f"html {name}", is_plain=plain) for name, plain in shape.placeholders}
    parts = Parts(
        language=shape.language,
        to=placeholder(TO),
        inserts={},
        headers={name: placeholder(f"header {name}") for name in shape.headers},
        calendar=placeholder(CALENDAR, is_plain=shape.has_plain_calendar) if shape.has_plain_calendar is not None else "",
    )
    return Invented(tuple(names), parts, text_inserts, html_inserts)


def _message_of(said: Letter, shape: Shape) -> bytes | None:
    """Return the message to the invented reader, or None where its text would be encoded."""
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
    """Return a message built as a MIME tree, or None where a part is in quoted-printable or base64."""
    message = put_together(said, _invent(shape).parts).message()
    ways = {part["Content-Transfer-Encoding"] for part in message.walk()}
    return message.as_bytes(linesep="\r\n") if ways <= {None, "7bit", "8bit"} else None


@lru_cache(maxsize=64)
def _outline(shape: Shape, is_text_plain: bool, is_html_plain: bool, calendar_method: str) -> MessageTemplate | None:
    """Return what all messages of one shape have in common, with placeholders for the letter itself: building the tree takes
    as long as a dozen letters do. None where a placeholder came out changed."""
    subject, sender, text, html = _OWN
    words = {"subject": subject, "text": text if is_text_plain else f"é{text}", "html": html if is_html_plain else f"é{html}"}
    data = _built(Letter(kind="", sender="", calendar_method=calendar_method, **words), shape)
    with translation.override(shape.language):
        line = sender_line("")
    if data is None or data.count(f"From: {line}\r\n".encode()) != 1:
        return None
    pieces: list = _OWN_PLACEHOLDER.split(data.replace(f"From: {line}\r\n".encode(), f"From: {sender}\r\n".encode()))
    pieces[1::2] = [name.decode() for name in pieces[1::2]]
    return MessageTemplate(tuple(pieces)) if sorted(pieces[1::2]) == sorted(_OWN) else None


def _fits(data: bytes) -> bool:
    """Tell whether every line stays within the limit, whatever is inserted."""
    return all(len(line) + LONGEST_INSERT * line.count(_MARK_BYTES) <= LONGEST_LINE for line in data.split(b"\r\n"))


def _num_placeholders(said: Letter, invented: Parts) -> int:
    """Return how many placeholders the message must have. The calendar is in it twice (RFC 6047 section 2.4)."""
    in_letter = said.text.count(_MARK) + said.html.count(_MARK)
    return in_letter + len(invented.headers) + 1 + (2 if invented.calendar else 0)
