"""The shelf: kits that ship with the software, read from the text files in `kits/`, in each language. No database.

A kit of the shelf is never a row. Whoever holds one gets a copy of its words in a draft of their own, so that a later change of a
file changes no evening.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings

# Every file has this one, and it stands in for a language that a file lacks.
SOURCE_LANGUAGE = "en"
KINDS = ("book", "poem", "film")
FACTS = {"order": int, "kind": str, "author": str, "year": int, "cloth": str, "emblem": str}
LINES = ("theme", "title", "line", "book")
TEXTS = ("way_in", "meal")
LISTS = ("questions", "run", "agreements")


class KitFileError(ValueError):
    """A file of the shelf cannot be read; the text names the file and what is wrong."""


@dataclass(frozen=True)
class KitWords:
    """A kit in one language: what is read on its page and copied into a draft. `isbn` is that of an edition in this language."""

    language: str
    theme: str
    title: str
    line: str
    book: str
    isbn: str
    way_in: str
    meal: str
    questions: tuple[str, ...]
    run: tuple[str, ...]
    agreements: tuple[str, ...]


@dataclass(frozen=True)
class ShelfKit:
    """One file of the shelf. `year` is when the book, poem or film came out first; `cloth` and `emblem` are its drawn cover's."""

    slug: str
    order: int
    kind: str
    author: str
    year: int
    cloth: str
    emblem: str
    words: Mapping[str, KitWords]

    def in_language(self, code: str | None) -> KitWords:
        """Return the words in this language, "fr" also for "fr-ca"; in English where the file has no such language."""
        code = code or SOURCE_LANGUAGE
        return self.words.get(code) or self.words.get(code.partition("-")[0]) or self.words[SOURCE_LANGUAGE]


def read_kit(path: Path) -> ShelfKit:
    """Return the kit of a file; its slug is the file's name. Raises KitFileError with a sentence for whoever wrote the file."""
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise KitFileError(f"{path.name}: {error}") from error
    facts = {name: _value(read, name, kind, path.name) for name, kind in FACTS.items()}
    if facts["kind"] not in KINDS:
        raise KitFileError(f"{path.name}: kind is one of {', '.join(KINDS)}")
    tables = {name: table for name, table in read.items() if isinstance(table, dict)}
    if unknown := read.keys() - FACTS.keys() - tables.keys():
        raise KitFileError(f"{path.name}: nothing is called {', '.join(sorted(unknown))}")
    if SOURCE_LANGUAGE not in tables:
        raise KitFileError(f"{path.name}: there is no [{SOURCE_LANGUAGE}]")
    words = {code: _read_words(code, table, path.name) for code, table in tables.items()}
    return ShelfKit(slug=path.stem, words=words, **facts)


def _read_words(code: str, table: dict[str, Any], file: str) -> KitWords:
    place = f"{file} [{code}]"
    if unknown := table.keys() - {*LINES, *TEXTS, *LISTS, "isbn"}:
        raise KitFileError(f"{place}: nothing is called {', '.join(sorted(unknown))}")
    words: dict[str, Any] = {name: _value(table, name, str, place).strip() for name in LINES}
    words |= {name: _unfold(_value(table, name, str, place)) for name in TEXTS}
    words |= {name: tuple(_strings(table, name, place)) for name in LISTS}
    return KitWords(language=code, isbn=_value({"isbn": "", **table}, "isbn", str, place), **words)


def _value(table: dict[str, Any], name: str, kind: type, place: str) -> Any:
    if not isinstance(table.get(name), kind):
        raise KitFileError(f"{place}: {name} is missing, or is not {'a number' if kind is int else 'text'}")
    return table[name]


def _strings(table: dict[str, Any], name: str, place: str) -> list[str]:
    found = table.get(name)
    if not isinstance(found, list) or not found or not all(isinstance(line, str) and line.strip() for line in found):
        raise KitFileError(f"{place}: {name} is a list of lines, and none of them is empty")
    return [line.strip() for line in found]


def _unfold(text: str) -> str:
    """Return a text whose lines were folded in the file: one line for each paragraph, an empty line between two."""
    paragraphs = text.strip().split("\n\n")
    return "\n\n".join(" ".join(paragraph.split("\n")).strip() for paragraph in paragraphs if paragraph.strip())


@lru_cache
def read_shelf() -> tuple[ShelfKit, ...]:
    """Return all kits in their order on the shelf. Read once for each process. Raises KitFileError for a file that is wrong."""
    kits = [read_kit(path) for path in sorted((settings.BASE_DIR / "kits").glob("*.toml"))]
    return tuple(sorted(kits, key=lambda kit: (kit.order, kit.slug)))


def find_kit(slug: str) -> ShelfKit | None:
    """Return the kit of this name, or None."""
    return next((kit for kit in read_shelf() if kit.slug == slug), None)


def _bare(text: str) -> str:
    """Return a title or a name as it is compared: forms make every space a plain one."""
    return " ".join(text.split()).casefold()


@lru_cache
def _looks() -> dict[tuple[str, str], tuple[str, str]]:
    return {
        (_bare(words.book), _bare(kit.author)): (kit.cloth, kit.emblem) for kit in read_shelf() for words in kit.words.values()
    }


def look_of(title: str, author: str) -> tuple[str, str]:
    """Return cloth and emblem of the drawn cover of a book on the shelf; two empty strings for any other book."""
    return _looks().get((_bare(title), _bare(author)), ("", ""))
