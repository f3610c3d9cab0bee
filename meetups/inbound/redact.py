"""The last filter over what is handed on: addresses of both sides, and every link and token of ours, are cut out (R40, R129).

It knows nothing of quotations. It looks for what must not be passed on, whatever is around it, in three views of the text: as it
stands; with percent, quoted-printable and HTML codes decoded; and as letters and digits alone. In each view a line break, with
the marks of a quotation behind it, may stand anywhere within a secret. Pure functions.
"""

import base64
import binascii
import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote

CUT = "[…]"
LENGTH_OF_TOKEN = 43
# So many characters of a selector name one row, in base64 and in base32.
KNOWN_START, KNOWN_TAG_START = 20, 24
# A shorter one may be met by chance in the letters of a sentence.
LONG_ENOUGH = 12
MOST_ROUNDS = 3

PIECE = re.compile(
    r"(?P<soft>=\n)|(?P<line>[ \t]*\n[ \t]*(?:[>|＞][>|＞ \t]*)?)|(?P<code>%(?:25)*[0-9A-Fa-f]{2}|=[0-9A-F]{2}|&\#?\w{1,8};)"
    r"|(?P<space>[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+)|(?P<escape>\\)|(?P<one>.)",
    re.DOTALL,
)
AT_WORDS = "at|arobase|arroba|chiocciola|klammeraffe|snabela|apenstaartje|アット"
DOT_WORDS = "dot|punkt|point|punto|ponto|punt|piste|kropka|ドット"
URL = re.compile(r"(?:https?://|www\.)[!#-;=?-~]+", re.IGNORECASE)
BASE64_RUN = re.compile(r"[A-Za-z0-9+/_-]{16,}(?:\n[A-Za-z0-9+/_-]{4,})*={0,2}")
LONG_RUN = re.compile(r"(?<![\w-])[\w-]{40,}", re.ASCII)
# With fewer characters on a line the other line has forty.
SPLIT_RUN = re.compile(r"(?<![\w-])[\w-]{4,42}(?=\n[\w-]{4})", re.ASCII)
END_OF_RUN = re.compile(r"(?![\w-])", re.ASCII)
NEXT_RUN = re.compile(r"\n[\w-]+", re.ASCII)
ANOTHERS = re.compile(r"(?:[a-z0-9]|[a-z0-9][._+-])$", re.IGNORECASE)
ENDS_NAME = r"(?![a-z0-9-])(?!\.[a-z0-9])"
OUR_PATHS = re.compile(r"(?:r|u|w|f|out|mine|m|host|inbound)/[\w-]{8,}\S*", re.ASCII)
WRAPPED = re.compile(
    r"<(?:mailto:)?\[…\]>|\((?:mailto:)?\[…\]\)|\[(?:mailto:)?\[…\]\]|\*\[…\]\*|(?:mailto:|smtp:)\[…\]", re.IGNORECASE
)
SEVERAL = re.compile(r"\[…\](?:[ ,;]*(?:\n[ >|]*)?\[…\])+")


# Takes a text and the ends of what was found in it, and returns where that ends in truth.
Extend = Callable[[str, int, int], int]


@dataclass(frozen=True)
class Secrets:
    """What must not be passed on between two people, besides every token of ours that has the shape of one."""

    # Of both sides, in any case.
    addresses: frozenset[str]
    # Under which our pages are, without port; and the domains of our own mail addresses.
    hosts: frozenset[str]
    mail_domains: frozenset[str] = frozenset()
    # Of the two people's rows, in base64: their tokens and tags begin with it.
    selectors: frozenset[str] = frozenset()

    @cached_property
    def plain(self) -> tuple[re.Pattern[str], ...]:
        """Patterns for text that was decoded already: is one of the secrets in it?"""
        names = [re.escape(address.casefold()) for address in self.addresses]
        names += [rf"(?<![a-z0-9-]){re.escape(host.casefold())}{ENDS_NAME}" for host in self.hosts]
        names += [re.escape(start.casefold()) for start in self.starts]
        return tuple(map(re.compile, names))

    @cached_property
    def starts(self) -> tuple[str, ...]:
        """How tokens and tags of the two people begin."""
        found = [selector[:KNOWN_START] for selector in self.selectors]
        for selector in self.selectors:
            raw = base64.urlsafe_b64decode(selector + "=" * (-len(selector) % 4))
            found.append(base64.b32encode(raw).decode()[:KNOWN_TAG_START])
        return tuple(found)

    @cached_property
    def patterns(self) -> tuple[re.Pattern[str], ...]:
        """Patterns for the views in which line breaks are kept."""
        found = [_address_pattern(address) for address in self.addresses]
        found += [_link_pattern(host) for host in self.hosts]
        found += [rf"{_broken(start.casefold())}[\w-]*" for start in self.starts]
        found.append(r"(?:bounce|rsvp|reply)\n?\+\n?(?:(?:[a-z2-7]\n?){20,60}@[\w.-]+|[a-z2-7]{20,60})")
        found += [rf"[0-9a-f]{{32}}@{re.escape(domain.casefold())}" for domain in self.mail_domains]
        return tuple(map(re.compile, found))

    @cached_property
    def bare_addresses(self) -> tuple[re.Pattern[str], ...]:
        """Patterns for the view of letters and digits alone, of addresses that no words make by chance."""
        found = []
        for address in self.addresses:
            local, _at, domain = address.casefold().partition("@")
            if len(_bare(local) + _bare(domain)) >= LONG_ENOUGH and _bare(local):
                found.append(rf"{_spelled_out(local)}(?:{AT_WORDS})?{_spelled_out(domain)}")
        return tuple(map(re.compile, found))

    @cached_property
    def bare_starts(self) -> tuple[re.Pattern[str], ...]:
        """The same of tokens and tags."""
        bare = (_bare(start.casefold()) for start in self.starts)
        return tuple(re.compile(re.escape(start)) for start in bare if len(start) >= LONG_ENOUGH)


def redact(text: str, secrets: Secrets) -> str:
    """Return the text with everything secret replaced by "[…]"; lines of which nothing else is left are gone.

    A link of somebody else's that leads to us (a mail filter's, with our address encoded in it) is cut as a whole.
    """
    for _round in range(MOST_ROUNDS):
        spans = _merged(_find_secrets(text, secrets))
        if not spans:
            break
        for start, end in reversed(spans):
            text = text[:start] + CUT + text[end:]
        text = _tidy(text)
    return text


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _tidy(text: str) -> str:
    text = WRAPPED.sub(CUT, text)
    text = SEVERAL.sub(CUT, text)
    lines = [line for line in text.split("\n") if CUT not in line or _says_something(line.replace(CUT, ""))]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _says_something(line: str) -> bool:
    return any(char.isalnum() or (ord(char) > 0x7F and unicodedata.category(char)[0] == "S") for char in line)


def _find_secrets(text: str, secrets: Secrets) -> list[tuple[int, int]]:
    leading_here, foreign = _links(text, secrets)
    spans = leading_here + _encoded(text, secrets)
    for view in (_View.of(text, decodes=False), _View.of(text, decodes=True)):
        for pattern in secrets.patterns:
            spans += view.spans_of(pattern, _to_end_of_token)
        shapes = view.spans_of(LONG_RUN) + view.spans_of(SPLIT_RUN, _to_length_of_token)
        spans += [span for span in shapes if _looks_random(text, *span) and not _is_within(span, foreign)]
    bare = _View.of(text, decodes=True, is_bare=True)
    for pattern in secrets.bare_addresses:
        spans += [span for span in bare.spans_of(pattern) if not ANOTHERS.search(text[max(0, span[0] - 2) : span[0]])]
    for pattern in secrets.bare_starts:
        spans += [(start, _end_of_run(text, end)) for start, end in bare.spans_of(pattern)]
    return spans


# Patterns -------------------------------------------------------------------------------------------------------------


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _spelled_out(text: str) -> str:
    """Return a pattern for the letters and digits of a text whose dots may be words."""
    return f"(?:{DOT_WORDS})?".join(re.escape(_bare(part)) for part in text.split("."))


def _broken(text: str, gap: str = r"\n?") -> str:
    """Return a pattern for the text with a line break anywhere in it."""
    return gap.join(map(re.escape, text))


def _address_pattern(address: str) -> str:
    """Return a pattern for an address: with another part behind a plus, with the dots that Gmail does not see, spelled out.

    Whatever stands before it: words run together where HTML had borders. So of an address that ends in it, its end is cut too.
    """
    local, _at, domain = address.casefold().partition("@")
    local = local.partition("+")[0] or local
    if domain in {"gmail.com", "googlemail.com"}:
        name = _broken(local.replace(".", ""), r"[. \n]?")
        place = r"(?:gmail|googlemail)[ \n]?\.[ \n]?com"
    else:
        name = _broken(local, r"[ \n]?")
        place = _broken(domain, r"[ \n]?")
    opening, closing = r"[ \n]?[(\[{<\"'*_]{0,2}[ \n]?", r"[ \n]?[)\]}>\"'*_]{0,2}[ \n]?"
    at = rf"(?:[ \n]?[(\[{{<][ \n]?(?:{AT_WORDS})[ \n]?[)\]}}>][ \n]?|[ \n](?:{AT_WORDS})[ \n])"
    spelled = rf"(?:\n?\.\n?|[ \n]?[(\[{{<]?[ \n]?(?:{DOT_WORDS})[ \n]?[)\]}}>]?[ \n]?)".join(map(re.escape, domain.split(".")))
    # Programs that have no name to show write the local part in its place.
    shown = rf"{name}[\"']?[ \n]?[<(\[\"']{{1,2}}"
    whole = rf"{name}(?:\+[\w.+-]*)?(?:{opening}@{closing}{place}|{at}{spelled})"
    return rf"{shown}{whole}[>)\]\"']{{0,2}}|{whole}"


def _link_pattern(host: str) -> str:
    name = _broken(host.casefold())
    port, rest = r"(?:\n?:\n?\d+)?", r"(?:\n?/[!#-;=?-~]*)"
    scheme = _broken("http") + r"\n?s?\n?:\n?/\n?/\n?"
    labels = r"(?:[\w-]{1,63}\.){0,6}"
    return rf"{scheme}{labels}{name}{ENDS_NAME}{port}{rest}?|(?<![\w@.-]){labels}{name}{port}{rest}"


def _looks_random(text: str, start: int, end: int) -> bool:
    """Tell whether a long run is no words joined by hyphens, no hashtag and no rule: letters and digits are mixed in it."""
    run = re.sub(r"[^\w-]|_", "-", text[start:end])
    pieces = [piece for piece in run.split("-") if piece]
    if not pieces or all(re.fullmatch(r"[A-Za-z]?[a-z]*|[A-Z]+|\d{1,8}", piece) for piece in pieces):
        return False
    letters = [char for char in run if char.isalpha()]
    has_digits = any(map(str.isdigit, run))
    return has_digits or 3 * sum(map(str.isupper, letters)) > len(letters)


# Views ----------------------------------------------------------------------------------------------------------------


@dataclass
class _View:
    """A text read in one way, and for each of its characters where it stands in the text itself."""

    text: str = ""
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, text: str, *, decodes: bool, is_bare: bool = False) -> "_View":
        chars, view = [], cls()
        for piece in PIECE.finditer(text):
            for char in _read_piece(piece, decodes=decodes):
                if not is_bare or char.isalnum():
                    chars.append(char)
                    view.starts.append(piece.start())
                    view.ends.append(piece.end())
        view.text = "".join(chars)
        return view

    def spans_of(self, pattern: re.Pattern[str], extend: "Extend | None" = None) -> list[tuple[int, int]]:
        """Return where the pattern is found, as places in the text itself."""
        found = []
        for match in pattern.finditer(self.text):
            start, end = match.start(), match.end()
            end = extend(self.text, start, end) if extend else end
            if end > start:
                found.append((self.starts[start], self.ends[end - 1]))
        return found


def _read_piece(piece: re.Match[str], *, decodes: bool) -> str:
    kind, text = piece.lastgroup, piece.group()
    if kind == "soft":
        return "" if decodes else "=\n"
    if kind == "line":
        return "\n"
    if kind == "space":
        return " "
    if kind == "escape":
        return ""
    if kind == "code":
        read = _read_code(text) if decodes else None
        return text.casefold() if read is None else read.casefold()
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if unicodedata.category(char) not in {"Cf", "Mn"})


def _read_code(code: str) -> str | None:
    """Return the ASCII character that a code stands for, or None."""
    if code.startswith("&"):
        char = html.unescape(code)
        return char if char != code else None
    char = chr(int(code[-2:], 16))
    return char if " " <= char <= "~" else None


def _to_end_of_token(text: str, start: int, end: int) -> int:
    """Return where what was found ends, when a token in it was broken by line ends."""
    while text[end : end + 1] == "\n":
        tail = re.search(r"[\w-]*$", text[start:end].replace("\n", ""))
        begun = len(tail.group()) if tail else 0
        below = re.match(r"[\w-]+", text[end + 1 :])
        path = OUR_PATHS.match(text, end + 1)
        if (
            below
            and 0 < begun < LENGTH_OF_TOKEN
            and begun + len(below.group()) <= LENGTH_OF_TOKEN
            and _goes_on(begun, below.group())
        ):
            end += 1 + len(below.group())
        elif path and not begun:
            end = path.end()
        else:
            break
    return end


def _end_of_run(text: str, place: int) -> int:
    found = END_OF_RUN.search(text, place)
    return found.start() if found else len(text)


def _to_length_of_token(text: str, start: int, end: int) -> int:
    """Return where a token ends that begins at `start` and is broken by line ends; `start` where it is none."""
    place = end
    while place - start - text[start:place].count("\n") < LENGTH_OF_TOKEN:
        below = NEXT_RUN.match(text, place)
        if below is None:
            return start
        place = below.end()
    is_whole = place - start - text[start:place].count("\n") == LENGTH_OF_TOKEN
    return place if is_whole else start


def _goes_on(begun: int, below: str) -> bool:
    """Tell whether a run on the next line is the rest of a token, and not the next word."""
    missing = LENGTH_OF_TOKEN - begun - len(below)
    return missing == 0 or (missing > 0 and _looks_random(below, 0, len(below)))


# Links and codes ------------------------------------------------------------------------------------------------------


def _links(text: str, secrets: Secrets) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """Return the links that lead to us or name one of the two, and all others."""
    ours: list[tuple[int, int]] = []
    others: list[tuple[int, int]] = []
    for match in URL.finditer(text):
        span = match.start(), match.start() + len(match.group().rstrip(".,;:!?)]}'"))
        is_secret = any(pattern.search(said) for said in _readings(match.group()) for pattern in secrets.plain)
        (ours if is_secret else others).append(span)
    return ours, others


def _readings(link: str) -> Iterator[str]:
    """Yield a link as it may be meant: decoded as often as it was encoded, also in the way of Proofpoint."""
    for said in (link, re.sub(r"-([0-9A-F]{2})", r"%\1", link).replace("_", "/")):
        for _time in range(MOST_ROUNDS):
            yield said.casefold()
            said = html.unescape(unquote(said))
        yield said.casefold()
    yield from map(_decoded, re.findall(r"[A-Za-z0-9+/_-]{16,}", unquote(link)))


def _encoded(text: str, secrets: Secrets) -> list[tuple[int, int]]:
    """Return runs of base64 in which one of the secrets is."""
    return [
        match.span()
        for match in BASE64_RUN.finditer(text)
        if any(pattern.search(_decoded(match.group())) for pattern in secrets.plain)
    ]


def _decoded(run: str) -> str:
    run = re.sub(r"[\s=]", "", run).replace("+", "-").replace("/", "_")
    try:
        return base64.urlsafe_b64decode(run + "=" * (-len(run) % 4)).decode("utf-8", "replace").casefold()
    except (binascii.Error, ValueError):
        return ""


def _is_within(span: tuple[int, int], spans: list[tuple[int, int]]) -> bool:
    return any(start <= span[0] and span[1] <= end for start, end in spans)
