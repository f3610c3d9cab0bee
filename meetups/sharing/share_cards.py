"""Share pictures: what each shows, and how it is cached. A recap has one for each size and one for each public sentence; a meetup
that anybody may see has one too, which never shows the street."""

import hashlib
from dataclasses import replace

from django.conf import settings
from django.core.cache import cache as site_cache
from django.utils import translation
from django.utils.translation import gettext as _

from hosts.models import Campaign
from meetups.access.visibility import public_place
from meetups.drawing.card import Card
from meetups.drawing.share_card import draw_card
from meetups.drawing.writing import can_write, drawn_text
from meetups.models import Cover, Debrief, Kit, Meetup, Recap
from meetups.recaps.public_view import Broadside, make_broadside, said_of
from meetups.shelf.kits import look_of
from meetups.times import words as when

CACHE_SECONDS = 7 * 24 * 60 * 60


def make_card(recap: Recap, broadside: Broadside | None = None, form: str = "landscape") -> Card:
    """Return what the picture of a recap shows, in the host's language: a sentence of which no word is missing, or the question.

    Where no font here can write either of them, the town and the month stand in their place.
    """
    broadside = broadside or make_broadside(recap)
    sentence = next(filter(can_write, broadside.sentences), "")
    debrief = Debrief.objects.filter(meetup=recap.meetup_id).first()
    num_came = debrief.num_came if debrief else None
    return _card(recap, broadside, sentence or broadside.question, is_said=bool(sentence), form=form, taken=num_came)


def make_quotes(recap: Recap, broadside: Broadside) -> dict[str, Card]:
    """Return a picture for each public sentence by its key, in the host's order; a sentence no font here can write has none.

    The key is a hash of the sentence and the name beside it, so the address of a changed or withdrawn sentence is a 404.
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
        eyebrow = said_of(replace(broadside, area=drawn_text(broadside.area)))
    words, book, seats = drawn_text(words), broadside.book, recap.meetup.seats
    title = drawn_text(book.title) if book else ""
    return Card(
        eyebrow=eyebrow if words else "",
        words=words or eyebrow,
        is_said=is_said,
        book_title=title,
        book_author=drawn_text(book.author) if book and title else "",
        site=drawn_text(settings.SITE_NAME),
        seats=seats,
        taken=taken or seats or 8,
        form=form,
        note=drawn_text(note),
        cover=cover_file(broadside.cover),
        cloth=look_of(book.title, book.author)[0] if book else "",
    )


def cover_file(cover: Cover | None) -> str:
    return (cover.file.name or "") if cover else ""


def make_meetup_card(meetup: Meetup) -> Card:
    """Return what the picture of an evening shows, of a row that carries its seat counts: the area, never the street.

    Of what no font here can write, the rest is shown; where that is nothing, the line is about the rest: the day in place of the
    title, "An evening in Toronto" without the host.
    """
    card = meetup_card_facts(meetup)
    with translation.override(meetup.spoken_language):
        eyebrow = _invites(drawn_text(str(meetup.host)), drawn_text(public_place(meetup).area))
    words, note, title = drawn_text(card.words), drawn_text(card.note), drawn_text(card.book_title)
    return replace(
        card,
        eyebrow=drawn_text(eyebrow),
        words=words or note,
        book_title=title,
        book_author=drawn_text(card.book_author) if title else "",
        site=drawn_text(card.site),
        note=note if words else "",
    )


def meetup_card_facts(meetup: Meetup) -> Card:
    """Return what the picture of an evening is about, whatever the fonts here can write: no font is opened for it."""
    with translation.override(meetup.spoken_language):
        eyebrow = _invites(str(meetup.host), public_place(meetup).area)
        day = when.full_day(meetup.start, meetup.zone)
        note = _("Canceled: %(day)s") % {"day": day} if meetup.is_canceled else day
    book = meetup.kit.book
    return Card(
        eyebrow=eyebrow,
        words=meetup.title,
        is_said=False,
        book_title=book.title if book else "",
        book_author=book.author if book else "",
        site=settings.SITE_NAME,
        seats=meetup.seats,
        taken=meetup.num_taken,
        note=note,
        cover=cover_file(meetup.kit.cover),
        cloth=look_of(book.title, book.author)[0] if book else "",
    )


def make_campaign_card(campaign: Campaign, kit: Kit | None) -> Card:
    """Return what the picture of a campaign shows: its name, and the book of its kit if there is one."""
    book = kit.book if kit else None
    title = drawn_text(book.title) if book else ""
    words, eyebrow = drawn_text(campaign.name), _("A call to meet")
    return Card(
        eyebrow=eyebrow if words else "",
        words=words or eyebrow,
        is_said=False,
        book_title=title,
        book_author=drawn_text(book.author) if book and title else "",
        site=drawn_text(settings.SITE_NAME),
        seats=None,
        taken=8,
        cloth=look_of(book.title, book.author)[0] if book else "",
    )


def _invites(host: str, area: str) -> str:
    """Return with whom and where an evening is, in the active language; either may be empty."""
    if host and area:
        return _("An evening with %(host)s in %(area)s") % {"host": host, "area": area}
    if host:
        return _("An evening with %(host)s") % {"host": host}
    return _("An evening in %(area)s") % {"area": area} if area else _("An evening")


def card_png(card: Card) -> bytes:
    """Return the picture as PNG, from the cache where the same one was drawn in the last seven days."""
    key = f"card:{card.digest}"
    png = site_cache.get(key)
    if png is None:
        png = draw_card(card)
        site_cache.set(key, png, CACHE_SECONDS)
    return png
