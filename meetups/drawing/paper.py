"""What the papers of an evening say, as plain values in its language: layouts.py draws them, paper_program.py in a process of
its own."""

from dataclasses import dataclass

# Millimeters.
SIZES = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}


@dataclass(frozen=True)
class Head:
    """What stands at the top of a sheet: with whom, which evening, when."""

    eyebrow: str
    title: str
    when: str


@dataclass(frozen=True)
class SignIn:
    """The list at the door: the names that are known, and lines for as many more. `could_host` heads a column of boxes."""

    head: Head
    names: tuple[str, ...]
    num_blank: int
    name_label: str
    reach_label: str
    could_host: str
    note: str


@dataclass(frozen=True)
class Agenda:
    """The evening for the wall or the table: parts with a heading and lines; `is_numbered` where they are questions."""

    head: Head
    parts: tuple[tuple[str, tuple[str, ...], bool], ...]


@dataclass(frozen=True)
class NameTags:
    """Tags to cut out, one for each name; a page has room for ten, and those without a name are to write on."""

    names: tuple[str, ...]
    line: str


@dataclass(frozen=True)
class TableCards:
    """Cards that stand, folded once, with the name on both sides; four on a page."""

    names: tuple[str, ...]
    line: str


@dataclass(frozen=True)
class Invitations:
    """One page of four invitations to cut out. Without a link there is no square code, but a line for a name."""

    head: Head
    where: tuple[str, ...]
    book: str
    question: str
    link: str
    link_words: str
    for_whom: str


@dataclass(frozen=True)
class Poster:
    """A page for the wall: a call, and a large square code."""

    eyebrow: str
    title: str
    words: str
    link: str
    link_words: str


@dataclass(frozen=True)
class Order:
    """What to draw on which paper ("a4", "letter"); `language` is said to screen readers, `title` to the window."""

    size: str
    language: str
    title: str
    sign_in: SignIn | None = None
    agenda: Agenda | None = None
    name_tags: NameTags | None = None
    table_cards: TableCards | None = None
    invitations: Invitations | None = None
    poster: Poster | None = None
