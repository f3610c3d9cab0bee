"""Seats under the meetup's row lock: counting, offering freed ones, the waiting list."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from hosts.database.errors import passing_over_locked
from meetups.exceptions import MeetupError
from meetups.models import Delivery, Dish, Guest, Meetup
from meetups.models.delivery import DeliveryQuerySet
from meetups.outbox.host_digest import owe_host_answers, owe_host_full
from meetups.outbox.letter_kinds import kinds_where
from meetups.outbox.queue import enqueue, withdraw_deliveries
from meetups.times import clock
from meetups.times.quiet_hours import next_allowed

Rsvp = Guest.Rsvp
Letter = Delivery.Kind


def lock_meetup(meetup_id: int) -> Meetup:
    """Lock the meetup's row for the rest of the transaction. Seats are given and freed only under this lock.

    FOR NO KEY UPDATE: rows with a foreign key to the meetup (letters, the ledger) are inserted meanwhile without waiting.
    """
    return Meetup.objects.select_for_update(of=("self",), no_key=True).select_related("host").get(pk=meetup_id)


def num_seats_taken(meetup: Meetup, *, but: Guest | None = None) -> int:
    """Return how many seats are given or on offer. Call it under the lock when a seat depends on it."""
    has_one = Q(rsvp=Rsvp.YES) | Q(rsvp=Rsvp.WAITING, offer_expires_at__gt=clock.now())
    guests = Guest.objects.counting().filter(has_one, meetup=meetup)
    return (guests.exclude(pk=but.pk) if but else guests).num_people()


def num_seats_free(meetup: Meetup, *, but: Guest | None = None) -> int:
    """Return how many seats are neither given nor on offer; at least 0."""
    return max(0, meetup.num_seats - num_seats_taken(meetup, but=but))


def check_open(meetup: Meetup) -> None:
    """Raise MeetupError for a meetup that takes no answers: canceled, or begun."""
    if meetup.is_canceled:
        raise MeetupError(_("This evening was canceled, so there is nothing to answer any more."))
    if not meetup.takes_answers:
        raise MeetupError(_("This evening has begun, so answers can no longer be changed."))


def letters_about_answers(guest: Guest) -> DeliveryQuerySet:
    return Delivery.objects.filter(guest=guest, kind__in=kinds_where(lambda kind: kind.is_about_an_answer))


def owe_letter_when_full(meetup: Meetup, *, taken: int) -> None:
    """Owe the host a letter when the last seat is taken; another only after a seat was free in between."""
    is_full = taken >= meetup.num_seats
    if is_full and meetup.full_told_at is None:
        owe_host_full(meetup)
    elif not is_full and meetup.full_told_at is not None:
        meetup.full_told_at = None
        meetup.save(update_fields=["full_told_at"])


# The waiting list ----------------------------------------------------------------------------------------------------


def offer_times(meetup: Meetup, now: datetime) -> tuple[datetime, datetime]:
    """Return when the letter about a freed seat is due, and when the offer ends: after twelve hours, less near the start.

    At night both count from 08:00, so that nobody loses an offer while asleep, unless the meetup would have begun by then.
    """
    left = meetup.start - now
    if left > timedelta(hours=48):
        kept = timedelta(hours=12)
    elif left > timedelta(hours=24):
        kept = timedelta(hours=6)
    elif left > timedelta(hours=6):
        kept = timedelta(hours=2)
    else:
        kept = timedelta(minutes=30)
    morning = next_allowed(now, meetup.zone)
    begins = morning if morning + kept <= meetup.start else now
    return begins, min(begins + kept, meetup.start)


def offer_ends(meetup: Meetup, now: datetime) -> datetime:
    """Return when an offer of a seat that comes free now ends."""
    return offer_times(meetup, now)[1]


@transaction.atomic
def offer_freed_seats(meetup: Meetup) -> list[Guest]:
    """Offer free seats to the waiting list, in order; a party that does not fit is skipped. Return who was offered one.

    A second call offers nothing again: an offered seat counts as taken, and a guest whose offer expired is not asked twice.
    A guest without an address cannot be asked and gets the seat; the host's letter about the answers says so.
    """
    meetup = lock_meetup(meetup.pk)
    if not meetup.takes_answers:
        return []
    now, free, offered = clock.now(), num_seats_free(meetup), []
    for guest in Guest.objects.counting().waiting().filter(meetup=meetup, offered_at=None):
        if guest.party_size > free:
            continue
        free -= guest.party_size
        guest.meetup = meetup
        if not guest.email:
            guest.rsvp, guest.waiting_since, guest.answered_at = Rsvp.YES, None, now
            guest.save(update_fields=["rsvp", "waiting_since", "answered_at"])
            owe_host_answers(meetup)
            offered.append(guest)
            continue
        due_at, ends_at = offer_times(meetup, now)
        guest.offered_at, guest.offer_expires_at = now, ends_at
        guest.save(update_fields=["offered_at", "offer_expires_at"])
        withdraw_deliveries(letters_about_answers(guest))
        enqueue(
            Letter.SEAT_OFFERED,
            key=f"{guest.pk}:{guest.num_answers}:{int(now.timestamp())}",
            guest=guest,
            due_at=due_at,
            not_after=ends_at,
        )
        offered.append(guest)
    return offered


def place_in_line(guest: Guest) -> int:
    """Return this guest's place on the waiting list: 1 is asked next."""
    line = Guest.objects.counting().filter(meetup=guest.meetup_id, rsvp=Rsvp.WAITING, offered_at=None)
    is_before = Q(waiting_since__lt=guest.waiting_since) | Q(waiting_since=guest.waiting_since, pk__lt=guest.pk)
    return line.filter(is_before).count() + 1


@dataclass(frozen=True)
class IdleSeats:
    """Free seats that nobody in line takes by themselves: who let an offer end, and whose party is larger than what is free."""

    num_free: int
    passed: tuple[Guest, ...]
    too_large: tuple[Guest, ...]


def find_idle_seats(meetup: Meetup, guests: Iterable[Guest]) -> IdleSeats | None:
    """Return the seats that stay free although people wait, or None. `guests` are all who count, each with its `meetup`.

    Nobody is asked twice by a letter, so only the host can fill them: by a call, or by inviting others.
    """
    guests = list(guests)
    taken = sum(guest.party_size for guest in guests if guest.has_seat or guest.has_offer)
    num_free = meetup.num_seats - taken
    waiting = [guest for guest in guests if guest.rsvp == Rsvp.WAITING and not guest.has_offer]
    if not meetup.takes_answers or num_free < 1 or not waiting:
        return None
    passed = tuple(guest for guest in waiting if guest.offered_at is not None)
    return IdleSeats(num_free, passed, tuple(guest for guest in waiting if guest.offered_at is None))


def lapse_offers() -> int:
    """Expire the offers that ended without an answer and offer their seats to the next; return how many. Run by the sweep."""
    lapsed = Guest.objects.filter(rsvp=Rsvp.WAITING, offer_expires_at__lte=clock.now())
    num_lapsed = 0
    for meetup_id in set(lapsed.values_list("meetup", flat=True)[:200]):
        # A meetup that somebody else has locked is left to the next sweep, so that it delays no other (R127).
        with passing_over_locked(), transaction.atomic():
            num_lapsed += lapse_offers_of(lock_meetup(meetup_id))
    return num_lapsed


def lapse_offers_of(meetup: Meetup) -> int:
    """Expire the offers of one meetup that have ended, offer their seats to the next in line, and return how many."""
    over = Guest.objects.filter(meetup=meetup, rsvp=Rsvp.WAITING, offer_expires_at__lte=clock.now())
    num_lapsed = over.update(offer_expires_at=None)
    if num_lapsed:
        offer_freed_seats(meetup)
        if meetup.takes_answers:
            owe_letter_when_full(meetup, taken=num_seats_taken(meetup))
            _tell_host_of_idle_seats(meetup)
    return num_lapsed


def _tell_host_of_idle_seats(meetup: Meetup) -> None:
    """Owe the host the letter of the hour, which names them, where everybody in line was asked and seats are free."""
    guests = list(Guest.objects.counting().filter(meetup=meetup, rsvp__in=[Rsvp.YES, Rsvp.WAITING]))
    for guest in guests:
        guest.meetup = meetup
    idle = find_idle_seats(meetup, guests)
    if idle is not None and idle.passed:
        owe_host_answers(meetup)


# Fewer seats than were given -----------------------------------------------------------------------------------------

# For this long a host may take it back that guests were moved to the waiting list, and their dishes wait for them.
SECOND_THOUGHTS = timedelta(minutes=10)


def give_back_dishes_of_unseated(limit: int = 200) -> int:
    """Free the dishes of guests whose seat was taken back and is not given again; return how many. Run by the sweep."""
    lost = Guest.objects.filter(rsvp=Rsvp.WAITING, unseated_at__lte=clock.now() - SECOND_THOUGHTS)
    return Dish.objects.filter(guest__in=list(lost.filter(dishes__isnull=False).values_list("pk", flat=True)[:limit])).give_back()
