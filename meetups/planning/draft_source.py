"""What a draft begins from: a kit of the shelf, one that its host keeps, a campaign's, a book, or a held conversation."""

from dataclasses import dataclass, field, replace
from typing import Any

from django.http import QueryDict
from django.utils.translation import get_language, gettext

from hosts.language import IN_ADDRESS, spoken
from hosts.models import Campaign, User
from meetups.forms.fields import row_number
from meetups.models import Book, Kit, Meetup, Recap
from meetups.planning.forms.meetup import KIT_WORDS, initial_from_kit
from meetups.shelf.kits import ShelfKit, find_kit, read_shelf

# What goes together: of a book's title and author one is never typed and the other filled in.
BOOK = ("book_title", "book_author", "isbn", "book_link")
PARTS = [("title",), ("questions",), ("run",), ("meal",), ("agreements",), BOOK, ("way_in",)]


def kit_of_shelf(kit: ShelfKit, language: str | None) -> Kit:
    """Return a kit of the shelf in a language as a Kit that is not saved, with a Book that is not saved."""
    words = kit.in_language(language)
    return Kit(
        title=words.title,
        language=words.language,
        shelf=kit.slug,
        book=Book(title=words.book, author=kit.author, isbn=words.isbn),
        way_in=words.way_in,
        questions="\n".join(words.questions),
        run="\n".join(words.run),
        meal=words.meal,
        agreements="\n".join(words.agreements),
    )


@dataclass(frozen=True)
class Source:
    """What a draft starts from. At most one of kit and book; `kit_name` is how the page names a kit that was chosen."""

    kit: Kit | None = None
    kit_name: str = ""
    parent: Meetup | None = None
    campaign: Campaign | None = None
    recap: Recap | None = None
    book: Book | None = None
    is_missing: bool = False
    # A campaign that takes no new evenings any more; the draft begins without it.
    ended: Campaign | None = None

    @property
    def initial(self) -> dict:
        kit = self.kit or Kit(book=self.book)
        if not self.kit and not self.book:
            return {}
        words = initial_from_kit(kit, title=self.parent.title if self.parent else kit.title)
        return words | ({"language": kit.language} if kit.language else {})

    @property
    def saved_kit(self) -> Kit | None:
        """Return the kit for `copied_from`; one of the shelf is no row."""
        return self.kit if self.kit and self.kit.pk else None

    @property
    def lineage(self) -> dict[str, str]:
        """Return what write_kit saves beside the words: from which kit of the shelf they began."""
        return {"shelf": self.kit.shelf} if self.kit and self.kit.shelf else {}


def find_source(asked: QueryDict, user: User) -> Source:
    """Return what `from` (a published recap), `kit`, `campaign` or `book` names, with is_missing where nothing is found."""
    if asked.get("from"):
        recap = Recap.objects.public().with_meetup().filter(slug=asked["from"]).first()
        if recap is None:
            return Source(is_missing=True)
        return Source(kit=recap.meetup.kit, parent=recap.meetup, campaign=recap.meetup.campaign, recap=recap)
    source = Source()
    if asked.get("campaign"):
        campaign = Campaign.objects.filter(slug=asked["campaign"]).first()
        if campaign is not None and campaign.has_ended:
            source = Source(ended=campaign)
        else:
            kit = campaign.kits.select_related("book", "cover").first() if campaign else None
            source = Source(kit=kit, campaign=campaign, is_missing=campaign is None)
    if name := asked.get("kit"):
        return replace(source, **_found_kit(str(name), user, language=spoken(asked.get(IN_ADDRESS, ""))))
    if asked.get("book") and not source.campaign:
        book = Book.objects.public().filter(slug=asked["book"]).first()
        return Source(book=book, is_missing=book is None)
    return source


def _found_kit(name: str, user: User, *, language: str = "") -> dict[str, Any]:
    """Return the kit of this name for a Source: the number of one that this host keeps, or the name of one of the shelf."""
    if number := row_number(name):
        kept = Kit.objects.kept_by(user).filter(pk=number).first()
        return {"kit": kept, "kit_name": name} if kept else {"is_missing": True}
    on_shelf = find_kit(name)
    if on_shelf is None:
        return {"is_missing": True}
    return {"kit": kit_of_shelf(on_shelf, language or get_language()), "kit_name": name}


@dataclass(frozen=True)
class Filled:
    """A form's values after a kit was chosen on it, and the fields in which the host had typed something that stays."""

    source: Source
    values: dict[str, Any]
    kept: list[str] = field(default_factory=list)
    # Whether a kit was chosen; a kit that is not found is one with an empty source.
    is_kit: bool = False
    # What became of looking a book up.
    book_note: str = ""

    def with_book_note(self, words: str) -> "Filled":
        return replace(self, book_note=words)


def fill_in(typed: dict[str, Any], source: Source, name: str, user: User) -> Filled:
    """Return what a form shows after the kit of this name was chosen: its words where nothing was typed, and everything `typed`
    as it was.

    What an earlier kit, or another source, had filled in counts as not typed; without a name it goes. A kit that is not found
    changes nothing.
    """
    found = _found_kit(name, user) if name else {"kit": None, "kit_name": ""}
    if "kit" not in found:
        return Filled(source, typed, is_kit=True)
    # Another kit is another conversation than the one that was held.
    chosen = replace(source, parent=None, recap=None, book=None, is_missing=False, **found)
    words, before = chosen.initial, source.initial
    values, kept = dict(typed), []
    for part in PARTS:
        is_typed = any(_plain(typed.get(name)) not in ("", _plain(before.get(name))) for name in part)
        if not is_typed:
            values |= {name: words.get(name, "") for name in part}
        elif any(_plain(typed.get(name)) != _plain(words.get(name)) for name in part):
            kept.append(part[0])
    if words.get("language") and typed.get("language") in (before.get("language"), get_language()):
        values["language"] = words["language"]
    return Filled(chosen, values, kept, is_kit=True)


def kit_words_of(filled: Filled) -> dict[str, Any]:
    """Return what write_kit takes, of values that were filled in: words, book, and from which kit they began."""
    words = {name: filled.values.get(name, "") for name in KIT_WORDS}
    book = {"title": "book_title", "author": "book_author", "isbn": "isbn"}
    words["book"] = {name: filled.values.get(field, "") for name, field in book.items()}
    return words | {"shelf": "", "copied_from": filled.source.saved_kit} | filled.source.lineage


def source_of(meetup: Meetup, user: User) -> Source:
    """Return from what a draft began; `kit_name` is there where this host can choose it again."""
    copied_from = meetup.kit.copied_from
    names = filter(None, [meetup.kit.shelf, str(copied_from.pk) if copied_from else ""])
    found = [_found_kit(name, user) for name in names]
    return next((Source(**facts) for facts in found if facts.get("kit")), Source(kit=copied_from))


def _plain(value: object) -> str:
    """Return a text as it is compared: browsers send other line ends than we wrote."""
    return "\n".join(line.rstrip() for line in str(value or "").strip().splitlines())


def kit_choices(user: User, *, none: str = "") -> list[tuple[str, Any]]:
    """Return the kits to choose from, as choices in groups: those of the shelf in the reader's language, and those that this
    host keeps. `none` is what choosing none of them is called. One query."""
    on_shelf = [(kit.slug, kit.in_language(get_language())) for kit in read_shelf()]
    groups = [(gettext("From the shelf"), [(name, f"{words.theme}: {words.title}") for name, words in on_shelf])]
    kept = [(str(kit.pk), str(kit)) for kit in Kit.objects.kept_by(user)]
    return [("", none or gettext("No kit")), *([(gettext("Kept by you"), kept)] if kept else []), *groups]
