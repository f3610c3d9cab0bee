"""The public part of a recap, for its page, picture, metadata and the host's preview."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import F
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from hosts.models import Campaign
from meetups.access.visibility import public_place
from meetups.models import Book, Contribution, Cover, Photo, Recap


@dataclass(frozen=True)
class Voice:
    """One guest's sentence, the name to show, and the photo; not all of them are missing."""

    sentence: str = ""
    name: str = ""
    photo: Photo | None = None


@dataclass(frozen=True)
class Broadside:
    """A recap as it is public. It has no field for a street, a day, an hour, an address or a guest."""

    question: str
    text: str
    agree: str
    differ: str
    still_open: str
    area: str
    month: date
    host: str
    language: str
    book: Book | None
    book_link: str
    campaign: Campaign | None
    voices: tuple[Voice, ...]
    cover: Cover | None = None

    @property
    def has_parts(self) -> bool:
        return bool(self.agree or self.differ or self.still_open)

    @property
    def sentences(self) -> list[str]:
        return [voice.sentence for voice in self.voices if voice.sentence]


def make_broadside(recap: Recap) -> Broadside:
    """Return what is public of a recap, or would be once it is published. Two queries when the recap comes `with_meetup()`."""
    return make_broadsides([recap])[0]


def make_broadsides(recaps: list[Recap]) -> list[Broadside]:
    """Return what is public of each of these recaps, in their order. Two queries for all of them."""
    meetups = [recap.meetup_id for recap in recaps]
    said: defaultdict[int, list[Contribution]] = defaultdict(list)
    photos: defaultdict[int, list[Photo]] = defaultdict(list)
    for words in Contribution.objects.public().filter(meetup__in=meetups):
        said[words.meetup_id].append(words)
    shown = Photo.objects.public().filter(contribution__meetup__in=meetups).annotate(at=F("contribution__meetup"))
    for row in shown.order_by("contribution__position", "contribution_id"):
        photos[row.at].append(row)
    return [_broadside(recap, _voices(said[recap.meetup_id], photos[recap.meetup_id])) for recap in recaps]


def _broadside(recap: Recap, voices: tuple[Voice, ...]) -> Broadside:
    meetup = recap.meetup
    local = meetup.start.astimezone(ZoneInfo(meetup.zone))
    return Broadside(
        question=recap.question,
        text=recap.text,
        agree=recap.agree,
        differ=recap.differ,
        still_open=recap.still_open,
        area=public_place(meetup).area,
        month=date(local.year, local.month, 1),
        host=meetup.host.shown_name,
        language=meetup.known_language,
        book=meetup.kit.book,
        book_link=meetup.kit.book_link,
        campaign=meetup.campaign,
        voices=voices,
        cover=meetup.kit.cover,
    )


def _voices(said: list[Contribution], photos: list[Photo]) -> tuple[Voice, ...]:
    """Return the public sentences in the host's order, each with its guest's photo, then photos without a sentence.

    Empty while fewer than three guests have something public.
    """
    photo_of = {photo.contribution_id: photo for photo in photos}
    voices = [Voice(words.public_words, words.shown_as, photo_of.pop(words.pk, None)) for words in said]
    return (*voices, *(Voice(photo=photo) for photo in photo_of.values()))


def said_of(broadside: Broadside) -> str:
    """Return "A table in Toronto, Ontario, November 2026" in the active language: the town and the month, never the day."""
    month = date_format(broadside.month, "F Y")
    if not broadside.area:
        return _("A table, %(month)s") % {"month": month}
    return _("A table in %(place)s, %(month)s") % {"place": broadside.area, "month": month}
