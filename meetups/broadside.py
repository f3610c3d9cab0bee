"""What anybody may read of a recap: the one answer for its page, its picture, its metadata and the host's preview."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import F

from hosts.models import Campaign
from meetups.models import Book, Contribution, Cover, Photo, Recap
from meetups.visibility import public_place


@dataclass(frozen=True)
class Voice:
    """One guest's sentence, the name they chose to be shown by, and their photo; each may be missing but not all."""

    sentence: str = ""
    name: str = ""
    photo: Photo | None = None


@dataclass(frozen=True)
class Broadside:
    """A recap as everybody sees it. There is no field for a street, a day, an hour, an address or a guest."""

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
    said, photos = defaultdict(list), defaultdict(list)
    for words in Contribution.objects.public().filter(meetup__in=meetups):
        said[words.meetup_id].append(words)
    shown = Photo.objects.public().filter(contribution__meetup__in=meetups).annotate(at=F("contribution__meetup"))
    for photo in shown.order_by("contribution__position", "contribution_id"):
        photos[photo.at].append(photo)
    return [_broadside(recap, _voices(said[recap.meetup_id], photos[recap.meetup_id])) for recap in recaps]


def _broadside(recap: Recap, voices: tuple[Voice, ...]) -> Broadside:
    meetup = recap.meetup
    local = meetup.starts_at.astimezone(ZoneInfo(meetup.zone))
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
    """Return the public sentences in the host's order, each with its guest's photo, then the photos that stand alone.

    Nothing while fewer than three guests speak: then the host's words are all there is.
    """
    photo_of = {photo.contribution_id: photo for photo in photos}
    voices = [Voice(words.public_words, words.shown_as, photo_of.pop(words.pk, None)) for words in said]
    return (*voices, *(Voice(photo=photo) for photo in photo_of.values()))
