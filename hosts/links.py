"""Web addresses in texts that are mailed to people who did not ask for them (R89, R125)."""

import re
import unicodedata
from functools import lru_cache

from publicsuffixlist import PublicSuffixList

# The top-level domains that exist, from Mozilla's list. Without the private part, which names companies.
_SUFFIXES = PublicSuffixList(accept_unknown=False, only_icann=True)
_SCHEME = re.compile(r"(?i)://|\b(?:https?|ftp|mailto|javascript|data):|\bwww\.")
_HOST = re.compile(r"[^\W_](?:[\w-]*[^\W_])?(?:\.[^\W_](?:[\w-]*[^\W_])?)+")
_NUMERIC = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
# Written for people, so that programs that look for links miss it: "evil[.]de", "evil (dot) de".
_WRITTEN_DOT = re.compile(r"(?i)\s*[\[({]\s*(?:\.|dot|punkt|punto|point)\s*[\])}]\s*")
_OTHER_DOTS = str.maketrans({"。": ".", "․": ".", "﹒": ".", "·": "."})


def find_link(text: str) -> str:
    """Return the first thing in the text that a mail program would make a link, or that reads as one; "" without any.

    A name with a top-level domain that exists is one, with or without a path: "bit.ly/x", "evil.de". So is a sentence that
    begins without a space after a full stop in front of a word like "It": in doubt it is a link.
    """
    plain = unicodedata.normalize("NFKC", text).translate(_OTHER_DOTS)
    plain = "".join(char for char in plain if unicodedata.category(char) != "Cf")
    plain = _WRITTEN_DOT.sub(".", plain)
    if found := _SCHEME.search(plain) or _NUMERIC.search(plain):
        return found.group()
    return next((host.group() for host in _HOST.finditer(plain) if _is_domain(host.group())), "")


def _is_domain(host: str) -> bool:
    """Tell whether a name with dots ends in a top-level domain that exists, and is more than that."""
    try:
        name = host.lower().encode("idna").decode()
    except UnicodeError:
        name = host.lower()
    last = name.rpartition(".")[2]
    # A number in front of "a.m." or of an initial is none: no top-level domain has one letter or is a number.
    return len(last) > 1 and not last.isdigit() and _SUFFIXES.publicsuffix(last) is not None


@lru_cache(maxsize=512)
def replace_links(text: str) -> str:
    """Return the text with […] in place of each word with a link in it; of the whole line where a link is spread over words."""
    if not find_link(text):
        return text
    return "\n".join(_replace_in_line(line) for line in text.split("\n"))


def _replace_in_line(line: str) -> str:
    left = " ".join("[…]" if find_link(word) else word for word in line.split(" "))
    return "[…]" if find_link(left) else left
