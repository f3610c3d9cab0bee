"""What every act on a recap begins and ends with: its lock, and the word that what is public of it has changed."""

from django.db.models import F

from meetups import clock
from meetups.models import Meetup, Recap


def lock_recap(meetup_id: int) -> Recap | None:
    """Take the recap's lock before a contribution's, as all acts do, so that none waits for another that waits for it."""
    return Recap.objects.select_for_update(of=("self",)).filter(meetup=meetup_id).first()


def touch_recap(meetup: Meetup | int) -> None:
    """Say that what anybody reads of this meetup's recap is not what it was: page, pictures, feeds, whatever is kept of them.

    Every act that changes what is public ends with this. What is kept elsewhere is kept under `card_version` (addresses of
    pictures) or `updated_at` (feeds), and both rise here, so that nothing old is right for longer than it takes to ask.
    """
    Recap.objects.filter(meetup=meetup).update(card_version=F("card_version") + 1, updated_at=clock.now())
