"""The sense of all the tables that read a book: what they agree on, where they differ, what is open, side by side.

From five tables on. Sentences of different tables in the same words become one line. At least a third of the lines of a column
come from one table alone, so that a majority never fills the page. Nothing is weighted, learned or random: the same recaps give
the same page.

- Two sentences are one line when their words are the same in the same order; case, punctuation and articles are ignored. One more
  word may be a "not", so nobody is shown to agree with what they did not say.
- Lines of several tables: those of the most tables first, then the older first.
- Lines of one table: one from each table before a second from any; among them first those of tables that share no line of
  this column with anybody, then the latest.
- Where every sentence of a column is shared there is no minority to show, and the column is what is shared.
"""

import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from meetups.models import Recap

FEWEST_TABLES = 5
MOST_LINES = 9
ALONE_AT_LEAST = MOST_LINES // 3
# Few enough to be compared within a request.
MOST_TABLES = 200
PARTS = {"agree": "agree_list", "differ": "differ_list", "still_open": "open_list"}
WORD = re.compile(r"\w+")
# Of the languages of our pages. Any other word may reverse a sentence: "not" is as short as "the".
ARTICLES = set("a an the le la les l un une des el los las una unos unas".split())


@dataclass(frozen=True)
class Saying:
    """One sentence of one table."""

    text: str
    recap: Recap

    @property
    def digest(self) -> str:
        """Return what a frozen report stores instead of the sentence."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Line:
    """What one table says, or several in the same words; they stand as the first wrote them."""

    sayings: tuple[Saying, ...]

    @property
    def text(self) -> str:
        return self.sayings[0].text

    @property
    def language(self) -> str:
        return self.sayings[0].recap.meetup.known_language

    @property
    def tables(self) -> list[Recap]:
        return [saying.recap for saying in self.sayings]

    @property
    def num_tables(self) -> int:
        return len(self.sayings)


@dataclass(frozen=True)
class Sense:
    """Three columns, and how many tables they were gathered from."""

    agree: tuple[Line, ...]
    differ: tuple[Line, ...]
    still_open: tuple[Line, ...]
    num_tables: int


def make_sense(recaps: list[Recap]) -> Sense | None:
    """Return the sense of these recaps, which come `with_meetup()`, or None while there are fewer than five. No query."""
    tables = sorted(recaps, key=lambda recap: (_published(recap), recap.pk))[-MOST_TABLES:]
    if len(tables) < FEWEST_TABLES:
        return None
    columns = {part: choose_lines(gather_lines(tables, name)) for part, name in PARTS.items()}
    return Sense(**columns, num_tables=len(tables))


def _published(recap: Recap) -> datetime:
    """Return when a recap was published; those of these pages all were."""
    return recap.published_at or recap.created_at


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a sentence in order, without articles, whatever the case and the marks between them."""
    words = WORD.findall(text.casefold())
    return tuple(word for word in words if word not in ARTICLES) or tuple(words)


def gather_lines(tables: list[Recap], name: str) -> list[Line]:
    """Return the lines of one part, the oldest table's first; sentences in the same words are one line."""
    lines: dict[tuple[str, ...], dict[int, Saying]] = {}
    for recap in tables:
        for text in getattr(recap, name):
            # A table that says the same twice counts once.
            lines.setdefault(words_of(text), {}).setdefault(recap.pk, Saying(text, recap))
    return [Line(tuple(sayings.values())) for sayings in lines.values()]


def choose_lines(lines: list[Line]) -> tuple[Line, ...]:
    """Return at most nine lines: those of several tables first, and at least a third of them from one table alone."""
    shared = [line for line in lines if line.num_tables > 1]
    shared.sort(key=lambda line: -line.num_tables)
    alone = _in_turn([line for line in lines if line.num_tables == 1], shared)
    alone = alone[: max(ALONE_AT_LEAST, MOST_LINES - len(shared))]
    room = min(MOST_LINES - len(alone), 2 * len(alone)) if alone else MOST_LINES
    return (*shared[:room], *alone)


def _in_turn(alone: list[Line], shared: list[Line]) -> list[Line]:
    """Return lines of one table each: one from each table in turn, tables that share nothing first, then the latest."""
    in_company = {recap.pk for line in shared for recap in line.tables}
    of_table: defaultdict[int, int] = defaultdict(int)
    keyed = []
    for place, line in enumerate(alone):
        recap = line.tables[0]
        # The lines come with the oldest table first.
        keyed.append(((of_table[recap.pk], recap.pk in in_company, -_published(recap).timestamp(), -recap.pk, place), line))
        of_table[recap.pk] += 1
    return [line for _key, line in sorted(keyed, key=lambda pair: pair[0])]


# Questions -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Questions:
    """What tables ask about a book: the questions most of them ask, and what others made of them."""

    usual: tuple[str, ...]
    also: tuple[str, ...]


def gather_questions(kits: list, *, most_usual: int = 3, most_also: int = 8) -> Questions:
    """Return the questions of these kits (the first of each table counts most), and the variations, the most asked first."""
    asked: defaultdict[tuple[str, ...], list] = defaultdict(list)
    for kit in kits:
        for number, question in enumerate(dict.fromkeys(kit.question_list)):
            asked[words_of(question)].append((number, question))
    ranked = sorted(asked.values(), key=lambda said: (-len(said), min(said)[0]))
    questions = [said[0][1] for said in ranked]
    num_usual = min(most_usual, max(1, sum(len(said) > 1 for said in ranked))) if ranked else 0
    return Questions(tuple(questions[:num_usual]), tuple(questions[num_usual : num_usual + most_also]))


# What is frozen ------------------------------------------------------------------------------------------------------


def freeze(sense: Sense) -> dict:
    """Return which sentence of which recap stands where, as JSON can hold it: places and digests, and not the words."""
    parts = {
        part: [[[saying.recap.pk, saying.digest] for saying in line.sayings] for line in getattr(sense, part)] for part in PARTS
    }
    return {"parts": parts, "num_tables": sense.num_tables}


def thaw(frozen: dict, recaps: dict[int, Recap]) -> tuple[Sense, int]:
    """Return a frozen sense with the words its tables still say, and how many lines are gone.

    `recaps` are those of it that are public now. A sentence that was taken out of its recap, or changed, is not shown.
    """
    said = {
        (recap.pk, part, saying.digest): saying
        for recap in recaps.values()
        for part, name in PARTS.items()
        for saying in (Saying(text, recap) for text in getattr(recap, name))
    }
    columns, num_gone = {}, 0
    for part in PARTS:
        found = [
            tuple(saying for pk, digest in line if (saying := said.get((pk, part, digest))))
            for line in frozen["parts"].get(part, [])
        ]
        num_gone += sum(not sayings for sayings in found)
        columns[part] = tuple(Line(sayings) for sayings in found if sayings)
    return Sense(**columns, num_tables=frozen["num_tables"]), num_gone
