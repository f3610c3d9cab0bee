"""Share pictures: what each says, and how it is kept. A recap has one for each place it is shared to and one for each public
sentence; an evening that anybody may see has one too, and never its street."""

import hashlib
from dataclasses import astuple, dataclass

from django.conf import settings
from django.core.cache import cache as site_cache
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from meetups import when
from meetups.broadside import Broadside, make_broadside
from meetups.carddrawing import draw_card
from meetups.lettering import can_write, clean, is_rtl, script_of
from meetups.models import Cover, Debrief, Meetup, Recap
from meetups.visibility import public_place

CACHE_SECONDS = 7 * 24 * 60 * 60
PLAIN_MARKS = ("", "")


@dataclass(frozen=True)
class Card:
    """All that a picture shows; two cards with the same facts are the same picture."""

    eyebrow: str
    words: str
    is_said: bool
    book_title: str
    book_author: str
    site: str
    seats: int | None
    taken: int
    form: str = "landscape"
    note: str = ""
    # The storage's name of an uploaded cover; drawn from title and author where there is none.
    cover: str = ""

    @property
    def digest(self) -> str:
        """Return a short hash of what the picture shows: its ETag, and its key in the cache."""
        return hashlib.sha256(repr(astuple(self)).encode()).hexdigest()[:20]

    @property
    def marks(self) -> tuple[str, str]:
        """Return the quotation marks of the script that the words are in; none around what nobody said."""
        if not self.is_said:
            return PLAIN_MARKS
        scripts = {script_of(letter) for letter in self.words}
        if scripts & {"HIRAGANA", "KATAKANA", "CJK"}:
            return ("「", "」")
        if is_rtl(self.words):
            return ("«", "»") if "ARABIC" in scripts else ("”", "“")
        return ("“", "”")


def make_card(recap: Recap, broadside: Broadside | None = None, form: str = "landscape") -> Card:
    """Return what the picture of a recap shows, in the host's language. Words that no font here can write are left out."""
    broadside = broadside or make_broadside(recap)
    sentence = next(filter(can_write, broadside.sentences), "")
    debrief = Debrief.objects.filter(meetup=recap.meetup_id).first()
    num_came = debrief.num_came if debrief else None
    return _card(recap, broadside, sentence or broadside.question, is_said=bool(sentence), form=form, taken=num_came)


def make_quotes(recap: Recap, broadside: Broadside) -> dict[str, Card]:
    """Return a picture for each public sentence by its key, in the host's order; those no font here can write have none.

    The key is made of the words and the name beside them: what was changed or taken out is found under its old key no more.
    """
    quotes = {}
    for voice in broadside.voices:
        if can_write(voice.sentence):
            key = hashlib.sha256(f"{recap.slug}\n{voice.name}\n{voice.sentence}".encode()).hexdigest()[:16]
            quotes[key] = _card(recap, broadside, voice.sentence, is_said=True, form="square", note=voice.name)
    return quotes


def _card(
    recap: Recap, broadside: Broadside, words: str, *, is_said: bool, form: str, note: str = "", taken: int | None = None
) -> Card:
    with translation.override(broadside.language or settings.LANGUAGE_CODE):
        eyebrow = said_of(broadside)
    book, seats = broadside.book, recap.meetup.seats
    return Card(
        eyebrow=written(eyebrow),
        words=written(words),
        is_said=is_said,
        book_title=written(book.title) if book else "",
        book_author=written(book.author) if book and can_write(book.title) else "",
        site=written(settings.SITE_NAME),
        seats=seats,
        taken=taken or seats or 8,
        form=form,
        note=written(note),
        cover=cover_file(broadside.cover),
    )


def cover_file(cover: Cover | None) -> str:
    return cover.file.name if cover else ""


def make_meetup_card(meetup: Meetup) -> Card:
    """Return what the picture of an evening shows, of a row that carries its seat counts: the area, never the street."""
    with translation.override(meetup.spoken_language):
        eyebrow = _("An evening with %(host)s in %(area)s") % {"host": meetup.host, "area": public_place(meetup).area}
        day = when.full_day(meetup.starts_at, meetup.zone)
        note = _("Canceled: %(day)s") % {"day": day} if meetup.is_canceled else day
    book = meetup.kit.book
    return Card(
        eyebrow=written(eyebrow),
        words=written(meetup.title),
        is_said=False,
        book_title=written(book.title) if book else "",
        book_author=written(book.author) if book and can_write(book.title) else "",
        site=written(settings.SITE_NAME),
        seats=meetup.seats,
        taken=meetup.num_taken,
        note=written(note),
        cover=cover_file(meetup.kit.cover),
    )


def written(text: str) -> str:
    """Return a text as it is drawn, or nothing where a letter of it would come out as a box."""
    return clean(text) if can_write(text) else ""


def said_of(broadside: Broadside) -> str:
    """Return "A table in Toronto, Ontario, November 2026" in the active language: the town and the month, never the day."""
    month = date_format(broadside.month, "F Y")
    if not broadside.area:
        return _("A table, %(month)s") % {"month": month}
    return _("A table in %(place)s, %(month)s") % {"place": broadside.area, "month": month}


def card_png(card: Card) -> bytes:
    """Return the picture, drawn at most once for each thing it says."""
    key = f"card:{card.digest}"
    png = site_cache.get(key)
    if png is None:
        png = draw_card(card)
        site_cache.set(key, png, CACHE_SECONDS)
    return png
