"""The row lock of a recap, and the versions that caches of it are keyed by."""

from django.db.models import F

from meetups.models import Contribution, Meetup, Photo, Recap
from meetups.times import clock


def lock_recap(meetup_id: int) -> Recap | None:
    """Lock the recap's row. All acts lock it before a contribution's, so that they cannot deadlock."""
    return Recap.objects.select_for_update(of=("self",)).filter(meetup=meetup_id).first()


def public_part(meetup_id: int) -> list[tuple] | None:
    """Return what guests left that anybody reads now, to be compared after an act; None while the recap is not public.

    Three queries. What waits for the host, is for the table alone, or was only proposed, is not in it.
    """
    if not Recap.objects.public().filter(meetup=meetup_id).exists():
        return None
    said = Contribution.objects.public().filter(meetup=meetup_id)
    shown = Photo.objects.public().filter(contribution__meetup=meetup_id).order_by("contribution__position", "contribution_id")
    return [(words.pk, words.public_words, words.shown_as) for words in said] + [
        (photo.contribution_id, photo.name, photo.alt) for photo in shown
    ]


def touch_recap(meetup: Meetup | int, *, before: list[tuple] | None) -> None:
    """Raise `card_version` and `updated_at`, the versions of the recap's pictures, its page, and its entry in feeds and sitemap,
    where an act has changed what is public.

    Every act that may do so ends with this; `before` is the `public_part` from before it. A recap that is not public gets a new
    version in any case: nobody but its host compares them.
    """
    meetup_id = meetup.pk if isinstance(meetup, Meetup) else meetup
    if before is None or before != public_part(meetup_id):
        Recap.objects.filter(meetup=meetup_id).update(card_version=F("card_version") + 1, updated_at=clock.now())
