"""The ask in the room: who would host, who would help, who would not. The host hears numbers alone."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from hosts.mail.addresses import canonical_address
from meetups.exceptions import MeetupError
from meetups.guests.services.next_host import owe_draft_from_room, says_not_now
from meetups.guests.services.seat_request import asks_too_often, find_or_add_unproven
from meetups.guests.services.seats import lock_meetup
from meetups.models import AddressLedger, Delivery, DoorLink, Guest, Meetup, RoomAnswer, Suppression
from meetups.models.evening.door import ASK_ALPHABET, ASK_LENGTH
from meetups.outbox.stranger_limits import may_mail_stranger, write_in_ledger

# Answers at one table, and letters for them: more than sit at the largest.
MOST_ANSWERS = 250


def find_ask(code: str) -> DoorLink | None:
    """Return the door link whose ask is open under this code now, joined with meetup, host and kit; None for any other code."""
    code = code.upper()
    if len(code) != ASK_LENGTH or not set(code) <= set(ASK_ALPHABET):
        return None
    link = DoorLink.objects.select_related("meetup__host", "meetup__kit").filter(ask_code=code).first()
    return link if link is not None and link.ask_is_open else None


@transaction.atomic
def answer_ask(link: DoorLink, *, key: UUID, want: str, name: str = "", email: str = "", language: str = "") -> None:
    """Count an answer to the ask, and owe who would host or help the letter with a draft.

    A second call with the same key replaces the answer and owes no second letter. The answer does not say who gave it: an address
    that nobody knows becomes a guest who does not count before the button behind the letter was pressed, one that is on the list
    stays as it is, and the page must say the same of both. Raises MeetupError once the ask is closed, and beyond MOST_ANSWERS.
    """
    meetup = lock_meetup(link.meetup_id)
    link.meetup = meetup
    answers = RoomAnswer.objects.filter(meetup=meetup)
    if not link.ask_is_open:
        raise MeetupError(_("This code is over."))
    if not answers.filter(key=key).update(want=want):
        if answers.count() >= MOST_ANSWERS:
            raise MeetupError(_("This table has answered already."))
        RoomAnswer.objects.create(meetup=meetup, key=key, want=want)
    # Of letters too, because one key can come with many addresses.
    asked = Delivery.objects.filter(meetup=meetup, kind=Delivery.Kind.ROOM_ASK, context__ask=0)
    if want != RoomAnswer.Want.NOT_NOW and asked.count() < MOST_ANSWERS:
        _owe_draft(meetup, want=want, name=name, email=canonical_address(email), language=language)


def _owe_draft(meetup: Meetup, *, want: str, name: str, email: str, language: str) -> None:
    """Owe one letter with a draft. Nothing is owed to a removed guest, to an address that wants no letters or said "not now" to
    hosting, beyond the limits of R88 and R77, or where the drafts of somebody who said so on their own page are on their way."""
    guest = find_or_add_unproven(meetup, name=name, email=email, language=language, origin=Guest.Origin.SELF)
    wants_none = Suppression.objects.filter(address_hash=guest.email_hash, target="").exists()
    if guest.removed_at is not None or guest.could_host or wants_none or says_not_now(guest):
        return
    if asks_too_often(guest.email_hash) or not may_mail_stranger(email, meetup, kind=AddressLedger.Kind.PROVE_ADDRESS):
        return
    if owe_draft_from_room(guest, want=want):
        write_in_ledger(email, kind=AddressLedger.Kind.PROVE_ADDRESS, meetup=meetup)
