"""Somebody the host looks at first: a guest's friend, a stranger at a table whose host looks at who asks, whoever came by the
host's link. They prove the address and then await the host's yes or no."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from meetups.exceptions import MeetupError
from meetups.guests.services.rsvp import Answer, record_rsvp
from meetups.guests.services.seats import lock_meetup, num_seats_taken, offer_freed_seats, owe_letter_when_full
from meetups.models import Delivery, Dish, Guest, Meetup
from meetups.models.delivery import DeliveryQuerySet
from meetups.models.guest import MUST_BE_ADMITTED, GuestQuerySet
from meetups.outbox.host_digest import owe_host_answers
from meetups.outbox.queue import enqueue, withdraw_deliveries
from meetups.times import clock

Letter, Rsvp = Delivery.Kind, Guest.Rsvp
# The letter about the host's yes or no is due this much later; until it leaves the host may take the decision back.
SECOND_THOUGHTS = timedelta(minutes=10)
# Asked, and neither admitted nor refused, nor taken back.
AWAITING = Q(admitted_at=None, refused_at=None, rsvp=Rsvp.INVITED)


def _lock(friend: Guest) -> tuple[Meetup, Guest]:
    meetup = lock_meetup(friend.meetup_id)
    friend = Guest.objects.select_for_update(of=("self",)).select_related("brought_by").get(pk=friend.pk)
    friend.meetup = meetup
    if friend.removed_at is not None:
        raise MeetupError(_("This guest was removed."))
    return meetup, friend


@transaction.atomic
def answer_as_friend(friend: Guest, *, comes: bool, note: str | None = None) -> Guest:
    """Record whether somebody the host looks at first, behind the mailed link, would like to come. It gives no seat, and
    proves the address.

    Without `note` the word to the host stays as it is. The request is in the host's letter about the answers of the hour, unless
    the host has blocked the guest who brought the friend (R111). A second call with the same answer changes nothing. Raises
    MeetupError when the meetup takes no answers any more.
    """
    meetup, friend = _lock(friend)
    if not meetup.takes_answers:
        raise MeetupError(_("This evening takes no answers any more."))
    if not friend.awaits_host:
        return friend
    rsvp, now = Rsvp.INVITED if comes else Rsvp.NO, clock.now()
    is_news = friend.address_proven_at is None or friend.rsvp != rsvp
    friend.rsvp, friend.note = rsvp, friend.note if note is None else note
    friend.address_proven_at = friend.address_proven_at or now
    friend.answered_at = now if is_news else friend.answered_at
    friend.save()
    by = friend.brought_by
    if is_news and comes and friend.refused_at is None and (by is None or by.blocked_at is None):
        if by is not None:
            Guest.objects.filter(pk=by.pk).update(brought_at=now)
        Meetup.objects.filter(pk=meetup.pk).update(friend_asked_at=now)
        owe_host_answers(meetup)
    return friend


@transaction.atomic
def decide_on_friend(friend: Guest, *, is_welcome: bool) -> Guest:
    """Record the host's yes or no to somebody who asked, and return the guest. A second call with the same changes nothing.

    A yes gives a seat, or a place on the waiting list, as any yes does. The letter is due in ten minutes; until it leaves
    `reconsider_friend` takes the decision back. Raises MeetupError for somebody who has not asked, or was admitted before.
    """
    _meetup, friend = _lock(friend)
    if friend.admitted_at is not None:
        if is_welcome:
            return friend
        raise MeetupError(_("You said yes before. Take that back first, or take this guest off your list."))
    if not friend.awaits_host or friend.address_proven_at is None or friend.rsvp != Rsvp.INVITED:
        raise MeetupError(_("Nobody asks for this any more."))
    due_at = clock.now() + SECOND_THOUGHTS
    if is_welcome:
        withdraw_deliveries(Delivery.objects.filter(guest=friend, kind=Letter.FRIEND_NO))
        friend.admitted_at, friend.refused_at = clock.now(), None
        friend.save(update_fields=["admitted_at", "refused_at"])
        return record_rsvp(friend, Answer(Rsvp.YES), welcomed_at=due_at)
    if friend.refused_at is None:
        friend.refused_at = clock.now()
        friend.num_answers += 1
        friend.save(update_fields=["refused_at", "num_answers"])
        enqueue(Letter.FRIEND_NO, key=f"{friend.pk}:{friend.num_answers}", guest=friend, due_at=due_at)
    return friend


@transaction.atomic
def reconsider_friend(friend: Guest) -> Guest:
    """Take the host's yes or no back while its letter has not left, so that it is open again. A second call changes nothing.

    Raises MeetupError once the letter has left.
    """
    meetup, friend = _lock(friend)
    if friend.admitted_at is None and friend.refused_at is None:
        return friend
    if not withdraw_deliveries(_letters_of_decision(friend)):
        raise MeetupError(_("The letter has left, so it cannot be taken back."))
    friend.admitted_at = friend.refused_at = None
    friend.rsvp, friend.party_size = Rsvp.INVITED, 1
    friend.waiting_since = friend.offered_at = friend.offer_expires_at = None
    friend.num_answers += 1
    friend.save()
    Dish.objects.filter(guest=friend).give_back()
    offer_freed_seats(meetup)
    owe_letter_when_full(meetup, taken=num_seats_taken(meetup))
    return friend


def _letters_of_decision(friend: Guest) -> DeliveryQuerySet:
    """Return the letters about the host's decision on a friend that have not left."""
    is_yes = Q(kind__in=[Letter.CONFIRMATION, Letter.WAITING], context__welcome=True)
    return Delivery.objects.pending().filter(Q(kind=Letter.FRIEND_NO) | is_yes, guest=friend)


def look_at_unproven(meetup: Meetup) -> None:
    """Let the host look first also at strangers who asked before they wanted to, and have not proved their address yet.

    Call it under the meetup's lock. Whoever has a seat keeps it. A second call changes nothing.
    """
    if meetup.looks_at_strangers:
        Guest.objects.filter(meetup=meetup, origin=Guest.Origin.SELF, address_proven_at=None).update(origin=Guest.Origin.ASKER)


def friends_for_host(meetup: Meetup) -> list[Guest]:
    """Return those who await the host's decision, and those on whom it can still be taken back. One query."""
    rows = asking_at(meetup).select_related("brought_by").order_by("answered_at", "pk")
    since = clock.now() - SECOND_THOUGHTS
    return [row for row in rows if _is_on_desk(row, since)]


def asking() -> GuestQuerySet:
    """Return those who asked any host for a seat, decided on or not, without friends of a guest whom the host blocked (R111)."""
    rows = Guest.objects.filter(origin__in=MUST_BE_ADMITTED, removed_at=None, address_proven_at__isnull=False)
    return rows.exclude(brought_by__blocked_at__isnull=False)


def asking_at(meetup: Meetup) -> GuestQuerySet:
    """Return those of `asking` who asked the host of this meetup."""
    return asking().filter(meetup=meetup)


def awaiting_at(meetup: Meetup) -> GuestQuerySet:
    """Return those of `asking_at` who still await the host's yes or no."""
    return asking_at(meetup).filter(AWAITING)


def _is_on_desk(friend: Guest, since: datetime) -> bool:
    if friend.was_admitted_by_link:
        return False
    decided_at = friend.admitted_at or friend.refused_at
    return decided_at > since if decided_at else friend.rsvp == Rsvp.INVITED


def num_brought(guest: Guest) -> tuple[int, int]:
    """Return how many friends of a guest asked to come, and how many of them have a seat. Numbers only: who declined, and whom
    the host declined, is private."""
    rows = guest.friends.filter(address_proven_at__isnull=False, removed_at=None)
    return rows.count(), Guest.objects.counting().yes().filter(brought_by=guest).count()
