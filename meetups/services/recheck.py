"""Is this letter still wanted? Asked once more in the transaction that claims it, because an hour or a week has passed (R32)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

# The reason is kept in English and translated by whoever shows it.
from django.utils.translation import gettext_noop as _

from hosts.models import Organizer
from meetups import clock
from meetups.models import AddressLedger, Delivery, Guest, Mailing, Suppression
from meetups.quiet import next_allowed
from meetups.services.delivery import UNTIL_START, URGENT, can_hold_address, has_agreed, note_stranger_mail
from meetups.services.mailing import MOST_UNASKED, UNASKED
from meetups.tokens import hash_address

Kind, State, Rsvp, Segment = Delivery.Kind, Delivery.State, Guest.Rsvp, Mailing.Segment

REMINDERS = {Kind.SEVEN_DAYS, Kind.THREE_DAYS, Kind.PLEASE_CONFIRM, Kind.PLACES_TO_LAY, Kind.ADDRESS_DAY}
ABOUT_A_TIME = REMINDERS | {Kind.MOVED}
AFTERWARDS = {Kind.WERE_YOU_THERE, Kind.DEBRIEF, Kind.HOW_DID_IT_GO}
INVITATIONS = {Kind.INVITATION, Kind.INVITATION_AGAIN}
BEFORE_THE_EVENING = UNTIL_START | REMINDERS | INVITATIONS
# What somebody who never answered gets besides the invitation: by R88, and three letters in all.
MORE_OF_THE_SAME = {Kind.INVITATION_AGAIN, Kind.SEVEN_DAYS, Kind.HOST_LETTER}
RECAPS = {Kind.RECAP_CAME, Kind.RECAP_MISSED, Kind.RECAP_DECLINED}
ABOUT_A_RECAP = RECAPS | {Kind.HELD_ON, Kind.LED_TO}
TO_A_SEAT = {Kind.PLEASE_CONFIRM, Kind.ADDRESS_DAY}
# Letters that ask for words, or speak of the reader's own: to those who were at the table.
TO_THE_TABLE = {Kind.WERE_YOU_THERE, Kind.RECAP_PREVIEW, Kind.CUT_ASKED, Kind.HOW_DID_IT_GO}
CANCELED_MEANWHILE = _("The meetup was canceled.")
# What leaves although the meetup is canceled.
WHEN_CANCELED = {Kind.CANCELED, Kind.REMOVED, Kind.HOST_BOUNCED, Kind.GUEST_WORDS, Kind.HOST_WORDS, Kind.MY_MEETUPS}
# Answers to something that person just did: they leave although the address wants no letters (R46).
ANSWERS_TO_AN_ACT = {Kind.CONFIRMATION, Kind.WAITING, Kind.SEAT_OFFERED, Kind.PROVE_ADDRESS, Kind.FRIEND_NO}
# A yes that is gone is told, whatever else the address does not want.
TELLS_OF_A_LOST_SEAT = {Kind.CANCELED, Kind.REMOVED, Kind.CONFIRMATION}


@dataclass(frozen=True)
class Verdict:
    """What becomes of a letter that does not leave now: its state and why, or when to look again."""

    state: str
    words: str
    next_try_at: datetime | None = None


def withdrawn(words: str) -> Verdict:
    return Verdict(State.WITHDRAWN, words)


def suppressed_pairs(rows: Iterable[Delivery]) -> set[tuple[str, str]]:
    """Return (address hash, target) of every suppression that may touch these letters, in one query."""
    hashes = {address_hash_of(row) for row in rows}
    return set(Suppression.objects.filter(address_hash__in=hashes).values_list("address_hash", "target"))


def address_hash_of(row: Delivery) -> str:
    if row.guest_id is None:
        return hash_address(row.user.email)
    return row.guest.email_hash or hash_address(row.guest.email or "")


def why_not(row: Delivery, suppressed: set[tuple[str, str]]) -> Verdict | None:
    """Return why this letter does not leave now, or None when it may.

    Reads the rows the delivery is joined with, which must be fresh. Writes nothing but the ledger of R88.
    """
    now = clock.now()
    if now > row.not_after:
        return Verdict(State.EXPIRED, _("It was too late for this letter."))
    for_guest = (_about_meetup, _about_mailing, _about_guest, _about_answer, _about_enough)
    checks = for_guest if row.guest_id else (_about_meetup, _about_mailing, _about_user)
    for check in checks:
        if words := check(row):
            return withdrawn(words)
    if _is_suppressed(row, suppressed):
        return withdrawn(_("This address asked not to get such letters."))
    return _not_while_paused(row, now) or _not_at_night(row, now) or _not_again(row, now)


def _about_meetup(row: Delivery) -> str:
    meetup = row.meetup
    if meetup is None:
        return ""
    if meetup.is_draft:
        return _("The meetup is a draft.")
    if meetup.is_canceled and row.kind not in WHEN_CANCELED:
        return CANCELED_MEANWHILE
    if row.kind == Kind.CANCELED and not meetup.is_canceled:
        return _("The cancellation was taken back.")
    if row.kind in ABOUT_A_TIME and row.revision != meetup.revision:
        return _("The meetup was changed after this letter was planned.")
    if row.kind in AFTERWARDS and not meetup.has_ended:
        return _("The meetup was moved and has not been held yet.")
    # Also where the letter may still go by its own row: the evening may have moved to an earlier day since it was owed.
    if row.kind in BEFORE_THE_EVENING and meetup.has_started:
        return _("The evening has begun.")
    if row.kind in ABOUT_A_RECAP and not (hasattr(meetup, "recap") and meetup.recap.is_published):
        return _("The recap is not published.")
    if row.kind == Kind.RECAP_PREVIEW and not (hasattr(meetup, "recap") and meetup.recap.public_at):
        return _("The recap does not become public by itself.")
    return ""


def _about_mailing(row: Delivery) -> str:
    """Return why the host does not want this letter any more, or nothing. Reads the mailing the row is joined with."""
    if row.mailing_id is not None and row.mailing.is_off:
        return _("The host took this letter back.")
    return ""


def _about_guest(row: Delivery) -> str:
    guest = row.guest
    if not guest.email:
        return _("There is no address any more.")
    if (guest.removed_at is not None) != (row.kind == Kind.REMOVED):
        return _("The guest was removed.") if guest.removed_at else _("The guest was invited again.")
    # A friend who waits for the host has proved the address, and an old link was ended for the new one.
    is_new_link = row.kind == Kind.NEW_LINK and guest.address_proven_at is not None
    if guest.is_unproven and row.kind not in (Kind.PROVE_ADDRESS, Kind.FRIEND_NO) and not is_new_link:
        return _("The address was not proved.")
    # Who has just answered behind a link reads some mailbox; and a new link is the host's way to try an address again.
    if guest.undeliverable_at is not None and not _is_answer(row) and row.kind != Kind.NEW_LINK:
        return _("An earlier letter came back: there is no such mailbox.")
    return ""


def _about_answer(row: Delivery) -> str:
    """Return why the guest's present answer makes this letter pointless, or nothing."""
    kind, guest = row.kind, row.guest
    is_out_of_date = (
        (kind == Kind.CONFIRMATION and row.context.get("rsvp", guest.rsvp) != guest.rsvp)
        or (kind in INVITATIONS and guest.rsvp != Rsvp.INVITED)
        or (kind == Kind.INVITATION_AGAIN and row.context.get("link_version") != guest.link_version)
        or (kind == Kind.HOST_LETTER and not _is_meant(row))
        or (kind == Kind.WAITING and guest.rsvp != Rsvp.WAITING)
        or (kind == Kind.SEAT_OFFERED and not guest.has_offer)
        or (kind == Kind.FRIEND_NO and guest.refused_at is None)
        or (kind == Kind.PROVE_ADDRESS and not guest.is_unproven)
        or (kind == Kind.SEVEN_DAYS and guest.rsvp not in (Rsvp.INVITED, Rsvp.MAYBE))
        or (kind == Kind.THREE_DAYS and guest.rsvp not in (Rsvp.YES, Rsvp.MAYBE))
        or (kind == Kind.PLEASE_CONFIRM and guest.confirmed_at is not None)
        or (kind == Kind.MOVED and guest.rsvp == Rsvp.NO)
        or (kind in TO_A_SEAT and not guest.has_seat)
        or (kind in TO_THE_TABLE and not guest.was_at_table)
        or (kind in RECAPS and guest.rsvp == Rsvp.INVITED and not guest.attended)
    )
    return _("The guest has answered since.") if is_out_of_date else ""


def _is_meant(row: Delivery) -> bool:
    """Tell whether the guest still is among those the host wrote to; where only other rows could tell, yes."""
    guest = row.guest
    is_yes = guest.rsvp == Rsvp.YES
    still = {
        Segment.YES: is_yes,
        Segment.MAYBE: guest.rsvp == Rsvp.MAYBE,
        Segment.NO_ANSWER: guest.rsvp == Rsvp.INVITED,
        Segment.DECLINED: guest.rsvp == Rsvp.NO,
        Segment.WAITING: guest.rsvp == Rsvp.WAITING,
        Segment.CONFIRMED: is_yes and guest.confirmed_at is not None,
        Segment.NOT_CONFIRMED: is_yes and guest.confirmed_at is None,
    }
    return row.mailing_id is not None and still.get(row.mailing.segment, True)


def _about_enough(row: Delivery) -> str:
    """Return why somebody who never answered gets no more letters: three in all, and "once more" where nothing else asked."""
    if row.kind not in MORE_OF_THE_SAME or row.guest.rsvp != Rsvp.INVITED:
        return ""
    others = Delivery.objects.filter(guest=row.guest, kind__in=UNASKED).exclude(pk=row.pk)
    others = others.exclude(state__in=[State.WITHDRAWN, State.EXPIRED, State.FAILED])
    if row.kind == Kind.INVITATION_AGAIN and others.filter(kind=Kind.SEVEN_DAYS).exists():
        return _("Another letter asks the same.")
    gone = others.filter(state__in=[State.SENDING, State.SENT, State.UNKNOWN]).count()
    return _("Three letters went to this guest, who has not answered.") if gone >= MOST_UNASKED else ""


def _about_user(row: Delivery) -> str:
    if not row.user.is_active:
        return _("The account is closed.")
    if row.kind == Kind.REMOVAL_ASKED and Organizer.objects.filter(campaign=row.meetup.campaign_id, user=row.user_id).exists():
        return ""
    if row.meetup is not None and not row.meetup.is_hosted_by(row.user):
        return _("This person does not host the meetup any more.")
    return ""


def _is_answer(row: Delivery) -> bool:
    """Tell whether this letter answers something its reader just did; the host's word to a question of theirs does."""
    return row.kind in ANSWERS_TO_AN_ACT or (row.kind == Kind.HOST_WORDS and "question" in row.context)


def _is_suppressed(row: Delivery, suppressed: set[tuple[str, str]]) -> bool:
    is_answer = _is_answer(row) and not row.context.get("by_host")
    if is_answer or (row.kind in TELLS_OF_A_LOST_SEAT and row.context.get("had_seat")):
        return False
    if row.kind == Kind.MOVED and row.guest_id and row.guest.has_seat:
        # Whoever holds a seat must not stand before the wrong door: a change overrides all.
        return False
    targets = [""]
    # The links of an address belong to no host.
    if row.meetup is not None and row.kind != Kind.MY_MEETUPS:
        targets += [f"meetup:{row.meetup_id}", f"host:{row.meetup.host_id}", f"campaign:{row.meetup.campaign_id}"]
    if row.user_id:
        targets.append(f"host:{row.user_id}")
    address_hash = address_hash_of(row)
    return any((address_hash, target) in suppressed for target in targets)


def _not_while_paused(row: Delivery, now: datetime) -> Verdict | None:
    """Keep letters from an address whose last three came back for reasons that pass, but for the answer to an act."""
    until = row.guest.mail_paused_until if row.guest_id else None
    if until is None or until <= now or _is_answer(row):
        return None
    if until > row.not_after:
        return withdrawn(_("The last three letters to this address came back."))
    return Verdict(State.WAITING, _("The last three letters to this address came back; it rests for some days."), until)


def _not_at_night(row: Delivery, now: datetime) -> Verdict | None:
    """Keep a late letter until 08:00, unless it answers an act, was meant for the night, or would then be too late."""
    if row.meetup is None or row.priority <= URGENT or row.kind == Kind.INVITATION:
        return None
    morning = next_allowed(now, row.meetup.zone)
    is_meant_for_the_night = next_allowed(row.due_at, row.meetup.zone) != row.due_at
    if morning == now or is_meant_for_the_night or morning > row.not_after:
        return None
    return Verdict(State.WAITING, _("It is night at the meetup; this leaves in the morning."), morning)


def _not_again(row: Delivery, now: datetime) -> Verdict | None:
    """Keep what nobody asked for from an address that never agreed and had its share of letters (R88); look again tomorrow.

    That is "Can you come?", the second invitation, the host's own letter to those who have not answered, and a letter about
    an answer that the host wrote down.
    """
    is_first_try = row.attempts == 0 and row.num_leases <= 1 and row.body_begun_at is None
    if row.guest_id is None or not is_first_try:
        return None
    asks = row.kind in MORE_OF_THE_SAME and row.guest.rsvp == Rsvp.INVITED
    if asks and _was_just_invited(row, now):
        words = _("The invitation is less than a day old; tomorrow this may leave.")
        return Verdict(State.WAITING, words, now + timedelta(days=1))
    if row.context.get("in_ledger") or not (asks or row.context.get("by_host")) or has_agreed(row.guest.email):
        return None
    if not can_hold_address(row.guest.email):
        # Another table's letter to this address is being written down; this one is asked about after it.
        return Verdict(State.WAITING, "", now + timedelta(minutes=1))
    if note_stranger_mail(row.guest.email, kind=AddressLedger.Kind.INVITATION, meetup=row.meetup):
        # Given back untouched and claimed again, it stands there already.
        Delivery.objects.filter(pk=row.pk).update(context=row.context | {"in_ledger": True})
        return None
    return Verdict(
        State.WAITING, _("This address had its share of letters; tomorrow it may get another."), now + timedelta(days=1)
    )


def _was_just_invited(row: Delivery, now: datetime) -> bool:
    """Tell whether the invitation left within a day, or has not left yet: one letter a day, and the invitation first."""
    invitations = Delivery.objects.filter(guest=row.guest_id, kind=Kind.INVITATION, due_at__gt=now - timedelta(days=1))
    return invitations.exclude(state=State.WITHDRAWN).exists()
