"""A guest's answer: what it changes, which letters it owes, which seats follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meetups.exceptions import MeetupError
from meetups.guests.services.answer_sql import Table, lock_table, save_changes
from meetups.guests.services.needs import write_needs
from meetups.guests.services.next_host import owe_drafts
from meetups.guests.services.seats import (
    check_open,
    lapse_offers_of,
    letters_about_answers,
    offer_freed_seats,
    owe_letter_when_full,
)
from meetups.models import Delivery, Dish, Guest
from meetups.outbox.host_digest import host_answers_dedupe_key, owe_host_answers
from meetups.outbox.plan import Kind as MailingKind
from meetups.outbox.queue import due_after_the_last, owe, withdraw_deliveries
from meetups.times import clock

Letter = Delivery.Kind
Rsvp = Guest.Rsvp


@dataclass(frozen=True)
class Answer:
    """An answer and what goes with it. What is None stays as it was.

    `needs` maps fields of Needs to values.
    """

    rsvp: str
    party_size: int = 1
    shown_name: str | None = None
    shows_name: bool | None = None
    note: str | None = None
    # Codes of text/diets.py, as they are stored.
    diets: str | None = None
    diet: str | None = None
    has_read: str | None = None
    party_names: str | None = None
    num_children: int | None = None
    could_host: bool | None = None
    asks_again: bool | None = None
    needs: Mapping[str, str | bool | int] | None = None

    @property
    def words(self) -> dict[str, str | bool | int]:
        """Return the columns of the guest that this answer sets, besides those about seats, by name."""
        said = {name: getattr(self, name) for name in WORDS}
        return {name: value for name, value in said.items() if value is not None}


# The fields of an answer that are columns of the guest and do not decide about seats.
WORDS = tuple(field.name for field in fields(Answer) if field.name not in ("rsvp", "party_size", "needs"))


@dataclass(frozen=True)
class Change:
    """What an answer changed. `free` is the number of seats that this guest could have had."""

    free: int
    had_seat: bool
    # They took that seat themselves, so they hear of its loss whatever they unsubscribed from.
    had_own_seat: bool
    was_waiting: bool
    was_unproven: bool
    # The answer, the party size or the proof of the address changed; other changes owe no letter.
    is_news: bool


@transaction.atomic
def record_rsvp(
    guest: Guest,
    answer: Answer,
    *,
    by_host: bool = False,
    in_ledger: bool = False,
    welcomed_at: datetime | None = None,
    letter_at: datetime | None = None,
    is_carried_over: bool = False,
) -> Guest:
    """Record an answer and return the guest as it now stands; a yes without a free seat goes on the waiting list.

    A second call with the same answer changes nothing and owes no second letter. `by_host`: the host enters the answer;
    `in_ledger`: the letter about it is in the address ledger already. `welcomed_at`: the host admits a guest's friend, and the
    letter is due then. `letter_at`: when the letter about an answer that the host enters is due, instead of at once.
    `is_carried_over`: the guest gave it to a date before the host chose that one, so the caller owes the letter.
    Raises MeetupError when the meetup takes no answers or the party is too large.
    """
    table = _lock_table(guest)
    guest = table.guest
    _check_answer(guest, answer)
    change = _change_answer(table, answer, by_host=by_host)
    if answer.could_host and not by_host:
        owe_drafts(guest)
    if not change.is_news:
        return guest
    if is_carried_over:
        _pass_seats_on(table, change)
        return guest
    of_host = {"by_host": True, "in_ledger": in_ledger} if by_host else {"welcome": True} if welcomed_at else {}
    _owe_guest_letter(table, change, of_host=of_host, due_at=welcomed_at or letter_at)
    if not (by_host or welcomed_at or table.is_host_told):
        owe_host_answers(guest.meetup)
    _pass_seats_on(table, change)
    return guest


def _lock_table(guest: Guest) -> Table:
    """Lock the meetup's and the guest's rows and read what the answer depends on."""
    told_key = host_answers_dedupe_key(guest.meetup)
    table = lock_table(guest, told_key=told_key)
    if not table.has_ended_offers:
        return table
    # The seat of an offer that has just expired belongs to the next in line, not to whoever answers now.
    lapse_offers_of(table.guest.meetup)
    return lock_table(guest, told_key=told_key)


# What changes --------------------------------------------------------------------------------------------------------


def _check_answer(guest: Guest, answer: Answer) -> None:
    """Raise MeetupError for an answer that is refused however many seats are free."""
    if answer.rsvp not in (Rsvp.YES, Rsvp.MAYBE, Rsvp.NO):
        raise MeetupError(_("Please choose yes, maybe or no."))
    if guest.removed_at is not None:
        raise MeetupError(_("This guest was removed."))
    if guest.awaits_host:
        raise MeetupError(_("The host has not said yes to this friend."))
    check_open(guest.meetup)
    # A party from before the host lowered the limit may keep its size; with a no the size does not matter.
    most = guest.meetup.max_party
    if answer.rsvp != Rsvp.NO and not 1 <= answer.party_size <= max(most, guest.party_size):
        words = ngettext(
            "At this table each guest may take %(n)d seat.", "At this table each guest may take up to %(n)d seats.", most
        )
        raise MeetupError(words % {"n": most})


def _change_answer(table: Table, answer: Answer, *, by_host: bool) -> Change:
    """Change and save the guest's row. Raises MeetupError where a party with a seat or an offer grows beyond the free seats."""
    guest = table.guest
    columns, before = dict(vars(guest)), (guest.rsvp, guest.party_size, guest.is_unproven)
    had_seat, had_own_seat, free = guest.has_seat, guest.has_own_seat, max(0, guest.meetup.num_seats - table.taken)
    for name, value in answer.words.items():
        setattr(guest, name, value)
    if guest.address_proven_at is None and not by_host:
        # The link was mailed to the address, so an answer behind it proves the address.
        guest.address_proven_at = clock.now()
    _set_answer(guest, answer, free=free, last_in_line_at=table.last_in_line_at)
    if guest.rsvp != Rsvp.WAITING:
        guest.unseated_at = None
    _fit_party(guest)
    write_needs(guest, answer.needs or {}, has_row=table.has_needs)
    is_news = before != (guest.rsvp, guest.party_size, guest.is_unproven)
    if is_news or not by_host:
        # An answer that the guest gives again is their own from then on; one that the host writes again says nothing new.
        guest.said_by_host = by_host
    if is_news:
        guest.answered_at = clock.now()
        guest.num_answers += 1
        guest.confirmed_at = None
    save_changes(guest, columns)
    was_waiting, was_unproven = before[0] == Rsvp.WAITING, before[2]
    return Change(free, had_seat, had_own_seat, was_waiting, was_unproven, is_news)


def _set_answer(guest: Guest, answer: Answer, *, free: int, last_in_line_at: datetime | None) -> None:
    """Give a seat, or a place on the waiting list, under the meetup's lock."""
    rsvp, party_size = answer.rsvp, answer.party_size
    if rsvp != Rsvp.YES:
        guest.rsvp, guest.party_size = rsvp, party_size if rsvp == Rsvp.MAYBE else 1
        guest.waiting_since = guest.offered_at = guest.offer_expires_at = None
        return
    # After the host has reduced the seats, a party that has its seats keeps them (R82), also when it gets smaller.
    keeps_seat = guest.has_seat and party_size <= guest.party_size
    if party_size <= free or keeps_seat:
        guest.rsvp, guest.party_size = Rsvp.YES, party_size
        guest.waiting_since = guest.offered_at = guest.offer_expires_at = None
    elif guest.has_seat or guest.has_offer:
        words = ngettext(
            "There is only %(n)d seat for you. What you had stays as it was.",
            "There are only %(n)d seats for you. What you had stays as it was.",
            free,
        )
        raise MeetupError(words % {"n": free})
    elif guest.rsvp != Rsvp.WAITING or guest.party_size != party_size or guest.offered_at is not None:
        # Whoever let an offer lapse, or waits with a larger party than before, goes to the end of the line.
        is_smaller = guest.rsvp == Rsvp.WAITING and party_size < guest.party_size and guest.offered_at is None
        guest.waiting_since = guest.waiting_since if is_smaller else _end_of_line(last_in_line_at)
        guest.rsvp, guest.party_size = Rsvp.WAITING, party_size
        guest.offered_at = guest.offer_expires_at = None


def _fit_party(guest: Guest) -> None:
    """Remove companions beyond the party's size, the last ones named first; a no has none."""
    guest.num_children = min(guest.num_children, guest.party_size - 1)
    names = guest.companions[: guest.party_size - 1 - guest.num_children]
    guest.party_names = "\n".join(names)
    if guest.rsvp != Rsvp.NO:
        guest.asks_again = False


def _end_of_line(last_at: datetime | None) -> datetime:
    """Return a moment after that of everybody in line, because the clocks of two machines may differ."""
    now = clock.now()
    return max(now, last_at + timedelta(microseconds=1)) if last_at else now


# What the change owes ------------------------------------------------------------------------------------------------


def _owe_guest_letter(table: Table, change: Change, *, of_host: dict[str, bool], due_at: datetime | None) -> None:
    """Owe the guest the letter about this answer, and withdraw letters about older answers that have not left."""
    guest = table.guest
    if guest.num_answers > 1:
        letters = letters_about_answers(guest)
        withdraw_deliveries(letters)
        # The page shows each answer at once.
        due_at = due_at or due_after_the_last(letters)
    key = f"{guest.pk}:{guest.num_answers}"
    context: dict[str, object]
    if guest.rsvp == Rsvp.WAITING:
        context = {"because": "party" if change.free else "full", "free": change.free, **of_host}
        owe(Letter.WAITING, key=key, guest=guest, due_at=due_at, context=context)
        return
    seat = {"had_seat": change.had_seat, "had_own_seat": change.had_own_seat}
    context = {"rsvp": guest.rsvp, "missed": _missed_letters(table), **seat, **of_host}
    owe(Letter.CONFIRMATION, key=key, guest=guest, due_at=due_at, context=context)


def _missed_letters(table: Table) -> list[str]:
    """Return the kinds of letters that the other guests got before this yes; the confirmation repeats what they said."""
    guest = table.guest
    if guest.rsvp != Rsvp.YES or not table.has_host_letter_gone:
        return []
    gone = guest.meetup.mailings.planned().filter(fanned_out_at__isnull=False, kind__in=[MailingKind.THREE_DAYS])
    had = Delivery.objects.filter(guest=guest, state=Delivery.State.SENT).values("kind")
    return list(gone.exclude(kind__in=had).values_list("kind", flat=True))


# Which seats follow --------------------------------------------------------------------------------------------------


def _pass_seats_on(table: Table, change: Change) -> None:
    """Give back the dishes of a lost seat, offer freed seats to the waiting list, and tell the host of a full table."""
    guest = table.guest
    if change.was_unproven and guest.brought_by_id:
        # The page of the guest who brought this friend shows how many have asked.
        Guest.objects.filter(pk=guest.brought_by_id).update(brought_at=guest.answered_at)
    if change.had_seat and not guest.has_seat:
        Dish.objects.filter(guest=guest).give_back()
    taken = table.taken + (guest.party_size if guest.has_seat else 0)
    if change.had_seat or change.was_waiting:
        taken += sum(offered.party_size for offered in offer_freed_seats(guest.meetup))
    owe_letter_when_full(guest.meetup, taken=taken)


@transaction.atomic
def offer_to_host(guest: Guest, *, could_host: bool) -> Guest:
    """Save whether this guest could host a meetup one day, and owe them the letters about it.

    A second call with the same value changes nothing and owes no second letter.
    """
    guest.could_host = could_host
    guest.save(update_fields=["could_host"])
    if could_host:
        owe_drafts(guest)
    return guest
