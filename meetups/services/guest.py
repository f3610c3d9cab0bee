"""Acts of and on guests: invite, answer, seats and the waiting list, removal, links."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.db import transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from hosts.models import User
from meetups import clock, walltime
from meetups.exceptions import MeetupError
from meetups.models import AddressLedger, Delivery, Dish, Guest, Meetup, Suppression
from meetups.models.delivery import DeliveryQuerySet
from meetups.plain import holds_any
from meetups.quiet import next_allowed
from meetups.services.bounces import clear_address
from meetups.services.delivery import (
    enqueue,
    hold_addresses,
    may_mail_stranger,
    owe,
    owe_host_answers,
    owe_host_full,
    when_to_mail_stranger,
    withdraw_deliveries,
    write_in_ledger,
)
from meetups.services.mailing import Kind as MailingKind
from meetups.services.mailing import invite_again_later
from meetups.services.needs import write_needs
from meetups.tokens import hash_address

Rsvp = Guest.Rsvp
Letter = Delivery.Kind
MAX_GUESTS = 300
NEW_ACCOUNT_DAYS = 7
INVITES_A_DAY_NEW, INVITES_A_DAY = 60, 200
# What a guest may type with an answer.
WORDS = ("shown_name", "shows_name", "note", "diet", "could_host", "asks_again", "has_read", "party_names", "num_children")


def lock_meetup(meetup_id: int) -> Meetup:
    """Lock the meetup's row for the rest of the transaction: whoever gives or frees a seat holds it.

    Not its key: rows that only name the meetup (a letter, an entry of the ledger) are written meanwhile without waiting.
    """
    return Meetup.objects.select_for_update(of=("self",), no_key=True).select_related("host").get(pk=meetup_id)


def num_seats_taken(meetup: Meetup, *, but: Guest | None = None) -> int:
    """Return the seats given or on offer, counted live. Call it under the lock when a seat depends on it."""
    has_one = Q(rsvp=Rsvp.YES) | Q(rsvp=Rsvp.WAITING, offer_expires_at__gt=clock.now())
    guests = Guest.objects.seen().filter(has_one, meetup=meetup)
    return (guests.exclude(pk=but.pk) if but else guests).num_people()


def num_seats_free(meetup: Meetup, *, but: Guest | None = None) -> int:
    """Return how many seats nobody has and nobody was offered; never less than none."""
    return max(0, (meetup.seats or 0) - num_seats_taken(meetup, but=but))


# Answers -------------------------------------------------------------------------------------------------------------


@transaction.atomic
def record_rsvp(
    guest: Guest,
    *,
    rsvp: str,
    party_size: int = 1,
    by_host: bool = False,
    in_ledger: bool = False,
    welcomed_at: datetime | None = None,
    needs: dict[str, str | bool | int] | None = None,
    **words: str | bool | int,
) -> Guest:
    """Record an answer and return the guest as it now stands; a yes without a free seat waits.

    `words` may hold what WORDS names, and `needs` the fields of Needs. The same answer a second time changes nothing and
    owes no second letter. `in_ledger`: the letter about an answer that the host wrote down stands in the ledger already.
    `welcomed_at`: the host says yes to what this guest asked for, and the letter about it leaves then.
    Raises MeetupError when the evening takes no answers or the party is too large.
    """
    meetup = lock_meetup(guest.meetup_id)
    # Before anybody takes a seat: an offer that has just ended goes to the next in line, not to whoever presses first.
    _lapse_offers_of(meetup)
    guest = Guest.objects.select_for_update().get(pk=guest.pk)
    guest.meetup = meetup
    _check_answer(meetup, guest, rsvp, party_size)
    before = (guest.rsvp, guest.party_size, guest.is_unproven)
    had_seat = guest.has_seat
    # Counted once under the lock; everything after it is arithmetic.
    taken = num_seats_taken(meetup, but=guest)
    free = max(0, meetup.seats - taken)
    for name in WORDS:
        if name in words:
            setattr(guest, name, words[name])
    if guest.address_proven_at is None and not by_host:
        # The link was mailed, so whoever presses a button behind it reads the address.
        guest.address_proven_at = clock.now()
    _set_answer(meetup, guest, rsvp, party_size, free=free)
    _fit_party(guest)
    write_needs(guest, **(needs or {}))
    if (guest.rsvp, guest.party_size, guest.is_unproven) == before:
        guest.save()
        return guest
    guest.answered_at = clock.now()
    guest.num_answers += 1
    guest.confirmed_at = None
    guest.save()
    if before[2] and guest.brought_by_id:
        # A friend for whom the host need not say yes: whoever brought them sees how many asked.
        Guest.objects.filter(pk=guest.brought_by_id).update(brought_at=guest.answered_at)
    if had_seat and not guest.has_seat:
        Dish.objects.filter(guest=guest).give_back()
    of_host = {"by_host": True, "in_ledger": in_ledger} if by_host else {"welcome": True} if welcomed_at else {}
    _owe_answer_letter(guest, had_seat=had_seat, free=free, of_host=of_host, due_at=welcomed_at)
    if not by_host and welcomed_at is None:
        owe_host_answers(meetup)
    taken += guest.party_size if guest.has_seat else 0
    if had_seat or before[0] == Rsvp.WAITING:
        taken += sum(offered.party_size for offered in offer_freed_seats(meetup))
    tell_when_full(meetup, taken=taken)
    return guest


def _check_answer(meetup: Meetup, guest: Guest, rsvp: str, party_size: int) -> None:
    if rsvp not in (Rsvp.YES, Rsvp.MAYBE, Rsvp.NO):
        raise MeetupError(_("Please choose yes, maybe or no."))
    if guest.removed_at is not None:
        raise MeetupError(_("This guest was removed."))
    if guest.awaits_host:
        raise MeetupError(_("The host has not said yes to this friend."))
    check_open(meetup)
    # A party from before the host lowered the limit may stay as large as it is; and a no is heard whatever stands beside it.
    if rsvp != Rsvp.NO and not 1 <= party_size <= max(meetup.max_party, guest.party_size):
        words = ngettext(
            "At this table each guest may take %(n)d seat.",
            "At this table each guest may take up to %(n)d seats.",
            meetup.max_party,
        )
        raise MeetupError(words % {"n": meetup.max_party})


def check_open(meetup: Meetup) -> None:
    """Raise MeetupError once answers count no more: the evening was canceled, or has begun."""
    if meetup.is_canceled:
        raise MeetupError(_("This evening was canceled, so there is nothing to answer any more."))
    if not meetup.takes_answers:
        raise MeetupError(_("This evening has begun, so answers can no longer be changed."))


def _set_answer(meetup: Meetup, guest: Guest, rsvp: str, party_size: int, *, free: int) -> None:
    """Give a seat, or a place on the waiting list, under the meetup's lock."""
    if rsvp != Rsvp.YES:
        guest.rsvp, guest.party_size = rsvp, party_size if rsvp == Rsvp.MAYBE else 1
        guest.waiting_since = guest.offered_at = guest.offer_expires_at = None
        return
    # Where the host took seats away, nobody who has one is dropped (R82): the same party, or a smaller one, stays.
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
        # Somebody who let an offer lapse, or waits with another party, goes to the end of the line.
        is_smaller = guest.rsvp == Rsvp.WAITING and party_size < guest.party_size and guest.offered_at is None
        guest.waiting_since = guest.waiting_since if is_smaller else _end_of_line(meetup)
        guest.rsvp, guest.party_size = Rsvp.WAITING, party_size
        guest.offered_at = guest.offer_expires_at = None


def _fit_party(guest: Guest) -> None:
    """Let go of whoever does not come along: all of them with a no, the last ones named with a smaller party."""
    guest.num_children = min(guest.num_children, guest.party_size - 1)
    names = guest.companions[: guest.party_size - 1 - guest.num_children]
    guest.party_names = "\n".join(names)
    if guest.rsvp != Rsvp.NO:
        guest.asks_again = False


def _end_of_line(meetup: Meetup) -> datetime:
    """Return a moment after that of everybody in line: the clocks of two processes may differ by a little."""
    last = Guest.objects.filter(meetup=meetup, rsvp=Rsvp.WAITING).aggregate(at=Max("waiting_since"))["at"]
    now = clock.now()
    return max(now, last + timedelta(microseconds=1)) if last else now


def _letters_about_answers(guest: Guest) -> DeliveryQuerySet:
    kinds = [Letter.CONFIRMATION, Letter.WAITING, Letter.SEAT_OFFERED]
    return Delivery.objects.filter(guest=guest, kind__in=kinds)


def _owe_answer_letter(
    guest: Guest, *, had_seat: bool, free: int, of_host: dict[str, bool], due_at: datetime | None = None
) -> None:
    """Owe the letter about the present answer; one about an older answer that has not left yet is withdrawn."""
    if guest.num_answers > 1:
        withdraw_deliveries(_letters_about_answers(guest))
    key = f"{guest.pk}:{guest.num_answers}"
    if guest.rsvp == Rsvp.WAITING:
        context = {"because": "party" if free else "full", "free": free} | of_host
        owe(Letter.WAITING, key=key, guest=guest, due_at=due_at, context=context)
        return
    context = {"rsvp": guest.rsvp, "had_seat": had_seat, "missed": _missed_letters(guest)} | of_host
    owe(Letter.CONFIRMATION, key=key, guest=guest, due_at=due_at, context=context)


def _missed_letters(guest: Guest) -> list[str]:
    """Return the kinds of letters that went to the others before this yes, to be folded into its confirmation."""
    if guest.rsvp != Rsvp.YES:
        return []
    gone = guest.meetup.mailings.planned().filter(fanned_out_at__isnull=False, kind__in=[MailingKind.THREE_DAYS])
    had = Delivery.objects.filter(guest=guest, state=Delivery.State.SENT).values("kind")
    return list(gone.exclude(kind__in=had).values_list("kind", flat=True))


def tell_when_full(meetup: Meetup, *, taken: int) -> None:
    """Owe the host one letter when the last seat goes, and another only after a seat was free in between."""
    is_full = taken >= meetup.seats
    if is_full and meetup.full_told_at is None:
        owe_host_full(meetup)
    elif not is_full and meetup.full_told_at is not None:
        meetup.full_told_at = None
        meetup.save(update_fields=["full_told_at"])


def offer_to_host(guest: Guest, *, could_host: bool) -> Guest:
    """Note whether this guest could open their own door one day. A second call with the same word changes nothing."""
    guest.could_host = could_host
    guest.save(update_fields=["could_host"])
    return guest


# The waiting list ----------------------------------------------------------------------------------------------------


def offer_times(meetup: Meetup, now: datetime) -> tuple[datetime, datetime]:
    """Return when the letter about a freed seat leaves, and until when the seat is kept: twelve hours, less near the start.

    At night neither begins before 08:00, so that nobody loses a place in line asleep; but for an evening that would have begun.
    """
    left = meetup.starts_at - now
    if left > timedelta(hours=48):
        kept = timedelta(hours=12)
    elif left > timedelta(hours=24):
        kept = timedelta(hours=6)
    elif left > timedelta(hours=6):
        kept = timedelta(hours=2)
    else:
        kept = timedelta(minutes=30)
    morning = next_allowed(now, meetup.zone)
    begins = morning if morning + kept <= meetup.starts_at else now
    return begins, min(begins + kept, meetup.starts_at)


def offer_ends(meetup: Meetup, now: datetime) -> datetime:
    """Return until when a seat that comes free now is kept for the first in line."""
    return offer_times(meetup, now)[1]


@transaction.atomic
def offer_freed_seats(meetup: Meetup) -> list[Guest]:
    """Offer free seats to the waiting list, in order; a party that does not fit is passed over. Return who was offered one.

    A second call offers nothing again: an offered seat counts as taken, and who let an offer lapse is not asked twice.
    Somebody without an address cannot be asked: the yes they gave the host counts, and the host hears of it with the answers.
    """
    meetup = lock_meetup(meetup.pk)
    if not meetup.takes_answers:
        return []
    now, free, offered = clock.now(), num_seats_free(meetup), []
    for guest in Guest.objects.seen().waiting().filter(meetup=meetup, offered_at=None):
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
        withdraw_deliveries(_letters_about_answers(guest))
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
    """Return how many parties are asked before this one, itself counted: 1 is the next."""
    line = Guest.objects.seen().filter(meetup=guest.meetup_id, rsvp=Rsvp.WAITING, offered_at=None)
    is_before = Q(waiting_since__lt=guest.waiting_since) | Q(waiting_since=guest.waiting_since, pk__lt=guest.pk)
    return line.filter(is_before).count() + 1


def lapse_offers() -> int:
    """Offer seats again whose offers ended unanswered, and return how many offers lapsed. Run by the sweep, idempotent."""
    lapsed = Guest.objects.filter(rsvp=Rsvp.WAITING, offer_expires_at__lte=clock.now())
    num_lapsed = 0
    for meetup_id in set(lapsed.values_list("meetup", flat=True)[:200]):
        with transaction.atomic():
            num_lapsed += _lapse_offers_of(lock_meetup(meetup_id))
    return num_lapsed


def _lapse_offers_of(meetup: Meetup) -> int:
    """End the offers of one meetup that are over, offer those seats to the next in line, and return how many ended."""
    over = Guest.objects.filter(meetup=meetup, rsvp=Rsvp.WAITING, offer_expires_at__lte=clock.now())
    num_lapsed = over.update(offer_expires_at=None)
    if num_lapsed:
        offer_freed_seats(meetup)
        if meetup.takes_answers:
            tell_when_full(meetup, taken=num_seats_taken(meetup))
    return num_lapsed


# Invitations ---------------------------------------------------------------------------------------------------------


@dataclass
class Invited:
    """What became of each address: sent now, sent tomorrow, already there, or not sent and why."""

    sent: list[Guest] = field(default_factory=list)
    later: list[Guest] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def is_new_host(user: User) -> bool:
    """Tell whether an account is too new to be trusted with many letters, long words and links in them (R88, R89)."""
    return user.proven_at is None or clock.now() - user.proven_at < timedelta(days=NEW_ACCOUNT_DAYS)


def num_invites_a_day(user: User) -> int:
    """Return to how many addresses this account may write in a day: fewer while the account is new (R88)."""
    return INVITES_A_DAY_NEW if is_new_host(user) else INVITES_A_DAY


def num_invitations_owed(user: User) -> int:
    """Return how many invitations of this account left in the last 24 hours or wait for a day to come."""
    since = clock.now() - timedelta(days=1)
    return Delivery.objects.filter(kind=Letter.INVITATION, guest__invited_by=user, due_at__gt=since).count()


def num_invites_left_today(user: User) -> int:
    """Return to how many addresses this account can still write today; what is more leaves on the days after."""
    return max(0, num_invites_a_day(user) - num_invitations_owed(user))


@transaction.atomic
def invite_guests(meetup: Meetup, *, addresses: list[tuple[str, str]], by: User, personal: str = "") -> Invited:
    """Invite people by (name, email) and say what became of each. A second call with the same addresses writes to nobody again.

    More than the day's number leave on the mornings after. Raises MeetupError when the meetup takes no guests any more, and
    for a line to all that holds the street.
    """
    meetup = lock_meetup(meetup.pk)
    if not meetup.takes_answers:
        raise MeetupError(_("Invitations can be sent from publication until the evening begins."))
    if holds_any(personal, meetup.street):
        raise MeetupError(_("Your line holds the street. It comes with a yes that has a seat, so please leave it out."))
    # Whoever invites with two windows at once has one number of letters a day; the addresses are held for the same reason.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    hold_addresses(email.strip().lower() for _name, email in addresses)
    existing = {guest.email: guest for guest in meetup.guests.exclude(email=None)}
    result, a_day, owed, now = Invited(), num_invites_a_day(by), num_invitations_owed(by), clock.now()
    for name, email in addresses:
        email = email.strip().lower()
        guest = existing.get(email)
        if guest is not None and guest.removed_at is None and not guest.is_unproven:
            result.already.append(email)
            continue
        due_at = _when_invited(meetup, email, days=owed // a_day, now=now)
        reason = _why_not_invited(meetup, email, is_one_more=guest is None and len(existing) >= MAX_GUESTS, due_at=due_at)
        if reason:
            result.refused.append((email, reason))
            continue
        guest = existing[email] = _invited_guest(meetup, guest, name=name, email=email, by=by)
        owed += 1
        key = f"{guest.pk}:{guest.link_version}"
        enqueue(Letter.INVITATION, key=key, guest=guest, due_at=due_at, context={"personal": personal})
        write_in_ledger(email, kind=AddressLedger.Kind.INVITATION, meetup=meetup, sender=by, at=due_at)
        guest.meetup = meetup
        invite_again_later(guest, invited_at=due_at)
        (result.later if due_at > now else result.sent).append(guest)
    return result


def _when_invited(meetup: Meetup, email: str, *, days: int, now: datetime) -> datetime | None:
    """Return when an invitation may leave: that many days on, and not before this address may get another letter (R88)."""
    may_from = when_to_mail_stranger(email, meetup)
    due_at = walltime.days_before_at(now, meetup.zone, -days, time(9)) if days else now
    if may_from is None or may_from <= due_at:
        return may_from and due_at
    return next_allowed(may_from, meetup.zone)


def _why_not_invited(meetup: Meetup, email: str, *, is_one_more: bool, due_at: datetime | None) -> str:
    """Return in words why this address cannot be written to, or nothing."""
    if is_one_more:
        return _("This meetup has three hundred guests already, which is the most we write to.")
    if Suppression.objects.for_meetup(meetup).filter(address_hash=hash_address(email)).exists():
        return _("This address asked not to get such letters. Tell them yourself if you can.")
    if due_at is None:
        return _("This address had several letters from here and never answered. Tell them yourself if you can.")
    if due_at >= meetup.starts_at:
        return _("The letter could not leave before the evening. Tell them yourself if you can.")
    return ""


def _invited_guest(meetup: Meetup, guest: Guest | None, *, name: str, email: str, by: User) -> Guest:
    """Return the row of somebody invited: a new one, or that of a guest who was removed or never proved the address."""
    guest = guest or Guest(meetup=meetup, email=email, email_hash=hash_address(email))
    guest.meetup = meetup
    if guest.is_unproven:
        # A stranger typed it, and nobody knows who: it reaches neither the host nor the person of that address.
        guest.name = guest.shown_name = ""
    guest.origin, guest.invited_by, guest.invited_at = Guest.Origin.HOST, by, clock.now()
    guest.name = name or guest.name
    if guest.removed_at is not None:
        guest.removed_at, guest.rsvp, guest.num_answers = None, Rsvp.INVITED, guest.num_answers + 1
        # A press of one button keeps the party that was, and nobody invited that one.
        guest.party_size, guest.num_children, guest.party_names = 1, 0, ""
    guest.save()
    return guest


@transaction.atomic
def add_guest(
    meetup: Meetup,
    *,
    name: str,
    by: User,
    email: str | None = None,
    rsvp: str = Rsvp.YES,
    party_size: int = 1,
    note: str = "",
    language: str = "",
) -> Guest:
    """Add somebody who phoned, with their answer, and return the guest. Without a language letters come in the evening's.

    Raises MeetupError for an address that is there already, or that had its letter of the day from somebody else (R88).
    """
    meetup = lock_meetup(meetup.pk)
    email = email.strip().lower() if email else None
    guest = meetup.guests.filter(email=email).first() if email else None
    if guest is not None and guest.removed_at is None and not guest.is_unproven:
        raise MeetupError(_("%(name)s is on your list already.") % {"name": guest.called})
    if email:
        _note_letter_to(meetup, email, by=by)
    guest = guest or Guest(meetup=meetup, email=email, email_hash=hash_address(email) if email else "")
    guest.shown_name = name if guest.is_unproven else guest.shown_name or name
    guest.origin, guest.invited_by, guest.name = Guest.Origin.HOST, by, name
    guest.removed_at, guest.rsvp, guest.language = None, Rsvp.INVITED, language or guest.language
    guest.save()
    return record_rsvp(guest, rsvp=rsvp, party_size=party_size, by_host=True, in_ledger=bool(email), note=note)


def _note_letter_to(meetup: Meetup, email: str, *, by: User) -> None:
    """Write down that an address the host typed gets a letter. Raises MeetupError where it may not have one."""
    if meetup.guests.exclude(email=None).count() >= MAX_GUESTS:
        raise MeetupError(_("This meetup has three hundred guests already, which is the most we write to."))
    hold_addresses([email])
    if not may_mail_stranger(email, meetup):
        raise MeetupError(_("This address had a letter today already. Add the guest without it, or with it tomorrow."))
    write_in_ledger(email, kind=AddressLedger.Kind.INVITATION, meetup=meetup, sender=by)


# Removal and links ---------------------------------------------------------------------------------------------------


@transaction.atomic
def remove_guest(guest: Guest) -> Guest:
    """Take a guest off the list: the link fails at once, the seat is free, one letter says so. A second call changes nothing."""
    meetup = lock_meetup(guest.meetup_id)
    guest = Guest.objects.select_for_update().get(pk=guest.pk)
    guest.meetup = meetup
    if guest.removed_at is not None:
        return guest
    had_seat, was_unproven = guest.has_seat, guest.is_unproven
    guest.removed_at = clock.now()
    guest.link_version += 1
    guest.num_answers += 1
    guest.save()
    Dish.objects.filter(guest=guest).give_back()
    owed = Delivery.objects.filter(guest=guest)
    hears_of_canceling = owed.pending().filter(kind=Letter.CANCELED).exists()
    withdraw_deliveries(owed)
    # Somebody whose invitation never left has nothing to be told.
    had_letter = Delivery.objects.filter(guest=guest).exclude(state=Delivery.State.WITHDRAWN).exists()
    was_told = guest.rsvp != Rsvp.NO and not was_unproven and (had_letter or guest.answered_at is not None)
    # Of an evening that was just canceled they would have heard; then this letter says not to set out.
    if was_told and (meetup.takes_answers or hears_of_canceling):
        enqueue(Letter.REMOVED, key=f"{guest.pk}:{guest.link_version}", guest=guest, context={"had_seat": had_seat})
    offer_freed_seats(meetup)
    tell_when_full(meetup, taken=num_seats_taken(meetup))
    return guest


@transaction.atomic
def renew_link(guest: Guest) -> Guest:
    """Make every link mailed so far fail, and owe a letter with the new one. A second call makes yet another.

    To an address that never agreed it leaves when that may get another letter, and not at all when it had its share (R88).
    """
    if guest.email:
        # Before the guest's row, as whoever invites somebody again holds them.
        hold_addresses([guest.email])
    guest = Guest.objects.select_for_update(of=("self",)).select_related("meetup").get(pk=guest.pk)
    guest.link_version += 1
    guest.save(update_fields=["link_version"])
    # Whoever asks for it says that the address is good: it is tried again, whatever came back before.
    clear_address(guest)
    withdraw_deliveries(Delivery.objects.filter(guest=guest, kind=Letter.NEW_LINK))
    _end_pages_of_address(guest)
    may_from = when_to_mail_stranger(guest.email, guest.meetup) if guest.email else None
    if may_from is not None:
        due_at = max(clock.now(), may_from)
        enqueue(Letter.NEW_LINK, key=f"{guest.pk}:v{guest.link_version}", guest=guest, due_at=due_at)
        write_in_ledger(guest.email, kind=AddressLedger.Kind.INVITATION, meetup=guest.meetup, at=due_at)
    return guest


def _end_pages_of_address(guest: Guest) -> None:
    """Make the links to all meetups of this address fail: behind them stands the guest's own link, the new one too."""
    if guest.email_hash:
        gone = Delivery.objects.filter(guest__email_hash=guest.email_hash, kind=Letter.MY_MEETUPS)
        gone.exclude(pk__in=Delivery.objects.pending()).update(context={})


def refuse_link(guest: Guest) -> Guest:
    """Somebody with the link says "I am not this person": the link fails at once, the address gets a new one (R74, R78)."""
    return renew_link(guest)
