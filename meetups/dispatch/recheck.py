"""Check whether a letter is still wanted, in the transaction that claims it: it may have been owed a week ago (R32)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

# Reasons are stored in English and translated by the page that shows them.
from django.utils.translation import gettext_noop as _

from hosts.models import Organizer, User
from meetups.access.address_hash import hash_address
from meetups.models import AddressLedger, DateAnswer, DatePoll, Delivery, Guest, Meetup, Suppression
from meetups.outbox.letter_kinds import CANCELED_MEANWHILE, FROZEN, MOST_UNASKED, URGENT, kind_of, kinds_where
from meetups.outbox.segments import SEGMENTS
from meetups.outbox.stranger_limits import has_agreed, note_stranger_mail, try_lock_address
from meetups.outbox.suppression import HOSTING
from meetups.times import clock
from meetups.times.quiet_hours import next_allowed

Kind, State, Rsvp = Delivery.Kind, Delivery.State, Guest.Rsvp
UNASKED = kinds_where(lambda kind: kind.is_unasked)
ABOUT_HOSTING = (Kind.COULD_HOST, Kind.ROOM_ASK)


@dataclass(frozen=True)
class Verdict:
    """The new state of a letter that is not sent now, and why; `next_try_at` where it is checked again.

    `is_on_purpose`: until then it is not wanted, so it is not late. False where something only stands in its way.
    """

    state: str
    words: str
    next_try_at: datetime | None = None
    is_on_purpose: bool = True


def withdrawn(words: str) -> Verdict:
    return Verdict(State.WITHDRAWN, words)


def suppressed_pairs(rows: Iterable[Delivery]) -> set[tuple[str, str]]:
    """Return (address hash, target) of every suppression that may touch these letters, in one query."""
    hashes = {address_hash_of(row) for row in rows}
    return set(Suppression.objects.filter(address_hash__in=hashes).values_list("address_hash", "target"))


def address_of(row: Delivery) -> str:
    """Return the address a letter goes to; "" where a guest has none any more."""
    reader = row.guest or row.user
    return (reader.email if reader is not None else None) or ""


def address_hash_of(row: Delivery) -> str:
    return (row.guest.email_hash if row.guest is not None else "") or hash_address(address_of(row))


def why_not(row: Delivery, suppressed: set[tuple[str, str]]) -> Verdict | None:
    """Return why this letter is not sent now, or None when it may be.

    Reads the rows the delivery is joined with, which must be fresh. Writes nothing but the ledger of R88.
    """
    now = clock.now()
    if now > row.not_after:
        return Verdict(State.EXPIRED, _("It was too late for this letter."))
    if words := _about_meetup(row) or _about_mailing(row) or _about_reader(row):
        return withdrawn(words)
    if _is_suppressed(row, suppressed):
        return withdrawn(_("This address asked not to get such letters."))
    return _not_while_frozen(row) or _not_while_paused(row, now) or _not_at_night(row, now) or _not_again(row, now)


def _about_meetup(row: Delivery) -> str:
    meetup, rules = row.meetup, kind_of(row)
    if meetup is None:
        return ""
    if meetup.is_draft and not (rules.is_about_a_draft or rules.is_about_an_address):
        return _("The meetup is a draft.")
    if rules.is_about_a_draft and not meetup.is_draft:
        return _("The day is chosen.")
    if meetup.is_canceled and not rules.leaves_when_canceled:
        return CANCELED_MEANWHILE
    if row.kind == Kind.CANCELED and not meetup.is_canceled:
        return _("The cancellation was taken back.")
    if rules.is_of_one_revision and row.revision != meetup.revision:
        return _("The meetup was changed after this letter was planned.")
    if rules.is_about_the_past and not meetup.has_ended:
        return _("The meetup was moved and has not been held yet.")
    # Not covered by the row's `not_after`: the evening may have moved to an earlier day since the letter was owed.
    if rules.is_before_the_evening and meetup.has_started:
        return _("The evening has begun.")
    if rules.needs_public_recap and not (hasattr(meetup, "recap") and meetup.recap.is_published):
        return _("The recap is not published.")
    if row.kind == Kind.RECAP_PREVIEW and not (hasattr(meetup, "recap") and meetup.recap.public_at):
        return _("The recap does not become public by itself.")
    return ""


def _about_mailing(row: Delivery) -> str:
    """Return why the host does not want this letter any more, or "". Reads the mailing the row is joined with."""
    if row.mailing is not None and row.mailing.is_off:
        return _("The host took this letter back.")
    return ""


def _about_reader(row: Delivery) -> str:
    """Return why the guest or user gets no such letter any more, or ""."""
    if row.guest is not None:
        about = (_about_guest, _about_answer, _about_dates, _about_enough, _about_own_evening)
        return next(filter(None, (why(row, row.guest) for why in about)), "")
    return _about_user(row, row.user) if row.user is not None else _("There is no address any more.")


def _about_guest(row: Delivery, guest: Guest) -> str:
    if not guest.email:
        return _("There is no address any more.")
    if (guest.removed_at is not None) != (row.kind == Kind.REMOVED):
        return _("The guest was removed.") if guest.removed_at else _("The guest was invited again.")
    # A friend who waits for the host's approval has proved the address, and the new link replaces one that was revoked.
    is_new_link = row.kind == Kind.NEW_LINK and guest.address_proven_at is not None
    if guest.is_unproven and not kind_of(row).goes_to_unproven and not is_new_link:
        return _("The address was not proved.")
    # Whoever has just answered through a link reads that mailbox; and a new link is the host's way to try an address again.
    # A cancellation is tried all the same: nobody shall stand before a closed door because of one bounce (R128).
    is_tried = _is_answer(row) or row.kind in (Kind.NEW_LINK, Kind.CANCELED)
    if guest.undeliverable_at is not None and not is_tried:
        return _("An earlier letter came back: there is no such mailbox.")
    return ""


def _about_answer(row: Delivery, guest: Guest) -> str:
    """Return why the guest's present answer makes this letter pointless, or ""."""
    kind = row.kind
    is_out_of_date = (
        not _is_in_segment(row, guest)
        or (kind == Kind.CONFIRMATION and row.context.get("rsvp", guest.rsvp) != guest.rsvp)
        or row.context.get("link_version", guest.link_version) != guest.link_version
        or (kind == Kind.SEAT_OFFERED and not guest.has_offer)
        or (kind == Kind.FRIEND_NO and guest.refused_at is None)
        or (kind == Kind.PROVE_ADDRESS and not guest.is_unproven)
        or (kind == Kind.MOVED and guest.rsvp == Rsvp.NO)
        or (kind == Kind.COULD_HOST and not guest.could_host)
        or (kind == Kind.ROOM_ASK and guest.could_host)
        or (kind_of(row).is_recap and guest.rsvp == Rsvp.INVITED and not guest.attended)
    )
    return _("The guest has answered since.") if is_out_of_date else ""


def _is_in_segment(row: Delivery, guest: Guest) -> bool:
    """Tell whether the guest is still in the segment this letter is for; one of the host's own is for its mailing's."""
    if row.kind == Kind.HOST_LETTER:
        return row.mailing is not None and SEGMENTS[row.mailing.segment].holds(guest)
    segment = kind_of(row).still_in
    return segment is None or SEGMENTS[segment].holds(guest)


def _about_dates(row: Delivery, guest: Guest) -> str:
    """Return why a guest is not asked for a date any more: the host asks no more, or, for the reminder, they have said."""
    if row.kind != Kind.DATE_POLL:
        return ""
    if not DatePoll.objects.open().filter(meetup=row.meetup_id).exists():
        return _("The host does not ask for a date any more.")
    has_said = row.context.get("is_reminder") and DateAnswer.objects.filter(guest=guest).exists()
    return _("The guest has answered since.") if has_said else ""


def _about_enough(row: Delivery, guest: Guest) -> str:
    """Return why a guest who never answered gets no more letters: three in all, and no second invitation beside another."""
    if not kind_of(row).asks_again or guest.rsvp != Rsvp.INVITED:
        return ""
    others = Delivery.objects.filter(guest=guest, kind__in=UNASKED).exclude(pk=row.pk)
    others = others.exclude(state__in=[State.WITHDRAWN, State.EXPIRED, State.FAILED])
    if kind_of(row).gives_way and others.filter(kind=Kind.SEVEN_DAYS).exists():
        return _("Another letter asks the same.")
    gone = others.filter(state__in=[State.SENDING, State.SENT, State.UNKNOWN]).count()
    return _("Three letters went to this guest, who has not answered.") if gone >= MOST_UNASKED else ""


def _about_own_evening(row: Delivery, guest: Guest) -> str:
    """Return why a guest who could host is not asked any more: since they said so they have begun an evening of their own."""
    if row.kind not in ABOUT_HOSTING:
        return ""
    begun = Meetup.objects.filter(host__email=guest.email, created_at__gt=row.created_at)
    return _("They have begun an evening of their own.") if begun.exists() else ""


def _about_user(row: Delivery, user: User) -> str:
    if not user.is_active:
        return _("The account is closed.")
    if row.meetup is None:
        return ""
    if row.kind == Kind.FREEZE_ANSWERED:
        # To whoever froze it, who hosts nothing.
        return ""
    leading = Organizer.objects.filter(user=user, role__in=Organizer.LEADING)
    if row.kind == Kind.REMOVAL_ASKED and leading.filter(campaign=row.meetup.campaign_id).exists():
        return ""
    if not row.meetup.is_hosted_by(user):
        return _("This person does not host the meetup any more.")
    return ""


def _is_answer(row: Delivery) -> bool:
    """Tell whether this letter answers something its reader just did; the host's answer to a question of theirs does."""
    return kind_of(row).answers_an_act or (row.kind == Kind.HOST_WORDS and "question" in row.context)


def _is_suppressed(row: Delivery, suppressed: set[tuple[str, str]]) -> bool:
    if kind_of(row).overrides_suppression:
        return False
    is_answer = _is_answer(row) and not row.context.get("by_host")
    # A row of the version before names only the seat.
    had_own_seat = row.context.get("had_own_seat", row.context.get("had_seat"))
    if is_answer or (kind_of(row).tells_of_a_lost_seat and had_own_seat):
        return False
    if row.kind == Kind.MOVED and row.guest is not None and row.guest.has_own_seat:
        # A guest who took a seat must not go to the old place or time: a move overrides suppression.
        return False
    targets = [""]
    # The letter with all links of an address is not a host's.
    if row.meetup is not None and not kind_of(row).is_about_an_address:
        targets += [f"meetup:{row.meetup_id}", f"host:{row.meetup.host_id}"]
        # A host who wants no letters of the campaign still gets those about their own evening.
        targets += [f"campaign:{row.meetup.campaign_id}"] if row.guest_id else []
    if row.user_id:
        targets.append(f"host:{row.user_id}")
    if kind_of(row).is_of_a_campaign:
        targets.append(f"campaign:{row.context.get('campaign')}")
    if row.kind in ABOUT_HOSTING:
        targets.append(HOSTING)
    address_hash = address_hash_of(row)
    return any((address_hash, target) in suppressed for target in targets)


def _not_while_frozen(row: Delivery) -> Verdict | None:
    """Delay letters about a frozen meetup until the freeze ends by itself, also those that will be too late then: it may end
    earlier (R111)."""
    meetup = row.meetup
    if meetup is None or meetup.frozen_until is None or not meetup.is_frozen or kind_of(row).leaves_when_frozen:
        return None
    return Verdict(State.WAITING, FROZEN, _by_day(row, meetup.frozen_until))


def _not_while_paused(row: Delivery, now: datetime) -> Verdict | None:
    """Delay letters to an address with three soft bounces, except answers to an act and cancellations."""
    until = row.guest.mail_paused_until if row.guest is not None else None
    if until is None or until <= now or _is_answer(row) or row.kind == Kind.CANCELED:
        return None
    if until > row.not_after:
        return withdrawn(_("The last three letters to this address came back."))
    words = _("The last three letters to this address came back; it rests for some days.")
    return Verdict(State.WAITING, words, _by_day(row, until))


def _by_day(row: Delivery, moment: datetime) -> datetime:
    """Return 08:00 for a moment in quiet hours, if the letter is still useful then: so it does not count as due at night."""
    morning = next_allowed(moment, row.meetup.zone) if row.meetup is not None else moment
    return morning if morning <= row.not_after else moment


def _not_at_night(row: Delivery, now: datetime) -> Verdict | None:
    """Delay a letter in quiet hours until 08:00, unless it answers an act, was due in quiet hours, or would be too late then."""
    if row.meetup is None or row.priority <= URGENT or kind_of(row).leaves_at_night:
        return None
    morning = next_allowed(now, row.meetup.zone)
    is_meant_for_the_night = next_allowed(row.due_at, row.meetup.zone) != row.due_at
    if morning == now or is_meant_for_the_night or morning > row.not_after:
        return None
    return Verdict(State.WAITING, _("It is night at the meetup; this leaves in the morning."), morning)


def _not_again(row: Delivery, now: datetime) -> Verdict | None:
    """Delay by a day an unasked letter to an address that never agreed and has reached its limit (R88).

    Unasked are "Can you come?", the second invitation, the host's own letter to those who have not answered, a letter about an
    answer that the host wrote down, and one about a move to somebody who never answered themselves.
    """
    guest = row.guest
    is_first_try = row.attempts == 0 and row.num_leases <= 1 and row.body_begun_at is None
    if guest is None or not guest.email or not is_first_try:
        return None
    asks = kind_of(row).asks_again and guest.rsvp == Rsvp.INVITED
    if asks and _was_just_invited(row, now):
        words = _("The invitation is less than a day old; tomorrow this may leave.")
        return Verdict(State.WAITING, words, _by_day(row, now + timedelta(days=1)))
    is_unasked = asks or row.context.get("by_host") or (row.kind == Kind.MOVED and not guest.has_acted)
    if row.context.get("in_ledger") or not is_unasked or has_agreed(guest.email, row.meetup):
        return None
    if not try_lock_address(guest.email) or not _can_reference(row.meetup):
        # Another transaction has locked the address, or the meetup that the ledger refers to; check again after it.
        return Verdict(State.WAITING, "", now + timedelta(minutes=1), is_on_purpose=False)
    if note_stranger_mail(guest.email, kind=AddressLedger.Kind.INVITATION, meetup=row.meetup):
        # So that a row that is put back and claimed again is not entered twice.
        Delivery.objects.filter(pk=row.pk).update(context=row.context | {"in_ledger": True})
        return None
    words = _("This address had its share of letters; tomorrow it may get another.")
    return Verdict(State.WAITING, words, _by_day(row, now + timedelta(days=1)))


def _can_reference(meetup: Meetup | None) -> bool:
    """Tell whether a row that refers to this meetup can be written now; its foreign key would wait for whoever locked it."""
    if meetup is None or connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        # Key share is the lock that a foreign key takes. An answer that is being written at this moment does not conflict.
        table = connection.ops.quote_name(Meetup._meta.db_table)
        cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR KEY SHARE SKIP LOCKED", [meetup.pk])  # noqa: S608 (our own name)
        return cursor.fetchone() is not None


def _was_just_invited(row: Delivery, now: datetime) -> bool:
    """Tell whether the invitation was sent within a day, or is still to be sent: one letter a day, and the invitation first."""
    invitations = Delivery.objects.filter(guest=row.guest_id, kind=Kind.INVITATION, due_at__gt=now - timedelta(days=1))
    return invitations.exclude(state=State.WITHDRAWN).exists()
