"""The text of a message as its reader sees it: parts, charsets, HTML. Pure functions.

What mail programs mark as quoted in HTML comes out as lines with ">", so that one reader of quotations serves both forms.
"""

import re
from dataclasses import dataclass
from email.message import Message

from lxml import etree

from meetups.inbound import charset

MAX_PARTS = 50
MAX_HTML = 1_000_000
LONGEST_LINK = 500
DEEPEST_QUOTE = 3
UNSEEN_TAGS = {"style", "script", "head", "title", "template"}
BLOCK_TAGS = {"p", "div", "li", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "blockquote", "pre", "hr", "dd", "dt", "body"}
# A blockquote that only indents: Gmail's and Apple's button for that.
INDENT = re.compile(r"border:\s*(?:none|0)|webkit-indent", re.IGNORECASE)
# GMX and web.de quote in a div.
QUOTING_DIV = re.compile(r"border-left:\s*\d", re.IGNORECASE)


def text_of(part: Message) -> str:
    """Return the decoded text of one part; broken encodings give what can be read of them."""
    data = part.get_payload(decode=True)
    if isinstance(data, bytes):
        return charset.decode(data, part.get_content_charset())
    payload = part.get_payload()
    return payload if isinstance(payload, str) else ""


def bodies_of(message: Message) -> tuple[str, ...]:
    """Return the text that was written, first as its plain parts say it and then as the HTML does; never an attachment.

    Parts beside each other belong together: Apple Mail begins a new one after each picture. A mail within the mail is not
    what its sender wrote.
    """
    found = [_collect(message, is_plain_first=is_plain_first).strip() for is_plain_first in (True, False)]
    return tuple(dict.fromkeys(filter(None, found)))


def _collect(part: Message, *, is_plain_first: bool, depth: int = 0) -> str:
    kind, payload = part.get_content_type(), part.get_payload()
    if part.get_content_maintype() == "multipart" and isinstance(payload, list):
        if depth > MAX_PARTS:
            return ""
        parts = [child for child in payload if isinstance(child, Message)]
        children = parts[: 1 if kind == "multipart/related" else MAX_PARTS]
        texts = [(child, _collect(child, is_plain_first=is_plain_first, depth=depth + 1)) for child in children]
        said = [(child, text) for child, text in texts if text.strip()]
        if kind != "multipart/alternative":
            return "\n".join(text for _child, text in said)
        # The better form stands last (RFC 2046 section 5.1.4).
        plain = [text for child, text in said if child.get_content_type() == "text/plain"]
        return plain[0] if plain and is_plain_first else said[-1][1] if said else ""
    if part.get_content_disposition() == "attachment" or part.get_filename():
        return ""
    if kind == "text/html":
        return html_to_text(text_of(part))
    return text_of(part) if kind == "text/plain" else ""


def html_to_text(html: str) -> str:
    """Return the text of HTML, quotations marked with ">", and the address behind a link whose words do not show it."""
    reader = _Reader()
    parser = etree.HTMLParser(target=reader, recover=True)
    try:
        parser.feed(html[:MAX_HTML])
        return parser.close()
    except etree.ParserError:
        return reader.close()


class _Reader:
    """Takes the events of lxml's parser, which closes every element that was opened."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._open: list[_Element] = []
        # How many open elements quote, are not shown, are preformatted.
        self._num_quoting = self._num_unseen = self._num_pre = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in BLOCK_TAGS:
            self._end_line()
        if tag == "br":
            self._end_line(is_forced=True)
        if tag == "td":
            self._line.append(" ")
        element = _Element(_quotes(tag, attributes), tag in UNSEEN_TAGS, tag == "pre")
        if tag == "a" and attributes.get("href", "").startswith(("http://", "https://")):
            element.link, element.began = attributes["href"], (len(self._lines), len(self._line))
        self._open.append(element)
        self._count(element, 1)

    def end(self, tag: str) -> None:
        if tag in BLOCK_TAGS:
            self._end_line()
        if self._open:
            element = self._open.pop()
            self._count(element, -1)
            self._show_link(element)

    def data(self, text: str) -> None:
        if self._num_unseen:
            return
        if not self._num_pre:
            self._line.append(re.sub(r"[ \t\r\n\f]+", " ", text))
            return
        first, *others = text.split("\n")
        self._line.append(first)
        for other in others:
            self._end_line(is_forced=True)
            self._line.append(other)

    def close(self) -> str:
        self._end_line()
        return "\n".join(self._lines)

    def _count(self, element: "_Element", step: int) -> None:
        self._num_quoting += step * element.quotes
        self._num_unseen += step * element.is_unseen
        self._num_pre += step * element.is_pre

    def _show_link(self, element: "_Element") -> None:
        num_lines, num_pieces = element.began
        if not element.link or len(element.link) > LONGEST_LINK or num_lines != len(self._lines) or self._num_quoting:
            return
        shown = "".join(self._line[num_pieces:]).strip()
        if shown and shown.rstrip("/.") not in element.link:
            self._line.append(f" <{element.link}>")

    def _end_line(self, *, is_forced: bool = False) -> None:
        text = re.sub(" {2,}", " ", "".join(self._line)).strip(" ")
        if text or is_forced:
            self._lines.append("> " * min(self._num_quoting, DEEPEST_QUOTE) + text)
        self._line = []


@dataclass
class _Element:
    quotes: bool
    is_unseen: bool
    is_pre: bool
    link: str = ""
    # Where the words of the link begin: lines before it, pieces of its line before it.
    began: tuple[int, int] = (0, 0)


def _quotes(tag: str, attributes: dict[str, str]) -> bool:
    style = attributes.get("style", "") + " " + attributes.get("class", "")
    if tag == "blockquote":
        return not INDENT.search(style)
    return tag == "div" and (attributes.get("name") == "quote" or bool(QUOTING_DIV.search(style)))
