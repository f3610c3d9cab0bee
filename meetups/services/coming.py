"""Acts of the last day: I'm coming, I can't, one more, I need a ride; and that evening, I am here."""

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meetups import clock
from meetups.exceptions import MeetupError
from meetups.models import Guest
from meetups.services.delivery import owe_host_answers
from meetups.services.guest import check_open, lock_meetup, num_seats_free, record_rsvp
from meetups.services.needs import write_needs
from meetups.services.touch import touch_recap
from meetups.services.waiting import owe_words_wait

Rsvp = Guest.Rsvp


@transaction.atomic
def confirm_coming(guest: Guest, *, is_coming: bool) -> Guest:
    """Record the answer of the day before: I'm coming, or I can't (which frees the seat). A second call changes nothing.

    Raises MeetupError for a guest without a seat, or once the evening has begun.
    """
    if not is_coming:
        return record_rsvp(guest, rsvp=Rsvp.NO)
    guest = _lock_seated(guest)
    if guest.confirmed_at is None:
        guest.confirmed_at = clock.now()
        guest.save(update_fields=["confirmed_at"])
    return guest


@transaction.atomic
def bring_one_more(guest: Guest, *, party_size: int) -> Guest:
    """Let the party be that many, and confirm that it comes. A second call with the same number adds nobody.

    Raises MeetupError where the host's limit or the free seats do not allow it, or nobody is left to confirm.
    """
    guest = _lock_seated(guest)
    if party_size > guest.party_size:
        _check_room(guest, party_size)
        guest = record_rsvp(guest, rsvp=Rsvp.YES, party_size=party_size)
    return confirm_coming(guest, is_coming=True)


def _check_room(guest: Guest, party_size: int) -> None:
    """Raise MeetupError, in words about this press, where the host's limit or the table has no place for one more."""
    most = guest.meetup.max_party
    if party_size > most:
        words = ngettext(
            "At this table each guest may take %(n)d seat, so nobody was added.",
            "At this table each guest may take up to %(n)d seats, so nobody was added.",
            most,
        )
        raise MeetupError(words % {"n": most})
    if party_size > num_seats_free(guest.meetup, but=guest):
        raise MeetupError(_("Every seat is taken, so nobody was added. Your own place is still laid."))


@transaction.atomic
def ask_for_ride(guest: Guest) -> Guest:
    """Note that this guest wants a ride, confirm that they come, and let the host hear of it. A second call changes nothing.

    Raises MeetupError for a guest without a seat, or once the evening has begun.
    """
    guest = _lock_seated(guest)
    if not guest.own_needs.wants_ride:
        write_needs(guest, wants_ride=True)
        guest.answered_at = clock.now()
        guest.save(update_fields=["answered_at"])
        owe_host_answers(guest.meetup)
    return confirm_coming(guest, is_coming=True)


@transaction.atomic
def record_attendance(guest: Guest, *, attended: bool | None) -> Guest:
    """Record what a guest says: I was there, I was not, or (None) nothing any more. A second call changes nothing.

    Of somebody with a seat the last word counts, theirs or the host's. Without a seat it is kept as said and the host is
    asked: what they left waits until the host says so too. Raises MeetupError before the start.
    """
    if not guest.meetup.has_started or not guest.meetup.is_published:
        raise MeetupError(_("The evening has not begun yet."))
    guest.said_there = attended
    if guest.has_seat:
        guest.attended = attended
    guest.save(update_fields=["said_there", "attended"])
    if guest.says_they_came:
        owe_words_wait(guest.meetup)
    touch_recap(guest.meetup_id)
    return guest


@transaction.atomic
def confirm_attendance(guest: Guest, *, attended: bool) -> Guest:
    """Record the host's word about somebody who says that they were there. A second call may say the opposite.

    Raises MeetupError for somebody who does not say so, or is not on the list any more.
    """
    guest = Guest.objects.seen().select_for_update(of=("self",)).select_related("meetup").filter(pk=guest.pk).first()
    if guest is None or not guest.said_there:
        raise MeetupError(_("This guest does not say so any more."))
    guest.attended = attended
    guest.save(update_fields=["attended"])
    touch_recap(guest.meetup_id)
    return guest


def _lock_seated(guest: Guest) -> Guest:
    """Return the guest as it stands, under the meetup's lock. Raises MeetupError without a seat, or after the beginning."""
    meetup = lock_meetup(guest.meetup_id)
    guest = Guest.objects.select_for_update().get(pk=guest.pk)
    guest.meetup = meetup
    if not guest.has_seat:
        raise MeetupError(_("You have no seat to confirm. Please answer yes first."))
    check_open(meetup)
    return guest
