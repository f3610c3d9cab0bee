"""Inviting guests, within the limits of the account and of each address."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from hosts.mail.addresses import canonical_address
from hosts.models import User
from meetups.access.address_hash import hash_address
from meetups.access.visibility import find_place_in, say_secret
from meetups.exceptions import MeetupError
from meetups.guests.services.guest_limit import MAX_GUESTS, has_room_for_guests, is_in_limit
from meetups.guests.services.seats import lock_meetup
from meetups.models import AddressLedger, Delivery, Guest, Meetup, Suppression
from meetups.outbox.free_text import check_words, is_new_host
from meetups.outbox.plan import AGAIN_AFTER, invite_again_later
from meetups.outbox.queue import enqueue
from meetups.outbox.stranger_limits import lock_addresses, when_to_mail_stranger, write_in_ledger
from meetups.times import clock, wall_time
from meetups.times.quiet_hours import next_allowed

Letter = Delivery.Kind
Rsvp = Guest.Rsvp
# The first letter to somebody whom a host asks: to an evening, or for the day of one.
FIRST_LETTERS = (Letter.INVITATION, Letter.DATE_POLL)
INVITES_A_DAY_NEW, INVITES_A_DAY = 60, 200
# The end of the key of a reminder.
REMINDER = ":again"
# Nearer to the last of the dates nobody is reminded of them.
LAST_REMINDER = timedelta(hours=24)


@dataclass
class Invited:
    """What became of each address: sent now, sent tomorrow, already there, or not sent and why."""

    sent: list[Guest] = field(default_factory=list)
    later: list[Guest] = field(default_factory=list)
    already: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def num_invites_a_day(user: User) -> int:
    """Return to how many addresses this account may write in a day: fewer while the account is new (R88)."""
    return INVITES_A_DAY_NEW if is_new_host(user) else INVITES_A_DAY


def num_invitations_owed(user: User) -> int:
    """Return how many invitations of this account were due in the last 24 hours or are due later, without withdrawn ones."""
    since = clock.now() - timedelta(days=1)
    owed = Delivery.objects.filter(kind__in=FIRST_LETTERS, guest__invited_by=user, due_at__gt=since)
    # The reminder about the dates is no second invitation.
    owed = owed.exclude(kind=Letter.DATE_POLL, dedupe_key__endswith=REMINDER)
    return owed.exclude(state=Delivery.State.WITHDRAWN).count()


def num_invites_left_today(user: User) -> int:
    """Return how many more addresses this account can invite today; further invitations leave on later days."""
    return max(0, num_invites_a_day(user) - num_invitations_owed(user))


@transaction.atomic
def invite_guests(
    meetup: Meetup,
    *,
    addresses: list[tuple[str, str]],
    by: User,
    personal: str = "",
    is_again: bool = False,
    dates_until: datetime | None = None,
) -> Invited:
    """Invite people by (name, email) and return what became of each. A second call with the same addresses invites nobody again.

    More than the day's number leave on the mornings after. `is_again`: they were asked to an evening before this one, and the
    letter knows it. `dates_until`: the meetup is a draft, and the letter asks which of
    its dates suit, the last of which is then. Raises MeetupError when the meetup takes no guests any more, and for a line to all
    that tells where the house is.
    """
    meetup = lock_meetup(meetup.pk)
    if not (meetup.is_draft if dates_until else meetup.takes_answers):
        raise MeetupError(_("Invitations can be sent from publication until the evening begins."))
    if part := find_place_in(meetup, personal):
        street = _("Your line holds the street. It comes with a yes that has a seat, so please leave it out.")
        raise MeetupError(street if part == "street" else say_secret(part))
    check_words(by, words=personal)
    context: dict[str, object] = {"personal": personal, **({"is_again": True} if is_again else {})}
    # Account and addresses are locked, so that two requests at once do not both find room within their limits.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    lock_addresses(email for _name, email in addresses)
    existing = {guest.email: guest for guest in meetup.guests.exclude(email=None)}
    num_in_limit = sum(map(is_in_limit, existing.values()))
    result, a_day, owed, now = Invited(), num_invites_a_day(by), num_invitations_owed(by), clock.now()
    for name, email in addresses:
        email = canonical_address(email)
        guest = existing.get(email)
        if guest is not None and guest.counts:
            result.already.append(email)
            continue
        due_at = _when_invited(meetup, email, days=owed // a_day, now=now)
        is_one_more = guest is None or not is_in_limit(guest)
        is_beyond = is_one_more and num_in_limit >= MAX_GUESTS
        reason = _why_not_invited(meetup, email, is_beyond=is_beyond, due_at=due_at, before=dates_until)
        if reason or due_at is None:
            result.refused.append((email, reason))
            continue
        guest = existing[email] = _invited_guest(meetup, guest, name=name, email=email, by=by)
        owed += 1
        num_in_limit += is_one_more
        guest.meetup = meetup
        _owe_invitation(guest, by=by, due_at=due_at, context=context, dates_until=dates_until)
        (result.later if due_at > now else result.sent).append(guest)
    return result


def _owe_invitation(
    guest: Guest, *, by: User, due_at: datetime, context: dict[str, object], dates_until: datetime | None = None
) -> None:
    """Owe the invitation and its one re-send, and enter it in the ledger of R88."""
    write_in_ledger(guest.known_email, kind=AddressLedger.Kind.INVITATION, meetup=guest.meetup, sender=by, at=due_at)
    if dates_until:
        _owe_dates(guest, due_at=due_at, context=context, until=dates_until)
        return
    enqueue(Letter.INVITATION, key=f"{guest.pk}:{guest.link_version}", guest=guest, due_at=due_at, context=context)
    invite_again_later(guest, invited_at=due_at, context={name: value for name, value in context.items() if name == "is_again"})


def _owe_dates(guest: Guest, *, due_at: datetime, context: dict[str, object], until: datetime) -> None:
    """Owe the letter that asks which dates suit, and one reminder, which the claim withdraws after an answer."""
    key, first = f"{guest.pk}:{guest.link_version}", context | {"in_ledger": True}
    enqueue(Letter.DATE_POLL, key=key, guest=guest, due_at=due_at, not_after=until, context=first)
    again_at = next_allowed(due_at + AGAIN_AFTER, guest.meetup.zone)
    if again_at + LAST_REMINDER < until:
        enqueue(
            Letter.DATE_POLL,
            key=f"{key}{REMINDER}",
            guest=guest,
            due_at=again_at,
            not_after=until,
            context={"is_reminder": True},
        )


def why_not_mailed(meetup: Meetup, email: str) -> str:
    """Return a sentence that says why this address cannot be written to by this meetup, or an empty text."""
    return _why_not_invited(meetup, email, is_beyond=not has_room_for_guests(meetup), due_at=clock.now())


def invite_at_mended_address(guest: Guest, *, by: User, personal: str) -> None:
    """Owe the invitation to a saved guest whose address was mended, within the limits of `invite_guests`, each of which counts
    this letter beside the one to the old address.

    The caller has locked the meetup, the account and the address. Raises MeetupError where no letter may go.
    """
    days = num_invitations_owed(by) // num_invites_a_day(by)
    due_at = _when_invited(guest.meetup, guest.known_email, days=days, now=clock.now())
    reason = _why_not_invited(guest.meetup, guest.known_email, is_beyond=False, due_at=due_at)
    if reason or due_at is None:
        raise MeetupError(reason)
    _owe_invitation(guest, by=by, due_at=due_at, context={"personal": personal})


def _when_invited(meetup: Meetup, email: str, *, days: int, now: datetime) -> datetime | None:
    """Return when an invitation may leave: so many days from now, and not before this address may get a letter (R88); or None."""
    may_from = when_to_mail_stranger(email, meetup)
    due_at = wall_time.days_before_at(now, meetup.zone, -days, time(9)) if days else now
    if may_from is None or may_from <= due_at:
        return may_from and due_at
    return next_allowed(may_from, meetup.zone)


def _why_not_invited(
    meetup: Meetup, email: str, *, is_beyond: bool, due_at: datetime | None, before: datetime | None = None
) -> str:
    """Return a sentence that says why this address cannot be invited, or an empty text. The letter is of use until the evening
    begins, or until `before`."""
    if is_beyond:
        return _("This meetup has three hundred guests already, which is the most we write to.")
    if Suppression.objects.for_meetup(meetup).filter(address_hash=hash_address(email)).exists():
        return _("This address asked not to get such letters. Tell them yourself if you can.")
    if due_at is None:
        return _("This address had several letters from here and never answered. Tell them yourself if you can.")
    if due_at >= (before or meetup.start):
        return _("The letter could not leave before the evening. Tell them yourself if you can.")
    return ""


def _invited_guest(meetup: Meetup, guest: Guest | None, *, name: str, email: str, by: User) -> Guest:
    """Return the saved row of an invited guest: a new one, or that of a guest who was removed or does not count yet."""
    guest = guest or Guest(meetup=meetup, email=email, email_hash=hash_address(email))
    guest.meetup = meetup
    if guest.is_unproven:
        # A stranger typed this name, so it is shown neither to the host nor to whoever has the address.
        guest.name = guest.shown_name = ""
    guest.origin, guest.invited_by, guest.invited_at = Guest.Origin.HOST, by, clock.now()
    guest.name = name or guest.name
    if guest.removed_at is not None:
        guest.removed_at, guest.rsvp, guest.num_answers = None, Rsvp.INVITED, guest.num_answers + 1
        # An answer without a party size keeps the one in the row, and nobody invited that party.
        guest.party_size, guest.num_children, guest.party_names = 1, 0, ""
    guest.save()
    return guest
