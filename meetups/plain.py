"""People's words, made safe for a line of a header, a letter or a calendar file."""

import re
import textwrap
import unicodedata

# Marks that turn the direction of what follows them: they make one address look like another (R49).
DIRECTION_MARKS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
LINE_BREAKS = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")

SHORTEST_SECRET = 6
# A telephone number, however it is grouped. With the country's digits or without them it ends alike.
NUMBER = re.compile(r"\d(?:[\s().\-/]*\d){6,}")
END_OF_NUMBER = 7
# What XML 1.0 cannot say, escaped or not.
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# Where a sentence ends, in the scripts our pages are written in; what closes a quotation still belongs to it.
END_OF_SENTENCE = re.compile(r"(?:[.!?…؟۔।]+[\"'»”’)\]]*(?=\s)|[。！？]+[」』”’）]*)")
# A full stop behind one of these, or behind a single letter, ends no sentence.
ABBREVIATIONS = {"mr", "mrs", "ms", "dr", "st", "prof", "vs", "no", "nr", "ca", "bzw", "mme", "m", "sr", "sra", "e.g", "i.e"}


def _without_marks(text: str) -> str:
    return "".join(char for char in text if char not in DIRECTION_MARKS and unicodedata.category(char) not in {"Cc", "Cs"})


def clean_line(text: str) -> str:
    """Return the text on one line: no line breaks of any kind, no control characters, no turned direction, single spaces."""
    return " ".join(_without_marks(LINE_BREAKS.sub(" ", text).replace("\n", " ").replace("\t", " ")).split())


def clean_words(text: str) -> str:
    """Return words of several lines with plain line ends, no control characters and no turned direction."""
    lines = LINE_BREAKS.sub("\n", text).replace("\t", " ").split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(_without_marks(line).rstrip() for line in lines)).strip("\n")


def shown_in_part(email: str) -> str:
    """Return an address as somebody knows their own by it, and nobody learns another's: m…@example.org."""
    name, _at, domain = email.rpartition("@")
    return f"{name[:1]}…@{domain}"


def shorten(text: str, width: int) -> str:
    """Return the text in at most `width` characters, cut at a space where there is one, with three dots."""
    if len(text) <= width:
        return text
    cut = text[: width - 1]
    at_space = cut.rpartition(" ")[0]
    return (at_space if len(at_space) > width // 2 else cut).rstrip(" ,.;:") + "…"


def for_xml(text: str) -> str:
    """Return the text without what no XML can hold."""
    return NOT_IN_XML.sub("", text)


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text in order, each on one line: a new line begins one, and so does what follows a full stop.

    Meant for lists to be read side by side, so it rather joins two than cuts one: "St. John's" and "e.g. soup" stay whole.
    """
    return [sentence for line in clean_words(text).split("\n") for sentence in _sentences_of_line(line)]


def _sentences_of_line(line: str) -> list[str]:
    sentences, start = [], 0
    for end in END_OF_SENTENCE.finditer(line):
        last_word = line[start : end.start()].rpartition(" ")[2].lstrip("(\"'«“‘").lower()
        is_short = end.group()[0] == "." and (last_word in ABBREVIATIONS or (len(last_word) == 1 and last_word.isalpha()))
        goes_on = line[end.end() :].lstrip()[:1].islower()
        if not is_short and not goes_on:
            sentences.append(line[start : end.end()])
            start = end.end()
    sentences.append(line[start:])
    return [" ".join(sentence.split()) for sentence in sentences if sentence.strip()]


def holds_any(text: str, *secrets: str) -> bool:
    """Tell whether the text holds one of the secrets (a street, a number), however it is spaced, dotted or typed."""
    said, plain = _bare(text), [_bare(secret) for secret in secrets]
    # A street of one short word is a word of the language too.
    is_said = any(len(secret) >= SHORTEST_SECRET and f" {secret} " in f" {said} " for secret in plain)
    numbers = _ends_of_numbers(text)
    return is_said or any(numbers & _ends_of_numbers(secret) for secret in secrets)


def _bare(text: str) -> str:
    """Return the words of a text alone: an accent typed as a sign of its own is the same letter, and what is not seen is none."""
    seen = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")
    return " ".join(re.sub(r"\W+", " ", seen).casefold().split())


def _ends_of_numbers(text: str) -> set[str]:
    found = NUMBER.findall(unicodedata.normalize("NFKC", text))
    return {re.sub(r"\D", "", number)[-END_OF_NUMBER:] for number in found}


def wrap_lines(text: str, width: int) -> str:
    """Return the text with every line wrapped at `width`, its indent kept. A line with a link stays whole."""
    wrapped: list[str] = []
    for line in text.split("\n"):
        bare = line.strip()
        indent = line[: len(line) - len(line.lstrip())]
        if not bare or "://" in bare or "\x02" in bare:
            wrapped.append(indent + bare)
            continue
        hang = indent + ("  " if bare.startswith("- ") else "")
        wrapped += textwrap.wrap(bare, width, initial_indent=indent, subsequent_indent=hang, break_on_hyphens=False)
    return "\n".join(wrapped)
