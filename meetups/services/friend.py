"""A guest's friend: proves the address, and waits until the host says yes or no."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from meetups import clock
from meetups.exceptions import MeetupError
from meetups.models import Delivery, Dish, Guest, Meetup
from meetups.models.delivery import DeliveryQuerySet
from meetups.services.delivery import enqueue, owe_host_answers, withdraw_deliveries
from meetups.services.guest import lock_meetup, num_seats_taken, offer_freed_seats, record_rsvp, tell_when_full

Letter, Rsvp = Delivery.Kind, Guest.Rsvp
# The host may take a yes or a no back for as long as its letter waits.
SECOND_THOUGHTS = timedelta(minutes=10)


def _lock(friend: Guest) -> tuple[Meetup, Guest]:
    meetup = lock_meetup(friend.meetup_id)
    friend = Guest.objects.select_for_update(of=("self",)).select_related("brought_by").get(pk=friend.pk)
    friend.meetup = meetup
    if friend.removed_at is not None:
        raise MeetupError(_("This guest was removed."))
    return meetup, friend


@transaction.atomic
def answer_as_friend(friend: Guest, *, comes: bool, note: str | None = None) -> Guest:
    """Let a friend say behind the mailed link that they would like to come, or not. It proves the address, and gives no seat.

    Without `note` the word to the host stays as it is. The host hears of it with the answers of the hour; nothing of whoever was
    brought by a guest whose messages the host does not want (R111). The same word again changes nothing. Raises MeetupError when
    the table takes no answers any more.
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
    """Write down the host's yes or no to a friend who asked, and return the friend. The same word again changes nothing.

    A yes gives a seat, or a place in line, as any yes does. The letter leaves in ten minutes; until then `reconsider_friend`
    takes it back. Raises MeetupError for somebody who has not asked, or was let in before.
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
        return record_rsvp(friend, rsvp=Rsvp.YES, welcomed_at=due_at)
    if friend.refused_at is None:
        friend.refused_at = clock.now()
        friend.num_answers += 1
        friend.save(update_fields=["refused_at", "num_answers"])
        enqueue(Letter.FRIEND_NO, key=f"{friend.pk}:{friend.num_answers}", guest=friend, due_at=due_at)
    return friend


@transaction.atomic
def reconsider_friend(friend: Guest) -> Guest:
    """Take the host's yes or no back while its letter has not left; the friend waits again. A second call changes nothing.

    Raises MeetupError once the friend knows.
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
    tell_when_full(meetup, taken=num_seats_taken(meetup))
    return friend


def _letters_of_decision(friend: Guest) -> DeliveryQuerySet:
    """Return the letters that tell a friend of the host's word and have not left."""
    is_yes = Q(kind__in=[Letter.CONFIRMATION, Letter.WAITING], context__welcome=True)
    return Delivery.objects.pending().filter(Q(kind=Letter.FRIEND_NO) | is_yes, guest=friend)


def friends_for_host(meetup: Meetup) -> list[Guest]:
    """Return the friends who wait for the host's word, and those about whom it can still be taken back. One query."""
    rows = Guest.objects.filter(meetup=meetup, origin=Guest.Origin.FRIEND, removed_at=None, address_proven_at__isnull=False)
    rows = rows.exclude(brought_by__blocked_at__isnull=False).select_related("brought_by").order_by("answered_at", "pk")
    since = clock.now() - SECOND_THOUGHTS
    return [row for row in rows if _is_on_desk(row, since)]


def _is_on_desk(friend: Guest, since: datetime) -> bool:
    decided_at = friend.admitted_at or friend.refused_at
    return decided_at > since if decided_at else friend.rsvp == Rsvp.INVITED


def num_brought(guest: Guest) -> tuple[int, int]:
    """Return how many friends of a guest asked to come, and how many people of them have a seat. No names: who declined, and
    who was declined, is theirs."""
    rows = guest.friends.filter(address_proven_at__isnull=False, removed_at=None)
    return rows.count(), Guest.objects.seen().yes().filter(brought_by=guest).count()
