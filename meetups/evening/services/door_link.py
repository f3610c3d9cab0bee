"""Make, renew and end the door link of a meetup."""

from django.db import transaction
from django.utils.translation import gettext as _

from meetups.exceptions import MeetupError
from meetups.guests.services.seats import lock_meetup
from meetups.models import DoorLink, Meetup
from meetups.models.evening.door import make_ask_code
from meetups.times import clock


@transaction.atomic
def make_link(meetup: Meetup) -> DoorLink:
    """Return the door link of a published evening, made now or before; one that was ended gets a new token.

    A second call changes nothing. Raises MeetupError for a draft, and for an evening that is canceled or over for a day.
    """
    meetup = lock_meetup(meetup.pk)
    link = DoorLink.objects.filter(meetup=meetup).first() or DoorLink(meetup=meetup, ask_code=_free_code())
    link.meetup = meetup
    if not meetup.is_published or clock.now() >= link.closes_at:
        raise MeetupError(_("There is no evening to open a door to."))
    if link.pk is None or link.ended_at is not None:
        link.ended_at, link.made_at = None, clock.now()
        link.save()
    return link


def _free_code() -> str:
    """Return a code that no other evening has. With ten thousand of them one try in five meets a code that is taken."""
    codes = (make_ask_code() for _n in range(100))
    return next(code for code in codes if not DoorLink.objects.filter(ask_code=code).exists())


@transaction.atomic
def renew_link(meetup: Meetup) -> DoorLink:
    """Give the door link a new token and return it; every phone that has an earlier one is out at its next contact.

    Each call makes another token. Raises MeetupError as `make_link` does.
    """
    link = make_link(meetup)
    link.version, link.made_at = link.version + 1, clock.now()
    link.save(update_fields=["version", "made_at"])
    return link


@transaction.atomic
def end_link(meetup: Meetup) -> None:
    """End the door link without a new one; the code of the ask stays. A second call changes nothing."""
    lock_meetup(meetup.pk)
    link = DoorLink.objects.filter(meetup=meetup, ended_at=None).first()
    if link is not None:
        link.version, link.ended_at = link.version + 1, clock.now()
        link.save(update_fields=["version", "ended_at"])
