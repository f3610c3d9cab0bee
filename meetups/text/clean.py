"""Make text that people typed safe for headers, letters and calendar files."""

import re
import textwrap
import unicodedata

import regex

# Bidirectional control characters, which can make one address look like another (R49).
DIRECTION_MARKS = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
LINE_BREAKS = re.compile(r"\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")

# Characters that XML 1.0 does not allow, even escaped.
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# The end of a sentence, with closing quotation marks.
END_OF_SENTENCE = re.compile(r"(?:[.!?…؟۔।]+[\"'»”’)\]]*(?=\s)|[。！？]+[」』”’）]*)")
# A full stop after one of these, or after a single letter, does not end a sentence.
ABBREVIATIONS = {"mr", "mrs", "ms", "dr", "st", "prof", "vs", "no", "nr", "ca", "bzw", "mme", "m", "sr", "sra", "e.g", "i.e"}


def _without_marks(text: str) -> str:
    return "".join(char for char in text if char not in DIRECTION_MARKS and unicodedata.category(char) not in {"Cc", "Cs"})


def clean_line(text: str) -> str:
    """Return the text on one line, with single spaces and without control and bidirectional characters."""
    return " ".join(_without_marks(LINE_BREAKS.sub(" ", text).replace("\n", " ").replace("\t", " ")).split())


def clean_words(text: str) -> str:
    """Return a text of several lines with plain line ends, without control and bidirectional characters."""
    lines = LINE_BREAKS.sub("\n", text).replace("\t", " ").split("\n")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(_without_marks(line).rstrip() for line in lines)).strip("\n")


def shown_in_part(email: str) -> str:
    """Return an address masked, so that only its owner recognizes it: m…@example.org."""
    name, _at, domain = email.rpartition("@")
    return f"{name[:1]}…@{domain}"


def shorten(text: str, width: int) -> str:
    """Return the text in at most `width` code points, cut at a space where there is one, with three dots.

    What readers count as one letter stays whole: no accent, skin tone or half of a flag is cut off.
    """
    if len(text) <= width:
        return text
    begun = cut(text, width - 1)
    at_space = begun.rpartition(" ")[0]
    return (at_space if len(at_space) > width // 2 else begun).rstrip(" ,.;:") + "…"


def cut(text: str, most: int) -> str:
    """Return the beginning of a text, at most `most` code points long, for a column of the database.

    It ends between two letters as readers count them; only a first one that is longer by itself is cut.
    """
    if len(text) <= most:
        return text
    # One code point more tells whether a letter ends at `most`.
    ends = (found.end() for found in regex.finditer(r"\X", text[: most + 1]))
    return text[: max((end for end in ends if end <= most), default=most)]


def for_xml(text: str) -> str:
    """Return the text without characters that XML does not allow."""
    return NOT_IN_XML.sub("", text)


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text in order, each on one line. A line break ends a sentence too.

    In doubt two sentences stay joined: "St. John's" and "e.g. soup" are not cut.
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


AN_ADDRESS = re.compile(r"<?[\w.+%'=-]+@[\w.-]+>?")
