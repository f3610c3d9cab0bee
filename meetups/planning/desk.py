"""What a host's desk shows: the guests, failed letters, the timeline of letters. Only reads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from meetups.access.matching import Meeting, count_readers, meetings_of
from meetups.guests.services.friend import friends_for_host
from meetups.models import Delivery, Guest, Mailing, Meetup, Suppression
from meetups.models.needs import sum_needs
from meetups.outbox.failure_text import plain_words
from meetups.outbox.fate import (
    Fate,
    fate_of_letter,
    letters_that_missed,
    why_it_failed,
)
from meetups.outbox.plan import letters_to_come, timeline
from meetups.planning.attendance_forecast import Forecast, forecast_of
from meetups.text.diets import sum_diets
from meetups.text.dishes import lacks_words, list_words
from meetups.times import clock
from meetups.times import words as when

Rsvp, State = Guest.Rsvp, Delivery.State
# What became of the letters of a meetup, by mailing and kind, as `fates_of_meetup` returns it.
Fates = Mapping[tuple[int | None, str], Fate]
MOST_ASKED_AGAIN = 100
ORDER = [Rsvp.YES, Rsvp.WAITING, Rsvp.MAYBE, Rsvp.INVITED, Rsvp.NO]


@dataclass(frozen=True)
class LetterRow:
    """One letter of the timeline, as shown."""

    title: str
    iso: str
    when: str
    to: str
    css: str = ""
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Company:
    """The guests of one meetup, and how many people they are."""

    guests: list[Guest]
    num_taken: int
    num_waiting: int
    laid: Forecast

    @property
    def seated(self) -> list[Guest]:
        return [guest for guest in self.guests if guest.has_seat]

    @property
    def num_unanswered(self) -> int:
        return sum(guest.rsvp == Rsvp.INVITED for guest in self.guests)

    @property
    def num_children(self) -> int:
        return sum(guest.num_children for guest in self.seated)

    @property
    def num_ask_again(self) -> int:
        return sum(guest.asks_again for guest in self.guests)

    @property
    def num_could_host(self) -> int:
        return sum(guest.could_host for guest in self.guests)

    @property
    def read(self) -> str:
        """Return how many have read the book, never who."""
        return list_words(count_readers(self.seated))

    @property
    def needing(self) -> list[Guest]:
        """Return those who need or offer something, also without a seat."""
        return [guest for guest in self.guests if not guest.own_needs.is_empty]

    @property
    def seated_needing(self) -> list[Guest]:
        return [guest for guest in self.needing if guest.has_seat]

    @property
    def diets(self) -> str:
        """Return what those with a seat ticked, summed: "3 vegetarian and 1 without nuts"; each guest counts once."""
        return list_words(sum_diets(guest.diets for guest in self.seated))

    @property
    def needed(self) -> str:
        """Return what those with a seat need, summed: "2 need a ride and 1 needs a way in without steps"."""
        return list_words(sum_needs(guest.needs for guest in self.seated_needing))

    @property
    def meetings(self) -> list[Meeting]:
        """Return pairs of guests with a seat, of whom one offers what the other needs."""
        return meetings_of(guest.needs for guest in self.seated_needing)

    @property
    def unconfirmed(self) -> list[Guest]:
        return [guest for guest in self.seated if guest.confirmed_at is None]


def company_of(meetup: Meetup) -> Company:
    """Return the guests of a meetup: those with a seat first, the waiting list in its order, those who declined last."""
    guests = list(Guest.objects.counting().filter(meetup=meetup).select_related("needs"))
    guests.sort(key=lambda guest: (ORDER.index(Rsvp(guest.rsvp)), guest.waiting_since or guest.created_at, guest.pk))
    of_pk = {guest.pk: guest for guest in guests}
    for guest in guests:
        guest.meetup, guest.brought_by = meetup, of_pk.get(guest.brought_by_id or 0)
    return Company(
        guests=guests,
        num_taken=sum(guest.party_size for guest in guests if guest.has_seat or guest.has_offer),
        num_waiting=sum(guest.party_size for guest in guests if guest.rsvp == Rsvp.WAITING and not guest.has_offer),
        laid=forecast_of(meetup, guests, now=clock.now()),
    )


@dataclass(frozen=True)
class Potluck:
    """The dishes of a meetup: how many, how many are taken, how many were given back, and what is missing, in words."""

    num_dishes: int
    num_taken: int
    num_given_back: int
    lacks: str


def potluck_of(meetup: Meetup) -> Potluck:
    """Return the state of a meetup's dishes. One query."""
    dishes = list(meetup.dishes.in_order().only("meetup", "kind", "remark", "guest", "given_back_at"))
    free = [dish for dish in dishes if dish.guest_id is None]
    return Potluck(
        num_dishes=len(dishes),
        num_taken=len(dishes) - len(free),
        num_given_back=sum(dish.given_back_at is not None for dish in free),
        lacks=list_words(lacks_words((dish.kind, dish.remark) for dish in free)),
    )


def guests_to_invite_again(meetup: Meetup) -> list[Guest]:
    """Return the guests who said "ask me again" at another meetup of this host and are not on the list of this one.

    The last answer of each address counts: who answered at another one since is not here, nor are suppressed addresses.
    """
    at_hosts = Guest.objects.counting().with_address().filter(meetup__host=meetup.host_id)
    later = at_hosts.filter(email_hash=OuterRef("email_hash"), answered_at__gt=OuterRef("answered_at"))
    asked = at_hosts.filter(rsvp=Rsvp.NO, asks_again=True).exclude(Exists(later))
    asked = asked.exclude(email_hash__in=Suppression.objects.for_meetup(meetup).values("address_hash"))
    asked = asked.exclude(email_hash__in=meetup.guests.values("email_hash"))
    by_address = {guest.email: guest for guest in asked.order_by("answered_at", "pk")[:MOST_ASKED_AGAIN]}
    return list(by_address.values())


@dataclass(frozen=True)
class Missed:
    """What is wrong with the last letter to a guest, in a word or two, and why in a sentence."""

    badge: str
    why: str


def missed_letters(meetup: Meetup, guests: Sequence[Guest]) -> dict[int, Missed]:
    """Return, by guest, what is wrong with their last letter or with their address. One query, none without guests."""
    if not guests:
        return {}
    missed = {pk: Missed(_("not delivered"), why) for pk, why in unreachable(guests).items()}
    for pk, row in letters_that_missed(meetup, guests).items():
        missed[pk] = _missed(row, meetup)
    return missed


def _missed(row: Delivery, meetup: Meetup) -> Missed:
    fate = fate_of_letter(row, zone=meetup.zone)
    if row.state == State.FAILED:
        return Missed(_("not delivered"), why_it_failed(row.last_code, row.last_words))
    if row.state == State.UNKNOWN:
        return Missed(_("may have arrived"), fate.of_one)
    if row.state == State.EXPIRED:
        return Missed(_("not delivered"), fate.of_one)
    return Missed(_("not gone yet"), " ".join(fate.reasons))


def unreachable(guests: Iterable[Guest]) -> dict[int, str]:
    """Return, by guest, why their address is not mailed any more."""
    return {guest.pk: plain_words(None, guest.undeliverable_words) for guest in guests if guest.undeliverable_at is not None}


def letter_rows(meetup: Meetup, fates: Fates) -> list[LetterRow]:
    """Return the letters of a meetup in order, with their fates; for a draft, those that publishing would plan now."""
    if meetup.is_draft:
        letters = letters_to_come(meetup) if meetup.starts_at else []
        return [_letter_row(meetup, letter, to=letter.get_segment_display()) for letter in letters]
    rows, next_is_marked = [], meetup.is_canceled
    for row in timeline(meetup):
        letter, css, fate = row.mailing, "", fates.get((row.mailing.pk, row.mailing.kind), Fate(zone=meetup.zone))
        if row.is_gone:
            to, css = _became(letter, fate), "is-done"
        elif meetup.is_canceled:
            to, css = _("does not go: the evening is canceled"), "is-off"
        else:
            to, css = _goes_to(letter, row.num_today), "" if next_is_marked else "is-next"
            next_is_marked = True
        rows.append(_letter_row(meetup, letter, to=to, css=css, notes=fate.reasons))
    return rows


def _letter_row(meetup: Meetup, letter: Mailing, *, to: str, css: str = "", notes: Sequence[str] = ()) -> LetterRow:
    words = f"{when.day_words(letter.due_at, meetup.zone)}, {when.clock_words(letter.due_at, meetup.zone)}"
    return LetterRow(title=letter.get_kind_display(), iso=letter.due_at.isoformat(), when=words, to=to, css=css, notes=notes)


def _goes_to(letter: Mailing, num_today: int) -> str:
    if letter.segment == Mailing.Segment.HOST:
        return _("to you")
    return _("%(who)s; today that is %(n)d") % {"who": letter.get_segment_display(), "n": num_today}


def _became(letter: Mailing, fate: Fate) -> str:
    """Return what became of the copies of a letter whose hour has come."""
    is_to_host, who = letter.segment == Mailing.Segment.HOST, letter.get_segment_display()
    if not fate.groups and letter.num_owed:
        # The rows of the copies are deleted after some weeks, and nothing says any more what became of them.
        words = ngettext("%(n)d letter, to %(who)s", "%(n)d letters, to %(who)s", letter.num_owed)
        return words % {"n": letter.num_owed, "who": who}
    if not fate.groups:
        return _("not sent: its hour had passed") if is_to_host else _("not sent: nobody to write to, or its hour had passed")
    if not fate.are_all_gone:
        return _("to %(who)s: %(fate)s") % {"who": who, "fate": " · ".join(fate.words)}
    if is_to_host:
        return _("gone, to you")
    words = ngettext("gone, %(n)d letter, to %(who)s", "gone, %(n)d letters, to %(who)s", fate.num_gone)
    return words % {"who": who, "n": fate.num_gone}


def friends_of(meetup: Meetup) -> list[Guest]:
    """Return those whom the host has to admit or refuse, or whose refusal can be undone."""
    return friends_for_host(meetup) if meetup.friend_asked_at and meetup.takes_answers else []
