"""What a person wrote, apart from the letter they quote. Pure functions.

quotequail knows how mail programs introduce a quotation in eight languages; it stops at the first, and believes every line
that begins with "On" and some line later ends with "wrote:". So its word is one sign among others here. A line is taken for
quoted only where it is marked so, or is known to come from a letter of ours, or stands below an introduction that names us;
in doubt a line is kept (R129). What must not be passed on at all is cut afterwards, by redact.py, whatever is found here.
"""

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import quotequail

from meetups.text.clean import clean_words, shorten

MAX_WORDS = 4_000
# Of a longer text the middle is left out: people write at its beginning, or below a long quotation.
MAX_TEXT, MAX_LINES = 200_000, 4_000

# ">:(" and ">_<" are faces.
QUOTED = re.compile(r" {0,3}[>＞](?![:;=][-'^]?[()\[\]/|]|[._]<)")
# An mbox file escapes a line that begins with From.
MBOX_FROM = re.compile(r">From \w")
NO_WORD = re.compile(r"[\W_]+")
A_LINK = re.compile(r"https?://\S+")
SPACES = re.compile(r"[\u00a0\u2000-\u200a\u202f\u205f\u3000]")

A_DAY = re.compile(
    r"\b(?:19|20)\d\d\b|\d{1,2}[./-] ?\d{1,2}[./-] ?\d{2,4}|\d{4}[./-] ?\d{1,2}[./-] ?\d{1,2}|\d ?[年년]", re.ASCII
)
AN_HOUR = re.compile(r"\d{1,2}[:.h] ?\d\d|\d ?[時时시]|\d ?(?:[ap]\.?m\b|uhr)", re.IGNORECASE)
ENDS_SENTENCE = re.compile(r"[.!?。！？…]$")
# "De : Ana", "*From:* Ana", "差出人: Ana", "From: Ana" of a bold list.
LABEL = re.compile(r"[*_ ]{0,3}[^\W\d_][^\d:：<>@]{0,24}[:：][*_]{0,2}(?: |$)")
BETWEEN_DASHES = re.compile(r"[-_*]{2,} ?[^\W_][^-_]{1,50}?[^\W_] ?[-_*]{2,}")
A_RULE = re.compile(r"[_-]{20,}")
LONGEST_INTRODUCTION, MOST_INTRODUCTION_LINES = 500, 4
FEWEST_LABELS, LONGEST_BLOCK = 3, 20
# How far below a separator its header lines begin.
NEAR = 3

LONGEST_SIGNATURE = 12
SENT_FROM = re.compile(
    r"(?:sent|get|envoyé|enviado|gesendet|von mein\w+|inviato|verzonden|skickat|sendt|wysłan[eo]|obtene[rz]|téléchargez)\b.{0,40}"
    r"\b(?:iphone|ipad|ios|android|outlook|galaxy|samsung|huawei|xiaomi|smartphone|mobile?|handy|yahoo|proton|gmx|web\.de)\b.{0,60}"
    r"|\S{0,20}(?:iphone|ipad|android)\S{0,20}から送信.{0,10}",
    re.IGNORECASE,
)

LONGEST_CONTEXT = 3
# A line of a letter is known by this much of it; a shorter one only beside lines that are known.
KNOWN_ALONE, KNOWN_UNNAMED, KNOWN_IN_QUOTE = 40, 30, 16


class _Is(enum.Enum):
    OWN = enum.auto()
    BLANK = enum.auto()
    QUOTED = enum.auto()
    # An introduction, a header block, a separator, a signature; and below one, what nobody can tell.
    LEFT_OUT = enum.auto()
    IN_DOUBT = enum.auto()


@dataclass(frozen=True)
class Sent:
    """What is known of the letters that a person may quote: by which names they name us, and the words that were in them."""

    names: tuple[str, ...] = ()
    # Of the evening; it stands in the subject, and in what people write of it.
    title: str = ""
    # Words of letters to this person; and with what was handed on between the two. Both through `bare_words`.
    letters: str = ""
    with_earlier: str = ""

    def is_named_in(self, text: str) -> bool:
        folded = text.casefold()
        return any(name.casefold() in folded for name in self.names if name)


def bare_words(text: str) -> str:
    """Return the words of a text alone, in a form in which a quoted line is found again however it was wrapped or marked.

    Links are left out: mail filters write others in their place.
    """
    return " " + " ".join(NO_WORD.sub(" ", A_LINK.sub(" ", text.casefold())).split()) + " "


@dataclass
class _Text:
    lines: list[str]
    sent: Sent
    kinds: list[_Is] = field(default_factory=list)

    def __post_init__(self) -> None:
        for line in self.lines:
            is_marked = QUOTED.match(line) and not MBOX_FROM.match(line)
            self.kinds.append(_Is.QUOTED if is_marked else _Is.OWN if line.strip() else _Is.BLANK)

    def leave_out(self, first: int, end: int) -> None:
        self.kinds[first:end] = [_Is.LEFT_OUT] * (end - first)

    def next_written(self, place: int, step: int = 1) -> int | None:
        """Return the nearest line that is not blank, from `place` on, or None."""
        while 0 <= place < len(self.lines):
            if self.lines[place].strip():
                return place
            place += step
        return None

    def end_of_own(self, place: int, most: int) -> int | None:
        """Return the line behind the own lines from `place` on, or None when they are more than `most`."""
        num_lines = 0
        while place < len(self.lines) and self.kinds[place] in {_Is.OWN, _Is.BLANK}:
            num_lines += self.kinds[place] == _Is.OWN
            if num_lines > most:
                return None
            place += 1
        return place


def own_words(text: str, sent: Sent | None = None) -> str:
    """Return what a person wrote: above, below and inside the quoted letter, without the signature; at most 4,000 characters.

    A quoted line stays where it was chosen to be answered: a short quotation without introduction, or between answers.
    """
    return shorten(_all_own_words(text, sent), MAX_WORDS)


def words_of(texts: Iterable[str], sent: Sent) -> str:
    """Return what a person wrote in the first of the texts that holds anything besides quotations, at its full length."""
    return next(filter(None, (_all_own_words(text, sent) for text in texts)), "")


def _all_own_words(text: str, sent: Sent | None) -> str:
    raw = _ends_of(_ends_of(text, MAX_TEXT).replace("\r\n", "\n").split("\n"), MAX_LINES)
    marks = [place for place, line in enumerate(raw) if line == "-- "]
    found = _Text([clean_words(SPACES.sub(" ", line)) for line in raw], sent or Sent())
    _leave_out_introductions(found)
    _leave_out_below_headings(found)
    _leave_out_known_lines(found)
    _leave_out_signatures(found, marks)
    return _joined(found)


Text = TypeVar("Text", str, list[str])


def _ends_of(whole: Text, longest: int) -> Text:
    return whole if len(whole) <= longest else whole[: longest // 2] + whole[-longest // 2 :]


# Marked quotations ----------------------------------------------------------------------------------------------------


def _leave_out_introductions(text: _Text) -> None:
    """Leave out the line or lines right above each marked quotation that say who wrote it and when."""
    for place, kind in enumerate(text.kinds):
        if kind != _Is.QUOTED or (place and text.kinds[place - 1] == _Is.QUOTED):
            continue
        last = text.next_written(place - 1, -1)
        if last is not None and place - last <= NEAR and text.kinds[last] == _Is.OWN:
            first = _introduction_begins(text, last)
            if first is not None:
                text.leave_out(first, last + 1)


def _introduction_begins(text: _Text, last: int) -> int | None:
    """Return the first line of the introduction that ends at line `last`, or None where that is a person's own line.

    As few lines as say when or who: a person's line may stand right above. One that is broken before the day goes on upward.
    """
    if not text.lines[last].rstrip(" *_").endswith((":", "：")):
        return None
    named = None
    for first in range(last, max(-1, last - MOST_INTRODUCTION_LINES), -1):
        if text.kinds[first] != _Is.OWN or (first < last and ENDS_SENTENCE.search(text.lines[first])):
            break
        words = " ".join(text.lines[first : last + 1])
        if len(words) > LONGEST_INTRODUCTION:
            break
        if _says_who_and_when(words, text.sent):
            return first
        is_named = text.sent.is_named_in(words) if text.sent.names else "@" in words
        named = first if named is None and is_named else named
    return named


def _says_who_and_when(words: str, sent: Sent) -> bool:
    if not A_DAY.search(words):
        return False
    return "@" in words or bool(AN_HOUR.search(words)) or (bool(sent.names) and sent.is_named_in(words)) or _knows(words)


def _knows(line: str) -> bool:
    """Tell whether quotequail takes the line for an introduction, or for a separator."""
    return not quotequail.quote(line.strip(), quote_intro_line=True)[0][1]


# Quotations without marks ---------------------------------------------------------------------------------------------


def _leave_out_below_headings(text: _Text) -> None:
    """Leave out headings of quotations whose lines are not marked, and what is quoted below them.

    Quoted are the lines of our letters; any other line is an answer. Where no letter is known, all that stands below is taken
    for quoted if there are words above, and kept if there are none.
    """
    headings, place = [], 0
    while place < len(text.lines):
        end = _heading_ends(text, place) if text.kinds[place] == _Is.OWN else None
        if end is not None:
            headings.append((place, end))
        place = end or place + 1
    borders = [first for first, _end in headings] + [len(text.lines)]
    for (first, end), border in zip(headings, borders[1:], strict=True):
        has_words_above = any(kind == _Is.OWN for kind in text.kinds[:first])
        text.leave_out(first, end)
        below = [place for place in range(end, border) if text.kinds[place] == _Is.OWN]
        letters = text.sent.with_earlier or text.sent.letters
        known = [place for place in below if _is_known(text, place, letters)]
        if known:
            _leave_out_with_neighbors(text, known, below)
        elif _joined_words(text, *below) in letters if letters else has_words_above:
            for place in below:
                text.kinds[place] = _Is.LEFT_OUT


def _heading_ends(text: _Text, place: int) -> int | None:
    """Return the line behind a heading that begins at `place`, or None: a separator, a header block, an introduction."""
    line = text.lines[place].strip()
    if A_RULE.fullmatch(line) or BETWEEN_DASHES.fullmatch(line) or (line.endswith(":") and _is_forwarding(line)):
        below = text.next_written(place + 1)
        block = _header_block_ends(text, below) if below is not None and below - place <= NEAR else None
        if block is not None:
            return block
        is_ours = not text.sent.names or text.sent.is_named_in(" ".join(text.lines[place : place + 2 * NEAR]))
        return place + 1 if is_ours and not A_RULE.fullmatch(line) and _knows(line) else None
    block = _header_block_ends(text, place)
    return block if block is not None else _introduction_ends(text, place)


def _is_forwarding(line: str) -> bool:
    return len(line) < 60 and not A_DAY.search(line) and _knows(line)


def _header_block_ends(text: _Text, place: int) -> int | None:
    """Return the line behind "From: … Sent: … To: … Subject: …", in whatever language, where it names us; else None."""
    end, num_labels = place, 0
    while end < min(len(text.lines), place + LONGEST_BLOCK) and text.lines[end].strip() and text.kinds[end] == _Is.OWN:
        if LABEL.match(text.lines[end]):
            num_labels += 1
        elif not num_labels or end - place >= 2 * (num_labels + 1):
            break
        else:
            # A long list of recipients goes on; anything else ends the block.
            if not re.match(r"\s|.*[@;,]", text.lines[end]):
                break
        end += 1
    block = " ".join(text.lines[place:end])
    if num_labels < FEWEST_LABELS:
        return None
    sent = text.sent
    is_from_us = bool(sent.names) and sent.is_named_in(text.lines[place])
    is_about_us = not sent.names or sent.is_named_in(block) or (bool(sent.title) and sent.title.casefold() in block.casefold())
    return end if A_DAY.search(block) and (is_from_us or ("@" in block and is_about_us)) else None


def _introduction_ends(text: _Text, place: int) -> int | None:
    """Return the line behind "On … Ana wrote:" above lines that are not marked, where it says when and names us; else None."""
    for end in range(place + 1, min(len(text.lines), place + MOST_INTRODUCTION_LINES) + 1):
        if text.kinds[end - 1] != _Is.OWN:
            return None
        if text.lines[end - 1].rstrip(" *_").endswith((":", "：")):
            first = _introduction_begins(text, end - 1)
            words = " ".join(text.lines[place:end])
            names_us = not text.sent.names or text.sent.is_named_in(words)
            is_sure = "@" in words or (bool(AN_HOUR.search(words)) and _knows(words))
            return end if first == place and names_us and is_sure and A_DAY.search(words) else None
    return None


# Lines of our letters -------------------------------------------------------------------------------------------------


def _is_known(text: _Text, place: int, letters: str, at_least: int = KNOWN_IN_QUOTE) -> bool:
    words = bare_words(text.lines[place])
    # Some programs set the writer's name before each line.
    unnamed = f" {words[1:].partition(' ')[2]}"
    return (len(words) >= at_least and words in letters) or (len(unnamed) >= KNOWN_UNNAMED and unnamed in letters)


def _leave_out_with_neighbors(text: _Text, known: list[int], among: list[int]) -> None:
    """Leave out the known lines, short ones with which the letter goes on above or below them, and marks alone between them."""
    places, letters = set(known), text.sent.with_earlier or text.sent.letters
    worded = [place for place in among if bare_words(text.lines[place]).strip()]
    for order in (worded, worded[::-1]):
        for beside, place in zip(order, order[1:], strict=False):
            if beside in places and _joined_words(text, beside, place) in letters:
                places.add(place)
    for above, below in zip(worded, worded[1:], strict=False):
        if above in places and below in places:
            places.update(place for place in among if above < place < below)
    for place in places:
        text.kinds[place] = _Is.LEFT_OUT


def _joined_words(text: _Text, *places: int) -> str:
    return bare_words(" ".join(text.lines[place] for place in sorted(places)))


def _leave_out_known_lines(text: _Text) -> None:
    """Leave out long lines of our letters, or two that are long together, however they are quoted, and the short ones beside."""
    letters = text.sent.letters
    if not letters:
        return
    own = [place for place, kind in enumerate(text.kinds) if kind == _Is.OWN]
    known = {place for place in own if _is_known(text, place, letters, KNOWN_ALONE)}
    for above, below in zip(own, own[1:], strict=False):
        together = _joined_words(text, above, below)
        if (
            len(together) >= KNOWN_ALONE
            and _is_known(text, above, letters)
            and _is_known(text, below, letters)
            and together in letters
        ):
            known |= {above, below}
    if len(known) > 1:
        _leave_out_with_neighbors(text, sorted(known), own)


# Signatures -----------------------------------------------------------------------------------------------------------


def _leave_out_signatures(text: _Text, marks: list[int]) -> None:
    """Leave out what follows "-- " up to the quotation or the end, and "Sent from my iPhone" at the end of what is own."""
    for place in marks:
        end = text.end_of_own(place + 1, LONGEST_SIGNATURE)
        if end is not None and text.kinds[place] == _Is.OWN:
            text.leave_out(place, end)
    places = [place for place, kind in enumerate(text.kinds) if kind == _Is.OWN]
    for place in places:
        below = text.next_written(place + 1)
        is_last = below is None or text.kinds[below] != _Is.OWN
        if is_last and SENT_FROM.fullmatch(text.lines[place].strip()):
            text.kinds[place] = _Is.LEFT_OUT


# What is left ---------------------------------------------------------------------------------------------------------


def _joined(text: _Text) -> str:
    kept: list[str] = []
    place = 0
    while place < len(text.lines):
        kind = text.kinds[place]
        if kind == _Is.QUOTED:
            end = _quotation_ends(text, place)
            kept += _context(text, place, end)
            place = end
            continue
        if kind in {_Is.OWN, _Is.BLANK}:
            kept.append(text.lines[place])
        elif kept and kept[-1]:
            kept.append("")
        place += 1
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _quotation_ends(text: _Text, place: int) -> int:
    end = last = place
    while end < len(text.lines) and text.kinds[end] in {_Is.QUOTED, _Is.BLANK}:
        last = end if text.kinds[end] == _Is.QUOTED else last
        end += 1
    return last + 1


def _context(text: _Text, place: int, end: int) -> list[str]:
    """Return the end of a quotation where the answer below it is not understood without."""
    below = text.next_written(end)
    if below is None or text.kinds[below] != _Is.OWN:
        return []
    quoted = [line for line in text.lines[place:end] if QUOTED.sub("", line).strip(" >")]
    above = text.next_written(place - 1, -1)
    is_chosen = len(quoted) <= LONGEST_CONTEXT and (above is None or text.kinds[above] != _Is.LEFT_OUT)
    is_between = _Is.QUOTED in text.kinds[below:]
    if not (is_chosen or is_between):
        return []
    first = end
    while first > place and QUOTED.sub("", text.lines[first - 1]).strip(" >"):
        first -= 1
    return text.lines[first:end] if end - first <= LONGEST_CONTEXT else []
