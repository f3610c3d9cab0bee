"""Write and copy kits, and find or add the book of one."""

from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from hosts.models import User
from meetups.exceptions import MeetupError
from meetups.models import Book, Kit, Meetup

# What a kit has beside what its copies have.
BESIDE = ("title", "language", "shelf", "copied_from")
MOST_KEPT = 100


def find_or_add_book(*, title: str, author: str = "", isbn: str = "") -> Book | None:
    """Return the book of these words, adding it where it is not known; None without a title. Books are never edited."""
    if not title:
        return None
    book = Book.objects.filter(title=title, author=author, isbn=isbn).first()
    if book is not None:
        return book
    stem = slugify(f"{title} {author}")[:70].strip("-") or "book"
    slug, number = stem, 2
    while Book.objects.filter(slug=slug).exists():
        slug, number = f"{stem}-{number}", number + 1
    return Book.objects.get_or_create(title=title, author=author, isbn=isbn, defaults={"slug": slug})[0]


def copy_kit(kit: Kit) -> Kit:
    """Return a saved copy of a kit, without people, place, date or campaign. A second call makes a second copy."""
    words = {name: getattr(kit, name) for name in Kit.COPIED_FIELDS}
    return Kit.objects.create(copied_from=kit, copied_version=kit.version_to_copy, **words)


def write_kit(kit: Kit, *, book: dict[str, str] | None = None, **fields: Any) -> Kit:
    """Save a kit's texts. `book` has title, author and isbn; an empty title removes the book. A second call changes nothing.

    Beside its texts a kit may be given a title and a language, and what it began from: the name of a kit of the shelf, or a kit.
    """
    if book is not None:
        before, kit.book = kit.book_id, find_or_add_book(**book)
        # A cover belongs to its book.
        kit.cover = kit.cover if kit.book_id == before else None
    for name, value in fields.items():
        if name not in (*Kit.COPIED_FIELDS, *BESIDE):
            raise TypeError(f"a kit has no {name}")
        setattr(kit, name, value)
    kit.save()
    return kit


def keep_cover(kit: Kit, *, source: Kit) -> None:
    """Give a new kit the cover of the one it was copied from, if it still has the same book."""
    if kit.book_id is not None and kit.book_id == source.book_id:
        kit.cover = source.cover
        kit.save(update_fields=["cover"])


@transaction.atomic
def keep_kit(meetup: Meetup, *, owner: User) -> Kit:
    """Keep an evening's kit for later ones, under its title, for one of its hosts alone. Never people, place or date.

    A second call writes the kept one anew, as the evening's kit is now. Raises MeetupError beyond MOST_KEPT kits.
    """
    # A row lock, so that two calls at once neither keep two nor pass the limit.
    User.objects.select_for_update().get(pk=owner.pk)
    kit = meetup.kit
    kept = Kit.objects.filter(owner=owner, copied_from=kit).first()
    if kept is None:
        if Kit.objects.filter(owner=owner).count() >= MOST_KEPT:
            raise MeetupError(_("You keep many kits already. Please delete one first."))
        kept = Kit(owner=owner, copied_from=kit)
    for name in Kit.COPIED_FIELDS:
        setattr(kept, name, getattr(kit, name))
    kept.title, kept.language, kept.shelf = meetup.title, meetup.known_language, kit.shelf
    kept.save()
    return kept
