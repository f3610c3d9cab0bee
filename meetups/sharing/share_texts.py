"""Ready texts to share a recap by, each within what its network takes, counted as that network counts.

They contain only what the recap's page shows to everybody, and no names. The host's question may be shortened; a guest's sentence
is quoted whole or not at all. Sources of the limits: docs.joinmastodon.org (500, a link is 23), docs.bsky.app (300 graphemes and
3,000 bytes, a link in full), developer.x.com "Counting characters" (280, a link is 23, most letters beyond Latin are 2).
"""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from urllib.parse import quote

import regex
from django.utils.translation import gettext as _

from meetups.text.clean import cut

LINK = 23
# Ranges of code points that X counts as one; everything else is two.
X_SINGLE = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
# What X turns into a link, whether or not one was meant: "example.org".
X_LINK = regex.compile(r"[\p{L}\p{N}_-]\.\p{L}")
# Some code points of the first range are emoji too: © and ®.
PICTOGRAPH = regex.compile(r"\p{Extended_Pictographic}")
WEB = regex.compile(r"https?://\S+")
CLOSE_WEB = regex.compile(r"(?<=\S)https?://\S+")
MOST_SUBJECT = 78
SENTENCES_OF_LONG_ONES = 3


@dataclass(frozen=True)
class ShareText:
    """A text for one network: what it is called, the text, how long that is there, and how long it may be."""

    key: str
    label: str
    text: str
    length: int
    limit: int
    subject: str = ""

    @property
    def mailto(self) -> str:
        """Return a link that opens a letter with subject and text."""
        return f"mailto:?subject={quote(self.subject)}&body={quote(self.text)}"


def graphemes(text: str) -> list[str]:
    """Return the grapheme clusters, which readers see as single letters: an emoji of a family of four is one."""
    return regex.findall(r"\X", text)


def mastodon_length(text: str) -> int:
    """Count graphemes, and 23 for each link; a shorter one in somebody's words counts 23 too."""
    return len(graphemes(WEB.sub("x" * LINK, text)))


def bluesky_length(text: str) -> int:
    """Count graphemes, or a tenth of the bytes where that is more: 300 and 3,000 are the limits."""
    return max(len(graphemes(text)), -(-len(text.encode()) // 10))


def x_length(text: str) -> int:
    """Count as X does, or a little more: links 23, Latin and its neighbors 1, all else 2, each sign of an emoji by itself."""
    others = WEB.sub("", text)
    links = LINK * (len(WEB.findall(text)) + len(X_LINK.findall(others)))
    # A link without a space before it may count letter by letter.
    close = sum(max(0, sum(map(_x_weight, link)) - LINK) for link in CLOSE_WEB.findall(text))
    return links + close + sum(map(_x_weight, others))


def _x_weight(letter: str) -> int:
    is_single = any(first <= ord(letter) <= last for first, last in X_SINGLE)
    return 1 if is_single and not PICTOGRAPH.match(letter) else 2


def units(text: str) -> int:
    """Count UTF-16 code units, as a browser's field does."""
    return len(text.encode("utf-16-le")) // 2


@dataclass(frozen=True)
class Network:
    key: str
    label: str
    limit: int
    length: Callable[[str], int]
    is_long: bool = False


# Facebook and WhatsApp take some sixty thousand; nobody reads them.
NETWORKS = (
    Network("mastodon", "Mastodon", 500, mastodon_length),
    Network("bluesky", "Bluesky", 300, bluesky_length),
    Network("x", "X", 280, x_length),
    Network("facebook", "Facebook", 2_000, units, is_long=True),
    Network("linkedin", "LinkedIn", 3_000, units, is_long=True),
    Network("whatsapp", "WhatsApp", 2_000, units, is_long=True),
)


def make_share_texts(*, question: str, sentences: Iterable[str], said_of: str, link: str) -> list[ShareText]:
    """Return a text for each network and for a letter, in the active language; `sentences` are those that are public."""
    question, said_of = _plain(question), _plain(said_of)
    sentences = [sentence for sentence in map(_plain, sentences) if sentence]
    texts = []
    for network in NETWORKS:
        blocks = _long_blocks if network.is_long else _short_blocks
        text = _fit(network, list(blocks(question, sentences, said_of)), link, question)
        texts.append(ShareText(network.key, network.label, text, network.length(text), network.limit))
    letter = "\n\n".join([*next(_long_blocks(question, sentences, said_of)), link])
    subject = shorten_by(lambda text: len(text) <= MOST_SUBJECT, question) or cut(said_of, MOST_SUBJECT)
    texts.append(ShareText("email", _("Email"), letter, units(letter), 0, subject))
    return texts


def _plain(text: str) -> str:
    """Return a text on one line, composed, without control characters."""
    seen = "".join(letter for letter in unicodedata.normalize("NFC", text) if unicodedata.category(letter) not in {"Cc", "Cs"})
    return " ".join(seen.split())


def _short_blocks(question: str, sentences: list[str], said_of: str):
    """Yield the paragraphs a short text may have, the longest choice first."""
    if sentences:
        said = f"“{sentences[0]}”"
        yield [question, said, said_of]
        yield [question, said]
        yield [said, said_of]
    yield [question, said_of]


def _long_blocks(question: str, sentences: list[str], said_of: str):
    said = [f"“{sentence}”" for sentence in sentences[:SENTENCES_OF_LONG_ONES]]
    for number in range(len(said), -1, -1):
        yield [question, *said[:number], said_of, _("What would your table say?")]


def _fit(network: Network, candidates: list[list[str]], link: str, question: str) -> str:
    """Return the first candidate that fits with the link below it, else the question, as much of it as fits."""

    def joined(blocks: list[str]) -> str:
        return "\n\n".join([block for block in blocks if block] + [link])

    def fits(text: str) -> bool:
        return network.length(text) <= network.limit

    for blocks in candidates:
        if fits(joined(blocks)):
            return joined(blocks)
    return joined([shorten_by(lambda text: fits(joined([text])), question)])


def shorten_by(fits: Callable[[str], bool], text: str) -> str:
    """Return a text, or as many of its letters as fit with three dots after them, cut between words where there are any."""
    if fits(text):
        return text
    letters = graphemes(text)
    low, high = 0, len(letters)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits("".join(letters[:middle]) + "…") else (low, middle - 1)
    cut = "".join(letters[:low])
    at_word = cut.rpartition(" ")[0]
    cut = at_word if len(at_word) > len(cut) * 0.6 else cut
    cut = cut.rstrip(" ,.;:-")
    return f"{cut}…" if cut and fits(f"{cut}…") else ""
