"""Several hosts of one evening: asking somebody, leaving, and handing the evening over.

A co-host does at a meetup what its host does, but for three things: deleting a draft, asking or taking off other co-hosts, and
handing the evening over. A meetup has exactly one host at any time: the host leaves only by somebody else's taking it over.
"""

import logging

from django.db import transaction
from django.utils.translation import gettext as _

from hosts.models import User
from hosts.services import find_or_add_user
from meetups.exceptions import MeetupError
from meetups.guests.services.seats import lock_meetup
from meetups.models import AddressLedger, Cohost, Delivery, Meetup
from meetups.outbox.queue import enqueue, withdraw_deliveries
from meetups.outbox.stranger_limits import note_stranger_mail
from meetups.times import clock

logger = logging.getLogger("longtable.security")

MAX_COHOSTS = 8
Letter = Delivery.Kind


@transaction.atomic
def add_cohost(meetup: Meetup, *, email: str, by: User) -> tuple[Cohost, bool]:
    """Make the person of this address a co-host and queue a letter to them; return the row and whether it is new.

    A second call changes nothing and queues no second letter. Raises MeetupError for the host's own address, beyond MAX_COHOSTS,
    and where this address may not get a letter now (R88).
    """
    meetup = lock_meetup(meetup.pk)
    email = User.objects.normalize_email(email)
    if email == meetup.host.email:
        raise MeetupError(_("This is the host's own address."))
    present = Cohost.objects.filter(meetup=meetup)
    there = present.filter(user__email=email).first()
    if there is not None:
        return there, False
    if present.count() >= MAX_COHOSTS:
        raise MeetupError(_("%(n)d people host this evening together already. Take somebody off first.") % {"n": MAX_COHOSTS + 1})
    if not note_stranger_mail(email, kind=AddressLedger.Kind.INVITATION, sender=by):
        raise MeetupError(_("This address had its letters from us for today. Please try again tomorrow."))
    cohost = Cohost.objects.create(meetup=meetup, user=find_or_add_user(email))
    enqueue(Letter.COHOST_ADDED, key=str(cohost.pk), user=cohost.user, meetup=meetup, context={"by": by.shown_name})
    return cohost, True


@transaction.atomic
def remove_cohost(cohost: Cohost) -> bool:
    """End a co-host's role and withdraw letters to them that are not sent; return whether it was there."""
    withdraw_deliveries(Delivery.objects.filter(user=cohost.user_id, meetup=cohost.meetup_id))
    num_deleted, _rows = Cohost.objects.filter(pk=cohost.pk).delete()
    return num_deleted > 0


@transaction.atomic
def offer_evening(cohost: Cohost) -> bool:
    """Ask a co-host to take the evening over, and queue a letter about it; return whether that is new.

    One co-host is asked at a time: asking another takes back the earlier question. A second call for the same one changes
    nothing.
    """
    meetup = lock_meetup(cohost.meetup_id)
    cohost.refresh_from_db()
    if cohost.offered_at is not None:
        return False
    _take_back(meetup)
    cohost.offered_at = clock.now()
    cohost.save(update_fields=["offered_at"])
    key = f"{cohost.pk}:{cohost.offered_at.isoformat()}"
    context = {"by": meetup.host.shown_name, "is_offer": True}
    enqueue(Letter.COHOST_ADDED, key=key, user=cohost.user, meetup=meetup, context=context)
    return True


def is_asked_to_take_over(meetup: Meetup, user_id: int | None) -> bool:
    """Tell whether the host asks this user, a co-host, to take the evening over."""
    if user_id == meetup.host_id:
        return False
    return Cohost.objects.filter(meetup=meetup, user=user_id, offered_at__isnull=False).exists()


@transaction.atomic
def take_back_offer(meetup: Meetup) -> bool:
    """End the question to take this evening over, by either side; return whether one was open."""
    return _take_back(lock_meetup(meetup.pk))


@transaction.atomic
def take_over(cohost: Cohost) -> Meetup:
    """Make this co-host the host, and the host before a co-host, and return the meetup.

    Unsent letters are written anew in the new host's name. Raises MeetupError where the host has not asked for it, or does not
    ask any more; so does a second call.
    """
    meetup = lock_meetup(cohost.meetup_id)
    row = Cohost.objects.filter(pk=cohost.pk, meetup=meetup, offered_at__isnull=False).select_related("user").first()
    if row is None:
        raise MeetupError(_("Nobody asks you to take this evening over any more."))
    before, now = meetup.host, row.user
    row.user, row.offered_at = before, None
    row.save()
    meetup.host = now
    meetup.save(update_fields=["host"])
    logger.info("meetup handed over meetup=%s from=%s to=%s", meetup.pk, before.pk, now.pk)
    return meetup


def _take_back(meetup: Meetup) -> bool:
    asked = Cohost.objects.filter(meetup=meetup, offered_at__isnull=False)
    withdraw_deliveries(Delivery.objects.filter(meetup=meetup, kind=Letter.COHOST_ADDED, context__is_offer=True))
    return asked.update(offered_at=None) > 0
